"""Ways to break a forged file in place: other fields, other words, another order of joints."""

import pickle
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np


def arrays(**changes: Any) -> Callable[[Path], None]:
    """The .npz with other fields: a function of the field that is there, or None to leave it out."""

    def done(path: Path) -> None:
        with np.load(path) as file:
            held = dict(file)
        held |= {name: change(held[name]) for name, change in changes.items()}
        np.savez(path, **held)

    return done


def array(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    """The .npy with other content."""
    return lambda path: np.save(path, change(np.load(path)))


def words(old: str, new: str) -> Callable[[Path], None]:
    """The text file with other words in it."""
    return lambda path: path.write_text(re.sub(old, new, path.read_text()))


def pickled(change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """The pickle with other content."""

    def done(path: Path) -> None:
        held = pickle.loads(path.read_bytes())
        path.write_bytes(pickle.dumps(change(held) or held, protocol=2))

    return done


def mat(name: str, change: Callable[[Any], Any]) -> Callable[[Path], None]:
    """The .mat with another variable."""

    def done(path: Path) -> None:
        from scipy.io import loadmat, savemat

        held = {key: value for key, value in loadmat(path).items() if key[0] != "_"}
        savemat(path, held | {name: change(held[name])})

    return done


def strange(path: Path) -> None:
    """The BVH with joints that are called by numbers."""
    number = iter(range(99))
    path.write_text(re.sub(r"(ROOT|JOINT) \S+", lambda m: f"{m[1]} bone{next(number)}", path.read_text()))


def backwards(joints: int) -> Callable[[np.ndarray], np.ndarray]:
    """Points of a frame (T, 3 J), or a cell with that, with the last joint first."""

    def done(held: np.ndarray) -> np.ndarray:
        if held.dtype.hasobject:
            held = held.copy()
            held.flat[0] = done(held.flat[0])
            return held
        return held.reshape(len(held), joints, 3)[:, ::-1].reshape(len(held), -1)

    return done


def one_less(held: np.ndarray) -> np.ndarray:
    """A cell whose array lacks its last column."""
    held = held.copy()
    held.flat[0] = held.flat[0][:, :-1]
    return held


def ted_points(change: Callable[[np.ndarray], np.ndarray]) -> Callable[[Path], None]:
    def done(held: Any) -> None:
        clip = held[0]["clips"][0]
        clip["skeletons_3d"] = [change(frame) for frame in clip["skeletons_3d"]]

    return pickled(done)
