"""C3D files, forged with the package's own writer: markers become the body that wears them."""

import io
import sys

import numpy as np
import pytest

from motionverse import formats
from motionverse.errors import MotionError
from motionverse.formats import joint_sets
from motionverse.skeleton import WHOLE_BODY
from tests import forge
from tests.motionverse.formats.markers import MARKERS, fixed

c3d = pytest.importorskip("c3d", reason="the package c3d is not installed")
LIMBS = [
    f"{side}_{part}" for side in ("left", "right") for part in ("hip", "knee", "ankle", "shoulder", "elbow", "wrist")
]
AT = [WHOLE_BODY.index(name) for name in LIMBS]
Z_UP = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


def save(path, points, labels, rate=100.0, units="mm"):
    """points (T, P, 3) in the unit, NaN: not seen."""
    writer = c3d.Writer(point_rate=rate, point_units=units)
    lost = np.isnan(points).any(-1)
    rows = np.zeros((*points.shape[:2], 5), np.float32)
    rows[..., :3] = np.where(lost[..., None], 0, points)
    rows[lost, 3:] = -1
    writer.add_frames([(row, np.zeros((0, 0))) for row in rows])
    writer.set_point_labels(list(labels))
    buffer = io.BytesIO()
    writer.write(buffer)
    path.write_bytes(buffer.getvalue())


@pytest.mark.parametrize(("units", "size"), [("mm", 1000), ("m", 1), ("cm", 100), ("????", 1000)])
@pytest.mark.parametrize("axes", [np.eye(3), Z_UP])
def test_plug_in_gait_becomes_the_body(tmp_path, units, size, axes):
    motion = forge.walk(1, 100)
    points = fixed(motion, MARKERS) @ axes.T
    points[20:30, list(MARKERS).index("LKNE")] = np.nan
    save(tmp_path / "a.c3d", size * points, [f"Ann:{name}" for name in MARKERS], 100, units)
    back = formats.load(tmp_path / "a.c3d")
    assert back.fps == 100 and len(back) == 100 and back.rotation_source == "ik"
    assert np.linalg.norm(back.joints() - motion.joints(), axis=-1)[:, AT].max() < 0.07
    assert np.linalg.norm(back.joints() - motion.joints(), axis=-1)[:, AT].mean() < 0.025
    assert formats.load(tmp_path / "a.c3d", fps=50).seconds == 2 * back.seconds


def test_of_two_subjects_the_whole_one(tmp_path):
    motion = forge.walk(0.5, 100)
    points = 1000 * fixed(motion, MARKERS)
    labels = [*(f"Bob:{name}" for name in MARKERS), *(f"Ann:{name}" for name in MARKERS), "*unnamed"]
    points = np.concatenate([points[:, :8] + 5000, np.full_like(points[:, 8:], np.nan), points, points[:, :1]], 1)
    keep = [k for k, label in enumerate(labels) if not (label.startswith("Bob") and k >= 8)]
    save(tmp_path / "a.c3d", points[:, keep], [labels[k] for k in keep])
    back = formats.load(tmp_path / "a.c3d")
    assert np.linalg.norm(back.joints() - motion.joints(), axis=-1)[:, AT].max() < 0.07


def test_points_that_are_joints_already_and_names_given(tmp_path):
    motion = forge.walk(0.5, 100)
    save(tmp_path / "a.c3d", 1000 * motion.joints(), WHOLE_BODY.names)
    assert np.abs(formats.load(tmp_path / "a.c3d").joints() - motion.joints()).max() < 1e-4
    save(tmp_path / "b.c3d", 1000 * motion.joints()[:, :22], [f"P{k}" for k in range(22)])
    with pytest.raises(MotionError, match=r"LASI, RASI, LPSI, RPSI not among 22 markers \(P0, P1, .* and 10 more\)"):
        formats.load(tmp_path / "b.c3d")
    named = formats.load(tmp_path / "b.c3d", joints="smpl22")
    assert np.abs(named.joints() - motion.joints())[:, :22].max() < 1e-4
    listed = formats.load(tmp_path / "b.c3d", joints=",".join(map(str, joint_sets.SETS["smpl22"])))
    assert np.array_equal(listed.joints(), named.joints())


def test_no_markers_and_no_package(tmp_path, monkeypatch):
    save(tmp_path / "a.c3d", np.full((5, 2, 3), np.nan), ["LASI", "RASI"])
    with pytest.raises(MotionError, match="no Plug-in-Gait set"):
        formats.load(tmp_path / "a.c3d")
    monkeypatch.setitem(sys.modules, "c3d", None)
    with pytest.raises(MotionError, match=r"pip install 'large-motion-model\[c3d\]'"):
        formats.load(tmp_path / "a.c3d")


def test_damaged_files_are_refused_in_one_line(tmp_path):
    path = tmp_path / "a.c3d"
    save(path, 1000 * fixed(forge.walk(0.2, 100), MARKERS), MARKERS)
    data, rng, refused = path.read_bytes(), np.random.default_rng(0), 0
    for at in [*rng.integers(0, 3000, 80), *rng.integers(0, len(data), 20)]:
        for broken in (data[:at], data[:at] + bytes([rng.integers(256)]) + data[at + 1 :]):
            path.write_bytes(broken)
            try:
                formats.load(path)
            except MotionError as error:
                refused += 1
                assert "\n" not in str(error) and str(path) in str(error)
    assert refused > 50
