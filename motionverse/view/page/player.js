// Player: time, buttons, keys, camera. What is drawn is in scene.js, what the numbers mean in numbers.js.
"use strict";

const $ = (id) => document.getElementById(id);
const ACCENTS = ["#2f6fed", "#e07020", "#12977a", "#a044c8", "#c93a5e", "#8a7a12", "#3b8ea5", "#7a5cff"];
const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4];
const LOOKS = ["skeleton", "capsules", "body"], LAYOUTS = ["side by side", "overlaid"];
const FIELD = 0.56; // [rad] of the shorter side of the picture
const colour = (hex) => [1, 3, 5].map((k) => Math.pow(parseInt(hex.slice(k, k + 2), 16) / 255, 2.2));

function start() {
  const data = JSON.parse($("motions").textContent);
  const motions = data.motions.map((row) => new Motion(row));
  const scene = new Scene($("scene"));
  const bodies = data.bodies.map((row) => scene.load(row));
  const asked = new URLSearchParams(location.hash.slice(1));
  const skinned = motions.some((m) => m.body >= 0);
  const state = {
    time: Number(asked.get("t")) || 0, speed: 1, loop: true, stretch: false, contacts: true, paths: true, follow: true,
    playing: !asked.has("paused") && !matchMedia("(prefers-reduced-motion: reduce)").matches,
    look: LOOKS.includes(asked.get("look")) ? asked.get("look") : skinned ? "body" : "capsules",
    layout: motions.length > 1 && asked.get("layout") === "overlaid" ? "overlaid" : "side by side",
    yaw: 0.61, pitch: 0.2, zoom: 1, pan: [0, 0, 0],
  };
  if (["dark", "light"].includes(asked.get("theme"))) document.documentElement.dataset.theme = asked.get("theme");
  const longest = Math.max(...motions.map((m) => m.seconds));
  const own = (m) => (state.stretch ? (state.time / longest) * m.seconds : state.time);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (document.documentElement.dataset.theme || (dark.matches ? "dark" : "light")) === "dark";
  let stale = true;
  const redraw = () => (stale = true);

  // ---- camera and picture -------------------------------------------------------------------------------------------------

  function theme() {
    return isDark()
      ? { line: [0.62, 0.7, 0.8], tile: [0.2, 0.25, 0.31], sky: [0.62, 0.72, 0.9], ground: [0.2, 0.2, 0.22], shadow: [0, 0, 0.01, 0.42], ink: "#c3ccd8", hot: [0.2, 0.84, 0.65] }
      : { line: [0.36, 0.42, 0.5], tile: [0.8, 0.83, 0.86], sky: [0.86, 0.92, 1], ground: [0.42, 0.4, 0.38], shadow: [0.03, 0.04, 0.06, 0.26], ink: "#4a5563", hot: [0.02, 0.5, 0.36] };
  }

  function camera(group, box) {
    const lead = group[0], tall = Math.max(...group.map((m) => m.height)), middle = [0, 0];
    for (const m of group) {
      const at = state.follow ? m.where(own(m)) : [0, 1].map((k) => (m.reach[k * 2] + m.reach[k * 2 + 1]) / 2);
      middle[0] += at[0] / group.length;
      middle[1] += at[1] / group.length;
    }
    let spread = 0;
    for (const m of group) {
      const at = state.follow ? m.where(own(m)) : [m.reach[0], m.reach[2]];
      spread = Math.max(spread, Math.hypot(at[0] - middle[0], at[1] - middle[1]));
    }
    const aspect = box[2] / box[3], angle = aspect < 1 ? 2 * Math.atan(Math.tan(FIELD / 2) / aspect) : FIELD;
    const far = ((tall * 1.22 + spread * 2) / (2 * Math.tan(FIELD / 2))) * 1.12 * state.zoom;
    const yaw = lead.heading + state.yaw;
    const target = [middle[0] + state.pan[0], tall * 0.5 + state.pan[1], middle[1] + state.pan[2]];
    const back = [Math.sin(yaw) * Math.cos(state.pitch), Math.sin(state.pitch), Math.cos(yaw) * Math.cos(state.pitch)];
    const eye = target.map((v, k) => v + back[k] * far);
    return { matrix: product(perspective(angle, aspect, 0.05, far + 80), lookAt(eye, target)), eye, target, far, yaw };
  }

  function tone(m, j) {
    const c = m.colours[j];
    if (state.layout !== "overlaid") return c;
    const mark = colour(ACCENTS[m.index % ACCENTS.length]);
    return c.map((v, k) => v * 0.3 + mark[k] * 0.7);
  }

  function cones(m) {
    const out = [], thin = state.look === "skeleton", scale = m.height / 1.7, { pose } = m;
    const spot = (j) => pose.subarray(j * 3, j * 3 + 3);
    const put = (a, ra, b, rb, c) => out.push(...a, ra, ...b, rb, ...c);
    for (let j = 0; j < m.count; j++) {
      const parent = m.parents[j], c = tone(m, j);
      if (thin) put(spot(j), 0.019 * scale, spot(j), 0.019 * scale, c.map((v) => v * 0.55));
      if (parent < 0) continue;
      const a = spot(parent), b = spot(j), long = Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
      if (long < 1e-4) continue;
      const wide = Math.min(Math.max(0.16 * long, 0.008 * scale), 0.065 * scale);
      if (thin) put(a, 0.014 * scale, b, 0.008 * scale, c);
      else put(a, wide, b, wide * 0.78, c);
    }
    if (!thin && m.head >= 0) {
      const top = spot(m.head), neck = spot(m.parents[m.head]), up = unit(subtract(top, neck)).map((v) => v * scale);
      put([0, 1, 2].map((k) => top[k] + up[k] * 0.03), 0.078 * scale, [0, 1, 2].map((k) => top[k] + up[k] * 0.1), 0.09 * scale, tone(m, m.head));
    }
    return new Float32Array(out);
  }

  function figure(m, fallen) {
    const mark = colour(ACCENTS[m.index % ACCENTS.length]);
    if (state.look === "body" && m.body >= 0) scene.skin(bodies[m.body], m, [...mark, state.layout === "overlaid" ? 0.7 : 0], fallen);
    else scene.cones(m.cones, fallen);
  }

  function group(list, box, pixels, shades) {
    const view = camera(list, box);
    scene.aim(pixels, view, shades);
    scene.floor();
    for (const m of list) {
      m.sample(own(m));
      if (state.look !== "body" || m.body < 0) m.cones = cones(m);
      if (state.paths) {
        const now = Math.max(2, Math.round(m.frame(own(m))) + 1), ink = list.length > 1 ? colour(ACCENTS[m.index % ACCENTS.length]) : shades.hot;
        scene.trail(m.path, [...ink, 0.28]);
        scene.trail(m.path.subarray(0, now * 2), [...ink, 0.9]);
      }
    }
    scene.shadows(() => list.forEach((m) => figure(m, true)));
    for (const m of list) {
      if (!state.contacts) break;
      m.feet.forEach((j, k) => {
        if (m.touches(own(m), k)) scene.disc([m.pose[j * 3], 0.008, m.pose[j * 3 + 2]], 0.085 * (m.height / 1.7), [...shades.hot, 0.95]);
      });
    }
    list.forEach((m) => figure(m, false));
    return view;
  }

  function boxes(width, height) {
    if (state.layout === "overlaid" || motions.length === 1) return [[motions, [0, 0, width, height]]];
    let best = 1, most = 0;
    for (let n = 1; n <= motions.length; n++) {
      const side = Math.min(width / n, (height / Math.ceil(motions.length / n)) * 0.8);
      if (side > most) [best, most] = [n, side];
    }
    const rows = Math.ceil(motions.length / best), w = width / best, h = height / rows;
    return motions.map((m, k) => [[m], [(k % best) * w, Math.floor(k / best) * h, w, h]]);
  }

  function letter(pen, view, box, shades) {
    pen.fillStyle = shades.ink;
    pen.font = "12px system-ui, 'DejaVu Sans', sans-serif";
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

  function draw() {
    const stage = $("stage"), width = stage.clientWidth, height = stage.clientHeight, dots = Math.min(devicePixelRatio || 1, 2);
    for (const id of ["scene", "words"]) {
      const canvas = $(id), wanted = [Math.round(width * dots), Math.round(height * dots)];
      if (canvas.width !== wanted[0] || canvas.height !== wanted[1]) [canvas.width, canvas.height] = wanted;
    }
    const shades = theme(), pen = $("words").getContext("2d"), all = boxes(width, height);
    pen.setTransform(dots, 0, 0, dots, 0, 0);
    pen.clearRect(0, 0, width, height);
    scene.begin(width * dots, height * dots);
    for (const [list, box] of all) {
      const pixels = [box[0], height - box[1] - box[3], box[2], box[3]].map((v) => Math.round(v * dots));
      const view = group(list, box, pixels, shades);
      letter(pen, view, box, shades);
      if (motions.length > 1) title(pen, list, view, box, shades);
      if (all.length > 1) {
        pen.strokeStyle = isDark() ? "#ffffff14" : "#00000012";
        pen.strokeRect(box[0] + 0.5, box[1] + 0.5, box[2] - 1, box[3] - 1);
      }
    }
  }

  function title(pen, list, view, box, shades) {
    pen.font = "600 13px system-ui, 'DejaVu Sans', sans-serif";
    list.forEach((m, k) => {
      pen.textAlign = "left";
      pen.fillStyle = ACCENTS[m.index % ACCENTS.length];
      pen.beginPath();
      pen.arc(box[0] + 18, box[1] + 22 + k * 20, 5, 0, 7);
      pen.fill();
      pen.fillStyle = shades.ink;
      pen.fillText(m.name, box[0] + 30, box[1] + 26.5 + k * 20, box[2] - 44);
      const now = list.length === 1 && m.captions.find((c) => own(m) >= c.start - 1e-6 && own(m) < c.end);
      if (!now) return;
      pen.font = "13px system-ui, 'DejaVu Sans', sans-serif";
      pen.globalAlpha = 0.85;
      pen.fillText(now.text, box[0] + 14, box[1] + 48, box[2] - 28);
      pen.globalAlpha = 1;
    });
  }

  // ---- time ---------------------------------------------------------------------------------------------------------------

  function seek(time, keep = false) {
    state.time = Math.min(Math.max(time, 0), longest);
    if (!keep) pause();
    tell();
  }

  function pause(playing = false) {
    state.playing = playing;
    if (playing && state.time >= longest - 1e-6) state.time = 0;
    $("play").setAttribute("aria-label", playing ? "Pause" : "Play");
    $("play").querySelector("path").setAttribute("d", playing ? "M7 5h4v14H7zM13 5h4v14h-4z" : "M8 5l11 7-11 7z");
    redraw();
  }

  /** Say the time everywhere it is said. */
  function tell() {
    const first = motions[0], at = own(first);
    $("scrub").value = state.time;
    $("scrub").setAttribute("aria-valuetext", `${state.time.toFixed(2)} of ${longest.toFixed(2)} seconds`);
    $("clock").innerHTML = `<b>${state.time.toFixed(2)}</b> / ${longest.toFixed(2)} s &ensp; frame ${Math.round(first.frame(at)) + 1} / ${first.frames} at ${+first.fps.toFixed(2)} fps`;
    const said = [];
    for (const [button, m, caption] of lanes) {
      const now = own(m) >= caption.start - 1e-6 && own(m) < caption.end;
      button.classList.toggle("now", now);
      if (now && said.length < 2 && !said.includes(caption.text)) said.push(caption.text);
    }
    $("caption").textContent = motions.length > 1 ? "" : said.join(" · ");
    redraw();
  }

  let last = performance.now();
  function tick(now) {
    const passed = Math.min((now - last) / 1000, 0.25);
    last = now;
    if (state.playing) {
      state.time += passed * state.speed;
      if (state.time >= longest) {
        state.time = state.loop ? state.time % longest : longest;
        if (!state.loop) pause();
      }
      tell();
    }
    if (stale) {
      stale = false;
      draw();
    }
    requestAnimationFrame(tick);
  }

  // ---- what is under the timeline ----------------------------------------------------------------------------------------

  const lanes = [];
  function element(kind, parent, facts = {}) {
    const made = Object.assign(document.createElement(kind), facts);
    parent.append(made);
    return made;
  }

  function tracks() {
    motions.forEach((m, index) => {
      m.index = index;
      const track = element("div", $("tracks"), { className: "track" });
      if (motions.length > 1 || m.captions.length || m.touch) {
        const name = element("div", track, { className: "name" });
        if (motions.length > 1) element("span", name, { className: "swatch" }).style.background = ACCENTS[index % ACCENTS.length];
        element("span", name, { textContent: motions.length > 1 ? m.name : m.touch ? "feet on the floor: left, right" : "" });
      }
      if (m.touch) strip(m, element("canvas", track, { className: "feet" }));
      const ends = [];
      for (const caption of m.captions) {
        let lane = ends.findIndex((end) => end <= caption.start + 1e-6);
        if (lane < 0) lane = ends.push(0) - 1;
        ends[lane] = caption.end;
        const row = track.querySelectorAll(".lane")[lane] || element("div", track, { className: "lane" });
        const span = `${caption.start.toFixed(2)} to ${caption.end.toFixed(2)} s`;
        const button = element("button", row, { textContent: caption.text, title: `${caption.text} (${span})`, onclick: () => seek(caption.start, true) });
        button.setAttribute("aria-label", `${caption.text}, ${span}`);
        button.style.left = `${(100 * caption.start) / longest}%`;
        button.style.width = `calc(${(100 * (caption.end - caption.start)) / longest}% - 2px)`;
        lanes.push([button, m, caption]);
      }
    });
  }

  /** When each foot touches the floor, as two rows of marks. */
  function strip(m, canvas) {
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "When the left and the right foot touch the floor");
    canvas.width = 1600;
    canvas.height = 22;
    const pen = canvas.getContext("2d"), wide = (1600 * m.seconds) / longest / m.frames;
    [[0, 1, "#3f7fd8"], [2, 3, "#e08a3c"]].forEach(([a, b, ink], row) => {
      pen.fillStyle = "#8884";
      pen.fillRect(0, row * 12, (1600 * m.seconds) / longest, 9);
      pen.fillStyle = ink;
      for (let f = 0; f < m.frames; f++) if ((m.touch[f] >> a) & 1 || (m.touch[f] >> b) & 1) pen.fillRect(f * wide, row * 12, wide + 0.5, 9);
    });
  }

  // ---- buttons, keys, pointers -------------------------------------------------------------------------------------------

  function choices(id, names, key, possible) {
    names.forEach((name) => {
      const button = element("button", $(id), { textContent: name[0].toUpperCase() + name.slice(1), disabled: !possible(name) });
      button.setAttribute("role", "radio");
      button.onclick = () => choose(id, key, name);
    });
    choose(id, key, state[key]);
  }

  function choose(id, key, name) {
    const button = [...$(id).children].find((b) => b.textContent.toLowerCase() === name);
    if (!button || button.disabled) return;
    state[key] = name;
    for (const other of $(id).children) other.setAttribute("aria-checked", String(other === button));
    redraw();
  }

  function toggle(id) {
    const key = id;
    state[key] = !state[key];
    $(id).setAttribute("aria-pressed", String(state[key]));
    tell();
  }

  function turn(yaw, pitch) {
    state.yaw += yaw;
    state.pitch = Math.min(Math.max(state.pitch + pitch, -0.05), 1.5);
    redraw();
  }

  function closer(factor) {
    state.zoom = Math.min(Math.max(state.zoom * factor, 0.15), 6);
    redraw();
  }

  function move(dx, dy) {
    const yaw = motions[0].heading + state.yaw, step = state.zoom * 0.004;
    state.pan[0] -= Math.cos(yaw) * dx * step;
    state.pan[2] += Math.sin(yaw) * dx * step;
    state.pan[1] += dy * step;
    redraw();
  }

  function reset() {
    Object.assign(state, { yaw: 0.61, pitch: 0.2, zoom: 1, pan: [0, 0, 0] });
    redraw();
  }

  function faster(step) {
    const at = Math.min(Math.max(SPEEDS.indexOf(state.speed) + step, 0), SPEEDS.length - 1);
    state.speed = SPEEDS[at];
    $("speed").value = state.speed;
  }

  function help() {
    $("help").hidden = !$("help").hidden;
    $("keys").setAttribute("aria-expanded", String(!$("help").hidden));
  }

  const KEYS = {
    " ": () => pause(!state.playing), arrowleft: (e) => seek(state.time - (e.shiftKey ? 1 : 1 / motions[0].fps)),
    arrowright: (e) => seek(state.time + (e.shiftKey ? 1 : 1 / motions[0].fps)), home: () => seek(0), end: () => seek(longest),
    arrowup: () => faster(1), arrowdown: () => faster(-1), l: () => toggle("loop"), c: () => toggle("contacts"), p: () => toggle("paths"),
    f: () => toggle("follow"), r: reset, a: () => turn(-0.12, 0), d: () => turn(0.12, 0), w: () => turn(0, 0.08), s: () => turn(0, -0.08),
    q: () => closer(0.9), e: () => closer(1.11), "?": help, o: () => choose("layouts", "layout", LAYOUTS[+(state.layout === LAYOUTS[0])]),
    1: () => choose("looks", "look", LOOKS[0]), 2: () => choose("looks", "look", LOOKS[1]), 3: () => choose("looks", "look", LOOKS[2]),
  };
  addEventListener("keydown", (event) => {
    const key = event.key.toLowerCase(), on = event.target.tagName;
    if (event.ctrlKey || event.metaKey || event.altKey || !KEYS[key]) return;
    if (on === "SELECT" || (key === " " && on === "BUTTON")) return;
    event.preventDefault();
    KEYS[key](event);
  });

  const touched = new Map();
  const stage = $("stage");
  stage.addEventListener("pointerdown", (event) => {
    stage.setPointerCapture(event.pointerId);
    touched.set(event.pointerId, [event.clientX, event.clientY]);
  });
  stage.addEventListener("pointermove", (event) => {
    const before = touched.get(event.pointerId);
    if (!before) return;
    const now = [event.clientX, event.clientY], dx = now[0] - before[0], dy = now[1] - before[1];
    const other = [...touched].find(([id]) => id !== event.pointerId);
    if (other) {
      const gap = (p) => Math.hypot(p[0] - other[1][0], p[1] - other[1][1]);
      closer(gap(before) / Math.max(gap(now), 1));
      move(dx / 2, dy / 2);
    } else if (event.shiftKey || event.buttons & 6) move(dx, dy);
    else turn(-dx * 0.008, dy * 0.006);
    touched.set(event.pointerId, now);
  });
  for (const end of ["pointerup", "pointercancel"]) stage.addEventListener(end, (event) => touched.delete(event.pointerId));
  stage.addEventListener("wheel", (event) => { event.preventDefault(); closer(Math.exp(event.deltaY * 0.001)); }, { passive: false });
  stage.addEventListener("contextmenu", (event) => event.preventDefault());

  for (const speed of SPEEDS) element("option", $("speed"), { value: speed, textContent: `${speed}×` });
  $("speed").value = 1;
  $("speed").onchange = () => (state.speed = Number($("speed").value));
  $("scrub").max = longest;
  $("scrub").oninput = () => seek(Number($("scrub").value));
  $("play").onclick = () => pause(!state.playing);
  for (const id of ["loop", "stretch", "contacts", "paths", "follow"]) $(id).onclick = () => toggle(id);
  $("reset").onclick = reset;
  $("keys").onclick = help;
  $("contacts").hidden = !motions.some((m) => m.touch);
  $("stretch").hidden = $("layouts").hidden = motions.length < 2;
  tracks();
  choices("looks", LOOKS, "look", (name) => name !== "body" || skinned);
  choices("layouts", LAYOUTS, "layout", () => true);
  new ResizeObserver(redraw).observe(stage);
  dark.addEventListener("change", redraw);
  pause(state.playing);
  tell();
  document.documentElement.dataset.ready = "yes";
  requestAnimationFrame(tick);
}

try {
  start();
} catch (error) {
  $("trouble").hidden = false;
  $("trouble").textContent = error.message;
  throw error;
}
