"""Pickles: plain data come back, everything else is refused by name, whatever is done to the bytes."""

import collections
import os
import pickle

import numpy as np
import pytest

from motionverse.errors import MotionError
from motionverse.formats import pickled
from motionverse.motion import Motion

# {'poses': [numpy.arange(6.).reshape(2, 3)], 'sequence': 'a', 'gender': ['m']} as Python 2.7 with numpy 1.13 writes it
PYTHON_2 = (
    b"\x80\x02}q\x00(U\x05posesq\x01]q\x02cnumpy.core.multiarray\n_reconstruct\nq\x03cnumpy\nndarray\nq\x04K\x00\x85U\x01b\x87Rq"
    b"\x05(K\x01K\x02K\x03\x86cnumpy\ndtype\nq\x06U\x02f8K\x00K\x01\x87Rq\x07(K\x03U\x01<NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK"
    b"\x00tb\x89U0" + np.arange(6.0).tobytes() + b"tbaU\x08sequenceq\x08U\x01aq\tU\x06genderq\n]q\x0bU\x01maq\x0cu."
)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_come_back(protocol):
    shared = np.arange(12, dtype=">i2").reshape(3, 4)
    held = {
        "floats": np.random.default_rng(0).normal(size=(4, 3)), "fortran": np.asfortranarray(shared), "same": [shared, shared],
        "number": np.float32(2.5), "words": np.array(["a", "bc"]), "mixed": (1, 2.5, "x", None, True, b"\x00\xff", 1 << 80),
        "ordered": collections.OrderedDict(a=np.zeros(0)), "sets": {1, 2}, "ragged": np.array([np.zeros(2), np.ones(3)], object),
    }  # fmt: skip
    read = pickled.loads(pickle.dumps(held, protocol))
    for name in ("floats", "fortran", "words"):
        assert np.array_equal(read[name], held[name]) and read[name].dtype == held[name].dtype
    assert read["number"] == np.float32(2.5) and read["mixed"] == held["mixed"] and read["sets"] == {1, 2}
    assert np.array_equal(read["same"][1], shared) and len(read["ordered"]["a"]) == 0
    assert np.array_equal(read["ragged"][1], np.ones(3))


def test_python_2_is_read_as_latin1():
    read = pickled.loads(PYTHON_2)
    assert read["sequence"] == "a" and read["gender"] == ["m"]
    assert np.array_equal(read["poses"][0], np.arange(6.0).reshape(2, 3))


class Runs:
    def __reduce__(self):
        return os.system, ("exit 3",)


@pytest.mark.parametrize(
    "value, name",
    [(Runs(), "system"), (Motion, "motionverse.motion.Motion"), (np.zeros(2, [("a", "f8")]), "dtype"),
     (np.array("2020", "M8[s]"), "dtype 'M8'"), (eval, "builtins.eval"), (np.load, "numpy.load")],
)  # fmt: skip
def test_anything_else_is_refused_by_name(value, name):
    with pytest.raises(MotionError, match=f"holds .*{name}"):
        pickled.loads(pickle.dumps([1, value]))


def test_bombs_and_damage_are_refused(tmp_path):
    whole = pickle.dumps({"a": np.arange(50.0), "b": ["x", (1, 2)]}, 2)
    rng = np.random.default_rng(1)
    for _ in range(400):
        broken = bytearray(whole)
        for place in rng.integers(0, len(whole), 3):
            broken[place] = rng.integers(256)
        try:
            pickled.loads(bytes(broken[: rng.integers(1, len(whole) + 1)]))
        except MotionError as error:
            assert "\n" not in str(error)
    laughs = b"\x80\x02]q\x00K\x01a" + b"".join(
        b"]q" + bytes([k + 1]) + (b"h" + bytes([k]) + b"a") * 2 for k in range(60)
    )
    assert len(pickled.loads(laughs + b".")) == 2, "shared parts are walked once"
    with pytest.raises(MotionError, match="a state for a function"):
        pickled.loads(b"\x80\x02c_codecs\nencode\nN}U\x0c__defaults__K\x01s\x86b.")
    with pytest.raises(MotionError, match="not a whole pickle"):
        pickled.loads(b"\x80\x04\x8e\xff\xff\xff\xff\xff\xff\xff\x0fabc.")
    (tmp_path / "a.pkl").write_bytes(whole)
    with pytest.raises(MotionError, match="at most 10 is read"):
        pickled.read(tmp_path / "a.pkl", largest=10)
    with pytest.raises(MotionError, match="cannot be read"):
        pickled.read(tmp_path / "b.pkl")
