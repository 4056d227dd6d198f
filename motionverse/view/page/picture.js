// Picture: who is drawn where, from where it is seen, and the words on top. What WebGL does is in scene.js.
"use strict";

const ACCENTS = ["#2f6fed", "#e07020", "#12977a", "#a044c8", "#c93a5e", "#8a7a12", "#3b8ea5", "#7a5cff"];
const FIELD = 0.56; // [rad] of the shorter side of the picture
const FONT = "system-ui, 'DejaVu Sans', sans-serif";
const colour = (hex) => [1, 3, 5].map((k) => Math.pow(parseInt(hex.slice(k, k + 2), 16) / 255, 2.2));

/** Words cut short to `width` pixels. */
function cut(pen, words, width) {
  if (pen.measureText(words).width <= width) return words;
  let keep = words.length;
  while (keep > 1 && pen.measureText(words.slice(0, keep) + "…").width > width) keep--;
  return words.slice(0, keep).trimEnd() + "…";
}

/** Draws `motions` as `state` says; own(m) is a motion's own time [s], dark() whether the page is dark. */
class Picture {
  constructor(scene, motions, bodies, state, own, dark) {
    Object.assign(this, { scene, motions, bodies, state, own, dark });
  }

  theme() {
    return this.dark()
      ? { line: [0.62, 0.7, 0.8], tile: [0.2, 0.25, 0.31], sky: [0.62, 0.72, 0.9], ground: [0.2, 0.2, 0.22], shadow: [0, 0, 0.01, 0.42], ink: "#c3ccd8", hot: [0.2, 0.84, 0.65] }
      : { line: [0.36, 0.42, 0.5], tile: [0.8, 0.83, 0.86], sky: [0.86, 0.92, 1], ground: [0.42, 0.4, 0.38], shadow: [0.03, 0.04, 0.06, 0.26], ink: "#4a5563", hot: [0.02, 0.5, 0.36] };
  }

  camera(group, box) {
    const lead = group[0], tall = Math.max(...group.map((m) => m.height)), middle = [0, 0];
    for (const m of group) {
      const at = this.state.follow ? m.where(this.own(m)) : [0, 1].map((k) => (m.reach[k * 2] + m.reach[k * 2 + 1]) / 2);
      middle[0] += at[0] / group.length;
      middle[1] += at[1] / group.length;
    }
    let spread = 0;
    for (const m of group) {
      const at = this.state.follow ? m.where(this.own(m)) : [m.reach[0], m.reach[2]];
      spread = Math.max(spread, Math.hypot(at[0] - middle[0], at[1] - middle[1]));
    }
    const aspect = box[2] / box[3], angle = aspect < 1 ? 2 * Math.atan(Math.tan(FIELD / 2) / aspect) : FIELD;
    const far = ((tall * 1.22 + spread * 2) / (2 * Math.tan(FIELD / 2))) * 1.12 * this.state.zoom;
    const yaw = lead.heading + this.state.yaw;
    const target = [middle[0] + this.state.pan[0], tall * 0.5 + this.state.pan[1], middle[1] + this.state.pan[2]];
    const back = [Math.sin(yaw) * Math.cos(this.state.pitch), Math.sin(this.state.pitch), Math.cos(yaw) * Math.cos(this.state.pitch)];
    const eye = target.map((v, k) => v + back[k] * far);
    return { matrix: product(perspective(angle, aspect, 0.05, far + 80), lookAt(eye, target)), eye, target, far, yaw };
  }

  tone(m, j) {
    const c = m.colours[j];
    if (this.state.layout !== "overlaid") return c;
    const mark = colour(ACCENTS[m.index % ACCENTS.length]);
    return c.map((v, k) => v * 0.3 + mark[k] * 0.7);
  }

  cones(m) {
    const out = [], thin = this.state.look === "skeleton", scale = m.height / 1.7, { pose } = m;
    const spot = (j) => pose.subarray(j * 3, j * 3 + 3);
    const put = (a, ra, b, rb, c) => out.push(...a, ra, ...b, rb, ...c);
    for (let j = 0; j < m.count; j++) {
      const parent = m.parents[j], c = this.tone(m, j);
      if (thin) put(spot(j), 0.019 * scale, spot(j), 0.019 * scale, c.map((v) => v * 0.55));
      if (parent < 0) continue;
      const a = spot(parent), b = spot(j), long = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      if (long < 1e-4) continue;
      if (thin) put(a, 0.014 * scale, b, 0.008 * scale, c);
      else put(a, m.radii[j], b, m.radii[j] * 0.8, c);
    }
    if (!thin && m.head >= 0) {
      const top = spot(m.head), neck = spot(m.parents[m.head]), up = unit(subtract(top, neck)).map((v) => v * scale);
      put([0, 1, 2].map((k) => top[k] + up[k] * 0.03), 0.078 * scale, [0, 1, 2].map((k) => top[k] + up[k] * 0.1), 0.09 * scale, this.tone(m, m.head));
    }
    return new Float32Array(out);
  }

  figure(m, fallen) {
    const mark = colour(ACCENTS[m.index % ACCENTS.length]);
    if (this.state.look === "body" && m.body >= 0) this.scene.skin(this.bodies[m.body], m, [...mark, this.state.layout === "overlaid" ? 0.7 : 0], fallen);
    else this.scene.cones(m.cones, fallen);
  }

