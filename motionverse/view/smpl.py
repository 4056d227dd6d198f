"""Bodies of the user's own model files: SMPL, SMPL-H and SMPL-X, posed by smplx's own skinning, pose corrections and all.

The files are licensed and not here: a .npz as smpl-x.is.tue.mpg.de and mano.is.tue.mpg.de give it (v_template, f, weights,
J_regressor, kintree_table, posedirs), whose joints tell which model it is. A .pkl is read as plain data (formats.pickled), which
those of 2015, with chumpy and sparse matrices in them, are not: save them as .npz once. The shape is the template's (betas 0).
The only file that knows the package smplx (extra `smplx`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionverse import kinematics
from motionverse.errors import MotionError
from motionverse.formats import fields, joints, pickled
from motionverse.motion import Motion
from motionverse.retarget import retarget
from motionverse.skeleton import BODY_JOINTS, WHOLE_BODY, Skeleton
from motionverse.view.body import Body, tint
from motionverse.view.mesh import smooth_normals

# WHOLE_BODY's joint for each of the model's; "<": one of its own, which goes with the joint named
_BODY: tuple[str, ...] = WHOLE_BODY.names[:BODY_JOINTS]
_HANDS = WHOLE_BODY.names[BODY_JOINTS:]
KINDS: Mapping[str, tuple[str, ...]] = {
    "smpl": (*_BODY, "<left_wrist", "<right_wrist"),
    "smplh": (*_BODY, *_HANDS),
    "smplx": (*_BODY, "<head", "<head", "<head", *_HANDS),
}
_NEEDED = ("v_template", "f", "weights", "J_regressor", "kintree_table")


@dataclass(frozen=True, eq=False)
class ModelBody(Body):
    """A licensed body. As Body, with joints and weights on WHOLE_BODY; posed by smplx with all of the model's joints.

    model: torch tensors by smplx's names; own: for each of the model's joints the one of WHOLE_BODY, -1 for one of its own.
    """

    kind: str
    skeleton: Skeleton
    model: Mapping[str, Any]
    own: np.ndarray

    def pose(self, positions: np.ndarray, rotations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """World vertices and unit normals, each (V, 3) float32, for joint positions (52, 3) [m] and world rotations (52, 3, 3)."""
        vertices, placed = posed(self, kinematics.to_local(self.skeleton, np.asarray(rotations, np.float64)))
        vertices = (vertices + (positions[0] - placed[0])).astype(np.float32)
        return vertices, smooth_normals(vertices, self.faces)

    def fit(self, motion: Motion) -> Motion:
        """The motion on the model's own joints, feet where they stood. Raises MotionError for a motion without legs."""
        names, offsets = motion.skeleton.names, motion.skeleton.offsets[1:]
        if names == WHOLE_BODY.names and np.allclose(offsets, self.skeleton.offsets[1:], atol=1e-5):
            return motion.with_(skeleton=self.skeleton)
        return retarget(motion, self.skeleton)[0]


def posed(body: ModelBody, local: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) and the model's joints (K, 3) [m] as smplx poses them by local rotations (52, 3, 3), the root at rest."""
    lbs, torch = _load(body.kind)
    turns = np.broadcast_to(np.eye(3), (len(body.own), 3, 3)).copy()
    there = body.own >= 0
    turns[there] = local[body.own[there]]
    with torch.no_grad():
        vertices, placed = lbs(
            torch.zeros(1, 1), torch.tensor(turns[None], dtype=torch.float32), pose2rot=False, **body.model
        )
    return vertices[0].numpy().astype(np.float64), placed[0].numpy().astype(np.float64)


def load(place: str | Path) -> ModelBody:
    """The body of "smplx:PATH", "smplh:PATH", "smpl:PATH" or PATH: a model file, or a folder as smplx has it (the neutral one).

    Raises MotionError for files that are not there, lack something or are another model, and where smplx is not installed.
    """
    kind, colon, inner = str(place).partition(":")
    kind, path = (kind, Path(inner)) if colon and kind in KINDS else ("", Path(place))
    path = _file(path, kind)
    held = _arrays(path)
    count = held["weights"].shape[1]
    found = next((name for name, own in KINDS.items() if len(own) == count), None)
    if found is None or kind not in ("", found):
        expected = f"{kind or ' or '.join(KINDS)} has {'24, 52 or 55' if not kind else len(KINDS[kind])}"
        raise MotionError(f"{path}: a model of {count} joints; {expected}")
    _, torch = _load(str(path))
    own = np.array([-1 if name[0] == "<" else WHOLE_BODY.index(name) for name in KINDS[found]])
    rest = held["J_regressor"] @ held["v_template"]
    skeleton, weights = _skeleton(rest, own), _weights(held["weights"], KINDS[found])
    vertices, faces = held["v_template"] - rest[0], held["f"].astype(np.int32)
    model = {
        "v_template": held["v_template"],
        "shapedirs": np.zeros((*held["v_template"].shape, 1)),
        "posedirs": held["posedirs"].reshape(vertices.size, -1).T,
        "J_regressor": held["J_regressor"],
        "lbs_weights": held["weights"],
    }
    parents = torch.tensor(held["kintree_table"][0].astype(np.int64))
    parents[0] = -1
    tensors = {name: torch.tensor(value, dtype=torch.float32) for name, value in model.items()} | {"parents": parents}
    colours = (weights @ np.array([tint(name) for name in WHOLE_BODY.names])).astype(np.float32)
    normals, places = smooth_normals(vertices, faces), skeleton.rest_positions()
    return ModelBody(
        vertices.astype(np.float32), normals, faces, colours, weights, places, found, skeleton, tensors, own
    )


