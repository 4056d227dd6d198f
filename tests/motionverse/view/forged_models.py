"""Model files in the layout of SMPL, SMPL-H and SMPL-X, of nobody: a tetrahedron on every joint of WHOLE_BODY."""

import numpy as np

from motionverse.skeleton import WHOLE_BODY
from motionverse.view.smpl import KINDS

_CORNERS = 0.02 * np.array(
    [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], float
)  # around the joint: their mean is it


def write(path, kind: str, shift=(0.0, 0.0, 0.0), corrections: float = 0.0, **changes) -> dict[str, np.ndarray]:
    """Write a model whose joints rest where WHOLE_BODY's do, all moved by `shift` [m]; returns its arrays.

    corrections: size of the pose corrections; changes: arrays in place of the model's, None leaves one out.
    """
    names, rng = KINDS[kind], np.random.default_rng(0)
    rest, parents = [], []
    for name in names:
        owner = name.removeprefix("<")
        extra = (0.0, 0.05, 0.05) if name[0] == "<" else (0.0, 0.0, 0.0)
        rest.append(WHOLE_BODY.rest_positions()[WHOLE_BODY.index(owner)] + extra + np.array(shift))
        above = owner if name[0] == "<" else (WHOLE_BODY.names[WHOLE_BODY.parents[WHOLE_BODY.index(owner)]])
        parents.append(2**32 - 1 if name == "pelvis" else names.index(above))
    count = len(names)
    vertices = (np.array(rest)[:, None] + _CORNERS).reshape(-1, 3)
    regressor = np.kron(np.eye(count), np.full((1, 4), 0.25))
    faces = np.concatenate([4 * k + np.array([[0, 1, 2], [0, 3, 1], [0, 2, 3], [1, 3, 2]]) for k in range(count)])
    held = {
        "v_template": vertices, "f": faces.astype(np.uint32), "weights": np.kron(np.eye(count), np.ones((4, 1))),
        "J_regressor": regressor, "kintree_table": np.array([parents, range(count)], np.int64),
        "posedirs": corrections * rng.normal(size=(4 * count, 3, 9 * (count - 1))), "shapedirs": np.zeros((4 * count, 3, 400)),
        "hands_componentsl": np.eye(45), "hands_componentsr": np.eye(45), "hands_meanl": np.zeros(45),
        "hands_meanr": np.zeros(45), "lmk_faces_idx": np.zeros(2, np.int64), "lmk_bary_coords": np.full((2, 3), 1 / 3),
    }  # fmt: skip
    held |= changes
    np.savez(path, **{name: value for name, value in held.items() if value is not None})
    return held
