// Player: time, buttons, keys, pointers. What is drawn is in picture.js, what the numbers mean in numbers.js.
"use strict";

const $ = (id) => document.getElementById(id);
const SPEEDS = [0.1, 0.25, 0.5, 0.75, 1, 1.5, 2, 4];
const LOOKS = ["skeleton", "capsules", "body"], LAYOUTS = ["side by side", "overlaid"];

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
  const picture = new Picture(scene, motions, bodies, state, own, isDark);
  let stale = true;
  const redraw = () => (stale = true);

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
    const passed = Math.min((now - last) / 1000, 1); // a slow machine drops pictures, it does not slow down time
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
      picture.draw();
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
  document.addEventListener("visibilitychange", () => (last = performance.now()));
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
