"""Motions by more than words: each stream is heard, at its time, and what is asked of streams that are not there is refused."""

from dataclasses import replace

import numpy as np
import pytest
import torch

import lmm
from lmm import directed, recordings, sampling, streams
from lmm.model.condition import Stream
from lmm.model.parts import GUESSED
from lmm.remade import Options
from lmm.request import Request, check
from lmm.tasks import Given
from motionverse.errors import MotionWarning
from motionverse.features import keypoints2d, music, speech
from motionverse.features.text import TextEncoder
from motionverse.features.track import Track
from motionverse.formats import audio
from motionverse.formats.audio import Sound
from tests import forge
from tests.lmm import forged_weights
from tests.lmm.model import forged

TEXT = "a person dances"


def made_up(names, encoder, seed=0, seconds=9.0, rate=30, events=()):
    """A Track of noise, with beats every half second where there are events."""
    times = np.arange(round(seconds * rate)) / rate
    values = np.random.default_rng(seed).normal(size=(len(times), len(names))).astype(np.float32)
    return Track(times, values, names, encoder, {event: np.arange(0.25, seconds, 0.5) for event in events})


SONG = made_up(music.NAMES, music.ENCODER, events=("beat", "onset"))
TALK = made_up(speech.NAMES, speech.ENCODER, seed=1, events=("stress",))
SEEN = keypoints2d.track(keypoints2d.seen_from(forge.walk(9), keypoints2d.random_camera(forge.walk(9), 3)))
ALL = {"music": SONG, "speech": TALK, "keypoints": SEEN}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory):
    place = forged_weights.write(tmp_path_factory.mktemp("weights") / "all", timed=forged_weights.TIMED)
    return lmm.load(place, precision="fp32")


@pytest.fixture
def everything(loaded, monkeypatch):
    monkeypatch.setattr(TextEncoder, "tokens", forged_weights.tokens)
    return loaded


def joints(model, texts=(TEXT,), seconds=1.0, **asked):
    found = model.run(Request(tuple(texts), tuple(range(len(texts))), seconds, **asked)).motions
    return np.stack([motion.joints() for motion in found])


def test_every_stream_is_heard_alone_and_beside_the_others(everything):
    whole = joints(everything, tracks=ALL)
    assert np.array_equal(whole, joints(everything, tracks=ALL))
    for name in ALL:
        others = {other: track for other, track in ALL.items() if other != name}
        assert np.abs(whole - joints(everything, tracks=others)).max() > 1e-4
        alone = joints(everything, [""], tracks={name: ALL[name]})
        assert np.abs(alone - joints(everything, [""], tracks={**others})).max() > 1e-4
    assert np.abs(whole - joints(everything, [""], tracks=ALL)).max() > 1e-4


def test_guidance_is_by_stream_and_told(everything):
    asked = Request((TEXT,), (0,), 1.0, tracks={"music": SONG}, guidance={"music": 6.0})
    assert everything.run(asked).guidance == {"text": 1.5, "music": 6.0}
    pulls = [joints(everything, tracks={"music": SONG}, guidance=g) for g in ({"music": 6.0}, {"text": 6.0}, 6.0, 0.0)]
    assert all(np.abs(a - b).max() > 1e-4 for k, a in enumerate(pulls) for b in pulls[:k])
    assert np.array_equal(pulls[2], joints(everything, tracks={"music": SONG}, guidance={"text": 6.0, "music": 6.0}))


def test_a_motion_without_a_sentence_beside_ones_that_have_one(everything):
    together = joints(everything, [TEXT, "", TEXT], tracks={"keypoints": SEEN})
    alone = everything.run(Request(("",), (1,), 1.0, tracks={"keypoints": SEEN})).motions[0].joints()
    assert np.abs(together[1] - alone).max() < 1e-3


