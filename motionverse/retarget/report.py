"""What a retarget did: who plays whom on both sides, what was guessed, what was left out, and how near the result is."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import kinematics, rotation
from motionverse.contact import SLIDE_HEIGHT
from motionverse.derivative import derivative
from motionverse.errors import MotionError
from motionverse.files import atomic_path
from motionverse.retarget.figure import Figure
from motionverse.retarget.joint_names import Roles
from motionverse.retarget.source_pose import Source
from motionverse.skeleton import WHOLE_BODY, Skeleton

_SIDES = ("left", "right")
_WRONG = np.radians(20)
_LIMBS = ("knee", "ankle", "elbow", "wrist")
_LEVEL = (
    "the trunk lies across the legs, as a four-legged animal's: a person's motion makes it walk upright on its hind legs; "
    "give a character that stands on two"
)
_FRAMES = 500  # frames that distances and angles are measured on


@dataclass(frozen=True)
class Picture:
    """One figure as it rests: places (J, 3) [m], parents, and the part that each joint plays ("" for none)."""

    places: np.ndarray
    parents: tuple[int, ...]
    parts: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """What a retarget did.

    mapped: WHOLE_BODY joint -> source joint; guessed: those of them settled by structure, not by name; missing: joints the
    source lacks; scale: target metres per source metre (leg length); rest: "zero pose", "anatomy" or "given";
    error_mm: mean and maximum distance of mapped joints from the scaled source; direction_deg: mean and maximum angle
    between thighs, shins, upper arms and forearms of the result and the source: what
    other proportions do not explain; errors: the mean distance [mm] of each joint; backwards: share of the frames in
    which a knee or elbow is bent the wrong way by more than 20 degrees, for those where it ever is (a faulty source).
    onto: WHOLE_BODY joint -> target joint; target_guessed, target_rest: as guessed and rest; shared: target joints that take
    a share of their neighbours' turn; at_rest: target joints that stay as they rest; unused: source joints that play no part;
    families: whose names source and target have, "" where none is known; skate: [m/s] mean sliding of the scaled source's
    toes near the floor, and the result's (as contact.foot_skate weighs it); doubts: why the result may not be what was
    meant, in whole sentences; pictures: both figures at rest.
    """

    mapped: Mapping[str, str]
    guessed: tuple[str, ...]
    missing: tuple[str, ...]
    scale: float
    rest: str
    error_mm: tuple[float, float]
    direction_deg: tuple[float, float]
    errors: Mapping[str, float]
    backwards: Mapping[str, float]
    onto: Mapping[str, str] = field(default_factory=dict)
    target_guessed: tuple[str, ...] = ()
    target_rest: str = ""
    shared: tuple[str, ...] = ()
    at_rest: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()
    families: tuple[str, str] = ("", "")
    skate: tuple[float, float] = (0.0, 0.0)
    doubts: tuple[str, ...] = ()
    pictures: tuple[Picture, ...] = field(default=(), repr=False)

    def facts(self) -> dict[str, Any]:
        """The report as plain values, for JSON."""
        rows = [
            {
                "part": part,
                "source": self.mapped.get(part, ""),
                "target": self.onto.get(part, ""),
                "guessed": part in self.guessed or part in self.target_guessed,
                "error_mm": round(self.errors[part], 1) if part in self.errors else None,
            }
            for part in WHOLE_BODY.names
            if part in self.mapped or part in self.onto
        ]
        return {
            "source": {"family": self.families[0], "rest": self.rest, "unused": list(self.unused)},
            "target": {
                "family": self.families[1],
                "rest": self.target_rest,
                "shared": list(self.shared),
                "at_rest": list(self.at_rest),
            },
            "doubts": list(self.doubts),
            "scale": round(self.scale, 5),
            "joints": rows,
            "missing_in_source": list(self.missing),
            "error_mm": {"mean": round(self.error_mm[0], 2), "max": round(self.error_mm[1], 2)},
            "limb_direction_deg": {"mean": round(self.direction_deg[0], 2), "max": round(self.direction_deg[1], 2)},
            "toe_skate_m_s": {"source_scaled": round(self.skate[0], 4), "result": round(self.skate[1], 4)},
            "bent_backwards": {part: round(share, 3) for part, share in self.backwards.items()},
        }

    def text(self) -> str:
        """The report for a terminal."""
        wide = max([len(name) for name in self.mapped.values()] + [6])
        lines = [
            f"source: {self.families[0] or 'unknown names'}, T-pose from {self.rest}",
            f"target: {self.families[1] or 'unknown names'}, T-pose from {self.target_rest}; scale {self.scale:.3f}",
            f"joints: {self.error_mm[0]:.0f} mm mean, {self.error_mm[1]:.0f} mm at most from the scaled source; "
            f"limbs: {self.direction_deg[0]:.1f} degrees mean, {self.direction_deg[1]:.1f} at most",
            f"toes slide {self.skate[1] * 100:.1f} cm/s near the floor (the scaled source {self.skate[0] * 100:.1f})",
            *(f"doubtful: {doubt}" for doubt in self.doubts),
            "",
        ]
        for row in self.facts()["joints"]:
            mark = " guessed" if row["guessed"] else ""
            lines.append(f"{row['part']:16} {row['source'] or '-':{wide}}  {row['target'] or '-'}{mark}")
        for title, joints in self.left_out().items():
            lines.append(f"\n{title}: {', '.join(joints)}")
        return "\n".join(lines)

    def left_out(self) -> dict[str, list[str]]:
        """What did not simply map, by heading; only headings that have something under them."""
        bent = [f"{part} ({share:.0%} of the frames)" for part, share in self.backwards.items()]
        found = {
            "the source has no motion for": list(self.missing),
            "source joints that play no part": list(self.unused),
            "target joints that share their neighbours' turn": list(self.shared),
            "target joints left at rest": list(self.at_rest),
            "bent the wrong way": bent,
        }
        return {title: joints for title, joints in found.items() if joints}

    def save(self, path: str | Path) -> None:
        """Write the report as .html (with pictures of both rest poses), .txt or .json. Raises MotionError."""
        from motionverse.retarget import page

        forms = {".html": lambda: page.html(self), ".txt": lambda: self.text() + "\n", ".json": self._json}
        suffix = Path(path).suffix.lower()
        if suffix not in forms:
            raise MotionError(f"{path}: unknown kind of report {suffix!r}; use one of {' '.join(forms)}")
        with atomic_path(path) as place:
            place.write_text(forms[suffix](), encoding="utf-8")

    def _json(self) -> str:
        return json.dumps(self.facts(), indent=2, ensure_ascii=False) + "\n"


@dataclass(frozen=True)
class Moved:
    """What `of` reports on: the source, who is who in it and how its T-pose was found; the target, its world and local
    rotations (T, J, 3, 3) and root (T, 3) [m]; scale; the shift (3,) [m] that put the scaled source on the floor; fps."""

    source: Source
    roles: Roles
    rest: str
    figure: Figure
    world: np.ndarray
    local: np.ndarray
    root: np.ndarray
    scale: float
    shift: np.ndarray
    fps: float

    def parts(self) -> dict[str, tuple[int, int]]:
        """WHOLE_BODY joint -> (source joint, target joint) of what both have, in WHOLE_BODY's order."""
        theirs, ours = named(self.roles), named(self.figure.roles)
        return {part: (theirs[part], ours[part]) for part in WHOLE_BODY.names if part in theirs and part in ours}


