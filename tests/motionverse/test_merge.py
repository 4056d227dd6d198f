"""Stores appended to and merged equal one that was built at once; a killed append leaves the old store."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from motionverse import merge as merging
from motionverse.build import build, moments
from motionverse.cli import main
from motionverse.clip import Audio, Clip
from motionverse.dataset import stats_of
from motionverse.errors import MotionError
from motionverse.skeleton import Skeleton
from motionverse.stats import Stats
from motionverse.store import Appender, Store, Writer, layout
from tests import forge
from tests.motionverse.store.test_clips import keypoints
from tests.motionverse.store.test_store import body, bytes_of
from tests.motionverse.store.test_store import clip as longer

SHARD = 20_000


def clip(k: int, **changes: object) -> Clip:
    return longer(k, body(forge.motion(seconds=1.0 + 0.1 * k, fps=20.0, seed=k)), **changes)


def built(path: Path, clips: list[Clip], **options: object) -> Path:
    stats = Stats()
    with Writer(path, **{"shard_bytes": SHARD, **options}) as writer:  # type: ignore[arg-type]
        for each in clips:
            writer.add(each)
            stats = stats.merge(moments(each.motion)) if each.split == "train" else stats
        writer.close(stats)
    return path


def assert_equal(one: Store, two: Store) -> None:
    """The same clips, statistics and bill, wherever their bytes lie."""
    assert len(one) == len(two) and dict(one.manifest.skeletons) == dict(two.manifest.skeletons)
    for k, (a, b) in enumerate(zip(one.records, two.records, strict=True)):
        assert a.to_json() == b.to_json()
        assert one.encoded(k).data == two.encoded(k).data
    for name in ("count", "mean", "squares"):
        np.testing.assert_allclose(getattr(stats_of(one), name), getattr(stats_of(two), name), rtol=1e-9, atol=1e-9)
    assert len(one.licences) == len(two.licences)
    for a, b in zip(one.licences, two.licences, strict=True):
        assert {**a, "seconds": 0} == {**b, "seconds": 0} and a["seconds"] == pytest.approx(b["seconds"])


def test_appending_equals_building_at_once_and_the_old_reader_goes_on(tmp_path: Path) -> None:
    clips = [clip(k, source="forged" if k < 3 else "other", action=f"a{k % 2}") for k in range(6)]
    whole, path = Store(built(tmp_path / "whole", clips)), built(tmp_path / "store", clips[:2])
    before, files = Store(path), bytes_of(path)
    assert (
        merging.append(path, clips[2:3]) == 1 and merging.append(path, clips[3:]) == 3 and merging.append(path, []) == 0
    )
    now = Store(path)
    now.verify()
    assert_equal(now, whole)
    np.testing.assert_array_equal(now.indices("train"), whole.indices("train"))
    assert now.records.labels("source").names == ("forged", "other") and now.records.named("clip-4") == [4]
    assert {name: data for name, data in bytes_of(path).items() if name in files and name != layout.MANIFEST} == {
        name: data for name, data in files.items() if name != layout.MANIFEST
    }
    before.verify()
    assert len(before) == 2 and before.motion(1).frames == clips[1].motion.frames


def test_a_name_that_is_there_is_refused_and_nothing_is_added(tmp_path: Path) -> None:
    path = built(tmp_path / "store", [clip(0), clip(1)])
    before = bytes_of(path)
    with pytest.raises(MotionError, match="'clip-1' was added before"):
        merging.append(path, [clip(2), clip(1)])
    assert bytes_of(path) == before
    with pytest.raises(MotionError, match="not a motion store"):
        merging.append(tmp_path / "nowhere", [clip(2)])


def test_a_clip_that_was_not_prepared_is_refused_and_nothing_is_added(tmp_path: Path) -> None:
    path = built(tmp_path / "store", [clip(0)])
    before, good = bytes_of(path), clip(1)
    limb = Skeleton(("hips", "knee"), (-1, 0), np.zeros((2, 3)))
    raw = good.motion.with_(rotations=good.motion.rotations[:, :2], skeleton=limb, observed=None, face=None)
    for bad in (good.with_(split=""), good.with_(motion=raw)):
        with pytest.raises(MotionError, match=r"clip-1.*motionverse\.build\.prepare"):
            merging.append(path, [clip(2), bad])
    assert bytes_of(path) == before


def test_a_store_that_cannot_be_written_is_not_appended_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = built(tmp_path / "store", [clip(0)])

    def refused(*_: object, **__: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(MotionError, match=r"store: cannot be written \(Read-only file system\)"):
        merging.append(path, [clip(1)])


def test_two_do_not_append_at_once(tmp_path: Path) -> None:
    path = built(tmp_path / "store", [clip(0)])
    with Appender(path) as first:
        first.add(clip(1))
        with pytest.raises(MotionError, match="another process is appending"):
            Appender(path)
    assert len(Store(path)) == 2


KILLED = """
import os, sys
from pathlib import Path
from tests.motionverse import test_merge as here
moved = Path.replace
left = int(sys.argv[2])
def killing(self, target):
    global left
    left -= 1
    if left < 0:
        os._exit(9)  # no handler runs
    return moved(self, target)
