"""A model with more streams begins with the weights of one with fewer."""

from pathlib import Path

import pytest
import torch

from lmm.model.condition import Stream
from lmm.train.checkpoint import Start
from lmm.train.learner import warm_start
from motionverse.errors import MotionError
from motionverse.stats import Stats
from tests.lmm.model import forged

MORE = {"streams": {"text": 12, "music": 6}, "timed": ["music"], "bridge": True}


def start(model: torch.nn.Module) -> Start:
    return Start(Path("there"), model.state_dict(), Stats(), ("any",))


def test_what_both_have_is_taken_and_the_rest_stays() -> None:
    old, new = forged.model(1), forged.model(2, **MORE)
    own = {name: value.clone() for name, value in new.state_dict().items()}
    warm_start(new, start(old))
    state, before = new.state_dict(), old.state_dict()
    assert all(torch.equal(state[name], value) for name, value in before.items() if state[name].shape == value.shape)
    assert all(torch.equal(state[name], own[name]) for name in state if name not in before)
    warmth = "blocks.0.attention.warmth"
    assert torch.equal(state[warmth][:3], before[warmth]) and torch.equal(state[warmth][3:], own[warmth][3:])


def test_channels_that_a_stream_has_got_since_are_not_heard_at_first() -> None:
    """And weights that were made before them do as they did, whatever the new channels say."""
    old, new = forged.model(1, **MORE), forged.model(2, **MORE | {"streams": {"text": 12, "music": 8}})
    for model, count in ((old, 6), (new, 8)):
        model.get_submodule("conditions.streams.music.standard").fit(
            torch.full((count,), 5.0), torch.full((count,), 7.0)
        )  # type: ignore[operator]
    warm_start(new, start(old))
    told = torch.randn(2, 3, 8)
    heard = [
        model.get_submodule("conditions.streams.music")(
            Stream(
                told,
                torch.ones(2, 3, dtype=torch.bool),
                torch.arange(3.0).expand(2, 3),
                torch.ones(2, dtype=torch.bool),
            )
        )[0]
        for model in (old, new)
    ]
    assert torch.allclose(heard[0], heard[1], atol=1e-6)


def test_weights_that_have_what_the_model_has_not() -> None:
    with pytest.raises(MotionError, match="foreign"):
        warm_start(forged.model(), start(forged.model(**MORE)))


def test_weights_of_another_width() -> None:
    with pytest.raises(MotionError, match="of another model"):
        warm_start(forged.model(), start(forged.model(width=32)))


def test_a_model_with_fewer_layers_and_no_guesses_does_without() -> None:
    old = forged.model(1, **MORE, guesses=["music"])
    new = forged.model(2, **MORE, layers={"music": 0})
    warm_start(new, start(old))
    before = old.state_dict()
    assert all(torch.equal(value, before[name]) for name, value in new.state_dict().items())
    spare = {name.split(".")[1] for name in before.keys() - new.state_dict().keys() if "trust" not in name}
    assert spare == {"streams", "guess"}


def test_statistics_that_were_never_fitted_are_not_taken() -> None:
    old, new = forged.model(1, **MORE), forged.model(2, **MORE)
    standard = new.get_submodule("conditions.streams.music.standard")
    standard.fit(torch.full((6,), 2.0), torch.full((6,), 3.0))  # type: ignore[operator]
    warm_start(new, start(old))
    assert standard.centre[0] == 2 and standard.spread[0] == 3
    old.get_submodule("conditions.streams.music.standard").fit(torch.zeros(6), torch.zeros(6))  # type: ignore[operator]
    assert old.get_submodule("conditions.streams.music.standard").spread[0] == 1  # a channel that stands still
    old.get_submodule("conditions.streams.music.standard").fit(torch.full((6,), 5.0), torch.full((6,), 7.0))  # type: ignore[operator]
    warm_start(new, start(old))
    assert standard.centre[0] == 5 and standard.spread[0] == 7
