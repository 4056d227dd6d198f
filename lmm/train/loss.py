"""What a prediction of the clean motion costs.

The main term is the squared error in normalised features, under the native-presence mask, padding and what was given
left out, averaged per group of features (GROUPS) so that no group wins by being wide. The kinematic terms are in metres
and metres per second, in the heading frame of motionverse.tomato: they tie the rotations that decode uses to places, and
the feet to the floor. Every term is a sum over what a batch holds, divided by what the whole step holds (`Counts`): pieces of a
step, on one rank or on many, add up to the step's loss. Axes: B batch, T frames, D features (669), J body joints (22).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F

from lmm.model.moe import alone
from lmm.model.parts import PULSES
from lmm.train.recipe import LossConfig
from motionverse.errors import MotionError
from motionverse.parts import FACE_CELL
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.tomato import FEATURE_CELL, FIELDS, SLICES, WIDTH

FEET = tuple(WHOLE_BODY.index(name) for name in ("left_ankle", "left_foot", "right_ankle", "right_foot"))
AT_REST = 0.2  # m/s: a foot slower than this in the clean motion is taken to stand
_TILT = tuple(WHOLE_BODY.children[0])  # left hip, right hip, spine1: their positions carry the pelvis' pitch and roll
_LEVELS = tuple(level for row in WHOLE_BODY.levels if (level := tuple(int(j) for j in row if j < BODY_JOINTS)))
_METRES = 0.1  # a joint this far off costs as much as a feature one deviation off
_SPEED = 0.5  # m/s, likewise
_STILL = 0.05  # m/s: slower than this all is stillness


def _groups() -> dict[str, np.ndarray]:
    """Group name -> (669,) bool. Every feature is in exactly one group."""
    field = np.repeat(np.arange(len(FIELDS)), [f.size for f in FIELDS])
    names = np.array([f.name for f in FIELDS])[field]
    body, hands = FEATURE_CELL < BODY_JOINTS, (FEATURE_CELL >= BODY_JOINTS) & (FEATURE_CELL < FACE_CELL)
    tilt = (names == "positions") & np.isin(FEATURE_CELL, _TILT)
    root = np.isin(names, ("yaw_rate", "planar_velocity", "height"))
    found = {"root": root, "tilt": tilt, "positions": (names == "positions") & body & ~tilt}
    found |= {name: (names == name) & body for name in ("rotations", "velocities")}
    return found | {"hands": hands, "face": FEATURE_CELL == FACE_CELL}


GROUPS = _groups()


@dataclass
class Target:
    """What a prediction is held against.

    clean (B, T, D) normalised; frames (B, T) bool; cells (B, 53) bool, natively present; given (B, T, 53) bool;
    times (B, T) [s]; keep (B,): share of the clean motion left in the noised one, in [0, 1] (alpha bar).
    """

    clean: Tensor
    frames: Tensor
    cells: Tensor
    given: Tensor
    times: Tensor
    keep: Tensor


@dataclass(frozen=True)
class Counts:
    """What the sums of a step are divided by. weight (): mean weight of its clips; groups (G,): what each group has to predict;
    terms: weight of each kinematic term; pieces: batches that the step is cut into on a rank."""

    weight: Tensor
    groups: Tensor
    terms: Mapping[str, Tensor]
    pieces: int = 1


Sum = Callable[[Tensor], Tensor]  # a tensor without gradient -> its sum over all ranks


class Loss:
    """The weighted sum of all terms, for one normalisation: mean and scale (669,) of the features."""

    def __init__(self, config: LossConfig, mean: Tensor, scale: Tensor) -> None:
        unknown = [name for name in config.groups if name not in GROUPS]
        if unknown:
            raise MotionError(f"loss.groups: {unknown[0]!r} is unknown; the groups are {', '.join(GROUPS)}")
        self.config, self.mean, self.scale = config, mean, scale
        self.names = list(GROUPS)
        self._belongs = torch.tensor(np.stack([GROUPS[n] for n in self.names]), dtype=torch.float32)  # (G, D)
        self._weight = torch.tensor([config.groups.get(n, 0.0) for n in self.names])
        self._cell = torch.tensor(FEATURE_CELL)

    def to(self, device: torch.device | str) -> "Loss":
        """The same loss on another device."""
        for name in ("mean", "scale", "_belongs", "_weight", "_cell"):
            setattr(self, name, getattr(self, name).to(device))
        return self

    def __call__(
        self, predicted: Tensor, target: Target, balance: Tensor | float = 0.0, counts: Counts | None = None
    ) -> tuple[Tensor, dict[str, Tensor]]:
        """Total (scalar) and every term by name, unweighted and detached. predicted (B, T, D); balance: the experts'; counts: of
        the step that this batch is a piece of; None: of this batch."""
        predicted, counts = predicted.float(), counts or self.counts(target)
        by_group, total = self._squares(predicted, target, counts)
        terms = dict(zip(self.names, by_group, strict=True)) | {"mse": total}
        config = self.config
        if config.balance:
            terms["balance"] = torch.as_tensor(balance, device=total.device) / counts.pieces
            total = total + config.balance * terms["balance"]
        if self._moving:
            for name, value in self._kinematic(predicted, target).items():
                terms[name] = value / counts.terms[name].clamp_min(1e-6)
                total = total + self._moving[name] * terms[name]
        return total, {name: value.detach() for name, value in terms.items()}

    def plain(self, predicted: Tensor, target: Target, across: Sum = alone) -> Tensor:
        """The squared error of all groups (scalar), no other term. predicted (B, T, D)."""
        return self._squares(predicted, target, self.counts(target, across))[1]

    def pulse(self, told: Tensor, target: Target, across: Sum = alone) -> Tensor:
        """The squared error (scalar) of how speeds rise and fall, told (B, T, len(PULSES)) frame by frame."""
        with torch.no_grad():
            clean = _Moving.of(target.clean * self.scale + self.mean, target.times)
            seen = self._seen(target)["pulse"]
            wanted, count = _pulse(clean.speeds(clean.places), seen), across(seen.sum()).clamp_min(1)
        inner = told[:, 1:-1]
        off = inner - (inner * seen).sum(1, keepdim=True) / seen.sum(1, keepdim=True).clamp_min(1) - wanted
        return (off.square() * seen).sum() / count

    @torch.no_grad()
    def counts(self, target: Target, across: Sum = alone, pieces: int = 1) -> Counts:
        """What is to be predicted, counted over all ranks; no prediction is needed for it."""
        raw = self._raw(target.keep)
        total = across(torch.stack([raw.sum(), raw.new_tensor(float(len(raw)))]))
        weight = total[0] / total[1]
        groups = self._belongs @ self._wanted(target, weight).sum((0, 1))
        terms = {name: seen.sum() for name, seen in self._seen(target).items()} if self._moving else {}
        summed = across(torch.cat([groups, *(seen[None] for seen in terms.values())]))
        return Counts(weight, summed[: len(groups)], dict(zip(terms, summed[len(groups) :], strict=True)), pieces)

    @property
    def _moving(self) -> dict[str, float]:
        """The kinematic terms' weights; none where all are 0."""
        names = ("joints", "skate", "motion", "pulse")
        weights = {name: weight for name in names if (weight := getattr(self.config, name))}
        return weights if any(weights.values()) else {}

    def _squares(self, predicted: Tensor, target: Target, counts: Counts) -> tuple[Tensor, Tensor]:
        """Mean square per group (G,), and their weighted mean over the groups that had anything to predict."""
        per_cell = self._wanted(target, counts.weight)
        square = ((predicted - target.clean).square() * per_cell).sum((0, 1))
        by_group = (self._belongs @ square) / counts.groups.clamp_min(1e-6)
        shares = self._weight * (counts.groups > 0)
        return by_group, (by_group * shares).sum() / shares.sum().clamp_min(1e-6)

    def _wanted(self, target: Target, mean: Tensor) -> Tensor:
        """The weight of every feature (B, T, D): of what is there and not given; mean: the clips' mean raw weight."""
        weight = self._raw(target.keep)
        if self.config.snr_cap:
            weight = weight / mean.clamp_min(1e-6)
        wanted = (target.cells[:, None] & ~target.given & target.frames[..., None]).float()
        return (wanted * weight[:, None, None]).index_select(-1, self._cell)

    def _raw(self, keep: Tensor) -> Tensor:
        if not self.config.snr_cap:
            return torch.ones_like(keep)
        return (keep / (1 - keep).clamp_min(1e-4)).clamp_max(self.config.snr_cap)

    def _seen(self, target: Target) -> dict[str, Tensor]:
        """The weights of the kinematic terms: joints (B, T, J), skate (B, T - 2, feet), motion (B, T - 2, J), each clip's by how
        much of the clean motion the network could see; pulse (B, T - 2, limbs), all clips' alike."""
        frames = target.frames & target.cells[:, list(_LEVELS[0])].all(1)[:, None]
        weight = frames * target.keep[:, None]  # (B, T)
        joints = target.cells[:, :BODY_JOINTS].to(weight.dtype)
        inner = weight[:, 1:-1] * (frames[:, 2:] & frames[:, :-2])  # frames with neighbours on both sides
        clean = target.clean[:, 1:-1] * self.scale + self.mean
        stands = (_velocities(clean)[:, :, list(FEET)].norm(dim=-1) < AT_REST) & target.cells[:, None, list(FEET)]
        moving = frames[:, 1:-1] & frames[:, 2:] & frames[:, :-2]
        limbs = torch.stack([target.cells[:, list(limb)].all(1) for limb in PULSES], -1)
        return {
            "joints": weight[..., None] * joints[:, None],
            "skate": inner[..., None] * stands,
            "motion": inner[..., None] * joints[:, None],
            "pulse": (moving[..., None] & limbs[:, None]).to(weight.dtype),
        }

    def _kinematic(self, predicted: Tensor, target: Target) -> dict[str, Tensor]:
        """Sums of the terms from places and speeds, each under its weights."""
        x, y = (_Moving.of(f * self.scale + self.mean, target.times) for f in (predicted, target.clean))
        seen = self._seen(target)
        off = F.smooth_l1_loss(x.places / _METRES, y.places / _METRES, reduction="none")
        terms = {"joints": (off.mean(-1) * seen["joints"]).sum()}
        moving = x.speeds(x.places)
        speed = moving[:, :, list(FEET)] / _SPEED
        off = F.smooth_l1_loss(speed, torch.zeros_like(speed), reduction="none")
        terms["skate"] = (off.mean(-1) * seen["skate"]).sum()
        apart = (x.speeds(x.positions) - x.velocities[:, 1:-1]) / _SPEED
        off = F.smooth_l1_loss(apart, torch.zeros_like(apart), reduction="none")
        terms["motion"] = (off.mean(-1) * seen["motion"]).sum()
        if "pulse" in self._moving:
            off = _pulse(moving, seen["pulse"]) - _pulse(y.speeds(y.places), seen["pulse"])
            terms["pulse"] = (off.square() * seen["pulse"]).sum()
        return {name: terms[name] for name in self._moving}


