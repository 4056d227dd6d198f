"""What is given of a motion is met: local rotations to the bit, places to under a millimetre, the rest bent as little as can be.

Where a joint is given with all that it hangs on, its place follows. Where it is given alone (a wrist without its arm) the joints
above it that are free are turned until it is where it was given: in the world where the pelvis is given, else as seen from the
pelvis' place on the floor and its heading. Limbs by closed form, all else by damped steps (motionverse.ik). The correction is
spread over the free frames around (lmm.seam).
"""

from dataclasses import dataclass

import numpy as np

from lmm import seam
from lmm.tasks import placed
from motionverse import ik, rotation
from motionverse.motion import Motion
from motionverse.parts import FACE_CELL
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.tomato import heading

_LIMBS = tuple(
    (*(WHOLE_BODY.index(f"{side}_{part}") for part in limb), hint)
    for side in ("left", "right")
    # [m] knees bend forward, elbows back: what tells where a straight limb bends
    for limb, hint in ((("hip", "knee", "ankle"), 1e-4), (("shoulder", "elbow", "wrist"), -1e-4))
)


@dataclass(frozen=True)
class Residual:
    """How far a motion is from what was given: the largest distance of a joint [m] and the largest turn of one [rad]."""

    metres: float
    radians: float


def met(made: Motion, given: Motion, mask: np.ndarray) -> Motion:
    """`made` with what is given of `given` where mask (T, 53) bool says so, and no pop where it begins and ends.

    Both on WHOLE_BODY's tree with the same bones, T frames at one rate. Rotations, root and face that are given have their bits.
    """
    made = seam.joined(made, given, mask)
    held = mask[:, :FACE_CELL]
    loose = held & ~placed(held)
    if not loose.any():
        return made
    free = ~held & _carries(loose, made.skeleton)
    free[:, 0] = ~held[:, 0] & loose.any(1)
    rows = np.flatnonzero(loose.any(1))
    rotations, root = made.rotations.copy(), made.root.copy()
    rotations[rows], root[rows] = _reached(_rows(made, rows), _rows(given, rows), held[rows], loose[rows], free[rows])
    whole = np.concatenate([held | free, mask[:, FACE_CELL:]], 1)
    return seam.joined(made, made.with_(rotations=rotations, root=root), whole)


def residual(made: Motion, given: Motion, mask: np.ndarray) -> Residual:
    """What `made` lacks of what mask (T, 53) gives of `given`: nothing, where it was met. NaN where nothing is given."""
    held = mask[:, :FACE_CELL]
    if not held.any():
        return Residual(float("nan"), float("nan"))
    apart = np.linalg.norm(made.joints() - _goals(made, given, held[:, 0]), axis=-1)
    turned = rotation.geodesic(made.rotations, given.rotations)
    turned[:, 0] = np.where(held[:, 0], turned[:, 0], 0.0)
    return Residual(float(apart[held].max()), float(turned[held].max()))


def _rows(motion: Motion, rows: np.ndarray) -> Motion:
    return motion.with_(rotations=motion.rotations[rows], root=motion.root[rows], face=None)


def _carries(loose: np.ndarray, skeleton: Skeleton) -> np.ndarray:
    """(T, J) bool: the joints that a loose joint hangs on."""
    found = np.zeros_like(loose)
    for joint in reversed(range(1, len(skeleton))):
        found[:, skeleton.parents[joint]] |= loose[:, joint] | found[:, joint]
    return found


def _goals(made: Motion, given: Motion, rooted: np.ndarray) -> np.ndarray:
    """(T, J, 3) [m] where the joints of `given` should be: in the world where the pelvis is given (T,), else seen from the made
    pelvis' place on the floor and heading."""
    places = given.joints()
    turn = rotation.about_y(heading(made.rotations[:, 0]) - heading(given.rotations[:, 0]))
    seen = (turn[:, None] @ (places - given.root[:, None] * [1, 0, 1])[..., None])[..., 0]
    return np.where(rooted[:, None, None], places, seen + made.root[:, None] * [1, 0, 1])


def _reached(
    made: Motion, given: Motion, held: np.ndarray, loose: np.ndarray, free: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Local rotations and root with the loose joints where they should be, each frame by itself."""
    goals = _goals(made, given, held[:, 0])
    return ik.meet(made.skeleton, _limbs(made, goals, loose, free), made.root, goals, loose, free)


def _limbs(made: Motion, goals: np.ndarray, loose: np.ndarray, free: np.ndarray) -> np.ndarray:
    """Local rotations (T, J, 3, 3) with every limb of which the end alone is wanted bent to bring it there."""
    places, world = made.joints(), made.globals()
    offsets, local = made.skeleton.offsets, made.rotations.copy()
    for start, middle, end, hint in _LIMBS:
        rows = np.flatnonzero(loose[:, end] & ~loose[:, middle] & free[:, start] & free[:, middle])
        if not len(rows):
            continue
        upper, lower = offsets[middle], offsets[end]
        a, above = places[rows, start], world[rows, made.skeleton.parents[start]]
        knee = places[rows, middle] + world[rows, start] @ np.array([0.0, 0.0, hint])
        lengths = float(np.linalg.norm(upper)), float(np.linalg.norm(lower))
        bent, stop = ik.two_bone(a, goals[rows, end], knee, lengths)
        first = ik.turn_to(world[rows, start], upper, bent - a)
        second = ik.turn_to(first @ local[rows, middle], lower, stop - bent)
        local[rows, start] = np.swapaxes(above, -1, -2) @ first
        local[rows, middle] = np.swapaxes(first, -1, -2) @ second
    return local