Path.replace = killing
here.merging.append(sys.argv[1], [here.clip(1), here.clip(2)])
"""


@pytest.mark.parametrize("moves", [0, 2, 4])
def test_killed_at_any_move_it_leaves_the_old_store_and_the_next_append_works(tmp_path: Path, moves: int) -> None:
    path = built(tmp_path / "store", [clip(0)])
    root = Path(__file__).parents[2]
    done = subprocess.run([sys.executable, "-c", KILLED, path, str(moves)], cwd=root, env=os.environ, check=False)
    assert done.returncode == 9
    assert len(Store(path)) == 1
    Store(path).verify()
    assert merging.append(path, [clip(1), clip(2)]) == 2
    assert_equal(Store(path), Store(built(tmp_path / "whole", [clip(k) for k in range(3)])))
    known = {row.name for row in Store(path).manifest.files} | {layout.MANIFEST, layout.stats_name(0)}
    assert known == {file.name for file in path.iterdir()}


def test_merging_gives_the_bytes_of_building_at_once(tmp_path: Path) -> None:
    (tmp_path / "song.wav").write_bytes(b"RIFF" * 9)
    song = Audio("music", "song", tmp_path / "song.wav")
    clips = [clip(k, keypoints=(keypoints(10 + k),), audio=(song,) * (k % 2)) for k in range(5)]
    options = {"sounds": True, "shard_bytes": layout.SHARD_BYTES}
    whole = built(tmp_path / "whole", clips, **options)
    parts = [built(tmp_path / f"part{k}", clips[k : k + 2], **options) for k in (0, 2, 4)]
    (tmp_path / "song.wav").unlink()
    told = merging.merge(tmp_path / "merged", parts)
    assert told.clips == 5 and not told.by_licence
    one, two = (
        {file.relative_to(path).as_posix(): file.read_bytes() for file in path.rglob("*") if file.is_file()}
        for path in (whole, tmp_path / "merged")
    )
    differ = {name for name in one.keys() | two.keys() if one.get(name) != two.get(name)}
    assert differ <= {layout.MANIFEST, layout.stats_name(0)}  # sums of floats, in another order
    assert_equal(Store(whole), Store(tmp_path / "merged"))
    Store(tmp_path / "merged").verify()


def test_only_what_a_licence_allows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    licences = ("cmu", "bandai-namco", "cmu", "unknown", "deepmimic")
    clips = [clip(k, licence=licence, source=f"s{k % 2}", split="train") for k, licence in enumerate(licences)]
    path = built(tmp_path / "store", clips)
    command = ["merge", str(path), "-o", str(tmp_path / "free"), "--licence", "commercial", "--json"]
    assert main(command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["clips"] == 3 and told["left_out"]["licence"] == {"bandai-namco": 1, "unknown": 1}
    allowed = [each for each in clips if each.licence in ("cmu", "deepmimic")]
    free = Store(tmp_path / "free")
    assert [record.name for record in free.records] == [each.name for each in allowed]
    assert {row["licence"]["kind"] for row in free.licences} == {"commercial"}
    again = stats_of(Store(built(tmp_path / "again", allowed)))
    np.testing.assert_allclose(stats_of(free).mean, again.mean, atol=2e-3)  # from motions as they are stored
    assert main(["merge", str(path), "-o", str(tmp_path / "one"), "--source", "s1"]) == 0
    assert "left out: 2 under CMU" in capsys.readouterr().out and len(Store(tmp_path / "one")) == 2
    assert main(["merge", str(path), "-o", str(tmp_path / "none"), "--source", "nobody"]) == 2
    assert "no clip is left" in capsys.readouterr().err and not (tmp_path / "none").exists()


def test_a_clip_in_two_stores_is_named_before_anything_is_written(tmp_path: Path) -> None:
    one, two = built(tmp_path / "one", [clip(0), clip(1)]), built(tmp_path / "two", [clip(2), clip(1)])
    with pytest.raises(MotionError, match=r"two: clip 'clip-1' is in .*one too; names must differ"):
        merging.merge(tmp_path / "out", [one, two])
    assert not (tmp_path / "out").exists()


def test_a_store_within_the_one_that_is_replaced_is_refused_and_stays(tmp_path: Path) -> None:
    outer = built(tmp_path / "outer", [clip(0)])
    inner = built(outer / "inner", [clip(1)])
    with pytest.raises(MotionError, match=r"outer: holds .*inner, which is read, and would be replaced"):
        merging.merge(outer, [inner], overwrite=True)
    with pytest.raises(MotionError, match=r"outer: holds .*inner, which is read"):
        build(inner, outer, overwrite=True)
    assert Store(inner).records[0].name == "clip-1"
    assert merging.merge(outer, [outer, built(tmp_path / "other", [clip(2)])], overwrite=True).clips == 2, (
        "as asked for"
    )
    assert [record.name for record in Store(outer).records] == ["clip-0", "clip-2"]
