"""Channels of a stream that are to be heard no more."""

import pytest
import torch

from lmm.model.condition import Stream
from lmm.train.learner import silence
from motionverse.errors import MotionError
from motionverse.features.music import CHANNELS
from tests.lmm.model import forged

TIMBRE = [k for k, name in enumerate(CHANNELS) if name.startswith(("mfcc", "chroma"))]
BEAT = CHANNELS.index("beat_phase_cos")


@torch.no_grad()
def heard(model, channel):
    """How far the answer moves when one channel of the music does."""
    conditions, told = forged.conditions(), torch.randn(2, 9, len(CHANNELS), generator=torch.Generator().manual_seed(3))
    there = torch.ones(2, 9, dtype=torch.bool)
    answers = []
    for shift in (0.0, 3.0):
        values = told.clone()
        values[..., channel] += shift * torch.linspace(-1, 1, 9)
        conditions.streams["music"] = Stream(values, there, conditions.times, there[:, 0])
        answers.append(model(*forged.inputs(), conditions))
    return float((answers[0] - answers[1]).abs().max())


def test_silent_channels_say_nothing_and_the_others_what_they_said():
    model = forged.model(streams={"text": 12, "music": len(CHANNELS)}, timed=["music"])
    assert min(heard(model, TIMBRE[0]), heard(model, BEAT)) > 1e-3
    before = heard(model, BEAT)
    silence(model, {"music": ["mfcc", "chroma"]})
    assert heard(model, TIMBRE[0]) < 1e-3 * before < heard(model, BEAT)
    standard = model.get_submodule("conditions.streams.music.standard")
    assert torch.isfinite(standard.spread.half()).all() and (standard.spread > 1e4).sum() == len(TIMBRE)


@pytest.mark.parametrize(
    ("names", "said"), [({"scent": ["a"]}, "'scent' is no timed stream"), ({"music": ["a"]}, "no channel called a")]
)
def test_what_is_not_there_cannot_be_silenced(names, said):
    model = forged.model(streams={"text": 12, "music": len(CHANNELS)}, timed=["music"])
    with pytest.raises(MotionError, match=said):
        silence(model, names)
