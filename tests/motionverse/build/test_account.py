"""Every frame that is read is written or accounted for; the licence decides what gets in, and says so."""

import json
from typing import Any, NamedTuple, cast

import numpy as np
import pytest

from motionverse import build, cli, describe, licence
from motionverse import merge as merging
from motionverse.build import builder, work
from motionverse.build.corridor import MAX_FPS, Frames
from motionverse.sources import table
from motionverse.store import Store


@pytest.fixture(scope="module")
def built(data, tmp_path_factory):
    store = tmp_path_factory.mktemp("built") / "store"
    return store, build.build(data, store, workers=1)


def readable(data, name):
    """Frames that a source hands over, counted without the build."""
    total = 0
    for entry in table.source(name).entries(data):
        if entry.name != "torn":
            total += table.source(name).read(entry).motion.frames
    return total


def test_read_is_written_and_what_was_lost(data, built):
    store, report = built
    records = Store(store).records
    for name, account in report.accounts.items():
        mine = [record for record in records if record.source == name]
        assert account.read == readable(data, name)
        assert account.written == sum(record.frames for record in mine) and account.clips == len(mine)
        lost = account.resampled + account.jumps + account.rest_pose + account.refused_frames
        assert account.read == account.written + lost and account.missing == (0, 0)
    mine = report.accounts["folder"]
    assert mine.refused == {"short": (1, 6), "unreadable": (1, 0)}
    assert mine.resampled == 2 * 48  # two clips of 0.8 s at 120 fps
    assert 9 <= mine.rest_pose <= 10 and mine.jumps > 30
    assert mine.read_seconds == pytest.approx(6 * 0.8 + 2 + 4 / 3 + 0.2)
    for row in report.rows:
        assert row.error or row.frames.written == next(r.frames for r in records if r.name == row.name)


class Length(NamedTuple):
    """What counts of a motion."""

    frames: int
    fps: float


def test_the_count_of_a_clip_adds_up_at_any_rate():
    rng = np.random.default_rng(3)
    for _ in range(5000):
        fps = float(rng.choice([rng.uniform(10, 400), 120.0, 90.0, 59.94, 240.0]))
        motion = Length(int(rng.integers(30, 2000)), fps)
        made = Length(int(motion.frames / fps * MAX_FPS + 1e-6), MAX_FPS) if fps > MAX_FPS * 1.01 else motion
        front, begin, stop = sorted(int(n) for n in rng.integers(0, made.frames + 1, 3))
        frames = Frames.of(cast(Any, motion), cast(Any, made), (front, begin, stop))
        parts = (frames.written, frames.resampled, frames.jumps, frames.rest_pose)
        assert sum(parts) == frames.read == motion.frames and min(parts) >= 0


def test_a_clip_that_vanishes_is_missed(data, tmp_path, monkeypatch):
    """Whether the store loses it, or the worker does: no store is made."""
    store = builder.Writer

    class Forgetful(store):
        def add_encoded(self, encoded, *rest):
            record = super().add_encoded(encoded, *rest)
            return type(record)(**{**vars(record), "frames": 0}) if record.name == "folder/walk3" else record

    monkeypatch.setattr(builder, "Writer", Forgetful)
    with pytest.raises(RuntimeError, match="folder: 0 clips and 24 frames are missing"):
        build.build(data, tmp_path / "store", workers=1)
    monkeypatch.setattr(builder, "Writer", store)
    write = work.part.write
    monkeypatch.setattr(work.part, "write", lambda path, rows, clips, stats: write(path, rows[1:], clips[1:], stats))
    with pytest.raises(RuntimeError, match="folder: 1 clips and 0 frames are missing"):
        build.build(data, tmp_path / "other", ["folder"], workers=1)
    assert not (tmp_path / "store").exists() and not (tmp_path / "other").exists()


