"""What a step shows: which clips, with which streams; the same whoever asks, and as before for those who ask for nothing new."""

import json
import wave
import zlib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from lmm.train import curriculum, feed, recipe
from lmm.train.choice import Choice, dealt
from lmm.train.curriculum import CurriculumConfig
from lmm.train.feed import Feed
from lmm.train.recipe import DataConfig
from motionverse import tomato
from motionverse.clip import Audio, Caption, Clip
from motionverse.dataset import WindowDataset, stats_of
from motionverse.errors import MotionError
from motionverse.features import music, speech
from motionverse.features.cache import DIGEST, Cache
from motionverse.features.signals import SIGNALS
from motionverse.features.track import Track
from motionverse.stats import Stats
from motionverse.store import Store, Writer
from tests import forge

SOUNDS = {"music": music.NAMES, "speech": speech.NAMES}
SHOWS = {"text": 0.4, "keypoints": 0.2, "music": 0.2, "speech": 0.2, "music+keypoints": 0.0}
MIXED = CurriculumConfig(frames=96, lengths=[16, 24], shows=SHOWS, ramp_steps=10)


class Words:
    def tokens(self, texts):
        return [np.ones((2, 384), np.float32) for _ in texts]


def recording(place: Path, seed: int) -> Path:
    with wave.open(str(place), "wb") as file:
        file.setparams((1, 2, 16000, 0, "NONE", ""))
        file.writeframes(np.random.default_rng(seed).integers(-999, 999, 800, np.int16).tobytes())
    return place


@pytest.fixture(scope="module")
def dataset(tmp_path_factory) -> WindowDataset:
    """Twelve clips without sound, six that music and six that speech was laid under, of 0.8 to 4 s."""
    folder, stats, cache = tmp_path_factory.mktemp("data"), Stats(), {}
    with Writer(folder / "store") as writer:
        for source, kind in (("forged", ""), ("other", ""), ("music_pairs", "music"), ("speech_pairs", "speech")):
            for k in range(6):
                motion = forge.walk(0.8 + 0.64 * k, speed=0.8 + 0.1 * k)
                stats.update(tomato.encode(motion)[0])
                audio = (Audio(kind, kind, recording(folder / f"{kind}{k}.wav", k), 0.5),) if kind else ()
                split = "validation" if k == 3 else "train"
                writer.add(
                    Clip(
                        motion, f"{source}/{k}", source, "cmu", f"p{k}", (Caption("a walk"),), split=split, audio=audio
                    )
                )
        writer.close(stats)
    store, cache = Store(folder / "store"), Cache(folder / "sounds")
    for record in store.records:
        for sound in record.audio:
            cache.kept(sound.sha256[:DIGEST], SIGNALS[sound.kind].encoder, lambda kind=sound.kind: forged_track(kind))
    return WindowDataset(store, stats_of(store), Words(), kept=(15.0,), sounds=cache)


def forged_track(kind: str) -> Track:
    """Every channel the time [s], but the first, which stands still."""
    times = np.arange(600) / 60
    values = np.repeat(times[:, None], len(SOUNDS[kind]), 1).astype(np.float32)
    values[:, 0] = 7.0
    events = (
        {"onset": np.arange(0.0, 10, 0.25), "beat": np.arange(0.0, 10, 0.5)}
        if kind == "music"
        else {"stress": np.arange(0.0, 10, 0.7)}
    )
    return Track(times, values, SOUNDS[kind], SIGNALS[kind].encoder, events)


def made(dataset: WindowDataset, config: CurriculumConfig = MIXED, data: DataConfig | None = None) -> Feed:
    return Feed(dataset, stats_of(dataset.store), config, data or DataConfig(workers=0), 3, "train")


def sources(names) -> set[str]:
    return {name.split("/")[0] for name in names}


def test_what_was_drawn_before_streams_came_is_drawn_still(dataset):
    config, told = CurriculumConfig(frames=96, lengths=[16, 24]), []
    for step in (0, 1, 7, 1999, 70000):
        told.append(curriculum.window(CurriculumConfig(), 3, step))
        for clip in range(6):
            d = curriculum.draw(CurriculumConfig(), 3, step, clip, (30.0, 120.0, 12.5)[clip % 3])
            kept = [d.kept[name] for name in ("text", "music", "speech", "keypoints")]
            told.append((repr(d.rate), d.frames, repr(d.level), d.form, kept, d.generic, d.seed))
    assert zlib.crc32(json.dumps(told).encode()) == 3547582951
    named = made(dataset, config, DataConfig(weights={"forged": 1.0, "other": 0.5}))
    assert zlib.crc32(" ".join(" ".join(named[step].names) for step in range(8)).encode()) == 190015228