def test_windows_hear_what_is_played_then_and_nothing_after_the_end(everything):
    told = streams.Told(tracks={"speech": TALK})
    later = told.streams(2, 3.0, 2.0)["speech"]
    assert later.tokens.shape == (2, 30, 46) and np.allclose(later.times[1], np.arange(30) / 15)
    assert np.allclose(later.tokens[1, 5, :43], TALK.at(np.array([3 + 5 / 15]))[0]) and bool(later.present.all())
    over = told.streams(2, 8.5, 2.0)["speech"]  # half a second is left
    assert 7 <= int(over.mask[0].sum()) == over.mask.shape[1] <= 9
    gone = told.streams(2, 20.0, 2.0)["speech"]
    assert not bool(gone.present.any()) and not bool(gone.mask.any()) and gone.tokens.shape == (2, 1, 46)


def test_long_motions_follow_their_music_from_window_to_window(everything, monkeypatch):
    """Music that differs after 4 s alone changes what is made after it, and nothing in the windows before."""
    monkeypatch.setattr(everything.published.recipe.curriculum, "lengths", [30])
    values = SONG.values.copy()
    values[SONG.times > 4.1] *= -3
    other = Track(SONG.times, values, SONG.names, SONG.encoder, SONG.events)
    a, b = (joints(everything, [""], 8.0, fps=15.0, tracks={"music": track})[0] for track in (SONG, other))
    apart = np.abs(a - b).max((1, 2))
    assert apart[:30].max() < 1e-3 and apart[75:].max() > 1e-3


def test_completion_takes_streams_too(everything):
    motion = forge.walk(2.0)
    given = Given({"prefix": {"seconds": 0.5}})
    plain, heard = (everything.complete([motion], given, tracks=tracks)[0] for tracks in (None, {"music": SONG}))
    assert len(plain) == len(heard) == 60 and np.abs(plain.joints()[20:] - heard.joints()[20:]).max() > 1e-4


def test_a_timeline_hears_its_music_where_it_is_played(everything):
    """The second sentence begins at 1 s: what is played after 1.2 s changes what is made there, and nothing before."""
    values = SONG.values.copy()
    values[SONG.times > 1.2] *= -3
    other = Track(SONG.times, values, SONG.names, SONG.encoder, SONG.events)
    said = [(0.0, TEXT), (1.0, "a person bows")]
    a, b = (
        directed.timeline(everything, said, 2.0, 15.0, Options(tracks={"music": track})).joints()
        for track in (SONG.later(0.0), other)
    )
    apart = np.abs(a - b).max((1, 2))
    assert apart[:15].max() < 1e-3 and apart[20:].max() > 1e-3


def test_files_are_read_as_the_command_line_does(everything, tmp_path):
    seen = keypoints2d.seen_from(forge.walk(1.0), keypoints2d.random_camera(forge.walk(1.0), 3))
    path = tmp_path / "walk.npz"
    np.savez(path, positions=seen.positions, confidence=seen.confidence, names="points15", fps=30.0, size=seen.size)
    made = everything.generate(keypoints=path, guidance={"keypoints": 3})
    track = keypoints2d.track(seen)
    assert len(made) == 30
    assert np.array_equal(
        made.joints(), joints(everything, [""], tracks={"keypoints": track}, guidance={"keypoints": 3})[0]
    )
    assert len(everything.generate(keypoints=path, starts={"keypoints": 0.4})) == 18
    with pytest.warns(MotionWarning, match="ends 1.00 s after its start; the motion goes on without keypoints"):
        everything.generate(TEXT, keypoints=path, seconds=1.5)


def test_a_stream_that_the_weights_do_not_know_is_told_with_what_they_know(model, tmp_path, monkeypatch):
    place = tmp_path / "weights"
    place.mkdir()
    forged_weights.write(place / "dancer", timed={"music": 37})
    monkeypatch.setenv("LMM_ASSETS", str(tmp_path))
    with pytest.raises(lmm.MotionError, match="know text, and not music; published weights that do: dancer$"):
        model.run(Request((TEXT,), tracks={"music": SONG}))
    with pytest.raises(lmm.MotionError, match="not speech; no published weights do$"):
        model.complete([forge.walk(1)], Given({"prefix": {"seconds": 0.5}}), tracks={"speech": TALK})


