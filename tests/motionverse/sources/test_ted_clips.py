"""The two TED sets in each form that they come in, the tool for the published one, and what is wrong with broken ones."""

import pickle
import runpy
import sys
import types
from pathlib import Path

import pytest

from motionverse.errors import MotionError
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import table, ted_expressive, ted_gesture
from motionverse.sources.points_only import CAMERA
from tests.motionverse.sources.test_point_sets import body, near, video


@pytest.mark.parametrize("source", [ted_gesture, ted_expressive])
def test_ted_reads_pickles_and_lmdb_with_words(tmp_path: Path, source) -> None:
    lmdb = pytest.importorskip("lmdb", reason="lmdb is in the extra datasets")
    motion = body(25.0)
    held = video(motion, source.JOINTS, source.AXES if source is ted_gesture else CAMERA)
    (tmp_path / "train").mkdir()
    (tmp_path / "train" / "0000000000.pickle").write_bytes(pickle.dumps(held))
    (tmp_path / "ted_expressive_dataset_test.pickle").write_bytes(pickle.dumps([held]))
    with (
        lmdb.open(str(tmp_path / "lmdb_val"), map_size=1 << 22) as environment,
        environment.begin(write=True) as writer,
    ):
        writer.put(b"0000000000", pickle.dumps(held))
    (tmp_path / "yq3TQoMjXTw.wav").write_bytes(b"RIFF")
    clips = list(table.source(source.SOURCE.name).clips(tmp_path))
    assert {clip.split for clip in clips} == {"train", "validation", "test"}
    for clip in clips:
        near(clip, motion, [n for n in source.JOINTS if n != "head"], 0.03, moved=True)
        assert clip.motion.fps == pytest.approx(25) and clip.performance == "ted/yq3TQoMjXTw"
        assert [(w.text, round(w.start, 6), round(w.end, 6)) for w in clip.words] == [
            ("so", 0.0, 0.3),
            ("today", 0.5, 1.0),
        ]
        assert clip.audio[0].path == tmp_path / "yq3TQoMjXTw.wav" and clip.audio[0].start == 10.0
        assert not clip.motion.present[WHOLE_BODY.index("left_knee")]
    assert clips[0].motion.present[WHOLE_BODY.index("left_index2")] == (source is ted_expressive)


def test_ted_names_what_is_wrong(tmp_path: Path, monkeypatch) -> None:
    held = video(body(25.0), ted_gesture.JOINTS, ted_gesture.AXES)
    path = tmp_path / "train.pickle"
    path.write_bytes(pickle.dumps([held]))
    with pytest.raises(MotionError, match=r"points \(40, 10, 3\); must be \(T, 43, 3\)"):
        list(table.source("ted_expressive").clips(tmp_path))
    path = path.rename(tmp_path / "val.pickle")
    del held["clips"][0]["words"]
    path.write_bytes(pickle.dumps([held]))
    with pytest.raises(MotionError, match="lacks words"):
        list(table.source("ted_gesture").clips(tmp_path))
    path = path.rename(tmp_path / "test.pickle")
    path.write_bytes(pickle.dumps([Path("x")]))
    with pytest.raises(MotionError, match="no plain data"):
        table.source("ted_gesture").entries(tmp_path)
    path.unlink()
    (tmp_path / "lmdb_test").mkdir()
    (tmp_path / "lmdb_test" / "data.mdb").write_bytes(b"")
    monkeypatch.setitem(sys.modules, "lmdb", None)
    with pytest.raises(MotionError, match="LMDB needs lmdb: pip install"):
        table.source("ted_gesture").entries(tmp_path)


def test_ted_says_how_the_published_form_is_read(tmp_path: Path) -> None:
    lmdb = pytest.importorskip("lmdb", reason="lmdb is in the extra datasets")
    with (
        lmdb.open(str(tmp_path / "lmdb_train"), map_size=1 << 20) as environment,
        environment.begin(write=True) as writer,
    ):
        writer.put(b"0000000000", b"\x01\x00\x00\x00arrow")
    with pytest.raises(MotionError, match=r"pyarrow 0\.14\.1, run tools/ted_to_pickle\.py"):
        table.source("ted_gesture").entries(tmp_path)


def test_ted_lists_clips_by_the_files_names_without_opening_them(tmp_path: Path) -> None:
    path = tmp_path / "train" / "yq3TQoMjXTw.3.pickle"
    path.parent.mkdir()
    path.write_bytes(b"not opened")
    entries = table.source("ted_gesture").entries(tmp_path)
    assert [(e.name, e.facts["split"]) for e in entries] == [(f"yq3TQoMjXTw_{k}", "train") for k in range(3)]
    path.write_bytes(pickle.dumps(video(body(25.0), ted_gesture.JOINTS, ted_gesture.AXES)))
    assert table.source("ted_gesture").read(entries[0]).name == "yq3TQoMjXTw_0", (
        "a cache goes by when the file was written"
    )
    with pytest.raises(MotionError, match=r"3\.pickle: no clip 1; it is not what its name says"):
        table.source("ted_gesture").read(entries[1])


def test_the_tool_for_the_published_form_writes_what_is_read(tmp_path: Path, monkeypatch) -> None:
    """With pickle in the place of pyarrow's own form, which nothing of today's age writes."""
    lmdb = pytest.importorskip("lmdb", reason="lmdb is in the extra datasets")
    motion = body(25.0)
    with (
        lmdb.open(str(tmp_path / "lmdb_train"), map_size=1 << 22) as environment,
        environment.begin(write=True) as writer,
    ):
        writer.put(b"0000000000", pickle.dumps(video(motion, ted_gesture.JOINTS, ted_gesture.AXES)))
    tool = runpy.run_path(str(Path(__file__).parents[3] / "tools" / "ted_to_pickle.py"))
    monkeypatch.setitem(sys.modules, "pyarrow", types.SimpleNamespace(__version__="26"))
    assert tool["main"](str(tmp_path / "lmdb_train"), str(tmp_path / "out" / "train")) == 2, (
        "today's pyarrow is refused"
    )
    monkeypatch.setitem(sys.modules, "pyarrow", types.SimpleNamespace(deserialize=pickle.loads))
    assert tool["main"](str(tmp_path / "lmdb_train"), str(tmp_path / "out" / "train")) == 0
    assert [path.name for path in (tmp_path / "out" / "train").iterdir()] == ["yq3TQoMjXTw.1.pickle"]
    (clip,) = table.source("ted_gesture").clips(tmp_path / "out")
    near(clip, motion, [n for n in ted_gesture.JOINTS if n != "head"], 0.03, moved=True)
    assert clip.split == "train"
