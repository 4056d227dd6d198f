"""Legs, spine, arms, head and fingers of a skeleton whose names say nothing, from the shape of its tree and where its joints are.

A body has two pairs of long chains that are alike: legs and arms. The joint that the legs leave is the pelvis, the one that
the arms leave, further from the root, is the chest; what else leaves the chest is neck and head. Along a limb, joints are
found by proportion: two halves of about the same length, rather of one bone each than of several. Toes (else bent knees)
tell where the body faces, and so which side is left. A hand is where fingers part.

Where the zero pose stands it is all that is looked at; otherwise the frames of the motion are.
"""

import itertools

import numpy as np

from motionverse.retarget.families import FINGERS
from motionverse.skeleton import Skeleton

_FRAMES = 64
_LONG = 0.15  # a chain of a limb is at least this share of the skeleton's longest way
_ALIKE = 0.1  # two chains are a pair where their first bones differ by less than this share of the whole
_BONES = 4  # bones of a chain that are compared
_TOES = 0.1  # share of a leg that a foot must at least point ahead by
_KNEES = 0.02  # share of a leg that a knee must at least stand out by
_ON = 0.6  # cosine with its longest bone below which a leg has turned into a foot
_BEFORE = 0.6  # share of an arm or leg that a collar or a hip's own bone is at most
_MOST = 40  # chains that leave one joint, the longest of them, that are compared
_TIP = 1.1  # a head's bone is longer than the neck's by this much


