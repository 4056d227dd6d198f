"""A body of rounded cones and ellipsoids: for any skeleton, and a mannequin where the joints have WHOLE_BODY's names."""

import numpy as np

from motionverse.skeleton import Skeleton
from motionverse.view.body import DARK, MIDDLE, Body, Colour, skeleton_height, tint
from motionverse.view.solids import Solid, ellipsoid, flatten_below, rounded_cone

Piece = tuple[int, Solid, Colour]  # the joint it follows, its shape in the rest pose, its colour
ADULT = 1.7  # the height [m] that the radii below are for
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


def _plain(name: str) -> str:
    return name.removeprefix("left_").removeprefix("right_")


def _whole_body_solids(skeleton: Skeleton, scale: float) -> list[Piece]:
    """(joint, solid in the rest pose, colour) of a mannequin on a skeleton with WHOLE_BODY's names."""
    rest = skeleton.rest_positions()
    sole = rest[:, 1].min() - 0.022 * scale
    found: list[Piece] = []
    for j, name in enumerate(skeleton.names):
        colour, plain = tint(name), _plain(name)
        if plain in _ELLIPSOIDS:
            centre, radii = (np.array(v) * scale for v in _ELLIPSOIDS[plain])
            found.append((j, ellipsoid(rest[j] + centre, radii), colour))
        if plain == "head":
            visor = ellipsoid(rest[j] + np.array([0, 0.092, 0.062]) * scale, np.array([0.062, 0.022, 0.066]) * scale)
            found.append((j, visor, DARK))
        for child in skeleton.children[j]:
            radii = _LIMBS.get((plain, _plain(skeleton.names[child])))
            if radii:
                side = tint(skeleton.names[child])
                found.append((j, rounded_cone(rest[j], rest[child], radii[0] * scale, radii[1] * scale), side))
        if plain == "ankle":
            found += _shoe(skeleton, j, scale, sole, colour)
        if plain == "wrist":
            found += _hand(skeleton, j, scale, colour)
    return found


def _shoe(skeleton: Skeleton, ankle: int, scale: float, sole: float, colour: Colour) -> list[Piece]:
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


def _hand(skeleton: Skeleton, wrist: int, scale: float, colour: Colour) -> list[Piece]:
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


def _plain_solids(skeleton: Skeleton, scale: float) -> list[Piece]:
    """(joint, solid, colour) for a skeleton of any names: a tapered limb along every bone and end site, a ball on a lone joint."""
    rest = skeleton.rest_positions()
    found: list[Piece] = []

    def limb(j: int, end: np.ndarray, colour: Colour) -> None:
        length = float(np.linalg.norm(end - rest[j]))
        radius = float(np.clip(0.16 * length, 0.008 * scale, 0.07 * scale))
        found.append((j, rounded_cone(rest[j], end, radius, radius * 0.75), colour))

    for j, name in enumerate(skeleton.names):
        for child in skeleton.children[j]:
            limb(j, rest[child], tint(skeleton.names[child]))
        if not skeleton.children[j]:
            end = skeleton.ends.get(name)
            if end is not None and float(np.linalg.norm(end)) > 0.01 * scale:
                limb(j, rest[j] + np.asarray(end).reshape(-1, 3)[0], tint(name))
            else:
                found.append((j, ellipsoid(rest[j], np.full(3, 0.03 * scale), 12, 8), tint(name)))
        if name.rpartition(":")[2].lower().removesuffix("_m").endswith("head") and skeleton.parents[j] >= 0:
            up = rest[j] - rest[skeleton.parents[j]]  # a head goes on where its neck points
            up /= max(float(np.linalg.norm(up)), 1e-9)
            low, high = (rest[j] + share * scale * up for share in (0.05, 0.11))
            found.append((j, rounded_cone(low, high, 0.075 * scale, 0.088 * scale), MIDDLE))
    return found
