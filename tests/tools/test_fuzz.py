"""The first 500 damaged files are read as all must be; and the watch over them sees what it is there to see."""

import importlib
import importlib.util
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from motionverse import formats
from motionverse.errors import MotionError
from motionverse.motion import Motion
from tests import forge

sys.path.insert(0, str(Path(__file__).parents[2] / "tools"))
seeds, watch = importlib.import_module("fuzzing.seeds"), importlib.import_module("fuzzing.watch")
SUBJECTS = seeds.subjects()


def test_every_format_that_is_read_is_fuzzed():
    missing = {
        suffix for suffix, package in (("fbx", "ufbx"), ("c3d", "c3d")) if importlib.util.find_spec(package) is None
    }
    assert set(formats.SUFFIXES) - {f".{suffix}" for suffix in missing} <= set(SUBJECTS)


@pytest.mark.parametrize("name", SUBJECTS)
def test_what_the_damage_starts_from_is_sound(name: str, tmp_path: Path):
    for files in SUBJECTS[name].seeds:
        for file, content in files.items():
            (tmp_path / file).write_bytes(content)
        found = SUBJECTS[name].read(tmp_path / next(iter(files)))
        for motion in found if isinstance(found, list) else [found]:
            if isinstance(motion, Motion):
                watch._used(motion)


def test_the_first_500():
    rows = list(watch.run(watch.spread(500, SUBJECTS), batch=500))
    findings = [
        f"tools/fuzz.py --show {row.subject} {row.number}: {row.reason}" for row in rows if row.outcome == "finding"
    ]
    assert not findings, "\n".join(findings)
    assert len(rows) == 500 and max(row.megabytes for row in rows) < 1024
    for name in SUBJECTS:
        outcomes = {row.outcome for row in rows if row.subject == name}
        assert "refused" in outcomes, f"{name}: nothing was refused: is it damaged at all?"


def test_an_input_is_the_same_every_time():
    for name in (".bvh", ".glb", "pickle"):
        held = SUBJECTS[name]
        assert [watch.files(held, k) for k in range(40, 60)] == [watch.files(held, k) for k in range(40, 60)]


def refuse(message: str):
    raise MotionError(message)


def spin(path: Path):
    while True:
        pass


SOUND = forge.motion(0.2)
FAULTS = {
    "an exception": (lambda path: {}["absent"], "KeyError in reading"),
    "a warning": (lambda path: np.float64(1e308) * np.float64(10), "RuntimeWarning in reading"),
    "no end": (spin, "more than"),
    "no name": (lambda path: refuse("the file is broken"), "names no file"),
    "memory": (lambda path: refuse(f"{path}: Unable to allocate 9 GiB"), "memory was asked for"),
    "no motion": (lambda path: SOUND.with_(rotations=SOUND.rotations * 2), "rotations are none"),
    "overflow": (lambda path: SOUND.with_(skeleton=SOUND.skeleton.with_offsets(np.full((52, 3), 1e308))), "in use"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_the_watch_finds(fault: str, monkeypatch):
    read, told = FAULTS[fault]
    monkeypatch.setattr(watch, "SECONDS", 0.2)
    row = watch.attempt(replace(SUBJECTS[".bvh"], read=read), -1, {"seed.bvh": b"x"})
    assert row.outcome == "finding" and told in row.reason, row


def test_a_refusal_counts_and_its_kind_is_told(tmp_path: Path):
    row = watch.attempt(SUBJECTS[".bvh"], -1, {"seed.bvh": b"HIERARCHY\n"})
    assert row.outcome == "refused"
    assert watch.reason("seed.bvh: line 3: 'x' is not a number") == "line N: Q is not a number"