def guess(skeleton: Skeleton, positions: np.ndarray) -> dict[str, int]:
    """WHOLE_BODY joint name -> source joint index (and "head"); empty where no two legs are to be found.

    positions: (T, J, 3) world joint positions [m], Y up.
    """
    tree, zero = _Tree(skeleton), skeleton.rest_positions()[None]
    pairs = tree.pairs()
    if not pairs:
        return {}
    legs = min(pairs[:2], key=lambda pair: len(tree.path(pair[0])))
    for arms in pairs:
        if arms[0] != legs[0] and legs[0] in tree.path(arms[0]):
            break
    else:
        arms = None
    frames = positions[:: max(1, len(positions) // _FRAMES)]
    for places in [zero, frames] if _stands(tree, legs, zero[0]) else [frames]:
        limbs = _legs(tree, legs[1:], places)
        left = _left(places, limbs) if limbs else None
        if left is not None:
            return _body(tree, legs[0], limbs, arms, places, left)
    # nothing to be seen of where it faces: as most rest poses do
    places = zero if _stands(tree, legs, zero[0]) else frames
    limbs = _legs(tree, legs[1:], places)
    return _body(tree, legs[0], limbs, arms, places, np.array([[1.0, 0.0, 0.0]])) if limbs else {}


class _Tree:
    """Chains of a skeleton: for each joint the longest way down from it, and how long that is [m]."""

    def __init__(self, skeleton: Skeleton) -> None:
        self.skeleton, self.lengths = skeleton, skeleton.bone_lengths()
        self.chains: dict[int, list[int]] = {}
        self.weight: dict[int, float] = {}
        for j in reversed(range(len(skeleton))):
            best = max(skeleton.children[j], key=lambda c: self.weight[c] + self.lengths[c], default=None)
            self.chains[j] = [j] if best is None else [j, *self.chains[best]]
            self.weight[j] = 0.0 if best is None else self.weight[best] + float(self.lengths[best])
        self.size = max(self.weight.values())

    def path(self, joint: int) -> list[int]:
        """Joints from the root to `joint`."""
        path = [joint]
        while self.skeleton.parents[path[0]] >= 0:
            path.insert(0, self.skeleton.parents[path[0]])
        return path

    def pairs(self) -> list[tuple[int, int, int]]:
        """(joint, branch, branch): where two long chains that are alike part from a joint, from the longest pair on."""
        found = []
        for j, children in enumerate(self.skeleton.children):
            long = [c for c in children if self.weight[c] > _LONG * self.size]
            long = sorted(long, key=lambda c: -self.weight[c])[:_MOST] if len(long) > _MOST else long
            unlike = {(a, b): self._unlike(a, b) for a, b in itertools.combinations(long, 2)}
            best = min(unlike, key=lambda pair: unlike[pair], default=None)
            if best is not None and unlike[best] < _ALIKE and not self._fingers(j):
                found.append((min(self.weight[c] for c in best), (j, *best)))
        return [pair for _, pair in sorted(found, reverse=True)]

    def _unlike(self, a: int, b: int) -> float:
        """Largest difference of the first bones of two chains, as a share of a chain's length."""
        bones = [self.lengths[self.chains[j][: _BONES + 1]] for j in (a, b)]
        size = min(len(row) for row in bones)
        apart = np.abs(bones[0][:size] - bones[1][:size]).max() / min(self.weight[a], self.weight[b])
        return float(apart) if size > 2 else np.inf

    def _fingers(self, joint: int) -> bool:
        """Whether so many chains that are alike leave a joint that they are fingers (or tentacles)."""
        ways = [self.weight[c] + self.lengths[c] for c in self.skeleton.children[joint] if self.weight[c] > 0]
        return len(ways) >= 4 and min(ways) > 0.5 * max(ways)


def _stands(tree: _Tree, legs: tuple[int, int, int], places: np.ndarray) -> bool:
    """Whether a pose (J, 3) stands: both legs go down from the pelvis, side by side, and most else is above it."""
    pelvis, *branches = legs
    ends = places[[tree.chains[j][-1] for j in branches]] - places[branches]
    down = -ends[:, 1] / np.maximum(np.linalg.norm(ends, axis=-1), 1e-9)
    above = [j for j in range(len(places)) if pelvis in tree.path(j) and not set(branches) & set(tree.path(j))]
    apart = np.linalg.norm((places[branches[0]] - places[branches[1]])[[0, 2]])
    return bool(down.min() > 0.7 and np.median(places[above, 1]) > places[pelvis, 1] and apart > 0.01 * tree.size)


def _body(
    tree: _Tree,
    pelvis: int,
    limbs: list[list[int]],
    arms: tuple[int, int, int] | None,
    places: np.ndarray,
    left: np.ndarray,
) -> dict[str, int]:
    """Everything, given where legs and arms part and where (T, 3) the subject's left is."""
    hips = places[:, limbs[0][0]] - places[:, limbs[1][0]]
    side = hips * np.sign((hips * left).sum())  # across the hips, whatever toes that point aside say
    found = {"pelvis": pelvis} | _sided(places, side, limbs, ("hip", "knee", "ankle", "foot"))
    if arms is None:
        return found
    hands = _arms(tree, arms[1:])
    if hands:
        found |= _sided(places, side, [hand[1:] for hand in hands], ("shoulder", "elbow", "wrist"))
        for name in ("left", "right"):
            hand = next(h for h in hands if h[1] == found[f"{name}_shoulder"])
            if hand[0] >= 0:
                found[f"{name}_collar"] = hand[0]
            found |= {f"{name}_{finger}": j for finger, j in _fingers(tree, hand[3], places).items()}
    rest = [j for j in tree.skeleton.children[arms[0]] if j not in arms[1:]]
    if rest:
        found["head"] = _head(tree, max(rest, key=lambda j: tree.weight[j] + tree.lengths[j]))
    return found


def _halves(tree: _Tree, chains: list[list[int]], ends: list[list[int]]) -> list[tuple[int, int, int]]:
    """For each of two chains, the places in it of the joints where a limb starts, bends and ends; ends: where it may end.

    The two sides of a body have these in the same places, if that is possible. Empty where there are none.
    """
    fits = [_fits(tree, chain, end) for chain, end in zip(chains, ends, strict=True)]
    if not all(fits):
        return []
    if fits[0].keys() & fits[1].keys():
        both = {place: fits[0][place] + fits[1][place] for place in fits[0].keys() & fits[1].keys()}
        return [max(both, key=lambda place: both[place])] * 2
    return [max(fit, key=lambda place: fit[place]) for fit in fits]


def _fits(tree: _Tree, chain: list[int], ends: list[int]) -> dict[tuple[int, int, int], float]:
    """How well a chain is a limb that starts, bends and ends at these places: halves alike, of one bone each, nothing left."""
    whole, found = max(tree.weight[chain[0]], 1e-9), {}
    for end in ends:
        for first in range(min(3, end - 1)):
            if tree.lengths[chain[1 : first + 1]].sum() > _BEFORE * tree.lengths[chain[first + 1 : end + 1]].sum():
                break
            for middle in range(first + 1, end):
                upper, lower = (tree.lengths[chain[a + 1 : b + 1]] for a, b in ((first, middle), (middle, end)))
                long, short = max(upper.sum(), lower.sum(), 1e-9), min(upper.sum(), lower.sum())
                pure = upper.max() * lower.max() / max(upper.sum() * lower.sum(), 1e-9)
                found[first, middle, end] = float(short / long * np.sqrt(pure * (long + short) / whole))
    return found


def _chain(tree: _Tree, start: int) -> list[int]:
    """The longest way down from a joint, joints that share their parent's place left out."""
    return [start, *(j for j in tree.chains[start][1:] if tree.lengths[j] > 1e-6)]


def _legs(tree: _Tree, starts: tuple[int, ...], places: np.ndarray) -> list[list[int]]:
    """[hip, knee, ankle, toe or nothing] of both legs: an ankle is where the chain turns away from the leg's long bones."""
    chains, cosines = [_chain(tree, j) for j in starts], []
    for chain in chains:
        bones = np.diff(places[:, chain], axis=1)
        way = bones[:, int(np.argmax(tree.lengths[chain[1:]]))]
        length = np.linalg.norm(bones, axis=-1) * np.linalg.norm(way, axis=-1)[:, None]
        cosines.append(((bones * way[:, None]).sum(-1) / np.maximum(length, 1e-12)).mean(0))
    if len(chains[0]) == len(chains[1]):
        cosines = [(cosines[0] + cosines[1]) / 2] * 2
    ends = []
    for chain, cosine in zip(chains, cosines, strict=True):
        turned = [k for k in range(2, len(chain) - 1) if cosine[k] < _ON]
        ends.append(turned[:1] or list(range(2, len(chain))))
    halves = _halves(tree, chains, ends)
    return [
        [*(chain[k] for k in half), *chain[half[2] + 1 : half[2] + 2]]
        for chain, half in zip(chains, halves, strict=False)
    ]


def _arms(tree: _Tree, starts: tuple[int, ...]) -> list[list[int]]:
    """[collar or -1, shoulder, elbow, wrist] of both arms, which end where fingers part."""
    chains = [_chain(tree, j) for j in starts]
    hands = [[k for k, j in enumerate(chain) if k >= 2 and len(_ways(tree, j)) >= 3] for chain in chains]
    ends = [hand[:1] or list(range(2, len(chain))) for hand, chain in zip(hands, chains, strict=True)]
    halves = _halves(tree, chains, ends)
    return [
        [chain[half[0] - 1] if half[0] else -1, *(chain[k] for k in half)]
        for chain, half in zip(chains, halves, strict=False)
    ]


def _ways(tree: _Tree, joint: int) -> list[int]:
    """The children of a joint that have joints of their own: fingers rather than a prop or a helper."""
    return [c for c in tree.skeleton.children[joint] if tree.skeleton.children[c]]


def _left(places: np.ndarray, legs: list[list[int]]) -> np.ndarray | None:
    """(T, 3) the subject's left: up x forward, forward being where the toes point, else where the knees bend to.

    None where neither is to be seen.
    """
    toes, knees, size = np.zeros((len(places), 3)), np.zeros((len(places), 3)), 0.0
    for hip, knee, ankle, *toe in legs:
        size += float(np.linalg.norm(places[:, ankle] - places[:, hip], axis=-1).mean())
        knees += places[:, knee] - (places[:, hip] + places[:, ankle]) / 2
        for end in toe:
            toes += places[:, end] - places[:, ankle]
    for ahead, least in ((toes, _TOES), (knees, _KNEES)):
        if np.linalg.norm(ahead[:, [0, 2]], axis=-1).mean() > least * size:
            return np.cross([0.0, 1.0, 0.0], ahead)
    return None


def _sided(places: np.ndarray, left: np.ndarray, limbs: list[list[int]], roles: tuple[str, ...]) -> dict[str, int]:
    a, b = limbs
    across = ((places[:, a[0]] - places[:, b[0]]) * left).sum()
    sides = ("left", "right") if across > 0 else ("right", "left")
    return {
        f"{side}_{r}": j for side, limb in zip(sides, limbs, strict=True) for r, j in zip(roles, limb, strict=False)
    }


def _head(tree: _Tree, start: int) -> int:
    """The head of neck (one joint or more), head and perhaps the head's tip: where eyes and jaw part, else by its length."""
    chain = tree.chains[start]
    parts = [j for j in chain if len(tree.skeleton.children[j]) > 1]
    if parts or len(chain) == 1:
        return (parts or chain)[0]
    end = tree.skeleton.names[chain[-1]].endswith("_end")
    tip = len(chain) > 2 and tree.lengths[chain[-1]] > _TIP * tree.lengths[chain[-2]]
    return chain[-2] if end or tip else chain[-1]


def _fingers(tree: _Tree, wrist: int, places: np.ndarray) -> dict[str, int]:
    """ "index1" and so on -> joint: fingers by chains, told apart by where they start; the thumb starts nearest to the wrist.

    Five chains that leave the wrist are fingers; with metacarpals, a chain's first joint is in the palm and is left out.
    What is compared is rigid, so that a fist is as good as a flat hand.
    """
    names, place = tree.skeleton.names, places[0]
    chains = [[j for j in tree.chains[c] if not names[j].endswith("_end")] for c in _ways(tree, wrist)]
    if len(chains) != len(FINGERS) or any(len(chain) < 2 for chain in chains):
        return {}
    knuckles = [_knuckle(tree, chain) for chain in chains]
    starts = [place[chain[k]] - place[wrist] for chain, k in zip(chains, knuckles, strict=True)]
    thumb = int(np.argmin(np.linalg.norm(starts, axis=-1)))
    others = [k for k in range(len(chains)) if k != thumb]
    ahead = np.mean([starts[k] for k in others], axis=0)
    across = starts[thumb] - (starts[thumb] @ ahead) / max(float(ahead @ ahead), 1e-12) * ahead
    others.sort(key=lambda k: -float(starts[k] @ across))
    found = {f"thumb{k}": j for k, j in enumerate(chains[thumb][:3], 1)}
    for finger, k in zip(FINGERS[1:], others, strict=True):
        found |= {f"{finger}{n}": j for n, j in enumerate(chains[k][knuckles[k] : knuckles[k] + 3], 1)}
    return found


def _knuckle(tree: _Tree, chain: list[int]) -> int:
    """Place in a finger's chain of its first joint: not the one in the palm, which is nearer to the wrist than to the next."""
    return int(len(chain) > 3 and tree.lengths[chain[0]] < tree.lengths[chain[1]])