def _pulse(velocities: Tensor, seen: Tensor) -> Tensor:
    """How the speed of the body and its limbs rises and falls: (B, T, limbs), the logarithm less its mean over the clip.

    velocities (B, T, J, 3) [m/s]; seen (B, T, limbs), 1 where it counts. What music and speech say of motion is when it slows,
    hardly where it goes: of a squared error of features, most of it of ways that nobody can know, that is less than a hundredth.
    """
    speeds = (velocities.square().sum(-1) + 1e-6).sqrt()
    common = torch.stack([speeds[..., list(limb)].mean(-1) for limb in PULSES], -1)
    told = (common + _STILL).log()
    return told - (told * seen).sum(1, keepdim=True) / seen.sum(1, keepdim=True).clamp_min(1)


@dataclass
class _Moving:
    """Features in metres and m/s: positions as predicted (B, T, J, 3), places by forward kinematics on the default
    bones (B, T, J, 3), velocities as predicted (B, T, J, 3), yaw rate (B, T), planar velocity (B, T, 2), times (B, T)."""

    positions: Tensor
    places: Tensor
    velocities: Tensor
    yaw_rate: Tensor
    planar: Tensor
    times: Tensor

    @staticmethod
    def of(features: Tensor, times: Tensor) -> "_Moving":
        """From unnormalised features (B, T, D)."""
        rest = BODY_JOINTS - 1
        height = features[..., SLICES["height"]]
        pelvis = F.pad(height, (1, 1))
        others = features[..., SLICES["positions"]].unflatten(-1, (-1, 3))[..., :rest, :]
        positions = torch.cat([pelvis[..., None, :], others], -2)
        local = sixd_to_matrix(features[..., SLICES["rotations"]].unflatten(-1, (-1, 6))[..., :rest, :])
        children = positions[..., list(_TILT), :] - pelvis[..., None, :]
        places = forward(local, pelvis_rotation(children), pelvis)
        velocities = _velocities(features)
        return _Moving(positions, places, velocities, features[..., 0], features[..., SLICES["planar_velocity"]], times)

    def speeds(self, where: Tensor) -> Tensor:
        """World velocities [m/s] in the heading frame, of points (B, T, J, 3) that ride with it; frames 1..T-2.

        v = d/dt p + yaw rate x p + the pelvis' planar velocity, the first by a central difference.
        """
        span = (self.times[:, 2:] - self.times[:, :-2]).clamp_min(1e-3)[..., None, None]
        change = (where[:, 2:] - where[:, :-2]) / span
        rate = self.yaw_rate[:, 1:-1, None]
        x, z = where[:, 1:-1, :, 0], where[:, 1:-1, :, 2]
        planar = self.planar[:, 1:-1, None, :]
        ride = torch.stack([rate * z + planar[..., 0], torch.zeros_like(x), planar[..., 1] - rate * x], -1)
        return change + ride


