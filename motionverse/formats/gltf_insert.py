"""A motion put into the glTF file of the character that makes it: one more animation, all else as it was.

Meshes, materials, textures, skins, nodes, extensions (VRM's too) and every byte of the old buffer views stay; new are an
animation, its accessors and buffer views at the end. Of a node that moves, a matrix becomes the translation, rotation and
scale that it stands for, as the format wants it. Joints get a channel where they leave the pose of their nodes, and where
another animation of the file moves them, so that a program may go from one to the other.
Source: the glTF 2.0 specification (Khronos), sections Animations, GLB-stored Buffer, Transformations.
"""

import mimetypes
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote

import numpy as np

from motionverse import rotation
from motionverse.errors import MotionError
from motionverse.formats import gltf, gltf_animation, gltf_file, gltf_nodes, gltf_rig
from motionverse.formats.gltf_file import Document, Row
from motionverse.formats.gltf_nodes import Nodes
from motionverse.formats.gltf_rig import Rig
from motionverse.formats.gltf_write import STILL, Packer
from motionverse.motion import Motion

SUFFIXES = (".glb", ".gltf", ".vrm")  # characters, and what they are written as
MOVED = 1e-5  # [m] a joint this close to where its node puts it needs no translation
SHEARED = 1e-4  # of a stretch that no scale along the node's axes makes
Affine = tuple[np.ndarray, np.ndarray, np.ndarray]  # place (..., 3), turn and linear (..., 3, 3) in the world
Track = tuple[int, str, np.ndarray]  # node, path, values (T, W)


def fits(character: Path | None, output: Path) -> bool:
    """Whether a motion on the character in one file can be written as that file with one more animation."""
    return character is not None and character.suffix.lower() in SUFFIXES and Path(output).suffix.lower() in SUFFIXES


def insert(motion: Motion, character: Path, output: Path, name: str, replace: bool = False) -> str:
    """Write the file `character` as `output`, with `motion` as the animation `name`; returns the name that was free.

    motion: on the skeleton that gltf.read gives for `character` [m]; replace: the animations that were there go (their bytes
    stay). .glb and .vrm come out as one file, buffers beside a .gltf are taken in. Raises MotionError for a motion on
    another skeleton, and for what gltf.read refuses.
    """
    document = gltf_file.read(character)
    nodes = gltf_nodes.read(document)
    animated = {
        (n, path) for row in document.rows("animations") for n, path, _ in gltf_animation.targets(document, row)
    }
    rig = gltf_rig.find(document, nodes, {n for n, _ in animated})
    if not set(motion.skeleton.names) <= set(rig.names):
        document.fail("the motion is not on this file's skeleton; retarget it to this file first")
    metres = gltf.metres_per_unit(gltf.in_its_unit(document)[0].skeleton)
    try:
        tracks = list(_tracks(motion, nodes, rig, metres, animated))
    except np.linalg.LinAlgError:
        document.fail("a node over the skeleton is scaled to nothing; give it a size and export it again")
    held = dict(document.held)
    held["nodes"] = _movable(document, nodes, {n for n, _, _ in tracks})
    packer = Packer(document.rows("bufferViews"), document.rows("accessors"))
    packed = Path(output).suffix.lower() != ".gltf"
    held["buffers"] = _buffers(document, Path(output), packed, packer)
    before = [] if replace else document.rows("animations")
    free = _free(name, [str(row.get("name")) for row in before])
    held["animations"] = [*before, _animation(tracks, motion, free, packer)]
    held["accessors"], held["bufferViews"] = packer.accessors, packer.views
    if "images" in held:
        held["images"] = [_at_hand(document, row, Path(output)) for row in document.rows("images")]
    binary = bytes(packer.binary)
    held["buffers"][packer.buffer]["byteLength"] = len(binary)
    if not packed:
        held["buffers"][packer.buffer]["uri"] = gltf_file.data_uri(binary)
    gltf_file.save(held, binary if packed else None, output)
    return free


def _free(name: str, taken: list[str]) -> str:
    """`name`, or the first of name_2, name_3 ... that is not taken."""
    free, number = name, 2
    while free in taken:
        free, number = f"{name}_{number}", number + 1
    return free


def _tracks(motion: Motion, nodes: Nodes, rig: Rig, metres: float, animated: set[tuple[int, str]]) -> Iterator[Track]:
    """What moves each joint's node as the joint moves, in the node's own axes and unit; quaternions xyzw."""
    skeleton, world = motion.skeleton, motion.globals()
    rest = dict(zip(rig.names, rig.rest, strict=True))
    node = dict(zip(rig.names, rig.order, strict=True))
    own = [node[name] for name in skeleton.names]
    done: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for j, (n, parent) in enumerate(zip(own, skeleton.parents, strict=True)):
        turn = world[:, j] @ rest[skeleton.names[j]]
        if parent < 0:
            place, above, linear = _still(nodes, nodes.parents[n])
            bone = motion.root / metres - place
        else:
            above, linear = done[own[parent]]
            bone = world[:, parent] @ (skeleton.offsets[j] / metres)
        moved = np.linalg.solve(linear, bone[..., None])[..., 0]
        local = np.swapaxes(above, -1, -2) @ turn
        done[n] = turn, linear @ local @ nodes.stretches[n]
        signs, scale = _signs(nodes, n)
        if parent < 0 or np.abs(moved - nodes.places[n]).max() > MOVED / metres or (n, "translation") in animated:
            yield n, "translation", moved
        turned = np.abs(local - nodes.turns[n]).max() > STILL
        if parent < 0 or turned or (n, "rotation") in animated:
            quats = rotation.continuous(rotation.to_quat(local * signs))
            yield n, "rotation", quats[:, [1, 2, 3, 0]]
        if (n, "scale") in animated:
            yield n, "scale", np.tile(scale, (len(motion), 1))


