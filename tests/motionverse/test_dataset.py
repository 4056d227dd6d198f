"""Windows: deterministic, equal to encoding that stretch of the clip, with words that fit it; and the batch they make."""

import dataclasses
import pickle
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import torch

from motionverse import tomato
from motionverse.batch import collate
from motionverse.clip import Caption, Clip
from motionverse.dataset import ANY, WindowDataset, stats_of
from motionverse.errors import MotionError
from motionverse.parts import CELLS
from motionverse.resample import at_times, low_pass
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY
from motionverse.stats import Stats
from motionverse.store import Store, Writer
from tests import forge

BODY = np.arange(len(WHOLE_BODY)) < BODY_JOINTS
CAPTIONS = (
    Caption("a person raises the left hand", 0.0, 2.0),
    Caption("a person sits down", 4.0, 8.0),
    Caption("someone moves"),
)


class Words:
    """Stands in for the text encoder: as many tokens as words."""

    def tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        return [np.ones((len(text.split()), 384), np.float32) for text in texts]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    path, stats = tmp_path_factory.mktemp("data") / "store", Stats()
    with Writer(path) as writer:
        for k, seconds in enumerate((8.0, 1.5, 20.0)):
            motion = forge.motion(seconds, fps=(30.0, 24.0, 60.0)[k], seed=k)
            if k < 2:
                motion = motion.with_(
                    rotations=np.where(BODY[:, None, None], motion.rotations, np.eye(3)), observed=BODY
                )
            else:
                motion = motion.with_(
                    face=np.random.default_rng(0).normal(size=(motion.frames, 50)), rotation_source="ik"
                )
            stats.update(tomato.encode(motion)[0], np.append(motion.present, motion.face is not None))
            captions = CAPTIONS if k == 0 else ()
            writer.add(
                Clip(motion, f"clip-{k}", "large" if k else "small", "unknown", f"p{k}", captions, split="train")
            )
        writer.close(stats)
    return Store(path)


def dataset(store: Store, **options: object) -> WindowDataset:
    return WindowDataset(store, stats_of(store), Words(), **options)  # type: ignore[arg-type]


def test_statistics_come_with_the_store_or_are_missed(store: Store, tmp_path: Path) -> None:
    assert stats_of(store).count.max() > 0
    with Writer(tmp_path / "bare") as writer:
        writer.add(Clip(forge.motion(), "a", "s", "unknown", "p"))
    with pytest.raises(MotionError, match="no feature statistics"):
        stats_of(Store(tmp_path / "bare"))


@pytest.mark.parametrize("kept", [(), (15.0,)])
@pytest.mark.parametrize("mirror", [0.0, 1.0])
@pytest.mark.parametrize("index", [0, 2])
def test_a_window_is_the_encoding_of_that_stretch(
    store: Store, kept: tuple[float, ...], mirror: float, index: int
) -> None:
    made = dataset(store, kept=kept, mirror=mirror).window(index, seed=5, fps=15.0, seconds=3.0)
    clip = store.motion(index).mirror() if mirror else store.motion(index)
    # encoded within the longer stretch around it, so that the spline's ends lie elsewhere
    around = np.arange(-20, 45 + 20) / 15 + made.start
    inside = (around >= 0) & (around <= clip.times[-1])
    encoded, _ = tomato.encode(at_times(low_pass(clip, 0.9 * 7.5), around[inside], 15.0))
    first = int(inside[:20].sum())
    stats, truth = stats_of(store), encoded[first : first + 45]
    expected = stats.normalise(truth, made.cells)
    assert made.features.shape == (45, tomato.WIDTH) and made.seconds == 3.0
    assert made.mirrored == bool(mirror)
    inner = slice(3, -3)  # the clip's own ends are treated otherwise
    np.testing.assert_allclose(made.features[inner], expected[inner], atol=0.02)
    assert np.sqrt(np.mean((made.features - expected) ** 2)) < 0.01


def test_where_memory_is_short_or_the_order_differs_windows_are_the_same(store: Store) -> None:
    keys = [(index, seed, fps, 2.0) for index in range(3) for seed in range(4) for fps in (12.0, 15.0)]
    roomy, tight = dataset(store, kept=[15.0]), dataset(store, kept=[15.0], memory=1)
    other = pickle.loads(pickle.dumps(roomy))
    there = {key: roomy[key] for key in keys}
    for key in reversed(keys):
        for again in (tight[key], other[key]):
            np.testing.assert_array_equal(again.features, there[key].features)
            assert (again.caption, again.start, again.mirrored) == (
                there[key].caption,
                there[key].start,
                there[key].mirrored,
            )


