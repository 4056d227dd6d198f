"""Simple closed solids with smooth normals: what a capsule body is made of. Knows no skeleton and no renderer.

A solid is (vertices (V, 3) [m], normals (V, 3) unit, faces (F, 3) counter-clockwise seen from outside).
"""

import numpy as np

Solid = tuple[np.ndarray, np.ndarray, np.ndarray]


def _grid_faces(rings: int, sectors: int) -> np.ndarray:
    """Faces of `rings` closed rings of `sectors` vertices each, stacked along +Y."""
    ring, sector = np.meshgrid(np.arange(rings - 1), np.arange(sectors), indexing="ij")
    here = ring * sectors + sector
    beside = ring * sectors + (sector + 1) % sectors
    above, across = here + sectors, beside + sectors
    return np.concatenate([np.stack([here, beside, above], -1), np.stack([beside, across, above], -1)]).reshape(-1, 3)


def _revolve(radius: np.ndarray, height: np.ndarray, slope: np.ndarray, sectors: int) -> Solid:
    """Turn a profile (radius and height [m], slope = (outward, up) components of its normal) about +Y."""
    angle = np.linspace(0, 2 * np.pi, sectors, endpoint=False)
    around = np.stack([np.sin(angle), np.zeros_like(angle), np.cos(angle)], -1)
    vertices = radius[:, None, None] * around + height[:, None, None] * np.array([0, 1.0, 0])
    normals = slope[:, :1, None] * around + slope[:, 1:, None] * np.array([0, 1.0, 0])
    return vertices.reshape(-1, 3), normals.reshape(-1, 3), _grid_faces(len(radius), sectors)


def _frame_along(axis: np.ndarray) -> np.ndarray:
    """A rotation (3, 3) whose second column is the unit vector `axis`."""
    helper = np.array([0, 0, 1.0]) if abs(axis[2]) < 0.9 else np.array([1.0, 0, 0])
    side = np.cross(axis, helper)
    side /= np.linalg.norm(side)
    return np.stack([side, axis, np.cross(side, axis)], -1)


def rounded_cone(start: np.ndarray, end: np.ndarray, r0: float, r1: float, sectors: int = 14, cap: int = 5) -> Solid:
    """The hull of two spheres: radius r0 [m] at start (3,), r1 at end (3,). One sphere where one holds the other.

    Rings lie between the ends too, so that the vertices are dense enough for a shadow (motionverse.view.scene)."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    length = float(np.linalg.norm(end - start))
    if length <= abs(r0 - r1) + 1e-9:
        centre, radius = (start, r0) if r0 >= r1 else (end, r1)
        return ellipsoid(centre, np.full(3, radius), sectors, cap * 2)
    lean = np.arcsin(np.clip((r0 - r1) / length, -1, 1))  # the cone's normal leans toward the thinner end
    low, high = np.linspace(-np.pi / 2, lean, cap), np.linspace(lean, np.pi / 2, cap)
    between = np.linspace(0, 1, int(np.clip(length / max(min(r0, r1), length / 80) * 2, 2, 20)) + 1)[1:-1]
    latitude = np.concatenate([low, np.full(len(between), lean), high])
    radii = np.concatenate([np.full(cap, r0), r0 + (r1 - r0) * between, np.full(cap, r1)])
    heights = np.concatenate([np.zeros(cap), length * between, np.full(cap, length)]) + radii * np.sin(latitude)
    slope = np.stack([np.cos(latitude), np.sin(latitude)], -1)
    vertices, normals, faces = _revolve(radii * np.cos(latitude), heights, slope, sectors)
    turn = _frame_along((end - start) / length)
    return vertices @ turn.T + start, normals @ turn.T, faces


def ellipsoid(centre: np.ndarray, radii: np.ndarray, sectors: int = 24, rings: int = 14) -> Solid:
    """An axis-aligned ellipsoid: centre (3,) and radii (3,) [m]."""
    radii = np.asarray(radii, float)
    latitude = np.linspace(-np.pi / 2, np.pi / 2, rings)
    slope = np.stack([np.cos(latitude), np.sin(latitude)], -1)
    unit, _, faces = _revolve(np.cos(latitude), np.sin(latitude), slope, sectors)
    normals = unit / radii
    return unit * radii + centre, normals / np.linalg.norm(normals, axis=-1, keepdims=True), faces


def flatten_below(solid: Solid, level: float) -> Solid:
    """Press everything under the height `level` [m] flat onto it: the sole of a shoe."""
    vertices, normals, faces = solid
    under = vertices[:, 1] < level
    return (
        np.where(
            under[:, None], np.stack([vertices[:, 0], np.full(len(vertices), level), vertices[:, 2]], -1), vertices
        ),
        np.where(under[:, None], np.array([0, -1.0, 0]), normals),
        faces,
    )