def _still(nodes: Nodes, node: int) -> Affine:
    """Where a node rests in the world; -1: the world."""
    place, turn, linear = np.zeros(3), np.eye(3), np.eye(3)
    for n in [*nodes.above(node), node] if node >= 0 else []:
        place = place + linear @ nodes.places[n]
        turn, linear = turn @ nodes.turns[n], linear @ nodes.turns[n] @ nodes.stretches[n]
    return place, turn, linear


def _signs(nodes: Nodes, n: int) -> tuple[np.ndarray, np.ndarray]:
    """The signs (3,) of a node's scale, which its turn has in it, and the scale (3,) itself."""
    if "matrix" in nodes.rows[n]:
        signs = np.array([np.linalg.det(nodes.turns[n]), 1.0, 1.0]).round()
        return signs, np.diag(nodes.stretches[n]) * signs
    scale = np.asarray(nodes.rows[n].get("scale", [1.0, 1.0, 1.0]), np.float64)
    return np.where(scale < 0, -1.0, 1.0), scale


def _movable(document: Document, nodes: Nodes, moved: set[int]) -> list[Row]:
    """The nodes; those that are to be animated without a matrix."""
    rows = list(nodes.rows)
    for n in moved:
        if "matrix" in rows[n]:
            stretch = nodes.stretches[n]
            if np.abs(stretch - np.diag(np.diag(stretch))).max() > SHEARED * np.abs(stretch).max():
                document.fail(f"nodes[{n}] is a joint with a sheared matrix; apply its transform and export it again")
            signs, scale = _signs(nodes, n)
            quat = rotation.to_quat(nodes.turns[n] * signs)[[1, 2, 3, 0]]
            kept = {key: value for key, value in rows[n].items() if key != "matrix"}
            parts = {"translation": nodes.places[n], "rotation": quat, "scale": scale}
            rows[n] = kept | {key: value.tolist() for key, value in parts.items()}
    return rows


def _animation(tracks: list[Track], motion: Motion, name: str, packer: Packer) -> Row:
    times = (np.arange(len(motion)) / motion.fps).astype(np.float32)
    every = packer.add(times, bounds=True)
    brief: int | None = None
    samplers: list[Row] = []
    channels: list[Row] = []
    for n, path, values in tracks:
        still = len(motion) > 2 and float(np.ptp(values, axis=0).max()) < STILL * max(1.0, np.abs(values).max())
        if still and brief is None:
            brief = packer.add(times[[0, -1]], bounds=True)
        output = packer.add((values[[0, -1]] if still else values).astype(np.float32))
        samplers.append({"input": brief if still else every, "output": output, "interpolation": "LINEAR"})
        channels.append({"sampler": len(samplers) - 1, "target": {"node": n, "path": path}})
    return {"name": name, "channels": channels, "samplers": samplers}


def _buffers(document: Document, output: Path, packed: bool, packer: Packer) -> list[Row]:
    """The buffers of the new file; `packer` goes on in the one that takes what is new.

    A packed file has it behind what its first buffer holds, in the binary chunk; a .gltf in one more buffer.
    """
    rows = [dict(row) for row in document.rows("buffers")]
    for k, row in enumerate(rows):
        if k == 0 and packed:
            packer.binary += document.buffer(0, "glTF")
            packer.binary += b"\0" * (-len(packer.binary) % 4)
            row.pop("uri", None)
        elif (k == 0 and "uri" not in row) or (_is_beside(row) and not _same_folder(document.path, output)):
            row["uri"] = gltf_file.data_uri(document.buffer(k, "glTF"))
    if not (packed and rows):
        rows.append({"byteLength": 0})
    packer.buffer = 0 if packed else len(rows) - 1
    return rows


def _is_beside(row: Row) -> bool:
    """Whether a buffer or an image is a file of its own."""
    uri = row.get("uri")
    return isinstance(uri, str) and not uri.startswith("data:")


def _same_folder(one: Path, other: Path) -> bool:
    return one.resolve().parent == other.resolve().parent


def _at_hand(document: Document, image: Row, output: Path) -> Row:
    """An image that the new file finds: a picture beside a character in another folder is taken in, if it is there."""
    if not _is_beside(image) or _same_folder(document.path, output):
        return image
    try:
        kind = str(image.get("mimeType") or mimetypes.guess_type(image["uri"])[0] or "application/octet-stream")
        return {**image, "uri": gltf_file.data_uri(document.beside(unquote(image["uri"]), "an image"), kind)}
    except MotionError:
        return image
