"""One, two workers and Ray make the same bytes; a worker that dies, or a clip that nobody foresaw, is named."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from motionverse import build
from motionverse.build.engine import engine
from motionverse.build.plan import plan
from motionverse.build.processes import on_processes
from motionverse.errors import MotionError
from motionverse.skeleton import WHOLE_BODY
from motionverse.sources import folder as folder_source
from motionverse.sources.source import Entry, Source
from tests import forge
from tests.motionverse.build import corpora


@pytest.fixture(scope="module")
def whole(data, tmp_path_factory):
    store = tmp_path_factory.mktemp("whole") / "store"
    build.build(data, store, workers=1, chunk=corpora.CHUNK)
    return store


def killing(chunk):
    """A worker's work that the system stops."""
    if any(name.endswith("walk3") for name in chunk.names):
        os.kill(os.getpid(), signal.SIGKILL)


def failing(chunk):
    raise OSError(28, "No space left on device")


def test_two_workers_make_the_same(data, whole, tmp_path):
    report = build.build(data, tmp_path / "store", workers=2, chunk=corpora.CHUNK)
    assert corpora.content(tmp_path / "store") == corpora.content(whole) and report.parts == 6


def test_another_process_makes_the_same(data, whole, tmp_path):
    """Sets of names come in another order in every process (PYTHONHASHSEED); no sum may be taken in that order."""
    points = forge.walk(0.8).joints() + np.random.default_rng(0).normal(0, 0.01, (52, 3))
    header = ["time", *(f"{name}.{axis}" for name in WHOLE_BODY.names for axis in "xyz")]
    rows = [[k / 30, *row.ravel()] for k, row in enumerate(points)]
    (tmp_path / "folder").mkdir()
    table = "\n".join(",".join(map(str, row)) for row in [header, *rows])
    (tmp_path / "folder" / "points.csv").write_text(table, encoding="utf-8")
    code = "import sys; from motionverse.build import build; build(sys.argv[1], sys.argv[2], ['folder'], workers=1)"
    for seed in "12":
        command = [sys.executable, "-c", code, str(tmp_path), str(tmp_path / f"store{seed}")]
        subprocess.run(command, env={**os.environ, "PYTHONHASHSEED": seed}, check=True)
    assert corpora.content(tmp_path / "store1") == corpora.content(tmp_path / "store2")


def test_a_worker_that_dies_names_its_clips(data):
    chunks = plan(data, None, None, clips=corpora.CHUNK)
    done = []
    with pytest.raises(
        MotionError, match=r"a worker died \(signal SIGKILL\) at 2 clips \(folder/walk2, folder/walk3\)"
    ):
        done += on_processes(killing, chunks, 2)
    with pytest.raises(MotionError, match="No space left"):
        list(on_processes(failing, chunks, 2))


def test_after_a_death_what_was_finished_is_kept(data, whole, tmp_path, monkeypatch):
    from motionverse.build import work

    through = work.through

    def dying(chunk, entry):
        if entry.name == "walk3":
            os.kill(os.getpid(), signal.SIGKILL)
        return through(chunk, entry)

    monkeypatch.setattr(work, "through", dying)
    with pytest.raises(MotionError, match="walk3"):
        build.build(data, tmp_path / "store", workers=2, chunk=corpora.CHUNK)
    monkeypatch.undo()
    report = build.build(data, tmp_path / "store", workers=2, chunk=corpora.CHUNK)
    assert report.resumed > 0 and corpora.content(tmp_path / "store") == corpora.content(whole)


def read_badly(entry: Entry):
    if entry.name == "walk2":
        raise ZeroDivisionError("nobody thought\nof this")
    return folder_source.read(entry)


def test_an_error_nobody_foresaw_is_a_row_and_the_build_goes_on(data, tmp_path):
    own = Source("folder", "own", "unknown", (), "", folder_source.find, read_badly)
    report = build.build(data, tmp_path / "store", [own], workers=1)
    row = next(row for row in report.errors if row.reason == "fault")
    assert row.name == "folder/walk2" and row.error == "ZeroDivisionError: nobody thought of this"
    assert report.refused == {"fault": 1, "short": 1, "unreadable": 1} and len(report.rows) == 10 and not report.missing


def test_an_engine_that_is_none(data, tmp_path):
    with pytest.raises(MotionError, match="engine 'slurm' is unknown; there are local, ray"):
        build.build(data, tmp_path / "store", engine="slurm")


def test_without_ray_it_is_said_how_to_get_it(data, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    with pytest.raises(MotionError, match="pip install"):
        build.build(data, tmp_path / "store", engine="ray")
    assert not (tmp_path / "store").exists()


def test_ray_makes_the_same_and_names_the_clips_of_a_worker_that_dies(data, whole, tmp_path, monkeypatch):
    ray = pytest.importorskip("ray", reason="Ray is not installed: pip install 'large-motion-model[ray]'")
    stop, stopped = ray.shutdown, []
    monkeypatch.setattr(ray, "shutdown", lambda: stopped.append(True))  # starting it twice takes a while
    try:
        build.build(data, tmp_path / "store", workers=2, chunk=corpora.CHUNK, engine="ray")
        assert corpora.content(tmp_path / "store") == corpora.content(whole) and stopped == [True]
        chunks = plan(Path(data), ["folder"], None, clips=corpora.CHUNK)
        with pytest.raises(MotionError, match=r"a worker died \(.*\) at 2 clips \(folder/walk2, folder/walk3\)"):
            list(engine("ray")(killing, chunks, 2))
        assert stopped == [True]  # it found Ray running, and left it so
    finally:
        stop()
