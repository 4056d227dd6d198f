"""A region of a motion, some frames times some joints, made anew by a model; everything outside it keeps its bits.

The model is shown the motion around the region, CONTEXT seconds of it, standing on its floor; what hangs on a joint of the region
is hidden from it as well, for it will be elsewhere. Any skeleton: one that is not WHOLE_BODY's is retargeted for the model, and
what was made is retargeted back onto it and joined to the motion there.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np

from lmm import seam
from lmm.baselines import interpolation
from lmm.request import SECONDS, Request
from lmm.tasks import Given
from motionverse import canonical, resample
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.parts import CELLS, FACE_CELL, part_cells
from motionverse.retarget import retarget
from motionverse.skeleton import WHOLE_BODY

if TYPE_CHECKING:
    from lmm.generate import Generator
    from motionverse.features.track import Track

_FREE = np.isin(
    np.arange(CELLS),
    np.concatenate(
        [part_cells(f"{side}_{part}") for side in ("left", "right") for part in ("arm", "hand")]
        + [part_cells("head"), part_cells("face")]
    ),
)
BRIEF = 4.0  # [s] in which what a sentence says is done; of less than that the middle is taken
CONTEXT = 2.0  # [s] on either side of the region that the model is shown
LED = 1.0  # the same where words lead elsewhere: after two seconds of a walk 4 of 12 bowed as they were told, after one all
LEAST = 0.1  # [s] of motion that must be there: less shows no movement


@dataclass(frozen=True)
class Options:
    """By what motion is made: a sentence ("": none), the noise's seed, the sampler's steps, guidance, tracks and variation as
    in lmm.request.Request (0 s of a track: the first frame of the result)."""

    text: str = ""
    seed: int = 0
    steps: int | None = None
    guidance: float | Mapping[str, float] | None = None
    tracks: Mapping[str, "Track"] = field(default_factory=dict)
    variation: float | None = None

    def later(self, seconds: float) -> "Options":
        """The same for what begins `seconds` later."""
        return replace(self, tracks={name: track.later(-seconds) for name, track in self.tracks.items()})


def remade(generator: "Generator", motion: Motion, region: np.ndarray, options: Options) -> Motion:
    """`motion` with region (T, 53) bool, True where it is to be made anew, made by the generator.

    Outside the region local rotations, root, face, rate and skeleton are the motion's own, bit for bit; nothing of the region is
    looked at. Raises MotionError where the region is empty, or leaves less than LEAST seconds whole.
    """
    frames = np.flatnonzero(region.any(1))
    if not len(frames):
        raise MotionError("the region to be made anew is empty; give a longer span")
    if motion.seconds - np.all(region, 1).sum() / motion.fps < LEAST - 1e-9:
        raise MotionError(f"less than {LEAST:g} s of motion would be left to go by; leave more")
    reach = int(np.ceil((LED if options.text else CONTEXT) * motion.fps))
    part = slice(max(int(frames[0]) - reach, 0), min(int(frames[-1]) + 1 + reach, len(motion)))
    near, hidden = motion.frames_slice(part.start, part.stop), region[part]
    near, options = _bridged(near, hidden), options.later(part.start / motion.fps)
    if near.skeleton.names == WHOLE_BODY.names and near.skeleton.parents == WHOLE_BODY.parents:
        made, cells = _completed(generator, near, hidden, options), hidden
    else:
        made, cells = _on_its_own(generator, near, hidden, options)
    return _pasted(motion, part, made, cells)


def _bridged(motion: Motion, hidden: np.ndarray) -> Motion:
    """The motion with the frames that are hidden whole going straight from one that is not to the next."""
    whole = hidden[:, :FACE_CELL].all(1)
    if not whole.any():
        return motion
    return interpolation.linear(motion, np.asarray(~whole)).with_(face=motion.face)


def completed(generator: "Generator", motion: Motion, given: Given, options: Options) -> Motion:
    """One motion on WHOLE_BODY's tree, floor at y = 0, made anew but for what is given of it."""
    texts = [options.text] if options.text else None
    by = [options.seed], options.steps, options.guidance, options.tracks, options.variation
    return generator.complete([motion], given, texts, *by)[0]


