"""What people wrote is read, or refused in one printable line."""

from pathlib import Path

import pytest

from motionverse import files
from motionverse.errors import LONGEST, MotionError


def test_a_message_is_one_printable_line_and_not_long():
    told = str(MotionError("a.bvh: joint 'x\n\x00\u2028' " + "y" * 9000 + " is no name; rename it"))
    assert told.isprintable() and "\\n\\x00\\u2028" in told and len(told) <= LONGEST
    assert told.startswith("a.bvh: joint") and told.endswith("is no name; rename it")


@pytest.mark.parametrize(
    "content, complaint",
    [
        (b"\xff\xfea\0", "not UTF-8 .invalid start byte at byte 0"),
        (b'a,b\n1,"2\n3', "not a table"),
        (b'a,b\n"1"x,2\n', "not a table"),
    ],
)
def test_tables_that_are_none(tmp_path: Path, content: bytes, complaint: str):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(MotionError, match=rf"a\.csv: {complaint}"):
        files.csv_rows(tmp_path / "a.csv")


def test_tables_with_long_cells_quotes_and_a_mark(tmp_path: Path):
    (tmp_path / "a.csv").write_bytes(
        b'\xef\xbb\xbffile,text\r\na.bvh,"he says ""hi"", then\r\nwaves"\r\nb.bvh,' + b"x" * 200_000
    )
    rows = files.csv_rows(tmp_path / "a.csv")
    assert rows[0] == {"file": "a.bvh", "text": 'he says "hi", then\nwaves'} and len(rows[1]["text"]) == 200_000


def test_names_as_long_as_file_systems_take_are_written_and_longer_ones_are_refused(tmp_path: Path):
    long = "ü" * 125 + ".bvh"  # 254 bytes
    with files.atomic_path(tmp_path / long) as place:
        place.write_text("x")
    assert [path.name for path in tmp_path.iterdir()] == [long]
    with pytest.raises(MotionError, match="258 bytes.*shorten"):
        files.check_writable(tmp_path / f"üü{long}")


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, '{"a": ' + "7" * 5000 + "}", "nope"])
def test_json_that_is_none(content: str):
    with pytest.raises(MotionError, match=r"a\.json: line 7: not JSON"):
        files.from_json(content, "a.json: line 7")


def test_a_text_that_is_not_there(tmp_path: Path):
    with pytest.raises(MotionError, match=r"absent\.txt: cannot be read \(No such file"):
        files.text(tmp_path / "absent.txt")
