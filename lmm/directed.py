"""Motions made to directions in time: sentences one after another, a way over the floor, poses at instants.

Every function takes a Generator and gives a Motion on WHOLE_BODY, and raises MotionError, in one line, for what cannot be asked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from lmm.edit import PLAIN, predict, whole
from lmm.planting import planted
from lmm.remade import Options, completed, remade
from lmm.request import SECONDS, Request
from lmm.tasks import Given
from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.motion import Motion
from motionverse.parts import CELLS, part_cells
from motionverse.retarget import retarget
from motionverse.skeleton import WHOLE_BODY
from motionverse.tomato import SLICES, heading

if TYPE_CHECKING:
    from lmm.generate import Generator

_STILL = 0.05  # [m/s] a way that is slower has no direction


def timeline(
    generator: "Generator",
    said: Sequence[tuple[float, str]],
    seconds: float,
    fps: float = 30.0,
    options: Options = PLAIN,
) -> Motion:
    """One motion told by several sentences, each from its instant [s] to the next one's: said = [(0, "walks"), (3, "bows")].

    What a sentence says is made as what follows the motion before it, so that nothing is cut. On WHOLE_BODY, as Generator.generate.
    """
    starts = [at for at, _ in said]
    if (
        not said
        or starts[0] != 0
        or any(b - a < SECONDS[0] for a, b in zip(starts, [*starts[1:], seconds], strict=True))
    ):
        told = ", ".join(f"{at:g}" for at in starts) or "none"
        raise MotionError(
            f"sentences at {told} s (--at), {seconds:g} s in all: the first must be at 0, and each last {SECONDS[0]:g} s at least"
        )
    ends = [*starts[1:], seconds]
    by = options.steps, options.guidance
    first = Request(
        (said[0][1],), (options.seed,), ends[0], fps, *by, tracks=options.tracks, variation=options.variation
    )
    made = generator.run(first).motions[0]
    for (_, text), end in zip(said[1:], ends[1:], strict=True):
        more = round(end * fps) - len(made)
        made = predict(generator, made, more / fps, replace(options, text=text))
    return made


@dataclass(frozen=True, eq=False)
class Way:
    """A way over the floor: rising instants (N,) [s], places (N, 2) x and z [m], heading (N,) [rad] or None: as the way runs."""

    times: np.ndarray
    places: np.ndarray
    heading: np.ndarray | None = None

    @property
    def seconds(self) -> float:
        """How long it takes [s]."""
        return float(self.times[-1] - self.times[0])

    def at(self, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Places (T, 2) [m] and heading (T,) [rad] at instants (T,) [s] after its start, smooth between the way's own."""
        from scipy.interpolate import PchipInterpolator

        own = self.times - self.times[0]
        places = PchipInterpolator(own, self.places)(times)
        if self.heading is not None:
            return places, PchipInterpolator(own, np.unwrap(self.heading))(times)
        moves = PchipInterpolator(own, self.places).derivative()(times)
        moving = np.linalg.norm(moves, axis=-1) > _STILL
        if not moving.any():
            return places, np.zeros(len(times))
        yaw = np.unwrap(np.arctan2(moves[moving, 0], moves[moving, 1]))
        return places, np.interp(times, times[moving], yaw)


def along(generator: "Generator", way: Way, fps: float = 30.0, options: Options = PLAIN) -> Motion:
    """A motion on WHOLE_BODY as long as the way takes, its pelvis over the way in every frame and heading as it does.

    Feet that stand are held in place (lmm.planting).
    """
    frames = max(2, round(way.seconds * fps) + 1)
    if not SECONDS[0] <= way.seconds <= SECONDS[1]:
        raise MotionError(f"the way takes {way.seconds:g} s; allowed are {SECONDS[0]:g} to {SECONDS[1]:g}")
    places, yaw = way.at(np.minimum(np.arange(frames) / fps, way.seconds))
    rotations = rotation.identity(frames, len(WHOLE_BODY))
    rotations[:, 0] = rotation.about_y(yaw)
    height = float(
        generator.published.stats.mean[SLICES["height"]][0]
    )  # what is usual; the model's own stays in the end
    root = np.stack([places[:, 0], np.full(frames, height), places[:, 1]], -1)
    return planted(completed(generator, Motion(rotations, root, fps), Given({"way": {}}), options))


def led(generator: "Generator", motion: Motion, way: Way, options: Options = PLAIN) -> Motion:
    """A motion led over the floor by a way: its pelvis is over the way in every frame and heads as the way does, its legs are made
    anew. Everything above keeps its own turns bit for bit, the pelvis its height and tilt.

    What of the way takes longer than the motion is not gone. On WHOLE_BODY's tree feet that stand are held in place (lmm.planting).
    Raises MotionError for a way that ends before the motion does.
    """
    last = float(motion.times[-1])
    if way.seconds < last - 1 / motion.fps:
        raise MotionError(f"the way takes {way.seconds:g} s, the motion {last:.2f} s; give it instants up to there")
    places, yaw = way.at(np.minimum(motion.times, way.seconds))
    turned, root = motion.rotations.copy(), motion.root.copy()
    turned[:, 0] = rotation.about_y(yaw - heading(turned[:, 0])) @ turned[:, 0]
    root[:, ::2] = places
    region = np.zeros((len(motion), CELLS), bool)
    region[:, [*part_cells("left_leg"), *part_cells("right_leg")]] = True
    made = remade(generator, motion.with_(rotations=turned, root=root), region, options)
    return planted(made) if made.skeleton.names == WHOLE_BODY.names else made


def keyframed(
    generator: "Generator", poses: Mapping[float, Motion], seconds: float, fps: float = 30.0, options: Options = PLAIN
) -> Motion:
    """A motion of `seconds` on WHOLE_BODY that meets whole-body poses, each the first frame of a motion, at their instants [s].

    They stand where their motions stand, on one floor. Others than WHOLE_BODY's are retargeted.
    """
    frames = round(seconds * fps)
    rows = {round(at * fps): at for at in sorted(poses)}
    if not poses or len(rows) < len(poses) or min(rows) < 0 or max(rows) >= frames:
        told = ", ".join(f"{at:g}" for at in sorted(poses)) or "none"
        raise MotionError(f"keyframes at {told} s; give different instants from 0 to under {seconds:g} s")
    each = [_body(poses[at]).frames_slice(0, 1) for at in rows.values()]
    rotations, root = rotation.identity(frames, len(WHOLE_BODY)), np.zeros((frames, 3))
    rotations[list(rows)], root[list(rows)] = [m.rotations[0] for m in each], [m.root[0] for m in each]
    canvas = Motion(rotations, root, fps, each[0].skeleton, observed=each[0].observed)
    held = np.zeros(frames, bool)
    held[list(rows)] = True
    stood = canvas.with_(rotations=rotations[held], root=root[held])
    floor = float(stood.joints()[:, stood.present, 1].min())
    canvas = canvas.with_(root=root - [0.0, floor, 0.0])
    made = completed(generator, canvas, Given({"shown": {"mask": whole(held)}}), options)
    return made.turned(0.0, (0.0, floor, 0.0))


def _body(pose: Motion) -> Motion:
    return pose if pose.skeleton.names == WHOLE_BODY.names else retarget(pose)[0]
