"""The skeleton in a glTF document: which nodes are its joints, what they are called, and how they stand at rest.

Joints are what the skins name, and the nodes between them. Where there are no skins, the bones that a VRM animation names;
failing that, the nodes that are animated. Several skins that share joints, or hang on each other, are one skeleton; of
several skeletons the one with the most animated joints is taken. Names are the humanoid bones of VRM (VRM 0, VRMC_vrm,
VRMC_vrm_animation) where the file states them, else the nodes' own.

At rest every joint has the axes of the world, whatever axes the file gave its nodes: a Motion's rotations say how joints have
turned since. The rest pose is the one the skin was bound in, which the inverse bind matrices keep; the nodes of many files
are left in some frame of an animation. Without a skin it is the pose that the nodes are in.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from motionverse import rotation
from motionverse.formats import gltf_accessor
from motionverse.formats.gltf_file import Document
from motionverse.formats.gltf_nodes import Nodes, polar, world

MAX_JOINTS = 2048
SAME_POSE = 0.02  # [rad] nodes this close to how the skin was bound are in the bind pose
_CARRIED = ("mesh", "camera", "skin")  # a node with one of these is no bone end


@dataclass(frozen=True, eq=False)
class Rig:
    """J joints of a document, parents first.

    order: their nodes; parents: indices into `order`; names; above: the nodes over the root, the scene's root first;
    rest: (J, 3, 3) orthogonal world turns of the nodes in the rest pose; ends: node of the end site of some leaves, by name.
    """

    order: list[int]
    parents: list[int]
    names: list[str]
    above: list[int]
    rest: np.ndarray
    ends: dict[str, int]


def find(document: Document, nodes: Nodes, animated: set[int]) -> Rig:
    """The skeleton of a document; animated: nodes that an animation moves. MotionError where there is none."""
    bones = humanoid(document)
    skins = [_skin_joints(document, s) for s in range(len(document.rows("skins")))]
    named = [joints for joints in skins if joints] or [list(bones) or sorted(animated)]
    if not named[0]:
        document.fail("has no skin and no animated node; not motion (motion of vertices alone is not read)")
    if (most := max(map(len, named))) > MAX_JOINTS:
        document.fail(f"its skeleton has {most} joints; at most {MAX_JOINTS} are read")
    groups = _merged(nodes, [_closed(nodes, joints) for joints in named])
    members = max(groups, key=lambda group: (len(group & animated), len(group)))
    order = _depth_first(nodes, members)
    place = {n: k for k, n in enumerate(order)}
    names = _names(nodes, order, bones)
    above = nodes.above(order[0])
    ends = {names[k]: end for k, n in enumerate(order) if (end := _end(nodes, n, members, animated)) is not None}
    parents = [place.get(nodes.parents[n], -1) for n in order]
    return Rig(order, parents, names, above, _rest(document, nodes, order, above, skins), ends)


def humanoid(document: Document) -> dict[int, str]:
    """Node -> humanoid bone ('hips', 'leftUpperArm' ...), as a VRM model or VRM animation states it; empty elsewhere."""
    found: dict[int, str] = {}
    for extension in ("VRMC_vrm_animation", "VRMC_vrm", "VRM"):
        stated = document.inner(document.held, "extensions", extension, "humanoid").get("humanBones", {})
        if isinstance(stated, dict):  # VRM 1: by bone
            stated = [{**row, "bone": bone} for bone, row in stated.items() if isinstance(row, dict)]
        rows = [row for row in stated if isinstance(row, dict)] if isinstance(stated, list) else []
        for bone, node in ((row.get("bone"), row.get("node")) for row in rows):
            if isinstance(bone, str) and node is not None:
                document.row("nodes", node, f"the humanoid bone {bone[:30]!r}")
                found.setdefault(node, bone)
        if found:
            break
    return found


def _skin_joints(document: Document, skin: int) -> list[int]:
    joints = document.items(document.row("skins", skin, "glTF"), "joints", int, f"skins[{skin}]")
    for joint in joints:
        document.row("nodes", joint, f"joints of skins[{skin}]")
    return joints


def _closed(nodes: Nodes, joints: list[int]) -> set[int]:
    """`joints`, what they all hang on, and the nodes on the way; where they hang on nothing common, the largest tree."""
    through: dict[int, list[int]] = {}
    for joint in dict.fromkeys(joints):
        for n in (joint, *nodes.above(joint)):
            through.setdefault(n, []).append(joint)
    top = max(through, key=lambda n: (len(through[n]), len(nodes.above(n))))
    members = {top}
    for joint in through[top]:
        while joint not in members:
            members.add(joint)
            joint = nodes.parents[joint]
    return members


def _merged(nodes: Nodes, groups: list[set[int]]) -> list[set[int]]:
    """Groups that share a node, or hang on a node of another, as one, with the nodes on the way."""
    merged: list[set[int]] = []
    for group in sorted(groups, key=lambda g: min(len(nodes.above(n)) for n in g)):
        top = min(group, key=lambda n: len(nodes.above(n)))
        chain = nodes.above(top)
        host = next((other for other in merged if other & (group | set(chain))), None)
        if host is None:
            merged.append(set(group))
        else:
            met = max((k for k, n in enumerate(chain) if n in host), default=len(chain))
            host |= group | set(chain[met:])
    return merged


def _depth_first(nodes: Nodes, members: set[int]) -> list[int]:
    top = next(n for n in members if nodes.parents[n] not in members)
    order, stack = [], [top]
    while stack:
        order.append(stack.pop())
        stack += [child for child in reversed(nodes.children[order[-1]]) if child in members]
    return order


def _names(nodes: Nodes, order: list[int], bones: dict[int, str]) -> list[str]:
    """One name each: the humanoid bone's, the node's, or its number; the second of a name gets _2."""
    names = [bones.get(n) or nodes.names[n] or f"node_{n}" for n in order]
    taken: set[str] = set()
    for k in sorted(range(len(order)), key=lambda k: order[k] not in bones):  # humanoid bones keep their names
        name, number = names[k], 2
        while names[k] in taken:
            names[k], number = f"{name}_{number}", number + 1
        taken.add(names[k])
    return names


def _end(nodes: Nodes, joint: int, members: set[int], animated: set[int]) -> int | None:
    """The one child of a leaf joint that is nothing but the end of its bone."""
    below = nodes.children[joint]
    if len(below) != 1 or below[0] in members or below[0] in animated or nodes.children[below[0]]:
        return None
    return None if any(key in nodes.rows[below[0]] for key in _CARRIED) else below[0]


def _rest(document: Document, nodes: Nodes, order: list[int], above: list[int], skins: list[list[int]]) -> np.ndarray:
    """(J, 3, 3) world turns of the joints' nodes in the rest pose."""
    there = world(nodes, order, {}, 1, above)[1][0]
    place = {n: k for k, n in enumerate(order)}
    bound: dict[int, np.ndarray] = {}
    for skin, joints in enumerate(skins):
        if any(joint in place for joint in joints):
            turns = _bind_turns(document, skin, len(joints))
            if turns is not None:
                known = [(place[joint], turns[k]) for k, joint in enumerate(joints) if joint in place]
                for k, turn in _bound(known, there, _spaces(document, nodes, skin, above)):
                    bound.setdefault(k, turn)
    rest = there.copy()
    for k, n in enumerate(order):  # nodes that no skin binds keep how they stand on their parents
        parent = place.get(nodes.parents[n])
        if k in bound:
            rest[k] = bound[k]
        elif parent is not None:
            rest[k] = rest[parent] @ there[parent].T @ there[k]
    return rest


