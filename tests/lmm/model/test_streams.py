"""Streams whose tokens have times meet the motion on one clock."""

import torch

from lmm.model.condition import Conditions, Standard, Stream, read_at
from tests.lmm.model import forged

STREAMS = {"text": 12, "music": 6}


def with_music(
    fps: float = 10.0, frames: int = 9, rate: float = 5.0, late: float = 0.0, loud: float = 1.0
) -> Conditions:
    """Music (6 channels) that rises with the time [s] since `late`."""
    known = forged.conditions(frames=frames, fps=fps)
    instants = torch.arange(0, round(frames / fps * rate) + 1) / rate
    values = loud * (instants - late)[None, :, None].expand(2, -1, 6)
    there = torch.ones(2, len(instants), dtype=torch.bool)
    music = Stream(values.contiguous(), there, instants.expand(2, -1).contiguous(), torch.tensor([True, False]))
    return Conditions(**{**vars(known), "streams": {**known.streams, "music": music}})


def test_tokens_are_read_at_the_frames_instants() -> None:
    tokens = torch.arange(4.0)[None, :, None].expand(1, 4, 2).clone()
    tokens[0, 3] = 99.0
    mask = torch.tensor([[True, True, True, False]])
    at = torch.tensor([[-1.0, 0.0, 0.25, 0.5, 1.5, 9.0]])
    found = read_at(tokens, mask, torch.tensor([[0.0, 0.5, 1.5, 2.0]]), at)
    torch.testing.assert_close(found[0, :, 0], torch.tensor([0.0, 0.0, 0.5, 1.0, 2.0, 2.0]))


def test_one_token_alone_is_read_everywhere() -> None:
    found = read_at(torch.full((2, 1, 3), 5.0), torch.ones(2, 1, dtype=torch.bool), torch.zeros(2, 1), torch.rand(2, 7))
    torch.testing.assert_close(found, torch.full((2, 7, 3), 5.0))


def test_an_absent_stream_says_nothing_whatever_it_holds() -> None:
    model = forged.model(streams=STREAMS, timed=["music"])
    loud, quiet = (model(*forged.inputs(), with_music(loud=loud)) for loud in (3.0, 1.0))
    assert not torch.equal(loud[0], quiet[0])
    torch.testing.assert_close(loud[1], quiet[1])


def test_the_stream_is_heard_where_it_sounds() -> None:
    model = forged.model(streams=STREAMS, timed=["music"], stream_layers=0)
    early, late = (model.condition(with_music(late=late)).beside for late in (0.0, 0.3))
    assert early is not None and late is not None
    torch.testing.assert_close(early.shape, late.shape)
    assert (early[0] - late[0]).abs().amax() > 1e-3
    torch.testing.assert_close(early[1], late[1])


def test_a_stream_has_its_own_rate() -> None:
    model = forged.model(streams=STREAMS, timed=["music"], stream_layers=0)
    coarse, fine = (model.conditions(with_music(rate=rate))[2]["music"] for rate in (10.0, 20.0))
    torch.testing.assert_close(coarse, fine, atol=1e-5, rtol=1e-5)


def test_statistics_bring_channels_to_one_spread() -> None:
    standard = Standard(2)
    standard.fit(torch.tensor([3.0, 1.0]), torch.tensor([2.0, 0.0]))
    torch.testing.assert_close(standard(torch.tensor([7.0, 1.0])), torch.tensor([2.0, 0.0]))


def test_a_body_whose_parts_meet_in_the_feed_forward_layer_alone() -> None:
    model = forged.model(body_attention=False, time_attention="plain")
    assert model.blocks[0].attention.split == [16, 16, 16]  # type: ignore[union-attr]
    assert torch.isfinite(model(*forged.inputs(), forged.conditions())).all()


def test_a_stream_tells_the_motion_by_itself() -> None:
    model = forged.model(streams=STREAMS, timed=["music"], guesses=["music"], stream_layers=0)
    early, late = (model.guesses(with_music(late=late))["music"] for late in (0.0, 0.3))
    assert early.shape == (2, 9, 669) and not torch.equal(early[0], late[0])
    torch.testing.assert_close(early[1], late[1])  # absent there
    assert model.guesses(forged.conditions()) == {}


def test_what_is_hidden_begins_from_what_a_stream_tells() -> None:
    model = forged.model(streams=STREAMS, timed=["music"], guesses=["music"], bridge=True, stream_layers=0)
    assert model.trust is not None
    for parameter in (model.read_out.weight, model.read_out.bias, model.trust.weight):
        torch.nn.init.zeros_(parameter)
    torch.nn.init.constant_(model.trust.bias, 0.1)  # trusted wholly: a tenth, ten times
    noisy, given, _, step = forged.inputs()
    told, none = model.guesses(with_music())["music"], torch.zeros(2, 9, 53, dtype=torch.bool)
    answer = model(noisy, given, none, step, with_music())
    cells = torch.as_tensor(forged.FEATURE_CELL).long()
    seen = forged.BODY[cells]
    torch.testing.assert_close(answer[0][:, seen], told[0][:, seen])
    assert not answer[1].any()  # it has no music
    some = none.clone()
    some[:, 4, :22] = True  # a keyframe: it comes out as given, and far from it the stream is believed again
    answer = model(noisy, given, some, step, with_music())[0][:, seen]
    torch.testing.assert_close(answer[4], given[0, 4][seen])
    near, far = ((answer[k] - told[0][k, seen]).abs().mean() for k in (5, 8))
    assert near > far
    torch.nn.init.zeros_(model.trust.bias)
    assert not model(noisy, given, none, step, with_music()).any()  # as it begins to learn
