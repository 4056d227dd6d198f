"""Any single byte of any file of a store, flipped, is found and named: the file, and in a shard the clip."""

from pathlib import Path

import numpy as np
import pytest

from motionverse.clip import Audio
from motionverse.errors import MotionError
from motionverse.stats import Stats
from motionverse.store import Store, Writer, layout
from tests.motionverse.store.test_store import clip

FLIPS = 12  # seeded places in each file


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("damage")
    (folder / "song.wav").write_bytes(np.random.default_rng(0).bytes(3000))
    song = Audio("music", "song", folder / "song.wav")
    with Writer(folder / "store", shard_bytes=20_000, sounds=True) as writer:
        for k in range(4):
            writer.add(clip(k, audio=(song,)))
        writer.close(Stats(np.full(669, 9.0), np.arange(669.0), np.ones(669)))
    return folder / "store"


def names(store: Path) -> list[str]:
    return sorted(path.relative_to(store).as_posix() for path in store.rglob("*") if path.is_file())


def test_every_kind_of_file_is_there_and_the_manifest_knows_them_all(store: Path) -> None:
    known = {row.name for row in Store(store).manifest.files} | {layout.MANIFEST}
    assert known == set(names(store))
    assert {name.split("-")[0].split("/")[0] for name in known} == {
        "manifest.json",
        "clips",
        "shard",
        "stats",
        "sounds",
    }
    Store(store).verify()


@pytest.mark.parametrize("kind", ["manifest.json", "clips-00000.jsonl", "clips-00000.npz", "shard", "stats", "sounds"])
def test_a_flipped_byte_is_found_and_named(store: Path, kind: str) -> None:
    rng = np.random.default_rng(sum(kind.encode()))
    whole = Store(store)
    for name in (name for name in names(store) if name.startswith(kind)):
        data = (store / name).read_bytes()
        for place in [0, len(data) - 1, *rng.integers(len(data), size=FLIPS)]:
            flipped = bytearray(data)
            flipped[place] ^= 1 << int(rng.integers(8))
            (store / name).write_bytes(flipped)
            try:
                with pytest.raises(MotionError) as caught:
                    Store(store).verify()
            finally:
                (store / name).write_bytes(data)
            assert str(store / name) in str(caught.value) and "\n" not in str(caught.value)
            if kind == "shard":
                assert f"damaged in clip {owner(whole, name, place)!r}" in str(caught.value)
    Store(store).verify()


def owner(store: Store, name: str, place: int) -> str:
    """The clip that a byte of a shard belongs to."""
    number = [row.name for row in store.manifest.shards].index(name)
    return next(
        record.name
        for record in store.records
        if record.shard == number and record.offset <= place < record.offset + record.length
    )


def test_a_damaged_block_is_found_by_whoever_reads_it_and_the_rest_stays_readable(store: Path) -> None:
    last = Store(store).records[3]
    shard = store / layout.shard_name(last.shard)
    data = shard.read_bytes()
    shard.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    try:
        held = Store(store)
        for k in range(3):
            held.motion(k)
        with pytest.raises(MotionError, match=r"shard-0000\d\.bin: damaged in clip 'clip-3'"):
            held.motion(3)
    finally:
        shard.write_bytes(data)


def test_a_damaged_line_is_found_when_its_clip_is_asked_for(store: Path) -> None:
    lines = store / layout.lines_name(0)
    data = lines.read_bytes()
    lines.write_bytes(data.replace(b"clip-2", b"clip-7"))
    try:
        held = Store(store)
        assert held.records[1].name == "clip-1"
        with pytest.raises(MotionError, match=r"clips-00000\.jsonl: damaged \(line 3 "):
            held.motion(2)
    finally:
        lines.write_bytes(data)