@pytest.mark.parametrize("fps", [15.0, 75.0])
def test_of_a_long_clip_a_window_reads_its_surroundings_alone(
    store: Store, fps: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_start = sorted(range(400), key=lambda seed: np.random.default_rng((seed, 2)).random(3)[1])
    keys = [(2, seed, fps, 0.5) for seed in (*by_start[:5], *by_start[5:-5:20], *by_start[-5:])]
    whole = [dataset(store, mirror=0.5)[key] for key in keys]
    monkeypatch.setattr("motionverse.dataset.LONG", 100)
    monkeypatch.setattr(Store, "motion", None)
    parts = [dataset(store, mirror=0.5)[key] for key in keys]
    assert min(window.start for window in whole) < 0.1 and max(window.start for window in whole) > 19.4  # the ends too
    for one, two in zip(whole, parts, strict=True):
        assert (one.start, one.mirrored) == (two.start, two.mirrored)
        np.testing.assert_array_equal(one.cells, two.cells)
        np.testing.assert_allclose(one.features, two.features, atol=2e-4)


def test_seeds_vary_start_mirroring_and_words(store: Store) -> None:
    windows = [dataset(store)[0, seed, 15.0, 2.0] for seed in range(60)]
    assert len({w.start for w in windows}) == 60
    assert min(w.start for w in windows) < 0.6 and max(w.start + w.seconds for w in windows) > 7.4
    assert 15 < sum(w.mirrored for w in windows) < 45
    for w in windows:
        if "hand" in w.caption:
            assert ("right hand" in w.caption) == w.mirrored and w.start < 1.5
        if "sits" in w.caption:
            assert w.start + w.seconds > 4.5
        assert len(w.text) == len(w.caption.split())
    assert len({w.caption for w in windows}) == 4


def test_texts_are_all_that_windows_may_say(store: Store) -> None:
    texts = dataset(store).texts()
    assert "a person raises the right hand" in texts and "a person raises the left hand" in texts
    assert {dataset(store)[0, seed, 15.0, 2.0].caption for seed in range(40)} <= set(texts)
    assert "a person raises the right hand" not in dataset(store, mirror=0.0).texts()


def test_a_short_clip_comes_whole_and_uncaptioned_text_is_empty(store: Store) -> None:
    whole = dataset(store)[1, 0, 24.0, 10.0]
    assert whole.features.shape[0] == 36 and whole.start == 0.0
    assert whole.caption == "" and whole.text.shape == (0, 384)
    assert dataset(store, fps=12.0, seconds=0.5)[2].features.shape[0] == 6


def test_absent_cells_are_masked_and_zero(store: Store) -> None:
    body, face = dataset(store)[0, 0], dataset(store)[2, 0]
    np.testing.assert_array_equal(body.cells, np.append(BODY, False))
    assert not body.features[:, ~body.cells[tomato.FEATURE_CELL]].any()
    assert face.cells.all() and face.features[:, tomato.SLICES["face"]].any()
    assert (body.kind, face.kind) == (0, 1)


def test_dataset_ids_follow_the_names_given(store: Store) -> None:
    plain = dataset(store)
    assert plain.datasets == (ANY, "large", "small")
    assert [plain[k, 0].dataset for k in range(3)] == [2, 1, 1]
    assert [dataset(store, datasets=(ANY, "elsewhere", "large"))[k, 0].dataset for k in range(3)] == [0, 2, 2]


@pytest.mark.parametrize(("fps", "seconds"), [(-1.0, 1.0), (15.0, 0.0), (15.0, float("nan"))])
def test_bad_rates_and_lengths_are_refused(store: Store, fps: float, seconds: float) -> None:
    with pytest.raises(MotionError, match="window"):
        dataset(store)[0, 0, fps, seconds]


def test_a_batch_pads_and_masks(store: Store) -> None:
    windows = [dataset(store)[0, 1, 15.0, 2.0], dataset(store)[1, 0, 10.0, 2.0], dataset(store)[2, 0, 20.0, 2.0]]
    batch = collate(windows)
    assert len(batch) == 3 and batch.features.shape == (3, 40, tomato.WIDTH) and batch.features.dtype == torch.float32
    assert batch.frames.sum(1).tolist() == [30, 15, 40]
    assert batch.cells.shape == (3, CELLS) and batch.cells.dtype == torch.bool
    assert not batch.features[~batch.frames].any()
    for k, w in enumerate(windows):
        np.testing.assert_array_equal(batch.features[k, : len(w.features)].numpy(), w.features)
        np.testing.assert_allclose(batch.times[k].numpy(), np.arange(40) / w.fps, rtol=1e-6)
    assert batch.seconds.tolist() == [2.0, 1.5, 2.0] and batch.fps.tolist() == [15.0, 10.0, 20.0]
    assert batch.text_mask.sum(1).tolist() == [len(w.text) for w in windows] and batch.text.shape[2] == 384
    assert (batch.dataset.tolist(), batch.kind.tolist()) == ([2, 1, 1], [0, 0, 1])
    assert batch.names == ("clip-0", "clip-1", "clip-2") and batch.captions[0] == windows[0].caption
    assert batch.to("cpu").text_mask.equal(batch.text_mask)
    assert collate(windows[1:]).text.shape[1] == 1  # no words anywhere: one masked place
    with pytest.raises(MotionError, match="no windows"):
        collate([])
    wide = dataclasses.replace(windows[0], text=np.ones((2, 768), np.float32))
    assert collate([windows[1], wide]).text.shape == (2, 2, 768)  # another text encoder; windows without words fit it
    with pytest.raises(MotionError, match=r"text embeddings of \[384, 768\]"):
        collate([windows[0], wide])


def test_windows_are_counted_from_the_end_too(store: Store) -> None:
    data = dataset(store)
    np.testing.assert_array_equal(data[-1, 3].features, data[2, 3].features)
    for index in (3, -4):
        with pytest.raises(IndexError, match="of 3"):
            data[index]