def _bind_turns(document: Document, skin: int, count: int) -> np.ndarray | None:
    """(K, 3, 3) how a skin's joints were turned in its own space when it was bound; None where it does not say."""
    row = document.row("skins", skin, "glTF")
    if "inverseBindMatrices" not in row:
        return None
    whose = f"inverse bind matrices of skins[{skin}]"
    held = gltf_accessor.values(document, row["inverseBindMatrices"], "MAT4", whose)
    if len(held) < count:
        document.fail(f"skins[{skin}] has {count} joints but {len(held)} inverse bind matrices; the file is broken")
    # stored column by column: read row by row they are transposed, as an orthogonal matrix is inverted
    return polar(held[:count].reshape(-1, 4, 4)[:, :3, :3])[0]


def _spaces(document: Document, nodes: Nodes, skin: int, above: list[int]) -> list[np.ndarray]:
    """World turns that a skin's own space may have: the scene's, the armature's, the mesh's."""
    meshes = [n for n, row in enumerate(nodes.rows) if row.get("skin") == skin][:4]
    found = [np.eye(3)]
    for n in (*above[-1:], *meshes):
        found.append(world(nodes, [n], {}, 1, nodes.above(n))[1][0, 0])
    return found


def _bound(
    known: list[tuple[int, np.ndarray]], there: np.ndarray, spaces: Iterable[np.ndarray]
) -> list[tuple[int, np.ndarray]]:
    """(joint, world turn) as the skin was bound; none where the nodes stand so, or where the skin's space cannot be told."""
    joints, turns = [k for k, _ in known], np.array([turn for _, turn in known])
    held = there[joints] @ np.swapaxes(turns, -1, -2)  # the skin's space, had each joint stayed as it was bound
    if rotation.geodesic(held, held[0]).max() < SAME_POSE:
        return []
    apart = [float(rotation.geodesic(held, space).mean()) for space in spaces]
    best = list(spaces)[int(np.argmin(apart))]
    if np.linalg.det(best) * np.median(np.linalg.det(held)) < 0:
        return []
    return [(k, best @ turn) for k, turn in known]
