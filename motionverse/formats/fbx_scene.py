"""A program of its own: an FBX scene as glTF, nodes, one skin of all bones, animations sampled at the file's frame rate.

    python -m motionverse.formats.fbx_scene in.fbx out.glb [ANIMATION]

ufbx brings the scene to metres and Y up and knows pivots, pre-rotations, rotation orders, layers and curves; from it come the
nodes' transforms at every frame, and how the bones stood when the skin was bound. Only the animation that is asked for is
sampled (none asked for: the longest that moves anything); the others are there by name. Meshes stay behind.
ufbx's Python objects must outlive each other, so nothing here is freed: the process ends instead.
Source: ufbx's documentation (ufbx by Samuli Raivio; its Python bindings).
"""

import gc
import os
import sys
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.formats import gltf_file
from motionverse.formats.gltf_write import Packer

REFUSED = 3
MOST = 2_000_000  # transforms sampled of any file; of larger files as many as they have bytes
PARTS = (("translation", slice(0, 3)), ("rotation", slice(3, 7)), ("scale", slice(7, 10)))
STILL = 1e-9
Matrix = np.ndarray


class Scene:
    """An open FBX file; every object of it is kept."""

    def __init__(self, path: str) -> None:
        """Raises MotionError for a file that ufbx does not read."""
        import ufbx  # type: ignore[import-not-found]

        self.library: Any = ufbx
        self._kept: list[Any] = []
        self.bytes = Path(path).stat().st_size
        try:
            self.held = self.keep(
                ufbx.load_file(
                    path,
                    target_axes=ufbx.axes_right_handed_y_up,
                    target_unit_meters=1.0,
                    space_conversion=ufbx.SpaceConversion.ADJUST_TRANSFORMS,
                    inherit_mode_handling=ufbx.InheritModeHandling.COMPENSATE,
                    ignore_embedded=True,
                )
            )
        except ufbx.UfbxError as error:
            raise MotionError(f"not FBX that can be read ({error})") from None
        self.nodes = self.all(self.held.nodes)
        self.stacks = self.all(self.held.anim_stacks)

    def keep(self, found: Any) -> Any:
        self._kept.append(found)
        return found

    def all(self, found: Any) -> list[Any]:
        """The members of one of ufbx's lists."""
        self.keep(found)
        return [self.keep(found[k]) for k in range(len(found))]

    def parents(self) -> list[int]:
        above = [self.keep(node.parent) for node in self.nodes]
        return [-1 if node is None else node.typed_id for node in above]

    def bones(self) -> dict[int, Matrix | None]:
        """Node -> (4, 4) in the world when the skin was bound, by skin or by bind pose; None where neither says."""
        kind = self.library.ElementType.BONE
        found: dict[int, Matrix | None] = {n: None for n, node in enumerate(self.nodes) if node.attrib_type == kind}
        for cluster in self.all(self.held.skin_clusters):
            bone = self.keep(cluster.bone_node)
            if bone is not None and found.get(bone.typed_id) is None:
                found[bone.typed_id] = _matrix(cluster.bind_to_world)
        for pose in self.all(self.held.poses):
            for row in self.all(pose.bone_poses) if pose.is_bind_pose else []:
                bone = self.keep(row.bone_node)
                if bone is not None and bone.typed_id in found and found[bone.typed_id] is None:
                    found[bone.typed_id] = _matrix(row.bone_to_world)
        return found

    def rest(self, n: int) -> np.ndarray:
        """(10,) translation, rotation xyzw, scale of a node."""
        return np.array(_numbers(self.nodes[n].local_transform))

    def sampled(self, stack: Any) -> tuple[np.ndarray, np.ndarray]:
        """Times (T,) from 0 [s] and transforms (T, N, 10) of all nodes; raises MotionError for too many."""
        rate = float(self.held.settings.frames_per_second) or 30.0
        span = float(stack.time_end) - float(stack.time_begin)
        count = span * rate + 1.01
        if not 0 < rate < 1e4 or not 0 < count * len(self.nodes) <= max(MOST, self.bytes):
            raise MotionError(
                f"animation {stack.name!r} lasts {span:.6g} s at {rate:g} fps, which does not fit its size"
            )
        curves, evaluate = self.keep(stack.anim), self.library.evaluate_transform
        times = np.arange(int(count)) / rate
        instants = (stack.time_begin + times).tolist()
        rows = [[_numbers(evaluate(curves, node, instant)) for node in self.nodes] for instant in instants]
        return times, np.array(rows)


def _numbers(transform: Any) -> tuple[float, ...]:
    return (*transform.translation, *transform.rotation, *transform.scale)


def _matrix(held: Any) -> Matrix:
    made = np.eye(4)
    made[:3] = np.array([held.c0, held.c1, held.c2, held.c3]).T
    return made