  group(list, box, pixels, shades) {
    const view = this.camera(list, box);
    this.scene.aim(pixels, view, shades);
    this.scene.floor();
    for (const m of list) {
      m.sample(this.own(m));
      if (this.state.look !== "body" || m.body < 0) m.cones = this.cones(m);
      if (this.state.paths) {
        const now = Math.max(2, Math.round(m.frame(this.own(m))) + 1), ink = list.length > 1 ? colour(ACCENTS[m.index % ACCENTS.length]) : shades.hot;
        this.scene.trail(m.path, [...ink, 0.28]);
        this.scene.trail(m.path.subarray(0, now * 2), [...ink, 0.9]);
      }
    }
    this.scene.shadows(() => list.forEach((m) => this.figure(m, true)));
    for (const m of list) {
      if (!this.state.contacts) break;
      m.feet.forEach((j, k) => {
        if (m.touches(this.own(m), k)) this.scene.disc([m.pose[j * 3], 0.008, m.pose[j * 3 + 2]], 0.085 * (m.height / 1.7), [...shades.hot, 0.95]);
      });
    }
    list.forEach((m) => this.figure(m, false));
    return view;
  }

  boxes(width, height) {
    if (this.state.layout === "overlaid" || this.motions.length === 1) return [[this.motions, [0, 0, width, height]]];
    let best = 1, most = 0;
    for (let n = 1; n <= this.motions.length; n++) {
      const side = Math.min(width / n, (height / Math.ceil(this.motions.length / n)) * 0.8);
      if (side > most) [best, most] = [n, side];
    }
    const rows = Math.ceil(this.motions.length / best), w = width / best, h = height / rows;
    return this.motions.map((m, k) => [[m], [(k % best) * w, Math.floor(k / best) * h, w, h]]);
  }

  letter(pen, view, box, shades) {
    pen.fillStyle = shades.ink;
    pen.font = `12px ${FONT}`;
    pen.textAlign = "center";
    const [x, z] = [Math.round(view.target[0]), Math.round(view.target[2])], away = [Math.sin(view.yaw), Math.cos(view.yaw)];
    const px = x + (Math.abs(away[0]) > 0.3 ? Math.sign(away[0]) : 1), pz = z + (Math.abs(away[1]) > 0.3 ? Math.sign(away[1]) : 1);
    const mark = (point, text) => {
      const at = projected(view.matrix, point, box);
      if (!at || at[0] < box[0] + 14 || at[0] > box[0] + box[2] - 14 || at[1] < box[1] + 14 || at[1] > box[1] + box[3] - 6) return;
      pen.globalAlpha = 0.8;
      pen.fillText(text, ...at);
    };
    for (let k = -4; k <= 4; k++) {
      mark([x + k, 0, pz], `${x + k} m`.replace("-", "−"));
      if (z + k !== pz) mark([px, 0, z + k], `${z + k} m`.replace("-", "−"));
    }
    pen.globalAlpha = 1;
  }

  draw() {
    const stage = $("stage"), width = stage.clientWidth, height = stage.clientHeight, dots = Math.min(devicePixelRatio || 1, 2);
    for (const id of ["scene", "words"]) {
      const canvas = $(id), wanted = [Math.round(width * dots), Math.round(height * dots)];
      if (canvas.width !== wanted[0] || canvas.height !== wanted[1]) [canvas.width, canvas.height] = wanted;
    }
    const shades = this.theme(), pen = $("words").getContext("2d"), all = this.boxes(width, height);
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.clearRect(0, 0, width, height);
    this.scene.begin(width * dots, height * dots);
    for (const [list, box] of all) {
      const pixels = [box[0], height - box[1] - box[3], box[2], box[3]].map((v) => Math.round(v * dots));
      const view = this.group(list, box, pixels, shades);
      this.letter(pen, view, box, shades);
      if (this.motions.length > 1) this.title(pen, list, view, box, shades);
      if (list.length === 1 && list[0].faces) drawFace(pen, list[0], this.own(list[0]), box, shades);
      if (all.length > 1) {
        pen.strokeStyle = this.dark() ? "#ffffff14" : "#00000012";
        pen.strokeRect(box[0] + 0.5, box[1] + 0.5, box[2] - 1, box[3] - 1);
      }
    }
  }

  title(pen, list, view, box, shades) {
    pen.font = `600 13px ${FONT}`;
    list.forEach((m, k) => {
      pen.textAlign = "left";
      pen.fillStyle = ACCENTS[m.index % ACCENTS.length];
      pen.beginPath();
      pen.arc(box[0] + 18, box[1] + 22 + k * 20, 5, 0, 7);
      pen.fill();
      pen.fillStyle = shades.ink;
      pen.fillText(cut(pen, m.name, box[2] - 40), box[0] + 30, box[1] + 26.5 + k * 20);
      const now = list.length === 1 && m.captions.find((c) => this.own(m) >= c.start - 1e-6 && this.own(m) < c.end);
      if (!now) return;
      pen.font = `13px ${FONT}`;
      pen.globalAlpha = 0.85;
      pen.fillText(cut(pen, now.text, box[2] - 26), box[0] + 14, box[1] + 48);
      pen.globalAlpha = 1;
    });
  }
}
