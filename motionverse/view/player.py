"""Motions as one HTML page that plays them in any browser, without a network: `write([Shown(motion, "walk")], "walk.html")`.

The page holds everything: style, script (the files of motionverse/view/page), and the motions as base64 arrays. Positions are
16-bit steps of each axis' span, below 1 mm up to a span of 65 m (wider: refused); `decoded` reads them back.
"""

import base64
import html
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import contact, rotation
from motionverse.clip import Caption
from motionverse.derivative import derivative
from motionverse.errors import MotionError
from motionverse.face import ARKIT, SLOTS
from motionverse.files import atomic_path
from motionverse.motion import Motion
from motionverse.retarget import joint_names
from motionverse.skeleton import Skeleton
from motionverse.view.body import MIDDLE, Body, skeleton_height, tint
from motionverse.view.camera import facing
from motionverse.view.capsules import ADULT
from motionverse.view.mesh import baked, with_relaxed_hands
from motionverse.view.smpl import ModelBody

PAGE = Path(__file__).with_name("page")
SCRIPTS = ("numbers.js", "scene.js", "face.js", "picture.js", "player.js")
MOST_MOTIONS = 12
MOST_BYTES = 64 * 2**20  # of motion in one page: browsers hold it several times over
WIDEST = 65.0  # [m]
_STEPS = 65535


@dataclass(frozen=True, eq=False)
class Shown:
    """One motion on a page, its name and what is said about it (times in seconds of the motion)."""

    motion: Motion
    name: str
    captions: tuple[Caption, ...] = ()


def write(
    shown: Sequence[Shown], path: str | Path, title: str = "", body: bool = True, model: ModelBody | None = None
) -> Path:
    """Write the page; the file appears whole or not at all. Returns the path. Raises MotionError as `page` does."""
    made = page(shown, title, body, model)
    with atomic_path(path) as temporary:
        temporary.write_text(made, encoding="utf-8")
    return Path(path)


