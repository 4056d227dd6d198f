import numpy as np
import pytest
import torch

from lmm.train import loss as terms
from lmm.train.loss import GROUPS, Loss, Target
from lmm.train.recipe import LossConfig
from motionverse import kinematics, tomato
from motionverse.errors import MotionError
from motionverse.parts import CELLS
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.tomato import WIDTH
from tests import forge

MEAN, SCALE = torch.zeros(WIDTH), torch.ones(WIDTH)


def target(clean, cells=None):
    b, t = clean.shape[:2]
    everything = torch.ones(b, CELLS, dtype=torch.bool) if cells is None else cells
    given = torch.zeros(b, t, CELLS, dtype=torch.bool)
    times = torch.arange(t)[None].repeat(b, 1) / 30.0
    return Target(clean, torch.ones(b, t, dtype=torch.bool), everything, given, times, torch.ones(b))


def encoded(seconds=2.0, seed=0):
    motion = forge.motion(seconds=seconds, fps=30, seed=seed)
    return motion, torch.tensor(tomato.encode(motion)[0])[None]


def test_groups_share_the_features_among_them():
    assert (np.stack(list(GROUPS.values())).sum(0) == 1).all()
    assert GROUPS["root"].sum() == 4 and GROUPS["tilt"].sum() == 9


def test_the_truth_costs_nothing():
    _, clean = encoded()
    total, said = Loss(LossConfig(skate=0, motion=0), MEAN, SCALE)(clean, target(clean))
    assert total.item() == pytest.approx(0, abs=1e-6)
    assert said["joints"].item() == pytest.approx(0, abs=1e-6)


def test_a_wide_group_weighs_no_more_than_a_narrow_one():
    clean = torch.zeros(1, 8, WIDTH)
    config = LossConfig(groups={"root": 1.0, "rotations": 1.0}, joints=0, skate=0, motion=0)
    costs = []
    for name in ("root", "rotations"):
        off = clean + torch.tensor(GROUPS[name], dtype=torch.float32)
        costs.append(Loss(config, MEAN, SCALE)(off, target(clean))[0].item())
    assert costs[0] == pytest.approx(0.5) and costs[1] == pytest.approx(0.5)


def test_nothing_is_asked_of_padding_of_absent_cells_or_of_what_is_given():
    clean = torch.randn(2, 8, WIDTH)
    held = target(clean)
    held.frames[:, 5:] = False
    held.cells[:, 22:] = False
    held.given[:, 0] = True
    predicted = clean + 1
    changed = predicted.clone()
    changed[:, 5:] += 100
    changed[:, 0] += 100
    changed[..., tomato.FEATURE_CELL >= 22] += 100
    judge = Loss(LossConfig(joints=0, skate=0, motion=0), MEAN, SCALE)
    assert judge(predicted, held)[0].item() == pytest.approx(judge(changed, held)[0].item())


def test_forward_kinematics_agrees_with_the_data_layer():
    motion = forge.motion(seconds=1, fps=30, seed=3)
    local = torch.tensor(motion.rotations[:, 1:BODY_JOINTS], dtype=torch.float32)
    placed = terms.forward(
        local, torch.tensor(motion.rotations[:, 0], dtype=torch.float32), torch.tensor(motion.root, dtype=torch.float32)
    )
    expected = kinematics.forward(WHOLE_BODY, motion.rotations, motion.root)[0][:, :BODY_JOINTS]
    assert np.abs(placed.numpy() - expected).max() < 1e-5


def test_the_pelvis_is_recovered_from_its_children():
    rotation = torch.linalg.qr(torch.randn(5, 3, 3))[0]
    rotation = rotation * torch.linalg.det(rotation)[:, None, None]
    rest = torch.tensor(WHOLE_BODY.offsets[list(WHOLE_BODY.children[0])], dtype=torch.float32)
    assert torch.allclose(terms.pelvis_rotation(rest @ rotation.mT), rotation, atol=1e-5)


def test_velocities_agree_with_positions_and_root_in_a_real_encoding():
    _, clean = encoded()
    _, said = Loss(LossConfig(), MEAN, SCALE)(clean, target(clean))
    wrong = clean.clone()
    wrong[..., tomato.SLICES["planar_velocity"]] += 1.0
    _, worse = Loss(LossConfig(), MEAN, SCALE)(wrong, target(clean))
    assert said["motion"] < 0.02 < worse["motion"]


