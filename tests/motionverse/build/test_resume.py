"""A build that is killed anywhere goes on and ends with the same bytes; nothing of it is left lying about."""

import multiprocessing
import os
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from motionverse import build
from motionverse.errors import MotionError
from tests import forge
from tests.motionverse.build import corpora

FORK = "fork" in multiprocessing.get_all_start_methods()
pytestmark = pytest.mark.skipif(not FORK, reason="these tests kill forks of this process")
CHANGES = {"open", "os.rename", "os.remove", "os.mkdir", "os.rmdir"}


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    """The store of a build that nobody disturbed, and how often it touched the file system."""
    store = tmp_path_factory.mktemp("whole") / "store"
    touched = multiprocessing.get_context("fork").Value("i", 0)
    assert forked(built, data, store, touched, 0) == 0
    return store, touched.value


def forked(function, *arguments) -> int:
    """The exit code of a function in a process of its own."""
    process = multiprocessing.get_context("fork").Process(target=function, args=arguments)
    process.start()
    process.join()
    return process.exitcode or 0


def built(data: Path, store: Path, touched, fatal: int, sources=None, overwrite: bool = False) -> None:
    """Build, counting what happens to files beside the store; at the `fatal`-th time this process is killed."""

    def watch(event: str, arguments: tuple) -> None:
        if event in CHANGES and str(store.parent) in str(arguments[0]):
            touched.value += 1
            if touched.value == fatal:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.addaudithook(watch)
    build.build(data, store, sources, workers=1, chunk=corpora.CHUNK, overwrite=overwrite)


def points(last: int) -> list[int]:
    """Five moments of a build: early, in the middle, and two where the result is being moved into place."""
    rng = np.random.default_rng(7)
    return [
        *(int(n) for n in rng.integers(2, last - 12, 3)),
        *(last - int(n) for n in rng.choice(range(3, 12), 2, False)),
    ]


@pytest.mark.parametrize("which", range(5))
def test_killed_anywhere_a_build_goes_on_to_the_same_bytes(data, whole, tmp_path, which):
    store, last = whole
    mine, touched = tmp_path / "store", multiprocessing.get_context("fork").Value("i", 0)
    assert forked(built, data, mine, touched, points(last)[which]) == -signal.SIGKILL
    told: list[str] = []
    report = build.build(data, mine, workers=1, chunk=corpora.CHUNK, notice=told.append)
    assert corpora.content(mine) == corpora.content(store) and not corpora.left_beside(mine)
    assert not report.missing and (len(told) == 1) == (report.resumed > 0 or "in place" in "".join(told))


def test_a_store_that_is_replaced_is_there_or_its_successor_is(tmp_path):
    """Killed at each of the moments around the exchange: the old store, or the new one, or what the next build needs to go on."""
    for k in range(2):
        (tmp_path / str(k)).mkdir()
        forge.walk(1.0, turn=k).save(tmp_path / str(k) / "walk.bvh")
    store, touched = tmp_path / "place" / "store", multiprocessing.get_context("fork").Value("i", 0)
    store.parent.mkdir()
    build.build(tmp_path / "0", store, ["folder"], workers=1)
    assert forked(built, tmp_path / "1", store, touched, 0, ["folder"], True) == 0
    new, last, gone = corpora.content(store), touched.value, 0
    for before in range(1, 12):
        build.build(tmp_path / "0", store, ["folder"], workers=1, overwrite=True)
        old, touched.value = corpora.content(store), 0
        assert forked(built, tmp_path / "1", store, touched, last - before, ["folder"], True) == -signal.SIGKILL
        gone += not store.exists()
        assert not store.exists() or corpora.content(store)["shard-00000.bin"] in (
            old["shard-00000.bin"],
            new["shard-00000.bin"],
        )
        build.build(tmp_path / "1", store, ["folder"], workers=1, overwrite=True)
        assert corpora.content(store) == new and not corpora.left_beside(store)
    assert gone == 1  # one of the moments was the one between the two renames


def test_killed_with_its_workers(data, whole, tmp_path):
    mine = tmp_path / "store"
    process = multiprocessing.get_context("fork").Process(
        target=build.build, args=(data, mine), kwargs={"workers": 2, "chunk": corpora.CHUNK}
    )
    process.start()
    until = time.monotonic() + 60
    while len(list(tmp_path.glob(".store-build/*.part"))) < 2 and process.is_alive():
        assert time.monotonic() < until
        time.sleep(0.002)
    process.kill()
    process.join()
    build.build(
        data, mine, workers=2, chunk=corpora.CHUNK, overwrite=mine.exists()
    )  # exists where it was too quick for us
    assert corpora.content(mine) == corpora.content(whole[0]) and not corpora.left_beside(mine)


def test_progress_counts_what_was_done_before(data, whole, tmp_path):
    mine, touched = tmp_path / "store", multiprocessing.get_context("fork").Value("i", 0)
    forked(built, data, mine, touched, whole[1] // 3)
    parts = len(list(tmp_path.glob(".store-build/[!.]*.part")))
    done: list[int] = []
    notes: list[str] = []
    build.build(
        data, mine, workers=1, chunk=corpora.CHUNK, progress=lambda n, total, _: done.append(n), notice=notes.append
    )
    assert 0 < parts < 6 and done[0] == parts * corpora.CHUNK and done[-1] == corpora.CLIPS and sorted(done) == done
    assert notes == [f"resuming: {parts} of 6 parts done"]


def test_parts_of_another_build_are_not_thrown_away_unasked(data, whole, tmp_path):
    mine, touched = tmp_path / "store", multiprocessing.get_context("fork").Value("i", 0)
    forked(built, data, mine, touched, whole[1] // 2)
    parts = sorted(tmp_path.glob(".store-build/[!.]*.part"))
    with pytest.raises(
        MotionError, match=r"unfinished build with other data, settings or code left \d+ parts.*--overwrite"
    ):
        build.build(data, mine, workers=1, chunk=corpora.CHUNK, licence="commercial")
    assert sorted(tmp_path.glob(".store-build/[!.]*.part")) == parts
    build.build(data, mine, workers=1, chunk=corpora.CHUNK, licence="commercial", overwrite=True)
    assert corpora.content(mine) != corpora.content(whole[0]) and not corpora.left_beside(mine)


def test_a_damaged_part_is_made_anew(data, whole, tmp_path):
    mine, touched = tmp_path / "store", multiprocessing.get_context("fork").Value("i", 0)
    forked(built, data, mine, touched, whole[1] // 2)
    part = sorted(tmp_path.glob(".store-build/[!.]*.part"))[0]
    data_of_part = bytearray(part.read_bytes())
    data_of_part[-7] ^= 1
    part.write_bytes(data_of_part)
    with pytest.raises(MotionError, match="damaged, and removed; run the same build again"):
        build.build(data, mine, workers=1, chunk=corpora.CHUNK)
    build.build(data, mine, workers=1, chunk=corpora.CHUNK)
    assert corpora.content(mine) == corpora.content(whole[0])


def test_two_builds_of_one_store_at_a_time_are_one_too_many(data, tmp_path, monkeypatch):
    from motionverse.build import folder

    monkeypatch.setattr(folder, "WAIT", 0.1)
    with (
        folder.BuildFolder(tmp_path / "store").opened(),
        pytest.raises(MotionError, match="another build is writing"),
    ):
        build.build(data, tmp_path / "store", workers=1)
    assert not corpora.left_beside(tmp_path / "store")
