"""Plain tables come out as `float` would say, to the last bit; anything else is left to others."""

import numpy as np
import pytest

from motionverse.formats import decimals


def spelt(rng: np.random.Generator, form: str) -> str:
    return form % (rng.normal() * 10.0 ** rng.integers(-4, 5))


@pytest.mark.parametrize("form", ["%.6f", "%.4f", "%.0f", "%.1f", "%.9f", "%.10f", "%g"])
@pytest.mark.parametrize(("space", "end"), [(" ", "\n"), ("\t", "\r\n"), ("  ", " \n"), (" ", "\n\n")])
def test_every_number_is_what_float_says(form, space, end, monkeypatch):
    monkeypatch.setattr(decimals, "_BLOCK", 4096)
    rng = np.random.default_rng(0)
    words = [spelt(rng, form) for _ in range(300 * 7)]
    rows = np.array(["0" if "e" in word else word for word in words]).reshape(-1, 7).tolist()
    got = decimals.table(("# 1\n" + end.join(space.join(row) for row in rows)).encode(), 7, 4)
    expected = np.array([[float(w) for w in row] for row in rows])
    assert got is not None and got.tobytes() == expected.tobytes()


def test_odd_spellings_that_are_plain():
    got = decimals.table(b"-.5 5. 007 -0.0\n999999999999999 0.00000000000001 12345678.1234567 -0", 4)
    expected = [[-0.5, 5.0, 7.0, -0.0], [999999999999999.0, 1e-14, 12345678.1234567, -0.0]]
    assert got is None  # fifteen digits before the point are more than one word
    got = decimals.table(b"-.5 5. 007 -0.0\n99999999 0.00000000000001 12345678.1234567 -0", 4)
    expected[1][0] = 99999999.0
    assert got is not None and got.tobytes() == np.array(expected).tobytes()


@pytest.mark.parametrize(
    "text",
    ["1 2\n3", "1 2 3\n4", "1e3 2", "nan 1", "+1 2", "1.2.3 4", "1-2 3", "-- 1", "- 1", ". 1", "1,5 2", "0x1 2", "", "\x00 1 2",
     "1\x0b2", "1234567890.1234567 2", "\u0661 2", "1 2\r3 4"],
)  # fmt: skip
def test_what_is_not_plain_is_not_read(text):
    assert decimals.table(text.encode(), 2) is None