def _completed(generator: "Generator", near: Motion, hidden: np.ndarray, options: Options) -> Motion:
    """`near`, on WHOLE_BODY's tree, completed where it is not hidden (T, 53) from the model, on its floor meanwhile."""
    told = bool(options.text) or not {"music", "speech"}.isdisjoint(options.tracks)
    rows = np.flatnonzero(hidden.any(1))
    brief = rows[-1] + 1 - rows[0] <= SECONDS[1] * near.fps
    if told and brief and not hidden[:, ~_FREE].any():
        return _told(generator, near, hidden, options)
    seen = ~hidden[:, :FACE_CELL].all(1)  # frames that only fill the region tell nothing of the floor
    floor = canonical.floor_height(near.with_(rotations=near.rotations[seen], root=near.root[seen], face=None))
    shown = ~_hanging(hidden)
    made = completed(generator, near.turned(0.0, (0.0, -floor, 0.0)), Given({"shown": {"mask": shown}}), options)
    return made.turned(0.0, (0.0, floor, 0.0))


def _told(generator: "Generator", near: Motion, hidden: np.ndarray, options: Options) -> Motion:
    """`near` with arms, hands and head, where they are hidden (T, 53), of a motion that is made by words and sound alone, as long
    as they are hidden.

    Nobody in the data waves while walking: told to, a model that is shown the walk lets the arms swing. They turn as they would of
    somebody who does nothing else; their turns are seen from the trunk, which is why they may be put there.
    """
    rows = np.flatnonzero(hidden.any(1))
    begun, seconds = rows[0] / near.fps, (rows[-1] + 1 - rows[0]) / near.fps
    long = max(seconds, BRIEF)
    tracks = options.later(begun - (long - seconds) / 2).tracks
    by = {"steps": options.steps, "guidance": options.guidance, "tracks": tracks, "variation": options.variation}
    asked = Request((options.text,), (options.seed,), long, **by)
    draft = generator.run(asked).motions[0]
    times = np.clip((rows - rows[0]) / near.fps + (long - seconds) / 2, 0, draft.times[-1])
    made = near.rotations.copy()
    made[rows] = resample.at_times(draft, times, near.fps).rotations
    there = hidden[:, :FACE_CELL] & generator.cells[:FACE_CELL]
    made = np.where(there[..., None, None], made, near.rotations)
    return seam.joined(near.with_(rotations=made), near, ~hidden)


def _hanging(hidden: np.ndarray) -> np.ndarray:
    """Hidden cells (T, 53) and the joints that hang on them."""
    found = hidden.copy()
    for joint, parent in enumerate(WHOLE_BODY.parents):
        if parent >= 0:
            found[:, joint] |= found[:, parent]
    return found


def _on_its_own(
    generator: "Generator", near: Motion, hidden: np.ndarray, options: Options
) -> tuple[Motion, np.ndarray]:
    """The same of a motion on any skeleton, and (T, J + 1) bool which of its joints are to be taken from it."""
    body, _ = retarget(near)
    made = _completed(generator, body, hidden, options)
    back, report = retarget(made, near)
    joints = {
        WHOLE_BODY.index(role): near.skeleton.index(name)
        for role, name in report.onto.items()
        if near.skeleton.has(name)
    }
    cells = np.zeros((len(near), len(near.skeleton) + 1), bool)
    for role, joint in joints.items():
        cells[:, joint] = hidden[:, role]
    cells[hidden[:, :FACE_CELL].all(1)] = True
    cells[:, 0] |= hidden[:, 0]
    for name in report.shared:  # twist bones and further spine joints go with what they hang on
        joint = near.skeleton.index(name) if near.skeleton.has(name) else 0
        cells[:, joint] |= cells[:, near.skeleton.parents[joint]] if joint else False
    cells[:, -1] = hidden[:, FACE_CELL]
    rotations, root = back.rotations.copy(), back.root.copy()
    still = [
        j
        for j in range(1, len(near.skeleton))
        if j not in joints.values() and near.skeleton.names[j] not in report.shared
    ]
    rotations[:, still] = near.rotations[:, still]  # what plays no part goes straight on, as `_bridged` has it
    given = ~cells[:, 0]
    root[:, 1] += (near.root - back.root)[given, 1].mean() if given.any() else 0.0
    back = near.with_(rotations=rotations, root=root)
    return seam.joined(back, near, ~cells), cells


def _pasted(motion: Motion, part: slice, made: Motion, region: np.ndarray) -> Motion:
    """`motion` with the region (T', J + 1) bool of its frames in `part` taken from `made`."""
    joints = len(motion.skeleton)
    rotations, root, face = motion.rotations.copy(), motion.root.copy(), motion.face
    rotations[part] = np.where(region[:, :joints, None, None], made.rotations, rotations[part])
    root[part] = np.where(region[:, :1], made.root, root[part])
    if face is not None and made.face is not None:
        face = face.copy()
        face[part] = np.where(region[:, -1:], made.face, face[part])
    return motion.with_(rotations=rotations, root=root, face=face)