def test_inspect_counts_in_the_store_itself(data, built, tmp_path, capsys):
    store, report = built
    assert cli.main(["inspect", str(store), "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert facts["missing"] == "nothing" and facts["frames_of_the_build"] == report.frames()
    assert facts["frames_refused"] == {"short, folder": 6, "unreadable, folder": 0}
    assert {row["part"]: row["clips"] for row in facts["parts"]}["left_leg"] == facts["clips"] == 10
    build.build(data, tmp_path / "store", ["folder"], workers=1)
    report.save(build.BuildReport.path(tmp_path / "store"))  # of the build with both sources
    assert cli.main(["inspect", str(tmp_path / "store")]) == 0
    assert "missing: deepmimic: 2 clips and 48 frames are missing" in capsys.readouterr().out
    build.BuildReport.path(tmp_path / "store").write_text("{}")
    assert cli.main(["inspect", str(tmp_path / "store")]) == 2
    assert "not the report of a build" in capsys.readouterr().err


def test_only_licences_of_the_class_get_in_and_the_others_are_counted(data, tmp_path, capsys):
    for kind, clips in (("commercial", 3), ("research", 4)):
        store = tmp_path / kind
        assert cli.main(["build", str(data), "-o", str(store), "--licence", kind, "--workers", "1", "--json"]) == 0
        facts = json.loads(capsys.readouterr().out)
        kinds = {licence.LICENCES[record.licence].kind for record in Store(store).records}
        assert len(Store(store)) == clips and kinds <= set(licence.CLASSES[: licence.CLASSES.index(kind) + 1])
        out = facts["refused"]
        assert out["licence unknown"] == 7 and out.get("licence bandai-namco", 0) == (kind == "commercial")
        assert all(row["missing"] == {"clips": 0, "frames": 0} for row in facts["frames"])
        frames = {row["source"]: row["refused"] for row in facts["frames"]}
        assert frames["folder"]["licence unknown"][0] == 7 and frames["folder"]["licence unknown"][1] > 200
    with pytest.raises(SystemExit):
        cli.main(["build", str(data), "-o", str(tmp_path / "x"), "--licence", "stolen"])


def test_build_prints_where_the_frames_went(data, tmp_path, capsys):
    assert cli.main(["build", str(data), "-o", str(tmp_path / "store"), "--workers", "1"]) == 0
    told = capsys.readouterr().out
    assert "resampled" in told and "rest_pose" in told and "missing" in told and "12 clips found, 2 left out" in told


def test_merged_stores_have_the_account_of_a_build_of_all(data, built, tmp_path):
    whole, report = built
    parts = [tmp_path / name for name in report.accounts]
    for part in parts:
        build.build(data, part, [part.name], workers=1)
    merging.merge(tmp_path / "both", parts)
    merged = build.BuildReport.read(build.BuildReport.path(tmp_path / "both"))
    assert merged is not None and merged.rows == report.rows and merged.missing == ""
    assert [account.to_json() for account in merged.accounts.values()] == [
        {**account.to_json(), "seconds": pytest.approx(account.seconds)} for account in report.accounts.values()
    ]
    facts = describe.store(tmp_path / "both")
    assert facts["missing"] == "nothing" and facts["frames_of_the_build"] == report.frames()
    merging.merge(tmp_path / "free", [tmp_path / "both"], licence="commercial")
    free = build.BuildReport.read(build.BuildReport.path(tmp_path / "free"))
    assert free is not None and free.missing == "" and free.accounts["folder"].refused["licence bandai-namco"][0] == 1
    assert free.accounts["folder"].read == report.accounts["folder"].read
    merging.merge(tmp_path / "one", [tmp_path / "both"], sources=["deepmimic"])
    one = build.BuildReport.read(build.BuildReport.path(tmp_path / "one"))
    assert one is not None and list(one.accounts) == ["deepmimic"] and one.missing == ""
    build.BuildReport.path(parts[0]).unlink()
    merging.merge(tmp_path / "both", parts, overwrite=True)
    assert "missing" not in describe.store(tmp_path / "both"), "a part has no account: none is left of the older store"
