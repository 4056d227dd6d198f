"""bvhio and pybvh, driven the way their documentation does, to the point where our own result can be compared with theirs."""

from pathlib import Path

import numpy as np

from benchmarks.data.plain import Pose
from motionverse import rotation
from motionverse.motion import FACE_WIDTH
from motionverse.skeleton import WHOLE_BODY


def bvhio_pose(path: Path, fps: float) -> Pose:
    """What a BVH in centimetres says, every frame posed by bvhio's own kinematics.

    bvhio lays each rest pose along its bone; what a BVH file calls a joint's rotation is the one from there.
    """
    import bvhio
    import glm

    root = bvhio.readAsHierarchy(str(path))  # in its rest pose
    joints = [joint for joint, _, _ in root.layout()]
    names, parents = [joint.Name for joint in joints], [joint.Parent for joint in joints]
    undone = [glm.inverse(joint.RotationWorld) for joint in joints]
    rest = {n: np.array(joint.PositionWorld.to_list()) * 0.01 for n, joint in zip(names, joints, strict=True)}
    above = {n: p.Name if p is not None else None for n, p in zip(names, parents, strict=True)}
    bones = {n: place if (p := above[n]) is None else place - rest[p] for n, place in rest.items()}
    frames = root.getKeyframeRange()[1] + 1
    positions, turns = np.empty((frames, len(joints), 3)), np.empty((len(joints), frames, 4))
    for frame in range(frames):
        root.loadPose(frame)
        for k, joint in enumerate(joints):
            place, turn = joint.PositionWorld, joint.RotationWorld * undone[k]
            positions[frame, k] = place.x, place.y, place.z
            turns[k, frame] = turn.w, turn.x, turn.y, turn.z
    world = dict(zip(names, rotation.from_quat(turns), strict=True))
    local = {n: world[n] if p is None else np.swapaxes(world[p], -1, -2) @ world[n] for n, p in above.items()}
    return Pose(local, bones, above, positions[:, 0] * 0.01, fps)


def pybvh_positions(path: Path) -> np.ndarray:
    """World joint positions (T, J, 3) in file units, by pybvh's own kinematics, in the file's order of joints."""
    import pybvh

    return pybvh.read_bvh_file(path, world_up="+y").joint_positions()


def pybvh_features(path: Path) -> np.ndarray:
    """(T, 669) features of a WHOLE_BODY file in centimetres, all joints at a time: pybvh's positions, 6D rotations and
    quaternions, velocities by one spline over the positions."""
    import pybvh
    from scipy.interpolate import CubicSpline

    clip = pybvh.read_bvh_file(path, world_up="+y")
    order = [clip.joint_names.index(name) for name in WHOLE_BODY.names]
    positions = clip.joint_positions()[:, order] * 0.01
    sixes, pelvis = clip.to_6d()[1][:, order[1:]], clip.to_quat()[1][:, order[0]]
    times, rows = np.arange(len(positions)) * clip.frame_time, len(positions)
    yaw = np.unwrap(2 * np.arctan2(pelvis[:, 2], pelvis[:, 0]))
    facing = np.swapaxes(rotation.from_rotvec(yaw[:, None] * [0.0, 1.0, 0.0]), -1, -2)
    moves = np.einsum("tij,tkj->tki", facing, CubicSpline(times, positions).derivative()(times))
    places = np.einsum("tij,tkj->tki", facing, positions - positions[:, :1] * [1, 0, 1])[:, 1:]
    turning = CubicSpline(times, yaw).derivative()(times)[:, None]
    columns = [turning, moves[:, 0, ::2], positions[:, 0, 1:2], places, sixes, moves, np.zeros((rows, FACE_WIDTH))]
    return np.concatenate([column.reshape(rows, -1) for column in columns], -1).astype(np.float32)


def pybvh_order(path: Path) -> list[int]:
    """Where in WHOLE_BODY each joint of pybvh's order stands."""
    import pybvh

    return [WHOLE_BODY.index(name) for name in pybvh.read_bvh_file(path, world_up="+y").joint_names]