@pytest.mark.parametrize(
    ("asked", "said"),
    [({"tracks": {"musik": SONG}}, "did you mean music"), ({"tracks": {"text": SONG}}, "'text' is unknown"),
     ({"guidance": {"music": 2.0}}, "no music is given"), ({"guidance": {"text": -1.0}, "tracks": ALL}, "0 to 50"),
     ({"texts": ("",), "tracks": ALL, "guidance": {"text": 1.0}}, "no text is given"), ({"texts": ("",)}, "no words")],
)  # fmt: skip
def test_what_cannot_be_asked(asked, said):
    with pytest.raises(lmm.MotionError, match=said):
        check(Request(**{"texts": (TEXT,), **asked}))


def test_a_motion_is_as_long_as_the_shortest_of_its_recordings_and_a_minute_at_most(tmp_path):
    heard = {
        name: recordings.Recording(name, tmp_path, 0.0, seconds, SONG)
        for name, seconds in (("music", 90.0), ("speech", 7.5))
    }
    assert (
        recordings.length(heard, None) == 7.5
        and recordings.length(heard, 3.0) == 3
        and recordings.length({}, None) == 4
    )
    with pytest.warns(MotionWarning, match="music: longer than a motion's 60 s; cut there"):
        assert recordings.length({"music": heard["music"]}, None) == 60


def test_sounds_are_heard_together():
    low, high = Sound(np.full(800, 0.7, np.float32), 8000), Sound(np.full(4800, 0.6, np.float32), 48000)
    both = audio.mixed([low, high])
    assert both.rate == 48000 and both.seconds == pytest.approx(0.1, abs=0.01)
    assert np.abs(both.samples).max() <= 1 and np.median(both.samples) == pytest.approx(1, abs=0.05)
    assert audio.mixed([high]).samples is not None and np.array_equal(audio.mixed([high]).samples, high.samples)


def test_answers_are_drawn_towards_what_a_stream_tells_where_it_has_tokens(monkeypatch):
    monkeypatch.setitem(sampling.DRAWN, "music", (0.5, 0.2))
    known = forged.conditions(frames=9, fps=10.0)  # two clips, the second without music
    there = torch.tensor([[True, True, False]] * 2)
    heard = Stream(torch.randn(2, 3, 6), there, torch.tensor([[0.0, 0.2, 0.8]] * 2), torch.tensor([True, False]))
    known = replace(known, streams={**known.streams, "music": heard})
    network = forged.model(streams={"text": 12, "music": 6}, timed=["music"], guesses=["music"])
    given = torch.zeros(2, 9, 53, dtype=torch.bool)
    found = streams.drawn(network, known, given)
    assert found is not None and torch.equal(found.told, network.guesses(known)["music"]) and found.least == 0.2
    weight, body = found.weight.numpy(), np.isin(np.arange(669), GUESSED)
    assert (weight[0, :4, body] == 0.5).all()  # up to 0.3 s: within REACH of the token at 0.2 s
    assert not weight[0, 4:].any() and not weight[0][:, ~body].any() and not weight[1].any()
    assert streams.drawn(forged.model(streams={"text": 12, "music": 6}, timed=["music"]), known, given) is None
    monkeypatch.setattr(streams, "FAR", 0.4)
    given[0, 8, :21] = given[0, 0, :5] = True  # a pose at 0.8 s; less than half of one at 0 s
    near = streams.drawn(network, replace(known, streams={**known.streams, "music": everywhere(heard)}), given)
    assert near is not None
    expected = 0.5 * np.clip((0.8 - np.arange(9) / 10) / 0.4, 0, 1)
    assert np.allclose(near.weight[0][:, body].numpy(), expected[:, None], atol=1e-6)


def everywhere(stream):
    """The same stream with a token every tenth of a second."""
    times = torch.arange(9)[None].expand(2, -1) / 10
    return Stream(torch.randn(2, 9, 6), torch.ones(2, 9, dtype=torch.bool), times, stream.present)