def page(shown: Sequence[Shown], title: str = "", body: bool = True, model: ModelBody | None = None) -> str:
    """The page as text. title: of the page, the motions' names if empty; body: with the skinned body, where a skeleton has one;
    model: a licensed body (view.smpl.load) that all motions are fitted to. Its mesh is in the page then, skinned without the
    model's pose corrections: whom the page may be given to is for the model's licence to say. Raises MotionError for no motion,
    more than 12, more than a browser can hold, and positions over more than 65 m.
    """
    check(shown)
    bodies: list[Body] = []
    if model is not None:
        bodies, body = [model], True
        shown = [replace(one, motion=model.fit(one.motion)) for one in shown]
    rows = [_row(one, bodies, body) for one in shown]
    data = {"motions": rows, "bodies": [_body(made) for made in bodies]}
    parts = {
        "title": html.escape(" ".join(title.split()) or " · ".join(one.name for one in shown)),
        "style": (PAGE / "player.css").read_text(encoding="utf-8"),
        "data": json.dumps(data, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c"),
        "script": "\n".join((PAGE / name).read_text(encoding="utf-8") for name in SCRIPTS),
    }
    whole = (PAGE / "player.html").read_text(encoding="utf-8")
    pieces = whole.split("{{")  # one pass: what is filled in is never looked at again
    return pieces[0] + "".join(parts[name] + rest for name, rest in (piece.split("}}", 1) for piece in pieces[1:]))


def check(shown: Sequence[Shown]) -> None:
    """Say before any work whether a page can hold these motions. Raises MotionError as `page` would."""
    if not 1 <= len(shown) <= MOST_MOTIONS:
        raise MotionError(f"a page shows 1 to {MOST_MOTIONS} motions, not {len(shown)}; leave some out")
    sizes = [len(one.motion) * len(one.motion.skeleton) * 14 for one in shown]
    if sum(sizes) > MOST_BYTES:
        largest = shown[int(np.argmax(sizes))]
        raise MotionError(
            f"{largest.name}: {largest.motion.seconds:.0f} s at {largest.motion.fps:g} fps; the page would hold "
            f"{sum(sizes) / 2**20:.0f} MiB of motion, {MOST_BYTES / 2**20:.0f} at most; give a lower --fps or a shorter stretch"
        )


def _text(values: np.ndarray, kind: str) -> str:
    return base64.b64encode(np.ascontiguousarray(values, kind).tobytes()).decode("ascii")


def _packed(points: np.ndarray, what: str) -> dict[str, Any]:
    """Points (..., 3) [m] as base64 of uint16, with the corner and the span that they count from."""
    flat = points.reshape(-1, 3)
    low, span = flat.min(0), np.maximum(np.ptp(flat, axis=0), 1e-6)
    if span.max() > WIDEST:
        raise MotionError(
            f"{what}: positions over {span.max():.4g} m; a page shows {WIDEST:g}; wrong units? give --scale"
        )
    steps = np.round((points - low) / span * _STEPS)
    return {"low": low.tolist(), "span": span.tolist(), "text": _text(steps, "<u2")}


def _row(one: Shown, bodies: list[Body], body: bool) -> dict[str, Any]:
    motion = with_relaxed_hands(one.motion)
    skeleton, joints = motion.skeleton, motion.joints()
    packed = _packed(joints, one.name)
    height, lowest = skeleton_height(skeleton), float(joints[..., 1].min())
    floor = 0.0 if -0.15 * height < lowest < 0.3 * height else lowest
    hips = [skeleton.index(name) for name in ("left_hip", "right_hip") if skeleton.has(name)]
    heads = [
        j
        for j, name in enumerate(skeleton.names)
        if name.rpartition(":")[2].lower().removesuffix("_m").endswith("head")
    ]
    number = _body_of(motion, bodies) if body else -1
    row: dict[str, Any] = {
        "name": one.name, "fps": motion.fps, "frames": len(motion), "joints": skeleton.names, "parents": skeleton.parents,
        "low": packed["low"], "span": packed["span"], "positions": packed["text"], "floor": floor, "height": height,
        "heading": facing(joints[0], motion.globals()[0], (hips[0], hips[1]) if len(hips) == 2 else None),
        "reach": [float(v) for k in (0, 2) for v in (motion.root[:, k].min(), motion.root[:, k].max())],
        "colours": [[round(v, 3) for v in tint(name)] for name in skeleton.names], "head": heads[0] if heads and heads[0] else -1,
        "radii": _radii(skeleton, height / ADULT), "body": number, "captions": _captions(one), **_contacts(motion),
    }  # fmt: skip
    if number >= 0:
        row["rotations"] = _text(np.round(rotation.to_quat(motion.globals()) * 32767), "<i2")
    if motion.face is not None:
        row["face"] = _face(motion.face, motion.face_source)
    return row


def _face(values: np.ndarray, source: str) -> dict[str, Any]:
    """Coefficients (T, 50) as bytes between `low` and `high`, and what the slots are called, where they have names."""
    high = 1.0 if source == ARKIT else max(3.0, float(np.abs(values).max()))
    steps = np.round((np.clip(values, -high, high) / high + 1) / 2 * 255)
    names = SLOTS if source == ARKIT else ()
    return {
        "source": source,
        "names": names,
        "width": values.shape[1],
        "low": -high,
        "high": high,
        "text": _text(steps, "u1"),
    }


def _captions(one: Shown) -> list[dict[str, Any]]:
    """Captions with both times, inside the motion, in order; those that lie outside it are left out."""
    seconds, kept = one.motion.seconds, []
    for caption in sorted(one.captions, key=lambda c: c.start):
        start, end = max(caption.start, 0.0), min(seconds if caption.end is None else caption.end, seconds)
        if end > start:
            kept.append({"text": caption.text, "start": round(start, 4), "end": round(end, 4)})
    return kept


def _contacts(motion: Motion) -> dict[str, Any]:
    """Which ankle and toe joints touch the floor: one byte a frame, joint `feet[k]` at bit k; nothing where none was captured."""
    skeleton = motion.skeleton
    if all(skeleton.has(name) for name in contact.FEET):
        if not motion.present[[skeleton.index(name) for name in contact.FEET]].any():
            return {"feet": []}
        feet, touch = [skeleton.index(name) for name in contact.FEET], contact.feet(motion)
    else:
        joints = motion.joints()
        try:
            roles = joint_names.match(skeleton, joints).joints
        except MotionError:
            return {"feet": []}
        feet = [roles.get(name, roles[name.replace("foot", "ankle")]) for name in contact.FEET]
        touch = _touches(joints[:, feet], motion.fps)
    bits = np.packbits(touch, axis=1, bitorder="little")[:, 0]
    return {"feet": feet, "contacts": _text(bits, "u1")}


def _touches(paths: np.ndarray, fps: float) -> np.ndarray:
    """(T, 4) bool for joints (T, 4, 3) [m] of a skeleton whose standing pose is not known: as contact.feet, with the height
    over what a tenth of the frames lie under."""
    height = paths[..., 1] - np.quantile(paths[..., 1], 0.1, axis=0)
    speed = np.linalg.norm(derivative(paths, fps), axis=-1)
    return (height < contact.TOUCH_HEIGHT) & (speed < contact.TOUCH_SPEED)


def _radii(skeleton: Skeleton, scale: float) -> list[float]:
    """How thick [m] the bone to each joint is drawn: the trunk as a trunk, limbs by their length."""
    radii = []
    for name, parent, length in zip(skeleton.names, skeleton.parents, skeleton.bone_lengths(), strict=True):
        middle = tint(name) == MIDDLE
        trunk = middle and parent >= 0 and tint(skeleton.names[parent]) == MIDDLE
        thick = float(np.clip(0.16 * length, 0.008 * scale, 0.065 * scale))
        if trunk and not re.search("head|neck|eye|jaw|face", name, re.IGNORECASE):
            thick = 0.1 * scale
        elif trunk or (parent >= 0 and not middle and tint(skeleton.names[parent]) == MIDDLE and length > 0.04 * scale):
            thick = 0.055 * scale
        radii.append(round(thick, 4))
    return radii


def _body_of(motion: Motion, bodies: list[Body]) -> int:
    """The number of the skinned body for a motion among `bodies`, to which it may be added; -1 where there is none."""
    rest = motion.skeleton.rest_positions()
    for number, made in enumerate(bodies):
        if made.joints.shape == rest.shape and np.allclose(made.joints, rest, atol=1e-4):
            return number
    made = baked(motion.skeleton)
    if made is None:
        return -1
    bodies.append(made)
    return len(bodies) - 1


def _body(made: Body) -> dict[str, Any]:
    """A body as the page's script loads it: four owners and shares a vertex, the rest in bytes padded to four."""
    owners = np.argsort(-made.weights, axis=1, kind="stable")[:, :4]
    shares = np.take_along_axis(made.weights, owners, 1)
    shares = np.round(shares / shares.sum(1, keepdims=True) * 255)
    shares[:, 0] += 255 - shares.sum(1)  # exactly one in all, or seams would open
    packed = _packed(made.vertices, "body")
    pad = np.zeros((len(made.vertices), 1))
    return {
        "low": packed["low"], "span": packed["span"], "vertices": packed["text"],
        "normals": _text(np.hstack([np.round(made.normals * 127), pad]), "i1"),
        "colours": _text(np.hstack([np.round(np.clip(made.colours, 0, 1) * 255), pad]), "u1"),
        "owners": _text(owners, "u1"), "shares": _text(shares, "u1"), "faces": _text(made.faces, "<u2"),
        "joints": _text(made.joints, "<f4"),
    }  # fmt: skip


def decoded(text: str) -> list[tuple[Mapping[str, Any], np.ndarray]]:
    """What a page holds: each motion's row, and its joints (T, J, 3) [m]. Raises MotionError for another page."""
    try:
        rows = json.loads(text.split('id="motions">', 1)[1].split("</script>", 1)[0])["motions"]
        return [(row, _unpacked(row)) for row in rows]
    except (IndexError, KeyError, TypeError, ValueError) as error:
        raise MotionError("not a page of the motion player; write one with motionverse view -o page.html") from error


def _unpacked(row: Mapping[str, Any]) -> np.ndarray:
    steps = np.frombuffer(base64.b64decode(row["positions"]), "<u2").reshape(row["frames"], len(row["joints"]), 3)
    return np.asarray(row["low"]) + steps / _STEPS * np.asarray(row["span"])