def _load(asking: str) -> tuple[Any, Any]:
    """smplx's skinning, and torch."""
    try:
        import torch
        from smplx.lbs import lbs
    except ImportError as error:
        raise MotionError(
            f"{asking}: this body needs the package smplx ({error}); pip install 'large-motion-model[smplx]'"
        ) from error
    return lbs, torch


def _file(path: Path, kind: str) -> Path:
    if path.is_dir():
        folders = [path / kind, path] if kind else [path]
        names = [f"{(kind or 'smplx').upper()}_{g}.{e}" for g in ("NEUTRAL", "MALE", "FEMALE") for e in ("npz", "pkl")]
        names += [f"{g}/model.npz" for g in ("neutral", "male", "female")]
        path = next(
            (folder / name for folder in folders for name in names if (folder / name).is_file()), path / names[0]
        )
    if not path.is_file():
        raise MotionError(
            f"{path}: no such model file; give smplx:FILE.npz, or a folder with SMPLX_NEUTRAL.npz (free for research after "
            "registration at smpl-x.is.tue.mpg.de)"
        )
    return path


def _arrays(path: Path) -> dict[str, np.ndarray]:
    """The arrays that a body is made of, checked against each other."""
    held: Any = pickled.read(path) if path.suffix.lower() == ".pkl" else joints.arrays(path)
    if not isinstance(held, dict) or not all(name in held for name in _NEEDED):
        missing = [name for name in _NEEDED if not isinstance(held, dict) or name not in held]
        raise MotionError(f"{path}: no {', '.join(missing)} in it; give an SMPL, SMPL-H or SMPL-X model file")
    found = {name: fields.numbers(held[name], name, path) for name in _NEEDED}
    points, count = len(found["v_template"]), found["weights"].shape[-1]
    shapes = {"v_template": (points, 3), "f": (len(found["f"]), 3), "weights": (points, count),
              "J_regressor": (count, points), "kintree_table": (2, count)}  # fmt: skip
    for name, shape in shapes.items():
        if found[name].shape != shape or not points:
            raise MotionError(f"{path}: {name} {found[name].shape}; must be {shape}")
    if not ((found["f"] >= 0) & (found["f"] < points)).all():
        raise MotionError(f"{path}: f names vertices that are not there; download the model again")
    parents = found["kintree_table"][0, 1:]
    if not ((parents >= 0) & (parents < np.arange(1, count))).all():
        raise MotionError(f"{path}: kintree_table has a parent after its child; download the model again")
    wide = 9 * (count - 1)
    corrections = (
        fields.numbers(held["posedirs"], "posedirs", path) if "posedirs" in held else np.zeros((points, 3, wide))
    )
    if corrections.shape != (points, 3, wide):
        raise MotionError(f"{path}: posedirs {corrections.shape}; must be {(points, 3, wide)}")
    return {**found, "posedirs": corrections}


def _skeleton(rest: np.ndarray, own: np.ndarray) -> Skeleton:
    """WHOLE_BODY with the model's bones; the hands of a model that has none as ours are."""
    offsets, parents = WHOLE_BODY.offsets.copy(), WHOLE_BODY.parents
    places = {int(j): rest[k] for k, j in enumerate(own) if j >= 0}
    for j, place in places.items():
        offsets[j] = place - places[parents[j]] if parents[j] in places else 0.0
    return WHOLE_BODY.with_offsets(offsets)


def _weights(weights: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """(V, 52) weights on WHOLE_BODY: what hangs on a joint of the model's own hangs on the one that carries it."""
    made = np.zeros((len(weights), len(WHOLE_BODY)), np.float32)
    for k, name in enumerate(names):
        made[:, WHOLE_BODY.index(name.removeprefix("<"))] += weights[:, k]
    return made / np.maximum(made.sum(1, keepdims=True), 1e-9)
