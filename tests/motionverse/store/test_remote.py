"""A store that lies elsewhere: the same clips, and of a window the blocks that it needs alone."""

import pickle
import sys
import uuid
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from motionverse.clip import Audio
from motionverse.errors import MotionError
from motionverse.stats import Stats
from motionverse.store import Store, Writer, layout
from tests import forge
from tests.motionverse.store.test_clips import keypoints
from tests.motionverse.store.test_store import body, clip

fsspec: Any = pytest.importorskip("fsspec", reason="fsspec is in the extra `remote`")


class Counted:
    """Counts the bytes and the requests that a file system serves."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, kind: type) -> None:
        self.bytes = self.requests = 0
        ranges, whole = kind.cat_ranges, kind.cat_file

        def cat_ranges(system: Any, *places: Any, **options: Any) -> list[bytes]:
            self.requests += 1
            return ranges(system, *places, **options)

        def cat_file(system: Any, *place: Any, **options: Any) -> bytes:
            data = whole(system, *place, **options)
            self.bytes += len(data)
            return data

        monkeypatch.setattr(kind, "cat_ranges", cat_ranges)
        monkeypatch.setattr(kind, "cat_file", cat_file)

    def since(self) -> tuple[int, int]:
        told, self.bytes, self.requests = (self.bytes, self.requests), 0, 0
        return told


@pytest.fixture(scope="module")
def near(tmp_path_factory: pytest.TempPathFactory) -> Store:
    folder = tmp_path_factory.mktemp("near")
    (folder / "song.wav").write_bytes(b"RIFF" * 50)
    long = clip(0, body(forge.motion(seconds=120, fps=30.0, seed=0)), keypoints=(keypoints(),))
    with Writer(folder / "store", shard_bytes=600_000, sounds=True) as writer:
        for each in (long, clip(1, audio=(Audio("music", "song", folder / "song.wav"),)), clip(2)):
            writer.add(each)
        writer.close(Stats(np.full(669, 9.0), np.arange(669.0), np.ones(669)))
    return Store(folder / "store")


@pytest.fixture
def url(near: Store) -> str:
    name = f"memory://{uuid.uuid4().hex}/store"
    for row in (*near.manifest.files,):
        fsspec.filesystem("memory").pipe_file(f"{name}/{row.name}", (near.path / row.name).read_bytes())
    fsspec.filesystem("memory").pipe_file(f"{name}/{layout.MANIFEST}", (near.path / layout.MANIFEST).read_bytes())
    return name


def test_a_far_store_is_the_near_one(near: Store, url: str, tmp_path: Path) -> None:
    for far in (Store(url), Store(f"file://{near.path}"), Store(url, cache=tmp_path / "cache"), Store(url, memory=0)):
        assert list(far.records) == list(near.records)
        for k in range(len(near)):
            one, two = far.clip(k), near.clip(k)
            np.testing.assert_array_equal(one.motion.rotations, two.motion.rotations)
            for seen, same in zip(one.keypoints, two.keypoints, strict=True):
                np.testing.assert_array_equal(seen.positions, same.positions)
        far.verify()
        arrays, same = far.stats_arrays(), near.stats_arrays()
        assert arrays is not None and same is not None
        np.testing.assert_array_equal(arrays["mean"], same["mean"])


def test_a_window_reads_its_blocks_alone_in_one_request_and_a_second_look_reads_nothing(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch, type(fsspec.filesystem("memory")))
    store = Store(url)
    assert store.records[0].length > 30 * layout.BLOCK
    counted.since()
    read = store.window(0, 60.0, 2.0)
    took, requests = counted.since()
    own = read.frames * store.records[0].frame_bytes
    assert (
        own <= took <= own + 4 * layout.BLOCK and requests == 1
    )  # two sections, each with a part of a block at either end
    store.window(0, 60.0, 1.0)
    assert counted.since() == (0, 0)
    store.window(0, 61.0, 3.0)
    assert counted.since()[0] <= 3 * layout.BLOCK


def test_opening_reads_tables_and_no_motion(near: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch, type(fsspec.filesystem("memory")))
    store = Store(url)
    _ = store.records[2], store.indices("train")
    part = near.manifest.parts[0]
    manifest = (near.path / layout.MANIFEST).stat().st_size
    assert counted.since()[0] == part.lines.bytes + part.table.bytes + manifest


def test_no_more_is_kept_than_was_allowed(url: str) -> None:
    store = Store(url, memory=3 * layout.BLOCK)
    store.motion(0)
    assert 0 < store._blocks._used <= 3 * layout.BLOCK
    assert store._blocks._used == sum(map(len, store._blocks._held.values()))


def test_with_a_cache_each_shard_comes_once(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch, type(fsspec.filesystem("memory")))
    Store(url, cache=tmp_path).motion(0)
    counted.since()
    again = Store(url, cache=tmp_path)
    again.window(0, 3.0, 1.0)
    assert counted.since()[0] == len(fsspec.filesystem("memory").cat_file(f"{url}/{layout.MANIFEST}"))
    sound = again.records[1].audio[0]
    assert again.sound(sound).read_bytes() == b"RIFF" * 50
    with pytest.raises(MotionError, match="not there"):
        Store(url).sound(sound)


def test_damage_far_away_is_named(url: str, tmp_path: Path) -> None:
    system, shard = fsspec.filesystem("memory"), f"{url}/{layout.shard_name(0)}"
    data = system.cat_file(shard)
    system.pipe_file(shard, data[:-1] + bytes([data[-1] ^ 1]))
    name = max((r for r in Store(url).records if r.shard == 0), key=lambda record: record.offset).name
    far = Store(url)
    with pytest.raises(MotionError, match=rf"memory://.*shard-00000\.bin: damaged in clip {name!r}"):
        far.verify()
    with pytest.raises(MotionError, match=r"shard-00000\.bin: damaged"):
        Store(url, cache=tmp_path).motion(0)
    system.pipe_file(shard, data[:-100])
    with pytest.raises(MotionError, match=rf"damaged in clip {name!r}"):
        Store(url).clip(far.records.named(name)[0])
    system.rm_file(shard)
    with pytest.raises(MotionError, match=r"shard-00000\.bin: cannot be read") as caught:
        Store(url).motion(0)
    assert "\n" not in str(caught.value)


def test_addresses_that_lead_nowhere_are_refused(monkeypatch: pytest.MonkeyPatch, near: Store) -> None:
    with pytest.raises(MotionError, match="memory://nothing: not a motion store"):
        Store("memory://nothing")
    with pytest.raises(MotionError, match="no way to read from there"):
        Store("gopher://store")
    with pytest.raises(MotionError, match="not a folder of this machine"):
        _ = Store(f"file://{near.path}").path
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(MotionError, match=r"pip install 'large-motion-model\[remote\]'"):
        Store("memory://other")


def test_a_far_store_crosses_to_another_process_without_what_it_holds(near: Store) -> None:
    far = Store(f"file://{near.path}")
    far.motion(0)
    carried = pickle.dumps(far)
    assert len(carried) < 20_000
    np.testing.assert_array_equal(pickle.loads(carried).motion(0).root, near.motion(0).root)
