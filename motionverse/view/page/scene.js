// Scene: what is drawn with WebGL 2. A floor with a line every metre, limbs as round cones, a skinned body, flat shadows, contacts.
"use strict";

const LIGHT = unit([0.45, 1, 0.35]);
const SHADE = `
uniform vec3 sun, eye; uniform vec4 flat_colour; uniform vec3 sky, ground;
vec4 shade(vec3 place, vec3 normal, vec3 colour) {
  if (flat_colour.a > 0.) return flat_colour;
  vec3 n = normalize(normal), v = normalize(eye - place);
  float key = max(dot(n, sun), 0.), soft = .5 + .5 * n.y;
  float rim = pow(1. - max(dot(n, v), 0.), 3.) * .35;
  float gleam = pow(max(dot(n, normalize(sun + v)), 0.), 40.) * .16;
  vec3 lit = colour * (key * .95 + mix(ground, sky, soft) * .62) + rim * sky * (.25 + colour) + gleam;
  return vec4(pow(lit / (lit * .28 + .86), vec3(1. / 2.2)), 1.);
}`;
const FALL = `
uniform mat4 view; uniform float fallen; uniform vec3 light;
vec4 shown(vec3 p) {
  if (fallen > 0.) { p -= light * (max(p.y, 0.) / light.y); p.y = .004; }
  return view * vec4(p, 1.);
}`;
const PROGRAMS = {
  floor: [`in vec2 corner; uniform mat4 view; uniform vec2 centre; out vec2 at;
    void main() { at = centre + corner * 60.; gl_Position = view * vec4(at.x, 0., at.y, 1.); }`,
  `in vec2 at; uniform vec2 centre; uniform vec3 line_colour, tile; uniform float reach; out vec4 colour;
    float line(vec2 p, float w) { vec2 g = abs(fract(p - .5) - .5) / max(fwidth(p), 1e-4); return 1. - min(min(g.x, g.y) / w, 1.); }
    void main() {
      float fade = exp(-pow(length(at - centre) / reach, 2.)), far = 1. - smoothstep(.1, .5, max(fwidth(at).x, fwidth(at).y));
      float check = mod(floor(at.x) + floor(at.y), 2.), fine = line(at * 4., 1.) * .22 * (1. - smoothstep(.01, .05, fwidth(at).x));
      float ink = max(line(at, 1.3) * far * .75, fine);
      float axis = 0.;
      float alpha = fade * mix(.30 + check * .22 * far, .9, ink);
      colour = vec4(mix(tile, line_colour, ink), 1.) * alpha;
    }`],
  limb: [`in vec4 shape; in vec4 start, end; in vec3 tone; out vec3 place, normal, hue; ${FALL}
    void main() {
      vec3 along = end.xyz - start.xyz; float size = length(along);
      vec3 y = size > 1e-6 ? along / size : vec3(0, 1, 0);
      vec3 x = normalize(cross(abs(y.y) < .9 ? vec3(0, 1, 0) : vec3(1, 0, 0), y)), z = cross(x, y);
      normal = x * shape.x + y * shape.y + z * shape.z; hue = tone;
      place = mix(start.xyz, end.xyz, shape.w) + normal * mix(start.w, end.w, shape.w);
      gl_Position = shown(place);
    }`,
  `in vec3 place, normal, hue; out vec4 colour; ${SHADE} void main() { colour = shade(place, normal, hue); }`],
  body: [`in vec3 spot, facing, tone; in vec4 owner, share; uniform vec4 bones[156]; uniform vec4 mood; out vec3 place, normal, hue; ${FALL}
    void main() {
      vec4 rows[3] = vec4[3](vec4(0), vec4(0), vec4(0));
      for (int k = 0; k < 4; k++) for (int r = 0; r < 3; r++) rows[r] += share[k] * bones[int(owner[k]) * 3 + r];
      vec4 p = vec4(spot, 1.), n = vec4(facing, 0.);
      place = vec3(dot(rows[0], p), dot(rows[1], p), dot(rows[2], p));
      normal = vec3(dot(rows[0], n), dot(rows[1], n), dot(rows[2], n)); hue = mix(tone, mood.rgb, mood.a);
      gl_Position = shown(place);
    }`,
  `in vec3 place, normal, hue; out vec4 colour; ${SHADE} void main() { colour = shade(place, normal, hue); }`],
  disc: [`in vec2 corner; uniform mat4 view; uniform vec3 spot; uniform float radius; out vec2 at;
    void main() { at = corner; gl_Position = view * vec4(spot + vec3(corner.x, 0., corner.y) * radius, 1.); }`,
  `in vec2 at; uniform vec4 ink; out vec4 colour;
    void main() { float d = length(at), ring = smoothstep(1., .92, d) * smoothstep(.66, .8, d);
      float alpha = max(ring, .38 * smoothstep(1., .2, d)) * ink.a; colour = vec4(ink.rgb, 1.) * alpha; }`],
  path: [`in vec2 spot; uniform mat4 view; uniform float height; void main() { gl_Position = view * vec4(spot.x, height, spot.y, 1.); }`,
  `uniform vec4 ink; out vec4 colour; void main() { colour = vec4(ink.rgb, 1.) * ink.a; }`],
};
const HEAD = "#version 300 es\nprecision highp float;\n";