def sixd_to_matrix(sixd: Tensor) -> Tensor:
    """(..., 6), the first two columns -> (..., 3, 3) by Gram-Schmidt."""
    a = F.normalize(sixd[..., :3], dim=-1, eps=1e-6)
    b = sixd[..., 3:]
    b = F.normalize(b - (a * b).sum(-1, keepdim=True) * a, dim=-1, eps=1e-6)
    return torch.stack([a, b, torch.linalg.cross(a, b, dim=-1)], -1)


def pelvis_rotation(children: Tensor) -> Tensor:
    """Pelvis rotation (..., 3, 3) in the heading frame from its children's positions (..., 3 (hips, spine1), 3) [m].

    Hip to hip, then spine, orthogonalised: a smooth stand-in for the rigid fit that decode makes.
    """
    return _basis(children) @ _basis(_offsets(children)[list(_TILT)]).mT


def forward(local: Tensor, pelvis: Tensor, root: Tensor) -> Tensor:
    """Body joints (..., 22, 3) [m] on the default bones: local rotations (..., 21, 3, 3), pelvis (..., 3, 3), root (..., 3)."""
    offsets = _offsets(root)
    placed, above = {0: root}, (0,)
    frames, places = pelvis[..., None, :, :], root[..., None, :]  # of the joints of the level above
    for level in _LEVELS:
        parents = [above.index(WHOLE_BODY.parents[j]) for j in level]
        frames, places = frames[..., parents, :, :], places[..., parents, :]
        places = places + (frames * offsets[list(level), None]).sum(-1)
        frames = frames @ local[..., [j - 1 for j in level], :, :]
        placed |= {j: places[..., k, :] for k, j in enumerate(level)}
        above = level
    return torch.stack([placed[j] for j in range(BODY_JOINTS)], -2)


def _basis(children: Tensor) -> Tensor:
    left, right, spine = children.unbind(-2)
    return sixd_to_matrix(torch.cat([left - right, spine - (left + right) / 2], -1))


def _offsets(like: Tensor) -> Tensor:
    return _offsets_on(like.device).to(like.dtype)


@lru_cache
def _offsets_on(device: torch.device) -> Tensor:
    return torch.tensor(WHOLE_BODY.offsets[:BODY_JOINTS], dtype=torch.float32, device=device)


def _velocities(features: Tensor) -> Tensor:
    """The body joints' (..., J, 3) [m/s] of unnormalised features (..., D)."""
    return features[..., SLICES["velocities"]].unflatten(-1, (-1, 3))[..., :BODY_JOINTS, :]


assert sum(mask.sum() for mask in GROUPS.values()) == WIDTH
