"""Every way in which a BVH file can be broken gives one line that names the file; none gives a wrong motion in silence."""

import warnings

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motionverse import formats
from motionverse.errors import MotionError
from motionverse.formats import bvh
from tests.motionverse.formats import foreign

GOOD = foreign.body(4).text()
ROW = GOOD.splitlines()[-1]


def swap(old: str, new: str, count: int = 1):
    assert old in GOOD
    return GOOD.replace(old, new, count)


BROKEN = {
    "empty": ("", "empty"),
    "blank": ("\n \n", "empty"),
    "not a BVH": ("PK\x03\x04 something else\n", "starts with HIERARCHY"),
    "no HIERARCHY": (swap("HIERARCHY\n", ""), "starts with HIERARCHY"),
    "nothing after HIERARCHY": ("HIERARCHY\n", "no ROOT"),
    "no ROOT": (swap("ROOT", "JOINT"), "outside the ROOT"),
    "ROOT without name": (swap("ROOT Hips", "ROOT"), "without a name"),
    "two ROOTs": (swap("MOTION", "ROOT Other\n{\nOFFSET 0 0 0\nCHANNELS 0\n}\nMOTION"), "second ROOT"),
    "no opening brace": (swap("ROOT Hips\n{", "ROOT Hips\n"), "'{' expected"),
    "stray opening brace": (swap("HIERARCHY\n", "HIERARCHY\n{\n"), "'{' without"),
    "missing closing brace": (swap("}\nMOTION", "\nMOTION"), "missing"),
    "stray closing brace": (swap("}\nMOTION", "}\n}\nMOTION"), "without a '{'"),
    "unknown word": (swap("OFFSET", "OFFSETS"), "is not ROOT"),
    "OFFSET of two numbers": (swap("OFFSET 0 95 0", "OFFSET 0 95"), "OFFSET of 'Hips'"),
    "OFFSET of words": (swap("OFFSET 0 95 0", "OFFSET 0 high 0"), "not three numbers"),
    "OFFSET nan": (swap("OFFSET 0 95 0", "OFFSET 0 nan 0"), "sensible"),
    "OFFSET absurd": (swap("OFFSET 0 95 0", "OFFSET 0 1e300 0"), "sensible"),
    "no OFFSET": (swap("OFFSET 0 95 0\n", ""), "without an OFFSET"),
    "End Site without OFFSET": (swap("OFFSET 0 20 0\n", ""), "End Site of 'Head'"),
    "no CHANNELS": (swap("CHANNELS 3 Zrotation Xrotation Yrotation\n", ""), "without CHANNELS"),
    "too few channel names": (swap("CHANNELS 3", "CHANNELS 4"), "must be a count"),
    "absurd channel count": (swap("CHANNELS 3", "CHANNELS 999999999999"), "must be a count"),
    "negative channel count": (swap("CHANNELS 3", "CHANNELS -3"), "must be a count"),
    "unknown channel": (swap("Xrotation", "Wrotation"), "Wrotation"),
    "a channel twice": (swap("Zrotation Xrotation Yrotation", "Zrotation Xrotation Zrotation"), "twice"),
    "joint in an End Site": (swap("End Site\n{\n", "End Site\n{\nJOINT x\n"), "inside an End Site"),
    "channels in an End Site": (swap("End Site\n{\n", "End Site\n{\nCHANNELS 0\n"), "inside an End Site"),
    "no MOTION": (GOOD.split("MOTION")[0], "no MOTION"),
    "ends after MOTION": (GOOD.split("Frames")[0], "Frames: N"),
    "no Frames": (swap("Frames: 4\n", ""), "Frames: N"),
    "Frames of words": (swap("Frames: 4", "Frames: four"), "whole number"),
    "no frames": (swap("Frames: 4", "Frames: 0"), "at least 1"),
    "negative Frames": (swap("Frames: 4", "Frames: -4"), "at least 1"),
    "absurd Frames": (swap("Frames: 4", "Frames: 99999999999999999999"), "there are 4 rows"),
    "too many rows": (swap("Frames: 4", "Frames: 3"), "write 'Frames: 4'"),
    "no Frame Time": (swap("Frame Time: 0.0333333\n", ""), "Frame Time"),
    "Frame Time 0": (swap("0.0333333", "0"), "seconds between frames"),
    "Frame Time nan": (swap("0.0333333", "nan"), "seconds between frames"),
    "Frame Time negative": (swap("0.0333333", "-0.03"), "seconds between frames"),
    "Frame Time in words": (swap("0.0333333", "fast"), "seconds between frames"),
    "no rows": (GOOD[: GOOD.index("0.0333333") + 10], "no rows"),
    "a row missing": (swap(ROW + "\n", ""), "there are 3 rows"),
    "short last row": (GOOD[: -len(ROW) // 2], "cut short"),
    "short row": (swap(ROW, ROW.rsplit(" ", 1)[0]), "35 values where the CHANNELS ask for 36"),
    "long row": (swap(ROW, ROW + " 1"), "37 values"),
    "every row short": ("\n".join(x.rsplit(" ", 1)[0] if len(x) > 80 else x for x in GOOD.splitlines()), "35 values"),
    "a word in a row": (swap(ROW, "x" + ROW), "is not a number"),
    "decimal commas": (swap(ROW, ROW.replace(".", ",")), "is not a number"),
    "nan in a row": (swap(ROW, "nan" + ROW[ROW.index(" ") :]), "frame 3, value 1 is nan"),
    "infinity in a row": (swap(ROW, "1e999" + ROW[ROW.index(" ") :]), "value 1 is inf"),
    "far away": (swap(ROW, "1e12" + ROW[ROW.index(" ") :]), "from the origin"),
    "no size": ("HIERARCHY\nROOT a\n{\nOFFSET 0 0 0\nCHANNELS 1 Xrotation\n}\nMOTION\nFrames: 1\nFrame Time: 0.1\n0\n", "OFFSETs"),
    "nothing moves": ("HIERARCHY\nROOT a\n{\nOFFSET 0 1 0\nCHANNELS 0\n}\nMOTION\nFrames: 1\nFrame Time: 0.1\n0\n", "no joint has"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_one_line_that_names_the_file(tmp_path, case):
    text, says = BROKEN[case]
    path = tmp_path / "broken.bvh"
    path.write_text(text)
    with warnings.catch_warnings(), pytest.raises(MotionError) as caught:
        warnings.simplefilter("error")
        formats.load(path)
    message = str(caught.value)
    assert message.startswith(str(path)) and "\n" not in message and len(message) < 300 + len(str(path))
    assert says in message, message


def test_files_that_cannot_be_read(tmp_path):
    for path, says in ((tmp_path / "absent.bvh", "no such file"), (tmp_path, "unknown format")):
        with pytest.raises(MotionError, match=says):
            formats.load(path)
    with pytest.raises(MotionError, match="cannot be read"):
        bvh.read(tmp_path / "absent.bvh")


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(GOOD) - 2))
def test_cut_anywhere(tmp_path_factory, at):
    """A file cut short is never read as if it were whole, but for a last number that lost digits."""
    path = tmp_path_factory.mktemp("cut") / "cut.bvh"
    path.write_text(GOOD[:at])
    if len(GOOD) - at < len(ROW.rsplit(" ", 1)[1]) + 1:
        return
    with pytest.raises(MotionError):
        bvh.read(path)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(GOOD) - 1), st.binary(min_size=1, max_size=3))
def test_damage_is_an_error_or_a_motion_never_a_crash(tmp_path_factory, at, noise):
    path = tmp_path_factory.mktemp("noise") / "noise.bvh"
    data = GOOD.encode()
    path.write_bytes(data[:at] + noise + data[at + len(noise) :])
    try:
        assert len(bvh.read(path)) == 4
    except MotionError as error:
        assert "\n" not in str(error)