class Scene {
  constructor(canvas) {
    const gl = canvas.getContext("webgl2", { antialias: true, alpha: true, stencil: true, premultipliedAlpha: true });
    if (!gl) throw new Error("This browser has no WebGL 2, which the player draws with; try another browser.");
    this.gl = gl;
    this.programs = {};
    for (const [name, [vertex, fragment]] of Object.entries(PROGRAMS)) this.programs[name] = this.program(vertex, fragment);
    this.square = this.buffer(new Float32Array([-1, -1, 1, -1, -1, 1, 1, 1]));
    const [shape, order] = capsule(14, 5);
    this.shape = this.buffer(shape);
    this.order = this.buffer(order, gl.ELEMENT_ARRAY_BUFFER);
    this.limbs = gl.createBuffer();
    this.lines = gl.createBuffer();
    this.count = order.length;
    gl.enable(gl.DEPTH_TEST);
    gl.blendFunc(gl.ONE, gl.ONE_MINUS_SRC_ALPHA);
  }

  program(vertex, fragment) {
    const gl = this.gl, made = gl.createProgram();
    for (const [kind, source] of [[gl.VERTEX_SHADER, vertex], [gl.FRAGMENT_SHADER, fragment]]) {
      const shader = gl.createShader(kind);
      gl.shaderSource(shader, HEAD + source);
      gl.compileShader(shader);
      if (!gl.getShaderParameter(shader, gl.COMPILE_STATUS)) throw new Error(gl.getShaderInfoLog(shader));
      gl.attachShader(made, shader);
    }
    gl.linkProgram(made);
    if (!gl.getProgramParameter(made, gl.LINK_STATUS)) throw new Error(gl.getProgramInfoLog(made));
    const at = {};
    for (let k = gl.getProgramParameter(made, gl.ACTIVE_UNIFORMS) - 1; k >= 0; k--) {
      const name = gl.getActiveUniform(made, k).name.replace("[0]", "");
      at[name] = gl.getUniformLocation(made, name);
    }
    return { made, at };
  }

  buffer(values, kind = this.gl.ARRAY_BUFFER) {
    const made = this.gl.createBuffer();
    this.gl.bindBuffer(kind, made);
    this.gl.bufferData(kind, values, this.gl.STATIC_DRAW);
    return made;
  }

  /** Bind floats (or normalised bytes) of a buffer to an attribute by name. */
  feed(program, name, buffer, size, stride = 0, offset = 0, divisor = 0, kind = this.gl.FLOAT, norm = false) {
    const gl = this.gl, place = gl.getAttribLocation(program.made, name);
    if (place < 0) return;
    gl.bindBuffer(gl.ARRAY_BUFFER, buffer);
    gl.enableVertexAttribArray(place);
    gl.vertexAttribPointer(place, size, kind, norm, stride, offset);
    gl.vertexAttribDivisor(place, divisor);
  }

