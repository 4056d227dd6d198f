"""glTF 2.0 (.glb, .gltf): the motion of any skinned or jointed figure, on the file's own skeleton.

Read: rigs as Mixamo, VRM, Blender and others export them: several skins, armatures turned or scaled (centimetres under a node
of 0.01), matrix nodes, a root motion node over the hips, keys at instants of their own in every channel, steps, lines and
cubics, normalised integers, sparse accessors, buffers in the GLB, in base64, or in files beside it.

What stands over the skeleton is folded into its root. Bones are rigid in a Motion: what scales do to positions at rest is
kept, a bone that stretches takes its median length (motionverse.formats.rigid). The unit is the metre, as glTF has it, unless
the figure is so large that it must be centimetres or millimetres. Shapes, materials and morph targets are not read.

The frame rate is the one on which the keys lie (gltf_animation.rate_of); given one, the animation is sampled at that. Without
an animation the pose that the nodes are in is a motion of one frame. Files compressed with Draco are read (it packs
meshes only), files packed with meshopt are not.
"""

from pathlib import Path

import numpy as np

from motionverse.errors import MotionError
from motionverse.formats import detect, gltf_animation, gltf_file, gltf_nodes, gltf_rig, rigid
from motionverse.formats.gltf_file import Document
from motionverse.formats.gltf_nodes import Nodes, Sampled
from motionverse.formats.gltf_rig import Rig
from motionverse.motion import MAX_FPS, Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton

MOST_JOINT_FRAMES = (
    2_000_000  # joints times frames that any file may ask for; larger files as many as their buffers have bytes
)
UNITS = ((30.0, 1.0), (300.0, 0.01), (np.inf, 0.001))  # up to this extent of the rest pose, one unit is so many metres
STEP_SLACK = 0.01  # of a frame


def read(
    path: str | Path,
    fps: float | None = None,
    scale: float | None = None,
    up: str | None = None,
    animation: str | None = None,
) -> Motion:
    """The motion in a .glb or .gltf file, on the file's own skeleton, in metres, Y up.

    fps: frames a second to sample at (None: found from the keys); scale: metres in one unit; up: the file's vertical axis, if
    not Y; animation: one of several by name or number (None: the longest that moves the skeleton). Raises MotionError, in
    one line, for anything broken, absurd or cut short.
    """
    if fps is not None and not 0 < fps <= MAX_FPS:
        raise MotionError(f"{path}: fps {fps}; must be above 0 and at most {MAX_FPS:g}")
    document = gltf_file.read(path)
    try:
        with np.errstate(all="ignore"):  # absurd numbers end as NaN, which Motion refuses
            motion, moved = in_its_unit(document, fps, animation)
            metres = scale if scale is not None else metres_per_unit(motion.skeleton)
            motion = detect.settle(motion, path, metres, "Y" if up is None else up)
        if not _extent(motion.skeleton) < detect.MAX_PATH:
            raise MotionError(
                f"the skeleton measures {_extent(motion.skeleton):.3g} m; give its scale (metres per unit)"
            )
    except (MotionError, np.linalg.LinAlgError) as error:
        raise error if str(error).startswith(str(path)) else MotionError(f"{path}: {error}") from None
    return _unmoved_hands(rigid.ordered(motion, WHOLE_BODY.names), moved)


def in_its_unit(document: Document, fps: float | None = None, animation: str | None = None) -> tuple[Motion, set[str]]:
    """The motion in the file's own unit, and the names of the joints that the animation turns."""
    nodes = gltf_nodes.read(document)
    moved = {n for row in document.rows("animations") for n, _, _ in gltf_animation.targets(document, row)}
    rig = gltf_rig.find(document, nodes, moved)
    sampled, frames, rate = _sampled(document, rig, fps, animation)
    turned = {name for n, name in zip(rig.order, rig.names, strict=True) if (n, "rotation") in sampled}
    return _assembled(nodes, rig, sampled, frames, rate), turned


