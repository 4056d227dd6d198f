// Face: a small card with what the 50 numbers say: ARKit's shapes as a face and its strongest shapes, FLAME's components as bars.
"use strict";

const CARD = [132, 178], BARS = 5;

/** The numbers of a motion's face at `time` [s]. */
function faceAt(m, time) {
  const { low, high } = m.face, row = Math.round(m.frame(time)) * m.face.width;
  return Array.from(m.faces.subarray(row, row + m.face.width), (b) => low + ((high - low) * b) / 255);
}

/** Draw the face of `m` at `time` into the corner of a box of the picture. */
function drawFace(pen, m, time, box, shades) {
  const values = faceAt(m, time), scale = Math.min(1.5, box[2] / 440, box[3] / 380);
  if (scale < 0.5) return;
  pen.save();
  pen.translate(box[0] + box[2] - (CARD[0] + 12) * scale, box[1] + 12 * scale);
  pen.scale(scale, scale);
  pen.globalAlpha = 0.1;
  pen.fillStyle = shades.ink;
  pen.beginPath();
  pen.roundRect(0, 0, ...CARD, 12);
  pen.fill();
  pen.globalAlpha = 1;
  pen.strokeStyle = pen.fillStyle = shades.ink;
  pen.lineCap = "round";
  if (m.face.source === "arkit") arkit(pen, m.face.names, values, shades);
  else components(pen, values, m.face.high);
  pen.restore();
}

/** ARKit's shapes: seen from the front, so that the subject's left is on the right. */
function arkit(pen, names, values, shades) {
  const v = (name) => values[names.indexOf(name)] || 0;
  const line = (width, ...path) => {
    pen.lineWidth = width;
    pen.beginPath();
    pen.moveTo(path[0], path[1]);
    if (path.length === 6) pen.quadraticCurveTo(...path.slice(2));
    else pen.lineTo(path[2], path[3]);
    pen.stroke();
  };
  pen.save();
  pen.translate(CARD[0] / 2, 56);
  const puff = 4 * v("cheekPuff"), chin = 46 + 9 * v("jawOpen"), aside = 6 * (v("jawLeft") - v("jawRight"));
  pen.lineWidth = 1.6;
  pen.beginPath();
  pen.ellipse(0, -6, 36 + puff, 42, 0, Math.PI, 2 * Math.PI);
  pen.bezierCurveTo(38 + puff, 18, 22 + aside, chin, aside, chin);
  pen.bezierCurveTo(-22 + aside, chin, -38 - puff, 18, -36 - puff, -6);
  pen.stroke();
  for (const [side, x] of [["Left", 15], ["Right", -15]]) {
    const out = x / 15, open = Math.max(0, 1 - v(`eyeBlink${side}`) + 0.35 * v(`eyeWide${side}`) - 0.3 * v(`eyeSquint${side}`));
    pen.beginPath();
    pen.ellipse(x, -8, 8.5, Math.max(0.4, 5.5 * open), 0, 0, 7);
    pen.lineWidth = 1.3;
    pen.stroke();
    pen.save();
    pen.clip();
    pen.beginPath();
    pen.arc(x + 5 * out * (v(`eyeLookOut${side}`) - v(`eyeLookIn${side}`)), -8 - 4 * v(`eyeLookVertical${side}`), 3, 0, 7);
    pen.fill();
    pen.restore();
    const down = 5 * v(`browDown${side}`), inner = -20 - 6 * v("browInnerUp") + down, outer = -20 - 6 * v(`browOuterUp${side}`) + down * 0.6;
    line(2.2, x - 8 * out, inner, x, Math.min(inner, outer) - 2, x + 9 * out, outer);
    if (v(`noseSneer${side}`) > 0.1) line(1, 3 * out, 2, 6 * out, 2 + 4 * v(`noseSneer${side}`));
  }
  line(1.3, 0, -2, 3, 7, -2, 9);
  const pull = (name) => [v(`${name}Left`), v(`${name}Right`)];
  const [smile, frown, stretch] = ["mouthSmile", "mouthFrown", "mouthStretch"].map(pull);
  const thin = 1 - 0.55 * v("mouthPucker") - 0.4 * v("mouthFunnel"), move = 6 * (v("mouthLeft") - v("mouthRight")) + aside * 0.5;
  const corner = (k, way) => [move + way * 15 * thin * (1 + 0.3 * smile[k] + 0.3 * stretch[k]), 24 - 5 * smile[k] + 5 * frown[k]];
  const [left, right] = [corner(0, 1), corner(1, -1)], shut = 1 - v("mouthClose");
  const drop = Math.max(0, 26 * v("jawOpen") * shut + 6 * v("mouthFunnel") + 2 * (v("mouthLowerDownLeft") + v("mouthLowerDownRight")));
  const lift = 3 * (v("mouthUpperUpLeft") + v("mouthUpperUpRight")) + 3 * v("mouthFunnel");
  pen.lineWidth = 1.8;
  pen.beginPath();
  pen.moveTo(...left);
  pen.quadraticCurveTo(move, 25 - lift, ...right);
  pen.quadraticCurveTo(move, 25 + drop, ...left);
  pen.stroke();
  if (v("tongueOut") > 0.1) {
    pen.beginPath();
    pen.ellipse(move, 26 + drop * 0.5, 5, 2 + 7 * v("tongueOut"), 0, 0, 7);
    pen.stroke();
  }
  pen.restore();
  const most = names.map((name, k) => [name, values[k]]).sort((a, b) => Math.abs(b[1]) - Math.abs(a[1])).slice(0, BARS);
  pen.font = `8.5px ${FONT}`;
  pen.textAlign = "left";
  most.forEach(([name, value], k) => {
    const y = 120 + k * 11;
    pen.globalAlpha = 0.25;
    pen.fillRect(80, y - 5, 44, 4);
    pen.globalAlpha = 1;
    pen.fillText(cut(pen, name, 70), 8, y);
    pen.fillStyle = `rgb(${shades.hot.map((c) => Math.round(255 * Math.pow(c, 1 / 2.2)))})`;
    pen.fillRect(80, y - 5, 44 * Math.min(1, Math.abs(value)), 4);
    pen.fillStyle = shades.ink;
  });
}

/** Components without a meaning each: bars about zero, the first on top. */
function components(pen, values, high) {
  pen.font = `9px ${FONT}`;
  pen.textAlign = "left";
  pen.fillText(`face: ${values.length} components`, 8, 14);
  const step = (CARD[1] - 28) / values.length, middle = CARD[0] / 2;
  pen.globalAlpha = 0.3;
  pen.fillRect(middle - 0.5, 20, 1, CARD[1] - 26);
  pen.globalAlpha = 0.9;
  values.forEach((value, k) => {
    const wide = (value / high) * (middle - 8);
    pen.fillRect(Math.min(middle, middle + wide), 20 + k * step, Math.abs(wide), step * 0.75);
  });
  pen.globalAlpha = 1;
}