  use(name) {
    for (let k = 0; k < 8; k++) this.gl.disableVertexAttribArray(k);
    const program = this.programs[name];
    this.gl.useProgram(program.made);
    if (program.at.view) this.gl.uniformMatrix4fv(program.at.view, false, this.camera.matrix);
    return program;
  }

  /** Clear everything once a picture. */
  begin(width, height) {
    const gl = this.gl;
    gl.disable(gl.SCISSOR_TEST);
    gl.viewport(0, 0, width, height);
    gl.depthMask(true);
    gl.clearColor(0, 0, 0, 0);
    gl.clear(gl.COLOR_BUFFER_BIT | gl.DEPTH_BUFFER_BIT | gl.STENCIL_BUFFER_BIT);
  }

  /** Draw what follows into a rectangle [x, y, w, h] of pixels from the bottom left, seen by `camera` {matrix, eye, target}. */
  aim(box, camera, theme) {
    const gl = this.gl;
    gl.enable(gl.SCISSOR_TEST);
    gl.viewport(...box);
    gl.scissor(...box);
    Object.assign(this, { camera, theme });
  }

  blended(work) {
    const gl = this.gl;
    gl.enable(gl.BLEND);
    gl.depthMask(false);
    work();
    gl.depthMask(true);
    gl.disable(gl.BLEND);
  }