def test_steps_without_sound_never_draw_the_pairs_unless_they_are_named(dataset):
    seen = made(dataset, replace(MIXED, shows={"text": 0.5, "keypoints": 0.5}))
    assert sources(name for step in range(30) for name in seen[step].names) == {"forged", "other"}
    named = made(dataset, replace(MIXED, shows={"text": 1.0}), DataConfig(weights={"forged": 0.5, "music_pairs": 0.5}))
    assert sources(name for step in range(30) for name in named[step].names) == {"forged", "music_pairs"}
    assert {row["name"] for row in named.facts()["recordings"]} == {"music"} and not seen.facts()["recordings"]


@pytest.mark.parametrize("weights", [{}, {"forged": 1.0}])
def test_a_step_shows_one_set_of_streams_and_all_its_clips_have_them(dataset, weights):
    mixed = made(dataset, data=DataConfig(weights=weights))
    plain = {"forged"} if weights else {"forged", "other"}
    of = {"text": plain, "keypoints": plain, "music": {"music_pairs"}, "speech": {"speech_pairs"}}
    seen = set()
    for step in range(60):
        shown, shows = mixed[step], curriculum.shown(MIXED, 3, step)
        timed = curriculum.timed(shows)
        assert set(shown.conditions.streams) == {"text", *timed} and sources(shown.names) <= of[shows]
        seen.add(shows)
        for name in timed:
            stream = shown.conditions.streams[name]
            assert stream.mask.any(1).all() and stream.tokens.shape[2] == SIGNALS[name].width
            assert stream.times is not None and (stream.times[:, 0] == 0).all()
    assert seen == {"text", "keypoints", "music", "speech"}


def test_clips_with_sound_have_a_temperature_of_their_own(dataset):
    config = replace(MIXED, shows={"music": 1.0})
    data = DataConfig(temperature=0.0, sound_temperature=1.0, weights={"forged": 1.0})
    ((group, share),) = Choice(dataset.store.records, config, data, 3, "train").groups["music"]
    seconds = dataset.store.records.seconds[group.indices].clip(1.0)
    assert share == pytest.approx(1.0) and np.allclose(group.probabilities, seconds / seconds.sum())


def test_streams_are_dropped_each_for_itself_and_the_text_more_often_beside_them():
    config = replace(MIXED, shows={"speech": 1.0}, drop=0.2, drop_text_beside=0.6)
    draws = [curriculum.draw(config, 0, step, clip, 30.0) for step in range(60) for clip in range(30)]
    text, speech_ = (np.array([draw.kept[name] for draw in draws]) for name in ("text", "speech"))
    assert abs(text.mean() - 0.4) < 0.04 and abs(speech_.mean() - 0.8) < 0.04
    assert abs((text & speech_).mean() - 0.32) < 0.04
    alone = [curriculum.draw(replace(config, shows={"text": 1.0}), 0, step, 0, 30.0) for step in range(900)]
    assert abs(np.mean([draw.kept["text"] for draw in alone]) - 0.8) < 0.04


def test_a_dropped_stream_is_absent(dataset):
    never = made(dataset, replace(MIXED, shows={"music": 1.0}, drop=1.0, drop_text_beside=1.0))[0].conditions.streams
    assert not never["music"].present.any() and not never["text"].present.any()
    always = made(dataset, replace(MIXED, shows={"music": 1.0}, drop=0.0, drop_text_beside=0.0))[0].conditions.streams
    assert always["music"].present.all() and always["text"].present.all()


@pytest.mark.parametrize("pool", [1, 3])
def test_batches_are_functions_of_the_step_whoever_makes_them(dataset, pool):
    config = replace(MIXED, pool=pool)
    ahead = feed.loader(made(dataset, config), 2, DataConfig(workers=2))
    here, late = made(dataset, config), made(dataset, config)
    for step in range(2, 12):
        one, two = next(ahead), here[step]
        assert one.names == two.names and torch.equal(one.clean, two.clean) and torch.equal(one.level, two.level)
        assert all(torch.equal(s.tokens, two.conditions.streams[n].tokens) for n, s in one.conditions.streams.items())
    assert late[11].names == here[11].names


