"""Legs, spine, arms and head of a skeleton whose names say nothing, from the shape of its tree and where its joints go.

Two long chains of about the same length that leave the pelvis are legs; the third way out is the spine, which ends where
two equally long chains (arms) and a shorter one (the head) part. Toes tell where the body faces, and so which side is left.
"""

import numpy as np

from motionverse.skeleton import Skeleton

_SHORT = 0.35  # a bone shorter than this share of its chain's longest is a toe, a finger or a hand at the chain's end
_FRAMES = 64


def guess(skeleton: Skeleton, positions: np.ndarray) -> dict[str, int]:
    """WHOLE_BODY joint name -> source joint index (and "head"); empty where no two legs are to be found.

    positions: (T, J, 3) world joint positions [m], Y up.
    """
    lengths = skeleton.bone_lengths()
    chains = _longest_chains(skeleton, lengths)
    weight = {j: float(lengths[chain].sum()) for j, chain in chains.items()}
    pelvis = _fork(skeleton, weight, 0)
    if pelvis is None:
        return {}
    branches = sorted(skeleton.children[pelvis], key=lambda j: weight[j])
    trunk = [j for j in branches if _fork(skeleton, weight, j) is not None]
    if len(trunk) != 1:
        return {}
    legs = _pair([j for j in branches if j != trunk[0]], weight)
    chest = _fork(skeleton, weight, trunk[0])
    assert chest is not None
    found: dict[str, int] = {"pelvis": pelvis}
    places = positions[:: max(1, len(positions) // _FRAMES)]
    limbs = [_limb(chains[j], lengths) for j in legs]
    if any(len(limb) < 3 for limb in limbs):
        return {}
    left = _left(places, limbs)
    found |= _sided(places, left, limbs, ("hip", "knee", "ankle", "foot"))
    arms = _pair(list(skeleton.children[chest]), weight)
    rest = [j for j in skeleton.children[chest] if j not in arms]
    if len(arms) == 2:
        found |= _sided(places, left, [_limb(chains[j], lengths) for j in arms], ("shoulder", "elbow", "wrist"))
        for side in ("left", "right"):
            above = skeleton.parents[found[f"{side}_shoulder"]]
            if above != chest:
                found[f"{side}_collar"] = above
    if rest:
        found["head"] = _head(chains[max(rest, key=lambda j: weight[j])])
    return found


def _longest_chains(skeleton: Skeleton, lengths: np.ndarray) -> dict[int, list[int]]:
    """For each joint, the longest way down from it (itself first)."""
    chains: dict[int, list[int]] = {}
    for j in reversed(range(len(skeleton))):
        below = [chains[c] for c in skeleton.children[j]]
        chains[j] = [j, *max(below, key=lambda c: float(lengths[c].sum()), default=[])]
    return chains


def _fork(skeleton: Skeleton, weight: dict[int, float], start: int) -> int | None:
    """The first joint at or below `start` with three ways on that are worth the name, walking down the only way there is."""
    size = max(weight.values())
    joint = start
    while True:
        ways = [c for c in skeleton.children[joint] if weight[c] > 0.1 * size]
        if len(ways) >= 3:
            return joint
        if not ways:
            return None
        joint = max(ways, key=lambda c: weight[c])


def _pair(branches: list[int], weight: dict[int, float]) -> list[int]:
    """The two long branches that are most alike."""
    pairs = [(a, b) for k, a in enumerate(branches) for b in branches[k + 1 :]]
    score = {(a, b): min(weight[a], weight[b]) - 2 * abs(weight[a] - weight[b]) for a, b in pairs}
    return list(max(pairs, key=lambda p: score[p])) if pairs else branches


def _limb(chain: list[int], lengths: np.ndarray) -> list[int]:
    """[upper, middle, lower, what follows] of a limb: the last two long bones, then the next joint that is elsewhere."""
    real = [j for j in chain if lengths[j] > 1e-6]
    # a bone belongs to the joint at its end: lengths[j] runs from j's parent to j
    longest = max((lengths[j] for j in real[1:]), default=0.0)
    long = [k for k, j in enumerate(real) if lengths[j] > _SHORT * longest]
    if not long or long[-1] < 2:
        return []
    end = long[-1]
    return real[end - 2 : end + 2]


def _left(places: np.ndarray, legs: list[list[int]]) -> np.ndarray:
    """(T, 3) the subject's left: up x forward, forward being where the toes (else the knees) point."""
    forward = np.zeros((len(places), 3))
    for limb in legs:
        tip, heel = (limb[3], limb[2]) if len(limb) > 3 else (limb[1], limb[0])
        forward += places[:, tip] - places[:, heel]
    return np.cross([0.0, 1.0, 0.0], forward)


def _sided(places: np.ndarray, left: np.ndarray, limbs: list[list[int]], roles: tuple[str, ...]) -> dict[str, int]:
    a, b = limbs
    across = ((places[:, a[0]] - places[:, b[0]]) * left).sum()
    sides = ("left", "right") if across > 0 else ("right", "left")
    return {
        f"{side}_{r}": j for side, limb in zip(sides, limbs, strict=True) for r, j in zip(roles, limb, strict=False)
    }


def _head(chain: list[int]) -> int:
    """The head of neck (one joint or two), head and perhaps the head's tip."""
    return chain[-2] if len(chain) > 2 else chain[-1]