def named(roles: Roles) -> dict[str, int]:
    """WHOLE_BODY joint -> joint, the ends of the spine and the neck among them."""
    pairs = dict(roles.joints)
    if roles.spine:
        pairs["spine3"] = roles.spine[-1]
    if roles.neck:
        pairs["neck"] = roles.neck[max(0, len(roles.neck) - 2)]
        if len(roles.neck) > 1:
            pairs["head"] = roles.neck[-1]
    return {part: pairs[part] for part in WHOLE_BODY.names if part in pairs}


def of(moved: Moved, skeleton: Skeleton, seen: np.ndarray) -> Report:
    """The report of a retarget; skeleton: the source's own; seen: (52,) which parts the source has."""
    step, figure, parts = max(1, len(moved.root) // _FRAMES), moved.figure, moved.parts()
    ours_all, _ = kinematics.forward(figure.skeleton, moved.local, moved.root)
    theirs_all = moved.scale * moved.source.positions + moved.shift
    ours = {part: ours_all[::step, j] for part, (_, j) in parts.items()}
    theirs = {part: theirs_all[::step, j] for part, (j, _) in parts.items()}
    apart = {part: np.linalg.norm(ours[part] - theirs[part], axis=-1) * 1000 for part in parts}
    every = np.stack(list(apart.values()))
    angles = _bone_angles(ours, theirs)
    used, played = {*moved.roles.joints.values(), *moved.roles.spine, *moved.roles.neck}, figure.roles
    shared = [*played.spine[:-1], *played.neck[:-2], *(twist[0] for twist in figure.twists())]
    turned = {*played.joints.values(), *played.spine, *played.neck, *shared}
    names, target = moved.source.names, figure.skeleton.names
    return Report(
        mapped={part: names[j] for part, j in named(moved.roles).items()},
        guessed=tuple(part for part in named(moved.roles) if part in moved.roles.guessed),
        missing=tuple(n for n, here in zip(WHOLE_BODY.names, seen, strict=True) if not here),
        scale=moved.scale,
        rest=moved.rest,
        error_mm=(float(every.mean()), float(every.max())),
        direction_deg=(float(angles.mean()), float(angles.max())),
        errors={part: float(row.mean()) for part, row in apart.items()},
        backwards=_backwards(moved.world[::step], figure),
        onto={part: target[j] for part, j in named(played).items()},
        target_guessed=tuple(part for part in named(played) if part in played.guessed),
        target_rest=figure.rest,
        shared=tuple(target[j] for j in sorted(set(shared)) if j < figure.joints),
        at_rest=tuple(target[j] for j in range(figure.joints) if j not in turned),
        unused=tuple(name for j, name in enumerate(names) if j not in used and skeleton.has(name)),
        families=(moved.roles.family, played.family),
        skate=(_skate(parts, 0, theirs_all, moved.fps), _skate(parts, 1, ours_all, moved.fps)),
        doubts=(_LEVEL,) if figure.level else (),
        pictures=(_picture(moved), _target_picture(figure)),
    )


def _skate(parts: Mapping[str, tuple[int, int]], which: int, places: np.ndarray, fps: float) -> float:
    """[m/s] mean horizontal speed of toes x clip(2 - 2^(h / 2.5 cm), 0, 1), h over where they stand lowest.

    parts: as Moved.parts; which: 0 the source, 1 the target. Of ankles, where either side has no toes.
    """
    end = "foot" if all(f"{side}_foot" in parts for side in _SIDES) else "ankle"
    toes = places[:, [parts[f"{side}_{end}"][which] for side in _SIDES]]
    height = toes[..., 1] - np.percentile(toes[..., 1].min(-1), 2)
    speed = np.linalg.norm(derivative(toes, fps)[..., ::2], axis=-1)
    return float((speed * np.clip(2 - 2 ** np.minimum(height / SLIDE_HEIGHT, 2.0), 0, 1)).mean())


def _backwards(world: np.ndarray, figure: Figure) -> dict[str, float]:
    """Share of frames in which knees and elbows bend the wrong way, by joint; world: (T, J, 3, 3)."""
    found = {}
    for side, sign in (("left", 1.0), ("right", -1.0)):
        for above, part, axis in (("hip", "knee", (1.0, 0.0, 0.0)), ("shoulder", "elbow", (0.0, -sign, 0.0))):
            upper, lower = (figure.roles.joints.get(f"{side}_{p}") for p in (above, part))
            if upper is None or lower is None or upper not in figure.pose or lower not in figure.pose:
                continue
            before, after = (world[:, j] @ figure.pose[j].T for j in (upper, lower))
            bend = rotation.to_rotvec(np.swapaxes(before, -1, -2) @ after) @ np.array(axis)
            share = float((bend < -_WRONG).mean())
            if share:
                found[f"{side}_{part}"] = share
    return found


def _bone_angles(ours: Mapping[str, np.ndarray], theirs: Mapping[str, np.ndarray]) -> np.ndarray:
    """(T, bones) angle [deg] between bones of limbs in the result and in the source."""
    found = []
    for name in ours:
        parent = WHOLE_BODY.names[WHOLE_BODY.parents[WHOLE_BODY.index(name)]]
        if name.split("_")[-1] in _LIMBS and parent in ours:
            a, b = ours[name] - ours[parent], theirs[name] - theirs[parent]
            cosine = (a * b).sum(-1) / np.maximum(np.linalg.norm(a, axis=-1) * np.linalg.norm(b, axis=-1), 1e-12)
            found.append(np.degrees(np.arccos(np.clip(cosine, -1, 1))))
    return np.stack(found, -1) if found else np.zeros((1, 1))


def _parts(names: tuple[str, ...], roles: Roles) -> tuple[str, ...]:
    played = {j: part for part, j in named(roles).items()}
    played |= {j: "spine" for j in roles.spine if j not in played} | {j: "neck" for j in roles.neck if j not in played}
    return tuple(played.get(j, "") for j in range(len(names)))


def _picture(moved: Moved) -> Picture:
    """The source in its zero pose, or in its first frame where that pose is no person."""
    source = moved.source
    places = source.zero if moved.rest == "zero pose" else source.positions[0]
    return Picture(places, source.parents, _parts(source.names, moved.roles))


def _target_picture(figure: Figure) -> Picture:
    local, root = figure.local[None], np.zeros((1, 3))
    places = kinematics.forward(figure.skeleton, local, root)[0][0]
    return Picture(places, figure.skeleton.parents, _parts(figure.skeleton.names, figure.roles))