def test_a_pool_shows_what_was_drawn_together_once_each_and_pads_less(dataset):
    def padded(pool: int) -> float:
        each = made(dataset, replace(MIXED, shows={"text": 1.0}, frames=240, lengths=[48], pool=pool))
        frames = [each[step].conditions.frames for step in range(36)]
        return 1 - sum(int(f.sum()) for f in frames) / sum(f.numel() for f in frames)

    assert padded(6) < 0.6 * padded(1)
    config = replace(MIXED, shows={"text": 1.0}, pool=4)
    choice = Choice(dataset.store.records, config, DataConfig(), 3, "train")
    steps = [choice[step] for step in range(0, 16, 4)]  # those that share a pool
    count, _ = curriculum.window(config, 3, 0)
    (group, _), *rest = choice.groups["text"]
    assert not rest
    assert sorted(c for s in steps for c in s.clips.tolist()) == sorted(group.draw(3, 0, 4 * count).tolist())
    assert len({d.seed for s in steps for d in s.draws}) == 4 * count


def test_parts_are_about_as_long_and_none_is_empty():
    lengths = np.random.default_rng(0).integers(5, 100, 80)
    parts = dealt(lengths, 5)
    assert sorted(np.concatenate(parts).tolist()) == list(range(80))
    assert max(lengths[p].sum() for p in parts) < 1.4 * min(lengths[p].sum() for p in parts)
    assert all(lengths[a].max() <= lengths[b].min() for a, b in zip(parts, parts[1:], strict=False))
    assert [len(part) for part in dealt(np.array([1, 1, 100]), 3)] == [1, 1, 1]
    assert [len(part) for part in dealt(np.array([1, 1, 1, 1, 50, 100]), 3, 2)] == [2, 2, 2]
    assert dealt(lengths, 1)[0].tolist() == list(range(80))


def test_each_kind_is_validated_by_itself(dataset):
    mixed = made(dataset)
    for shows, source in (("text", {"forged", "other"}), ("music", {"music_pairs"}), ("speech", {"speech_pairs"})):
        (shown, *_) = fixed = mixed.validation(4, shows)
        assert sources(shown.names) <= source and not any(batch.given.any() for batch in fixed)
        present = {name for name, stream in shown.conditions.streams.items() if stream.present.any()}
        assert present == {shows}
        again = mixed.validation(4, shows)
        assert all(a.names == b.names and torch.equal(a.clean, b.clean) for a, b in zip(fixed, again, strict=True))
    assert mixed.validation(4, "music+speech") == [] and len(mixed.validation(4)) == len(mixed.validation(4, "text"))


def test_statistics_are_of_the_streams_that_are_shown(dataset):
    found = made(dataset).statistics()
    assert {name: len(centre) for name, (centre, _) in found.items()} == {"keypoints": 45, "music": 37, "speech": 46}
    centre, spread = found["speech"]
    assert centre.dtype == spread.dtype == np.float32
    assert centre[0] == 7 and spread[0] == 0  # the channel that stands still
    assert 0.5 < centre[1] < 4.5 and spread[1] > 0.1
    assert made(dataset, replace(MIXED, shows={"text": 1.0})).statistics() == {}


def test_what_cannot_be_shown_is_named(dataset):
    with pytest.raises(MotionError, match=r"curriculum\.shows: 'scent' is no stream"):
        made(dataset, replace(MIXED, shows={"scent": 1.0}))
    config = Path(__file__).parents[3] / "configs" / "journey.yaml"
    with pytest.raises(MotionError, match=r"curriculum\.pool: 0 steps"):
        recipe.read(config, ["curriculum.pool=0"])
    with pytest.raises(MotionError, match=r"curriculum\.shows: .* one must be positive"):
        recipe.read(config, ["curriculum.shows={text: 0.0}"])
    with pytest.raises(MotionError, match=r"'music\+speech': no clip of the train split"):
        made(dataset, replace(MIXED, shows={"music+speech": 1.0}))
