"""WHOLE_BODY fitted to named points: positions of some joints and landmarks in, rotations of all joints out, all frames at once.

From the root outward. Pelvis, chest, head and hands are turned as their points lie (Kabsch 1976); the spine between
shares the turn; a limb points along its bones, and its twist is that of the plane in which elbow or knee bends. Where a
limb is nearly straight that plane says nothing, and the angle is carried over from the frames around. Bone lengths are the
medians of the points', so the joints lie where the points are as far as bones of constant length can.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from motionverse import ik, kinematics, rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY

Landmark = tuple[str, tuple[float, float, float]]  # the joint it is fixed to, its place from there in the rest pose [m]

LANDMARKS: dict[str, Landmark] = {
    "nose": ("head", (0.0, 0.045, 0.110)),
    "head_middle": ("head", (0.0, 0.070, 0.010)),
    "head_top": ("head", (0.0, 0.170, 0.010)),
    "left_eye": ("head", (0.032, 0.080, 0.085)),
    "right_eye": ("head", (-0.032, 0.080, 0.085)),
    "left_ear": ("head", (0.072, 0.065, 0.0)),
    "right_ear": ("head", (-0.072, 0.065, 0.0)),
    "left_hand": ("left_wrist", (0.090, -0.010, -0.005)),
    "right_hand": ("right_wrist", (-0.090, -0.010, -0.005)),
    "left_thumb": ("left_wrist", (0.085, -0.025, 0.065)),
    "right_thumb": ("right_wrist", (-0.085, -0.025, 0.065)),
    "left_heel": ("left_ankle", (0.0, -0.060, -0.050)),
    "right_heel": ("right_ankle", (0.0, -0.060, -0.050)),
    "left_toe": ("left_ankle", (0.045, -0.070, 0.185)),
    "right_toe": ("right_ankle", (-0.045, -0.070, 0.185)),
}
_SIDES = (("left", 1.0), ("right", -1.0))
_REST = WHOLE_BODY.rest_positions()
_MEASURED = (  # distances that tell how large the subject is
    *(f"{side}_{a} {side}_{b}" for side, _ in _SIDES for a, b in (("hip", "knee"), ("knee", "ankle"))),
    *(f"{side}_{a} {side}_{b}" for side, _ in _SIDES for a, b in (("shoulder", "elbow"), ("elbow", "wrist"))),
    "left_shoulder right_shoulder", "pelvis neck", "left_wrist left_middle1", "right_wrist right_middle1",
)  # fmt: skip
_CHEST = ("neck", "left_collar", "right_collar")
_LOWER = ("spine3", "spine2", "spine1", "pelvis")


def fit(
    positions: np.ndarray, names: Sequence[str], fps: float, landmarks: Mapping[str, Landmark] | None = None
) -> Motion:
    """The motion of points (T, P, 3) [m], Y up, on WHOLE_BODY in the subject's proportions; rotation_source "ik".

    names: P names, each a joint of WHOLE_BODY or a landmark (LANDMARKS, or the caller's own over them). NaN: a point that
    is lost there; it is carried over in time, and one that is never there, or seldom, counts as absent. `observed` is
    False for joints that no point tells of. Needs the hips, the shoulders, or hands (on arms at rest then, in no place).
    Raises MotionError for unknown names and where too little is there.
    """
    table = {**LANDMARKS, **(landmarks or {})}
    positions = np.asarray(positions, np.float64)
    if positions.ndim != 3 or positions.shape[1:] != (len(names), 3) or not len(positions):
        raise MotionError(f"points {positions.shape}; must be (T, {len(names)}, 3) with T >= 1")
    unknown = [name for name in names if not WHOLE_BODY.has(name) and name not in table]
    if unknown:
        raise MotionError(
            f"points: {unknown[0]!r} is neither a joint of WHOLE_BODY nor a landmark; map or leave it out"
        )
    seen = {name: points for name, points in zip(names, _filled(positions), strict=True) if points is not None}
    return _Body(seen, table, len(positions)).motion(fps)


def _filled(positions: np.ndarray) -> list[np.ndarray | None]:
    """Each point (T, 3) with its gaps interpolated over time; None for one that is there in less than half of the frames."""
    frames, made = np.arange(len(positions)), []
    for points in np.moveaxis(positions, 1, 0):
        there = np.isfinite(points).all(-1)
        if there.sum() * 2 < len(points):
            made.append(None)
        elif there.all():
            made.append(points)
        else:
            made.append(np.stack([np.interp(frames, frames[there], column[there]) for column in points.T], -1))
    return made


@dataclass
class _Body:
    """The fit as it grows. seen: points (T, 3) by name; world, place: rotations and positions found so far."""

    seen: Mapping[str, np.ndarray]
    landmarks: Mapping[str, Landmark]
    frames: int
    world: np.ndarray = field(init=False)
    place: np.ndarray = field(init=False)
    offsets: np.ndarray = field(init=False)
    fixed: bool = False  # whether places are in the world yet: they are from the start where the hips are seen

    def __post_init__(self) -> None:
        self.world = rotation.identity(self.frames, len(WHOLE_BODY))
        self.place = np.zeros((self.frames, len(WHOLE_BODY), 3))
        self.offsets = WHOLE_BODY.offsets * self._scale()

    def motion(self, fps: float) -> Motion:
        """Everything in order: trunk, head, limbs, fingers."""
        hips, shoulders = self.has("left_hip", "right_hip"), self.has("left_shoulder", "right_shoulder")
        if hips or shoulders:
            self._trunk(hips, shoulders)
            self._head()
            for side, sign in _SIDES:
                self._limb(side, ("hip", "knee", "ankle"), np.array([1.0, 0.0, 0.0]))
                self._foot(side)
                self._limb(side, ("shoulder", "elbow", "wrist"), np.array([0.0, -sign, 0.0]))
        elif not any(self.has(f"{side}_wrist", f"{side}_middle1") for side, _ in _SIDES):
            raise MotionError(
                "points: neither both hips, both shoulders, nor a hand; a body cannot be fitted to the rest"
            )
        for side, _ in _SIDES:
            self._hand(side)
        local = kinematics.to_local(WHOLE_BODY, self.world)
        skeleton = WHOLE_BODY.with_offsets(self.offsets)
        return Motion(local, self.place[:, 0], fps, skeleton, observed=self._observed(hips), rotation_source="ik")

    def has(self, *names: str) -> bool:
        return all(name in self.seen for name in names)

    def _scale(self) -> float:
        """Size of the subject over that of WHOLE_BODY: the median over the bones that are seen."""
        ratios = []
        for a, b in (pair.split() for pair in _MEASURED):
            if self.has(a, b):
                rest = np.linalg.norm(_REST[WHOLE_BODY.index(a)] - _REST[WHOLE_BODY.index(b)])
                ratios.append(np.median(np.linalg.norm(self.seen[a] - self.seen[b], axis=-1)) / rest)
        return float(np.median(ratios)) or 1.0 if ratios else 1.0

    def _put(self, *names: str) -> None:
        """Place joints whose parents are placed and turned: where their points are, on a bone of constant length."""
        for name in names:
            j = WHOLE_BODY.index(name)
            parent = WHOLE_BODY.parents[j]
            if name in self.seen and self.fixed:
                bone = self.seen[name] - self.place[:, parent]
                self.offsets[j] = np.median(np.einsum("tji,tj->ti", self.world[:, parent], bone), axis=0)
            self.place[:, j] = self.place[:, parent] + self.world[:, parent] @ self.offsets[j]

    def _trunk(self, hips: bool, shoulders: bool) -> None:
        chest = self._chest() if shoulders else None
        pelvis = self._pelvis() if hips else rotation.about_y(rotation.twist_about_y(_needed(chest)))
        self.world[:, 0] = pelvis
        if hips:
            middle = (_REST[WHOLE_BODY.index("left_hip")] + _REST[WHOLE_BODY.index("right_hip")]) / 2
            centre = (self.seen["left_hip"] + self.seen["right_hip"]) / 2
            self.place[:, 0] = self.seen.get("pelvis", centre - pelvis @ (middle * self._scale()))
            self.fixed = True
        self._spine(pelvis, pelvis if chest is None else chest)
        self._put("neck", "left_collar", "right_collar")
        if not hips:
            self.place += self._hang()[:, None]
            self.fixed = True
        self._put("left_hip", "right_hip")
        for side, _ in _SIDES:
            collar = WHOLE_BODY.index(f"{side}_collar")
            self.world[:, collar] = self.world[:, WHOLE_BODY.index("spine3")]
            if f"{side}_shoulder" in self.seen:
                self._aim(f"{side}_collar", f"{side}_shoulder")

    def _spine(self, pelvis: np.ndarray, chest: np.ndarray) -> None:
        """The three joints of the spine share the turn between pelvis and chest."""
        self._stretch()
        for k, (name, above) in enumerate((("spine1", "spine2"), ("spine2", "spine3"), ("spine3", "")), 1):
            self._put(name)
            self.world[:, WHOLE_BODY.index(name)] = rotation.slerp(pelvis, chest, k / 3) if above else chest
            if above in self.seen and self.fixed:
                self._aim(name, above)

    def _aim(self, name: str, target: str) -> None:
        """Turn a placed joint by the least angle so that its bone points to where `target` is seen."""
        j, bone = WHOLE_BODY.index(name), WHOLE_BODY.offsets[WHOLE_BODY.index(target)]
        self.world[:, j] = ik.turn_to(self.world[:, j], bone, self.seen[target] - self.place[:, j])

    def _stretch(self) -> None:
        """Give a spine whose joints are not seen the length that lies between what is seen at its ends."""
        if self.has("pelvis", "neck") and not self.has("spine3"):
            chain = [WHOLE_BODY.index(name) for name in ("spine1", "spine2", "spine3")]
            length = np.median(np.linalg.norm(self.seen["neck"] - self.seen["pelvis"], axis=-1))
            self.offsets[chain] = WHOLE_BODY.offsets[chain] * length / np.linalg.norm(_REST[WHOLE_BODY.index("neck")])

    def _fixed_to(self, joint: str) -> dict[str, np.ndarray]:
        """Seen points that are fixed to a joint, with their places in the rest pose (3,) from that joint."""
        marks = {name: np.array(at) for name, (owner, at) in self.landmarks.items() if owner == joint}
        children = [
            WHOLE_BODY.names[c] for c in WHOLE_BODY.children[WHOLE_BODY.index(joint)]
        ]  # in order, as sums are taken
        marks |= {name: WHOLE_BODY.offsets[WHOLE_BODY.index(name)] for name in children}
        return {name: at for name, at in marks.items() if name in self.seen}

    def _turn(
        self, marks: Mapping[str, np.ndarray], origin: np.ndarray | None = None, prior: np.ndarray | None = None
    ) -> np.ndarray:
        """World rotations (T, 3, 3) that bring marks, by name at rest (3,), to where they are seen."""
        return ik.turn_onto(np.array(list(marks.values())), np.stack([self.seen[n] for n in marks], 1), origin, prior)

    def _pelvis(self) -> np.ndarray:
        marks = {name: at for name, at in self._fixed_to("pelvis").items() if name != "spine1"}
        upper = next((name for name in ("spine1", "spine2", "spine3", "neck") if name in self.seen), None)
        if upper is not None:
            marks[upper] = _REST[WHOLE_BODY.index(upper)]
        elif self.has("left_shoulder", "right_shoulder"):
            marks |= {f"{side}_shoulder": _REST[WHOLE_BODY.index(f"{side}_shoulder")] for side, _ in _SIDES}
        if "pelvis" in self.seen and upper == "spine1":
            return self._turn(marks, self.seen["pelvis"])
        return self._turn(marks)

    def _chest(self) -> np.ndarray:
        own = self._fixed_to("spine3")
        if self.has("spine3", *_CHEST):
            return self._turn(own, self.seen["spine3"])
        origin = _REST[WHOLE_BODY.index("spine3")]
        names = ["left_shoulder", "right_shoulder", *(name for name in _CHEST if name in self.seen)]
        lower = next((name for name in _LOWER if name in self.seen), None)
        if lower is None and self.has("left_hip", "right_hip"):
            names += ["left_hip", "right_hip"]
        elif lower is not None:
            names.append(lower)
        return self._turn({**own, **{name: _REST[WHOLE_BODY.index(name)] - origin for name in names}})

    def _head(self) -> None:
        neck, head = WHOLE_BODY.index("neck"), WHOLE_BODY.index("head")
        above = self.world[:, WHOLE_BODY.index("spine3")]
        bone = WHOLE_BODY.offsets[head]
        marks = {name: bone + at for name, at in self._fixed_to("head").items()}
        if "head" in self.seen:
            marks["head"] = bone
        turned = above
        if marks:
            origin = self.seen.get("neck", self.place[:, neck])
            turned = self._turn(marks, origin, above)
        self.world[:, head] = turned
        self.world[:, neck] = rotation.slerp(above, turned, 0.5)
        if "head" in self.seen and "neck" in self.seen:
            self.world[:, neck] = ik.turn_to(self.world[:, neck], bone, self.seen["head"] - self.seen["neck"])
        self._put_head(head)

    def _put_head(self, head: int) -> None:
        if "head" in self.seen and "neck" in self.seen:
            length = np.median(np.linalg.norm(self.seen["head"] - self.seen["neck"], axis=-1))
            self.offsets[head] = WHOLE_BODY.offsets[head] * length / np.linalg.norm(WHOLE_BODY.offsets[head])
        parent = WHOLE_BODY.parents[head]
        self.place[:, head] = self.place[:, parent] + self.world[:, parent] @ self.offsets[head]

    def _hang(self) -> np.ndarray:
        """(T, 3) where the fitted trunk must be moved so that its neck, or its shoulders' middle, is where it is seen."""
        if "neck" in self.seen:
            return self.seen["neck"] - self.place[:, WHOLE_BODY.index("neck")]
        collars = self.place[:, [WHOLE_BODY.index("left_collar"), WHOLE_BODY.index("right_collar")]].mean(1)
        return (self.seen["left_shoulder"] + self.seen["right_shoulder"]) / 2 - collars

    def _limb(self, side: str, parts: tuple[str, str, str], axis: np.ndarray) -> None:
        """Upper and lower bone of an arm or leg; axis: the hinge of its middle joint in the rest pose."""
        first, middle, last = (f"{side}_{part}" for part in parts)
        a, b, c = (WHOLE_BODY.index(name) for name in (first, middle, last))
        above = self.world[:, WHOLE_BODY.parents[a]]
        self._put(first)
        self.world[:, a] = self.world[:, b] = self.world[:, c] = above
        if self.has(first, middle):
            upper = self.seen[middle] - self.place[:, a]
            self.world[:, a] = self.world[:, b] = ik.turn_to(above, WHOLE_BODY.offsets[b], upper)
            if last in self.seen:
                self._put_chain(side, parts[1:2])
                lower, bones = self.seen[last] - self.place[:, b], (WHOLE_BODY.offsets[b], WHOLE_BODY.offsets[c])
                self.world[:, a], self.world[:, b] = ik.hinge(upper, lower, self.world[:, a], bones, axis)
            self.world[:, c] = self.world[:, b]
        self._put_chain(side, parts[1:])

    def _put_chain(self, side: str, parts: Sequence[str]) -> None:
        """Place joints down a limb, at the lengths that lie between their points."""
        for part in parts:
            j = WHOLE_BODY.index(f"{side}_{part}")
            parent = WHOLE_BODY.names[WHOLE_BODY.parents[j]]
            if self.has(parent, f"{side}_{part}"):
                length = np.median(np.linalg.norm(self.seen[f"{side}_{part}"] - self.seen[parent], axis=-1))
                self.offsets[j] = WHOLE_BODY.offsets[j] * length / np.linalg.norm(WHOLE_BODY.offsets[j])
            above = WHOLE_BODY.parents[j]
            self.place[:, j] = self.place[:, above] + self.world[:, above] @ self.offsets[j]

    def _foot(self, side: str) -> None:
        ankle, foot = WHOLE_BODY.index(f"{side}_ankle"), WHOLE_BODY.index(f"{side}_foot")
        marks = self._fixed_to(f"{side}_ankle") if f"{side}_ankle" in self.seen else {}
        if len(marks) == 1:
            (name, at), lateral = next(iter(marks.items())), np.array([1.0, 0.0, 0.0])
            ahead = self.seen[name] - self.seen[f"{side}_ankle"]
            hinge = self.world[:, WHOLE_BODY.index(f"{side}_knee")] @ lateral
            self.world[:, ankle] = ik.square(ahead, hinge) @ ik.square(at, lateral).T
        elif marks:
            self.world[:, ankle] = self._turn(marks, self.seen[f"{side}_ankle"], self.world[:, ankle])
        self.world[:, foot] = self.world[:, ankle]
        self._put_chain(side, ("foot",))

    def _hand(self, side: str) -> None:
        wrist = WHOLE_BODY.index(f"{side}_wrist")
        marks = self._fixed_to(f"{side}_wrist") if f"{side}_wrist" in self.seen else {}
        if marks:
            self.world[:, wrist] = self._turn(marks, self.seen[f"{side}_wrist"], self.world[:, wrist])
        for j in range(BODY_JOINTS, len(WHOLE_BODY)):
            name, parent = WHOLE_BODY.names[j], WHOLE_BODY.parents[j]
            if not name.startswith(side):
                continue
            if name in marks:
                bone = np.einsum("tji,tj->ti", self.world[:, wrist], self.seen[name] - self.seen[f"{side}_wrist"])
                self.offsets[j] = np.median(bone, axis=0)
                self.place[:, j] = self.place[:, parent] + self.world[:, parent] @ self.offsets[j]
            else:
                self._put_chain(side, (name.removeprefix(f"{side}_"),))
            self.world[:, j] = self.world[:, parent]
            child = next((WHOLE_BODY.names[c] for c in WHOLE_BODY.children[j]), "")
            if self.has(name, child):
                bone = WHOLE_BODY.offsets[WHOLE_BODY.index(child)]
                self.world[:, j] = ik.turn_to(self.world[:, j], bone, self.seen[child] - self.seen[name])

    def _observed(self, hips: bool) -> np.ndarray:
        """(52,) True for joints that are seen, or that follow from what is seen around them."""
        found = np.array([name in self.seen for name in WHOLE_BODY.names])
        follows = {"pelvis": hips, "head": bool(self._fixed_to("head"))}
        shoulders = self.has("left_shoulder", "right_shoulder")
        follows |= {"spine1": hips and shoulders, "spine2": hips and shoulders, "spine3": shoulders, "neck": shoulders}
        for side, _ in _SIDES:
            follows[f"{side}_collar"] = f"{side}_shoulder" in self.seen
            follows[f"{side}_foot"] = f"{side}_ankle" in self.seen and bool(self._fixed_to(f"{side}_ankle"))
        for name, true in follows.items():
            found[WHOLE_BODY.index(name)] |= true
        return found


def _needed(chest: np.ndarray | None) -> np.ndarray:
    assert chest is not None  # one of hips and shoulders is there
    return chest