def write(scene: Scene, path: str, asked: str | None) -> None:
    """Write the scene as a .glb; asked: which animation, by name or number."""
    packer, parents = Packer(), scene.parents()
    nodes: list[dict[str, Any]] = []
    for n, node in enumerate(scene.nodes):
        values = scene.rest(n)
        if not np.isfinite(values).all():
            raise MotionError(f"the transform of {node.name[:60]!r} has a value that is no number; export it again")
        nodes.append({part: values[at].tolist() for part, at in PARTS} | ({"name": node.name} if node.name else {}))
    for n, parent in enumerate(parents):
        if parent >= 0:
            nodes[parent].setdefault("children", []).append(n)
    held: dict[str, Any] = {"asset": {"version": "2.0"}, "scene": 0, "nodes": nodes}
    held["scenes"] = [{"nodes": [n for n, parent in enumerate(parents) if parent < 0]}]
    bones = scene.bones()
    if bones:
        skin: dict[str, Any] = {"joints": sorted(bones)}
        if any(bound is not None for bound in bones.values()):
            inverse = _inverse(bones, parents, [_composed(scene.rest(n)) for n in range(len(nodes))])
            skin["inverseBindMatrices"] = packer.add(inverse)
        held["skins"] = [skin]
    held["animations"] = _animations(scene, packer, asked)
    held["accessors"], held["bufferViews"] = packer.accessors, packer.views
    gltf_file.write({key: value for key, value in held.items() if value != []}, bytes(packer.binary), path)


def _composed(values: np.ndarray) -> Matrix:
    """(4, 4) of translation, rotation xyzw and scale (10,)."""
    from motionverse import rotation

    made = np.eye(4)
    made[:3, :3] = rotation.from_quat(values[[6, 3, 4, 5]]) * values[7:]
    made[:3, 3] = values[:3]
    return made


def _inverse(bones: dict[int, Matrix | None], parents: list[int], local: list[Matrix]) -> np.ndarray:
    """(K, 4, 4) float32, transposed as glTF has them: how to undo each bone's bind; what no bind says hangs on its parent."""
    world: dict[int, Matrix] = {-1: np.eye(4)}

    def bound(n: int) -> Matrix:
        if n not in world:
            stated = bones.get(n)
            world[n] = bound(parents[n]) @ local[n] if stated is None else stated
        return world[n]

    held = np.array([bound(n) for n in sorted(bones)])
    if (np.abs(np.linalg.det(held)) < 1e-18).any():
        raise MotionError("a bone is bound with a scale of nothing; export it again")
    return np.swapaxes(np.linalg.inv(held), 1, 2).astype(np.float32).reshape(-1, 16)


def _animations(scene: Scene, packer: Packer, asked: str | None) -> list[dict[str, Any]]:
    """All animations by name; the one that is asked for, or the longest that moves anything, with what it moves."""
    rows: list[dict[str, Any]] = [{"name": stack.name, "channels": [], "samplers": []} for stack in scene.stacks]
    names = [row["name"] for row in rows]
    order = sorted(range(len(rows)), key=lambda k: scene.stacks[k].time_begin - scene.stacks[k].time_end)
    if asked is not None:
        order = [names.index(asked)] if asked in names else [int(asked)] if asked.isdecimal() else []
    for k in (k for k in order if k < len(rows)):
        times, values = scene.sampled(scene.stacks[k])
        _channels(rows[k], times, values, np.array([scene.rest(n) for n in range(len(scene.nodes))]), packer)
        if rows[k]["channels"]:
            break
    return rows


def _channels(row: dict[str, Any], times: np.ndarray, values: np.ndarray, rest: np.ndarray, packer: Packer) -> None:
    """Put what differs from rest into an animation. values: (T, N, 10); rest: (N, 10)."""
    stamps: int | None = None
    for n in range(values.shape[1]):
        for part, at in PARTS:
            track = values[:, n, at]
            if np.abs(track - rest[n, at]).max() > STILL * max(1.0, np.abs(track).max()):
                stamps = packer.add(times.astype(np.float32), bounds=True) if stamps is None else stamps
                row["samplers"].append({"input": stamps, "output": packer.add(track.astype(np.float32))})
                target = {"node": n, "path": part}
                row["channels"].append({"sampler": len(row["samplers"]) - 1, "target": target})


def main() -> int:
    """Convert; 0, or REFUSED with a line that says why."""
    gc.disable()
    try:
        scene = Scene(sys.argv[1])
        write(scene, sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None)
    except (MotionError, RecursionError, UnicodeError) as error:
        print(error, file=sys.stderr, flush=True)
        os._exit(REFUSED)
    sys.stderr.flush()
    os._exit(0)


if __name__ == "__main__":
    main()
