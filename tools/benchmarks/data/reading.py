"""A BVH file to features and to joint positions, against plain numpy, bvhio and pybvh."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.data import peers, plain
from benchmarks.data.forged import sway
from benchmarks.data.timing import best
from motionverse import formats, tomato
from motionverse.canonical import canonical
from motionverse.formats import bvh, bvh_text
from motionverse.retarget import retarget

BVHIO_FRAMES = 300  # bvhio poses a few hundred frames a second; all sides read the same short file there
SAME = 1e-3  # features [m, m/s, rad/s] of both sides may differ by so much; bvhio computes in single precision
SAME_BVHIO = 1e-2
SAME_POSITIONS = 1e-5  # [m]
SAME_PYBVH = 5e-2  # [m/s]: a spline over positions is not one over rotations, least at the ends of the file


def figures(given: Path | None, folder: Path, seconds: float) -> dict[str, Any]:
    """Rates and ratios; `given` is retargeted to WHOLE_BODY and written anew first, so that all sides read one skeleton."""
    source = sway(60.0) if given is None else formats.load(given)
    motion = source if given is None else retarget(source)[0]
    whole, short = folder / "clip.bvh", folder / "short.bvh"
    motion.save(whole)
    few = motion.frames_slice(0, BVHIO_FRAMES)
    few.save(short)
    result = {
        "frames": len(motion),
        **_features(whole, len(motion), seconds),
        **_positions(whole, len(motion), seconds),
        **_pybvh(whole, len(motion), seconds),
    }
    result |= _bvhio(short, len(few), motion.fps, seconds)
    if given is not None:
        taken = best({"ours": lambda: tomato.encode(canonical(retarget(formats.load(given))[0])[0])}, seconds)["ours"]
        result["the file as it is, retargeted, to features, frames/s"] = len(source) / taken
    return result


def _read_and_encoded(path: Path) -> np.ndarray:
    """(T, 669) features of a file: our side of every line about features."""
    return tomato.encode(bvh.read(path))[0]


def _features(path: Path, frames: int, seconds: float) -> dict[str, Any]:
    def theirs() -> np.ndarray:
        return plain.features(plain.pose(path))

    apart = _apart(lambda: _read_and_encoded(path), theirs, SAME)
    motion, posed = bvh.read(path), plain.pose(path)
    taken = best({"ours": lambda: _read_and_encoded(path), "plain": theirs}, seconds)
    parse = best({"ours": lambda: bvh_text.parse(path), "plain": lambda: plain.parse(path)}, seconds / 2)
    encode = best({"ours": lambda: tomato.encode(motion), "plain": lambda: plain.features(posed)}, seconds / 2)
    return {
        "BVH to features, frames/s": frames / taken["ours"],
        "BVH to features, plain numpy, frames/s": frames / taken["plain"],
        "BVH to features, times plain numpy": taken["plain"] / taken["ours"],
        "of which text to numbers, frames/s": frames / parse["ours"],
        "of which text to numbers, times plain numpy": parse["plain"] / parse["ours"],
        "of which rotations to features, frames/s": frames / encode["ours"],
        "of which rotations to features, times plain numpy": encode["plain"] / encode["ours"],
        "largest difference of the features": apart,
    }


def _bvhio(path: Path, frames: int, fps: float, seconds: float) -> dict[str, Any]:
    def theirs() -> np.ndarray:
        return plain.features(peers.bvhio_pose(path, fps))

    apart = _apart(lambda: _read_and_encoded(path), theirs, SAME_BVHIO)
    taken = best({"ours": lambda: _read_and_encoded(path), "bvhio": theirs}, seconds)
    return {
        "BVH to features, bvhio then plain numpy, frames/s": frames / taken["bvhio"],
        "BVH to features, times bvhio": taken["bvhio"] / taken["ours"],
        "largest difference of the features from bvhio's": apart,
    }


def _pybvh(path: Path, frames: int, seconds: float) -> dict[str, Any]:
    def theirs() -> np.ndarray:
        return peers.pybvh_features(path)

    middle = slice(8, -8)
    apart = _apart(lambda: _read_and_encoded(path)[middle], lambda: theirs()[middle], SAME_PYBVH)
    taken = best({"ours": lambda: _read_and_encoded(path), "pybvh": theirs}, seconds)
    return {
        "BVH to features, by pybvh, frames/s": frames / taken["pybvh"],
        "BVH to features, times pybvh": taken["pybvh"] / taken["ours"],
        "largest difference of the features from pybvh's, ends apart": apart,
    }


def _positions(path: Path, frames: int, seconds: float) -> dict[str, Any]:
    def ours() -> np.ndarray:
        return bvh.read(path).joints()

    def theirs() -> np.ndarray:
        return peers.pybvh_positions(path)

    order = peers.pybvh_order(path)
    apart = _apart(lambda: ours()[:, order], lambda: theirs() * 0.01, SAME_POSITIONS)
    taken = best({"ours": ours, "pybvh": theirs}, seconds)
    return {
        "BVH to joint positions, frames/s": frames / taken["ours"],
        "BVH to joint positions, pybvh, frames/s": frames / taken["pybvh"],
        "BVH to joint positions, times pybvh": taken["pybvh"] / taken["ours"],
        "largest difference of the positions from pybvh's [m]": apart,
    }


def _apart(ours: Callable[[], np.ndarray], theirs: Callable[[], np.ndarray], most: float) -> float:
    """The largest difference of what both sides give; both must have done the same before either is timed."""
    apart = float(np.abs(ours() - theirs()).max())
    if not apart <= most:
        raise AssertionError(f"the two sides disagree by {apart}")
    return apart
