// Numbers: typed arrays out of the page, poses at any time, and the little linear algebra that a camera needs.
"use strict";

const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
const words = (text, Kind) => new Kind(bytes(text).buffer);

/** One motion: positions and turns of its joints at any time [s]. */
class Motion {
  constructor(row) {
    Object.assign(this, row);
    const packed = words(row.positions, Uint16Array);
    this.places = new Float32Array(packed.length);
    for (let i = 0; i < packed.length; i++) this.places[i] = row.low[i % 3] + (packed[i] / 65535) * row.span[i % 3];
    this.turns = row.rotations ? words(row.rotations, Int16Array) : null;
    this.touch = row.contacts ? bytes(row.contacts) : null;
    this.faces = row.face ? bytes(row.face.text) : null;
    this.count = row.joints.length;
    this.pose = new Float32Array(this.count * 3);
    this.quats = new Float32Array(this.count * 4);
    this.path = this.smoothed(0.35);
  }

  get seconds() {
    return this.frames / this.fps;
  }

  frame(time) {
    return Math.min(Math.max(time * this.fps, 0), this.frames - 1);
  }

  /** Fill this.pose and this.quats with the pose at `time`, between frames linearly. */
  sample(time) {
    const at = this.frame(time), a = Math.floor(at), b = Math.min(a + 1, this.frames - 1), w = at - a;
    const n = this.count * 3;
    for (let i = 0; i < n; i++) this.pose[i] = this.places[a * n + i] * (1 - w) + this.places[b * n + i] * w;
    for (let i = 1; i < n; i += 3) this.pose[i] -= this.floor;
    if (!this.turns) return;
    for (let j = 0; j < this.count; j++) {
      const p = (a * this.count + j) * 4, q = (b * this.count + j) * 4;
      let dot = 0, size = 0;
      for (let k = 0; k < 4; k++) dot += this.turns[p + k] * this.turns[q + k];
      for (let k = 0; k < 4; k++) {
        const v = this.turns[p + k] * (1 - w) + this.turns[q + k] * (dot < 0 ? -w : w);
        this.quats[j * 4 + k] = v;
        size += v * v;
      }
      size = Math.sqrt(size) || 1;
      for (let k = 0; k < 4; k++) this.quats[j * 4 + k] /= size;
    }
  }

  /** Whether foot k (bit) touches the floor at `time`. */
  touches(time, k) {
    return this.touch !== null && (this.touch[Math.round(this.frame(time))] >> k) & 1;
  }

  /** (frames, 2) the root's way over the floor, smoothed over `spread` seconds: what a camera follows. */
  smoothed(spread) {
    const out = new Float32Array(this.frames * 2), keep = Math.exp(-1 / Math.max(spread * this.fps, 1e-3));
    for (const axis of [0, 1]) {
      const at = (f) => this.places[f * this.count * 3 + axis * 2];
      let value = at(0);
      for (let f = 0; f < this.frames; f++) out[f * 2 + axis] = value = value * keep + at(f) * (1 - keep);
      value = out[(this.frames - 1) * 2 + axis];
      for (let f = this.frames - 1; f >= 0; f--) out[f * 2 + axis] = value = value * keep + out[f * 2 + axis] * (1 - keep);
    }
    return out;
  }

  /** [x, z] of the smoothed path at `time`. */
  where(time) {
    const at = this.frame(time), a = Math.floor(at), b = Math.min(a + 1, this.frames - 1), w = at - a;
    return [0, 1].map((k) => this.path[a * 2 + k] * (1 - w) + this.path[b * 2 + k] * w);
  }
}

const subtract = (a, b) => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
const cross = (a, b) => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const dot = (a, b) => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const unit = (a) => a.map((v) => v / (Math.hypot(...a) || 1));

/** Column-major product of two 4 x 4 matrices. */
function product(a, b) {
  const out = new Float32Array(16);
  for (let c = 0; c < 4; c++)
    for (let r = 0; r < 4; r++) for (let k = 0; k < 4; k++) out[c * 4 + r] += a[k * 4 + r] * b[c * 4 + k];
  return out;
}

function perspective(angle, aspect, near, far) {
  const f = 1 / Math.tan(angle / 2);
  const depth = [(far + near) / (near - far), (2 * far * near) / (near - far)];
  return new Float32Array([f / aspect, 0, 0, 0, 0, f, 0, 0, 0, 0, depth[0], -1, 0, 0, depth[1], 0]);
}

function lookAt(eye, target) {
  const z = unit(subtract(eye, target)), x = unit(cross([0, 1, 0], z)), y = cross(z, x);
  const t = [-dot(x, eye), -dot(y, eye), -dot(z, eye)];
  return new Float32Array([x[0], y[0], z[0], 0, x[1], y[1], z[1], 0, x[2], y[2], z[2], 0, ...t, 1]);
}

/** Pixel [x, y] of a world point in a rectangle [x, y, w, h] from its top left, or null behind the camera. */
function projected(matrix, point, box) {
  const at = [0, 1, 3].map((r) => matrix[r] * point[0] + matrix[4 + r] * point[1] + matrix[8 + r] * point[2] + matrix[12 + r]);
  if (at[2] < 0.05) return null;
  return [box[0] + ((at[0] / at[2] + 1) / 2) * box[2], box[1] + ((1 - at[1] / at[2]) / 2) * box[3]];
}