  floor() {
    const gl = this.gl, program = this.use("floor"), { at } = program, target = this.camera.target;
    this.feed(program, "corner", this.square, 2);
    gl.uniform2f(at.centre, target[0], target[2]);
    gl.uniform3fv(at.line_colour, this.theme.line);
    gl.uniform3fv(at.tile, this.theme.tile);
    gl.uniform1f(at.reach, Math.max(7, this.camera.far * 1.9));
    this.blended(() => gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4));
  }

  lit(at, fallen) {
    const gl = this.gl;
    gl.uniform1f(at.fallen, fallen ? 1 : 0);
    gl.uniform3fv(at.light, LIGHT);
    gl.uniform3fv(at.sun, LIGHT);
    gl.uniform3fv(at.eye, this.camera.eye);
    gl.uniform3fv(at.sky, this.theme.sky);
    gl.uniform3fv(at.ground, this.theme.ground);
    gl.uniform4fv(at.flat_colour, fallen ? this.theme.shadow : [0, 0, 0, 0]);
  }

  /** Shadows lie on the floor once, however many triangles cover a place. */
  shadows(work) {
    const gl = this.gl;
    gl.enable(gl.STENCIL_TEST);
    gl.stencilFunc(gl.EQUAL, 0, 255);
    gl.stencilOp(gl.KEEP, gl.KEEP, gl.INCR);
    this.blended(work);
    gl.disable(gl.STENCIL_TEST);
  }

  /** Limbs: 11 floats each, start (3) and radius, end (3) and radius, colour (3). */
  cones(values, fallen) {
    const gl = this.gl, program = this.use("limb");
    gl.bindBuffer(gl.ARRAY_BUFFER, this.limbs);
    gl.bufferData(gl.ARRAY_BUFFER, values, gl.DYNAMIC_DRAW);
    this.feed(program, "shape", this.shape, 4);
    this.feed(program, "start", this.limbs, 4, 44, 0, 1);
    this.feed(program, "end", this.limbs, 4, 44, 16, 1);
    this.feed(program, "tone", this.limbs, 3, 44, 32, 1);
    this.lit(program.at, fallen);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, this.order);
    gl.drawElementsInstanced(gl.TRIANGLES, this.count, gl.UNSIGNED_SHORT, 0, values.length / 11);
  }

  /** Upload a body once: what `skin` needs. */
  load(row) {
    const gl = this.gl, packed = words(row.vertices, Uint16Array), faces = words(row.faces, Uint16Array);
    const spots = Float32Array.from(packed, (v, i) => row.low[i % 3] + (v / 65535) * row.span[i % 3]);
    return {
      rest: words(row.joints, Float32Array), count: faces.length, spots: this.buffer(spots),
      normals: this.buffer(words(row.normals, Int8Array)), tones: this.buffer(bytes(row.colours)),
      owners: this.buffer(bytes(row.owners)), shares: this.buffer(bytes(row.shares)), faces: this.buffer(faces, gl.ELEMENT_ARRAY_BUFFER),
    };
  }

  /** Draw a loaded body in a motion's present pose; mood: a colour and how much of it. */
  skin(body, motion, mood, fallen) {
    const gl = this.gl, program = this.use("body"), bones = new Float32Array(156 * 4), { pose, quats } = motion;
    for (let j = 0; j < motion.count; j++) {
      const [w, x, y, z] = quats.subarray(j * 4, j * 4 + 4), rest = body.rest.subarray(j * 3, j * 3 + 3);
      const turn = [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y), 2 * (x * y + w * z), 1 - 2 * (x * x + z * z),
        2 * (y * z - w * x), 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)];
      for (let r = 0; r < 3; r++) {
        const row = turn.slice(r * 3, r * 3 + 3);
        bones.set([...row, pose[j * 3 + r] - dot(row, rest)], (j * 3 + r) * 4);
      }
    }
    const size = gl.UNSIGNED_BYTE;
    this.feed(program, "spot", body.spots, 3);
    this.feed(program, "facing", body.normals, 3, 4, 0, 0, gl.BYTE, true);
    this.feed(program, "tone", body.tones, 3, 4, 0, 0, size, true);
    this.feed(program, "owner", body.owners, 4, 0, 0, 0, size, false);
    this.feed(program, "share", body.shares, 4, 0, 0, 0, size, true);
    gl.uniform4fv(program.at.bones, bones);
    gl.uniform4fv(program.at.mood, mood);
    this.lit(program.at, fallen);
    gl.bindBuffer(gl.ELEMENT_ARRAY_BUFFER, body.faces);
    gl.drawElements(gl.TRIANGLES, body.count, gl.UNSIGNED_SHORT, 0);
  }

  disc(spot, radius, ink) {
    const gl = this.gl, program = this.use("disc");
    this.feed(program, "corner", this.square, 2);
    gl.uniform3fv(program.at.spot, spot);
    gl.uniform1f(program.at.radius, radius);
    gl.uniform4fv(program.at.ink, ink);
    this.blended(() => gl.drawArrays(gl.TRIANGLE_STRIP, 0, 4));
  }

  /** A line over the floor through (n, 2) points. */
  trail(points, ink) {
    const gl = this.gl, program = this.use("path");
    gl.bindBuffer(gl.ARRAY_BUFFER, this.lines);
    gl.bufferData(gl.ARRAY_BUFFER, points, gl.DYNAMIC_DRAW);
    this.feed(program, "spot", this.lines, 2);
    gl.uniform1f(program.at.height, 0.006);
    gl.uniform4fv(program.at.ink, ink);
    this.blended(() => gl.drawArrays(gl.LINE_STRIP, 0, points.length / 2));
  }
}

/** A unit capsule: (x, y, z, which end) a vertex, and its triangles. */
function capsule(sectors, rings) {
  const shape = [], order = [];
  for (const end of [0, 1])
    for (let r = 0; r <= rings; r++) {
      const angle = (end - 1 + r / rings) * (Math.PI / 2);
      for (let s = 0; s < sectors; s++) {
        const turn = (s / sectors) * 2 * Math.PI;
        shape.push(Math.cos(angle) * Math.cos(turn), Math.sin(angle), Math.cos(angle) * Math.sin(turn), end);
      }
    }
  for (let r = 0; r < 2 * rings + 1; r++)
    for (let s = 0; s < sectors; s++) {
      const a = r * sectors + s, b = r * sectors + ((s + 1) % sectors);
      order.push(a, a + sectors, b, b, a + sectors, b + sectors);
    }
  return [new Float32Array(shape), new Uint16Array(order)];
}