def animations(path: str | Path) -> list[str]:
    """The names of the animations in a file."""
    return gltf_animation.names(gltf_file.read(path))


def _sampled(document: Document, rig: Rig, fps: float | None, animation: str | None) -> tuple[Sampled, int, float]:
    """What is animated at every frame, how many frames, and how many a second."""
    wanted = {*rig.order, *rig.above}
    row = gltf_animation.choose(document, wanted, animation)
    moved = [] if row is None else gltf_animation.channels(document, row, wanted)
    most = max(MOST_JOINT_FRAMES, sum(map(len, document.loaded.values()))) // len(rig.order)
    instants, rate = gltf_animation.frames(document, moved, fps, most)
    slack = STEP_SLACK / rate
    return {(c.node, c.path): gltf_animation.sample(c, instants, slack) for c in moved}, len(instants), rate


def _assembled(nodes: Nodes, rig: Rig, sampled: Sampled, frames: int, rate: float) -> Motion:
    """The motion in the file's unit."""
    order = [*rig.order, *rig.ends.values()]
    parents = np.array([*rig.parents, *(rig.names.index(name) for name in rig.ends)])
    gauge = np.concatenate([rig.rest, np.zeros((len(rig.ends), 3, 3))])
    count = len(rig.order)
    still, turned = gltf_nodes.world(nodes, order, {}, 1, rig.above)
    offsets = _bones(still, turned, gauge, parents)[0]
    offsets[0] = still[0, 0]
    ends = dict(zip(rig.ends, offsets[count:], strict=True))
    skeleton = Skeleton(tuple(rig.names), tuple(rig.parents), offsets[:count], ends)
    places, turns = gltf_nodes.world(nodes, rig.order, sampled, frames, rig.above)
    bones = _bones(places, turns, rig.rest, parents[:count])
    world = turns @ np.swapaxes(rig.rest, -1, -2)
    local = world.copy()
    local[:, 1:] = np.swapaxes(world[:, parents[1:count]], -1, -2) @ world[:, 1:]
    tall = max(_extent(skeleton), 1e-9)
    moving = {j: bones[:, j] for j in range(1, count)}
    return rigid.settled_bones(Motion(local, places[:, 0], rate, skeleton), moving, tall)


def _bones(places: np.ndarray, turns: np.ndarray, rest: np.ndarray, parents: np.ndarray) -> np.ndarray:
    """(T, J, 3) from each joint's parent to it, seen by the parent as it stands at rest; the root's is zero."""
    bones = np.zeros(places.shape)
    above = parents[1:]
    apart = places[:, 1:] - places[:, above]
    seen = np.swapaxes(turns[:, above], -1, -2) @ apart[..., None]
    bones[:, 1:] = (rest[above] @ seen)[..., 0]
    return bones


def _extent(skeleton: Skeleton) -> float:
    """The largest extent of the rest pose along any axis."""
    return float(np.ptp(skeleton.rest_positions(), axis=0).max())


def metres_per_unit(skeleton: Skeleton) -> float:
    """Metres in one unit of a file whose skeleton is so large."""
    extent = _extent(skeleton)
    return next(metres for most, metres in UNITS if extent <= most or metres == UNITS[-1][1])


def _unmoved_hands(motion: Motion, animated: set[str]) -> Motion:
    """On WHOLE_BODY, a hand none of whose joints has a channel was not captured (as in AMASS files)."""
    if motion.skeleton.names != WHOLE_BODY.names or not animated:
        return motion
    observed = np.ones(len(WHOLE_BODY), bool)
    for side in ("left", "right"):
        hand = [j for j, name in enumerate(WHOLE_BODY.names) if j >= 22 and name.startswith(side)]
        observed[hand] = any(WHOLE_BODY.names[j] in animated for j in hand)
    return motion if observed.all() else motion.with_(observed=observed)