def test_sliding_feet_cost():
    _, clean = encoded()
    held = target(clean)
    at_rest = clean.clone()
    at_rest[..., tomato.SLICES["velocities"]] = 0  # every foot stands
    held.clean = at_rest
    sliding = clean.clone()
    sliding[..., tomato.SLICES["planar_velocity"]] += 1.0
    judge = Loss(LossConfig(), MEAN, SCALE)
    assert judge(sliding, held)[1]["skate"] > judge(clean, held)[1]["skate"]


def test_gradients_are_finite_even_at_degenerate_rotations():
    predicted = torch.zeros(1, 8, WIDTH, requires_grad=True)
    _, clean = encoded(8 / 30)
    Loss(LossConfig(), MEAN, SCALE)(predicted, target(clean))[0].backward()
    assert predicted.grad is not None and torch.isfinite(predicted.grad).all()


def test_an_unknown_group_is_named():
    with pytest.raises(MotionError, match="wings"):
        Loss(LossConfig(groups={"wings": 1.0}), MEAN, SCALE)


@pytest.mark.parametrize("snr_cap", [0.0, 5.0])
def test_pieces_of_a_batch_cost_together_what_it_costs(snr_cap):
    motions = [encoded(seed=seed)[1] for seed in range(5)]
    whole = target(torch.cat(motions))
    whole.keep = torch.linspace(0.1, 0.95, 5)
    whole.cells[3, 22:] = False
    whole.frames[1, 40:] = False
    whole.given[2, :7] = True
    predicted = (whole.clean + 0.3 * torch.randn(whole.clean.shape)).requires_grad_()
    judge = Loss(LossConfig(snr_cap=snr_cap, balance=0, pulse=0.5), MEAN, SCALE)
    total, said = judge(predicted, whole)
    (gradient,) = torch.autograd.grad(total, predicted)
    shares = [slice(0, None, 2), slice(1, None, 2)]  # as two ranks have them
    parts = [Target(*(value[rows] for value in vars(whole).values())) for rows in shares]
    counts = _counted_together(judge, parts)
    costs = [judge(predicted[rows], part, 0.0, counts) for rows, part in zip(shares, parts, strict=True)]
    assert sum(cost.item() for cost, _ in costs) == pytest.approx(total.item(), rel=1e-5)
    for name, value in said.items():
        assert sum(terms[name].item() for _, terms in costs) == pytest.approx(value.item(), rel=1e-5, abs=1e-7)
    (again,) = torch.autograd.grad(torch.stack([cost for cost, _ in costs]).sum(), predicted)
    assert torch.allclose(again, gradient, rtol=1e-4, atol=1e-8)
    apart = [judge(predicted[rows], part)[0].item() for rows, part in zip(shares, parts, strict=True)]
    assert sum(apart) / 2 != pytest.approx(total.item(), rel=1e-3)  # the mean of two means is another number


def _counted_together(judge, parts):
    """What two ranks count together: each waits for the other's sums, here one after the other."""
    sums = [[], []]
    for _ in range(3):  # the second sum needs the first, so it is right from the second round on
        said = [list(row) for row in sums]
        for rank, part in enumerate(parts):
            mine = sums[rank] = []

            def across(value, mine=mine, other=said[1 - rank]):
                mine.append(value.clone())
                place = len(mine) - 1
                return value + other[place] if place < len(other) else value

            counts = judge.counts(part, across)
    return counts


def test_a_pulse_is_when_motion_slows_whatever_its_size():
    _, clean = encoded()
    judge, truth = Loss(LossConfig(groups={}, balance=0, pulse=1.0), MEAN, SCALE), target(clean)

    def pulse(predicted):
        return judge(predicted, truth)[1]["pulse"].item()

    slower = clean.clone()
    root = torch.tensor(GROUPS["root"])
    slower[..., root] = (0.5 * (clean * SCALE + MEAN) - MEAN)[..., root] / SCALE[
        root
    ]  # the way alone: limbs as they were
    assert pulse(clean) == pytest.approx(0, abs=1e-9)
    assert pulse(clean.flip(1)) > 3 * pulse(slower) > 0
    truth.frames[:] = False
    assert pulse(clean.flip(1)) == 0


def test_the_plain_cost_is_the_squared_error_alone():
    _, clean = encoded()
    judge = Loss(LossConfig(groups={"root": 1.0, "rotations": 3.0}), MEAN, SCALE)
    off = clean + torch.tensor(GROUPS["root"] * 2.0 + GROUPS["rotations"], dtype=torch.float32)
    assert judge.plain(off, target(clean)).item() == pytest.approx((1 * 4 + 3 * 1) / 4, rel=1e-4)
    assert judge.plain(clean, target(clean)).item() == pytest.approx(0, abs=1e-6)
