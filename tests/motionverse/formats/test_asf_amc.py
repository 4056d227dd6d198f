import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from motionverse import formats
from motionverse.errors import MotionError
from motionverse.formats import asf_amc

UNIT = 0.0254 / 0.45
ASF = """# made for the tests
:version 1.10
:units
  mass 1.0
  length 0.45
  angle deg
:root
   order TX TY TZ RX RY RZ
   axis XYZ
   position 0 0 0
   orientation 0 0 0
:bonedata
"""
# name, direction, length, axis, dof; head and feet so that the body is plausible
BONES = [
    ("lowerback", (0, 1, 0), 4.0, (10, 0, 5), "rx ry rz"),
    ("head", (0, 0.6, 0.8), 7.0, (0, 0, 0), "rx"),
    ("lfemur", (0.342, -0.94, 0), 7.5, (0, 0, 20), "rx ry rz"),
    ("ltibia", (0.342, -0.94, 0), 7.5, (0, 0, 20), "rx"),
    ("lfoot", (0.09, -0.25, 0.96), 2.0, (-90, 0, 20), "rx rz"),
    ("rfemur", (-0.342, -0.94, 0), 7.5, (0, 0, -20), "rx ry rz"),
    ("rtibia", (-0.342, -0.94, 0), 7.5, (0, 0, -20), "rx"),
    ("rthumb", (0, -1, 0), 0.5, (0, 30, 0), ""),
]
HIERARCHY = [
    "root lowerback lfemur rfemur",
    "lowerback head",
    "lfemur ltibia",
    "ltibia lfoot",
    "rfemur rtibia",
    "rtibia rthumb",
]


def bone(k, name, direction, length, axis, dof):
    lines = ["begin", f"id {k}", f"name {name}", "direction {} {} {}".format(*direction), f"length {length}"]
    lines += ["axis {} {} {} XYZ".format(*axis)] + ([f"dof {dof}"] if dof else []) + ["limits (-1 1)", "end"]
    return "\n".join(lines)


@pytest.fixture
def files(tmp_path):
    """(amc path, values by bone (T, n))."""
    rng = np.random.default_rng(0)
    text = ASF + "\n".join(bone(k, *b) for k, b in enumerate(BONES, 1))
    (tmp_path / "07.asf").write_text(text + "\n:hierarchy\nbegin\n" + "\n".join(HIERARCHY) + "\nend\n")
    values = {"root": np.concatenate([rng.normal(0, 5, (6, 3)) + [0, 16, 0], rng.uniform(-30, 30, (6, 3))], 1)}
    values |= {b[0]: rng.uniform(-30, 30, (6, len(b[4].split()))) for b in BONES if b[4]}
    lines = ["#!OML:ASF", ":FULLY-SPECIFIED", ":DEGREES"]
    for t in range(6):
        lines += [str(t + 1), *(f"{name} " + " ".join(map(str, v[t])) for name, v in values.items())]
    (tmp_path / "07_01.amc").write_text("\n".join(lines) + "\n")
    return tmp_path / "07_01.amc", values


def turn(axes, degrees):
    """Rz Ry Rx of those named, as the format says: the first one named turns first."""
    out = np.eye(3)
    for axis, angle in zip(axes, degrees, strict=True):
        out = Rotation.from_rotvec(np.radians(angle) * np.eye(3)["xyz".index(axis)]).as_matrix() @ out
    return out


def test_bones_end_where_the_format_says(files):
    path, values = files
    motion = formats.load(path)
    assert motion.fps == asf_amc.USUAL_FPS and motion.skeleton.names[0] == "root"
    joints, world = motion.joints(), motion.globals()
    parent = {child: line.split()[0] for line in HIERARCHY for child in line.split()[1:]}
    for t in range(6):
        turns = {"root": turn("xyz", values["root"][t, 3:])}
        ends = {"root": values["root"][t, :3] * UNIT}
        for name, direction, length, axis, dof in BONES:
            own = turn("xyz", axis)
            local = turn([d[1] for d in dof.split()], values[name][t]) if dof else np.eye(3)
            turns[name] = turns[parent[name]] @ own @ local @ own.T
            ends[name] = (
                ends[parent[name]] + turns[name] @ np.array(direction) / np.linalg.norm(direction) * length * UNIT
            )
            j = motion.skeleton.index(name)
            assert joints[t, j] == pytest.approx(ends[parent[name]], abs=1e-9)
            assert world[t, j] == pytest.approx(turns[name], abs=1e-9)
    tip = motion.skeleton.index("lfoot")
    assert joints[-1, tip] + world[-1, tip] @ motion.skeleton.ends["lfoot"] == pytest.approx(ends["lfoot"], abs=1e-9)


def test_options(files):
    path, _ = files
    assert formats.load(path, fps=60).fps == 60
    assert asf_amc.read(path, path.with_name("07.asf"), scale=1.0).root[0, 1] == pytest.approx(
        asf_amc.read(path).root[0, 1] / UNIT
    )


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("lfemur ", "lfemurs ", "not in the ASF"),
        ("2\nroot", "2\nrot", "frame 2"),
        ("ltibia ", "ltibia 1 ", "ltibia"),
        ("root ", "root x", "not a number"),
        ("root ", "root nan ", "07_01.amc"),
        ("\n1\n", "\nroot\n", "no frames"),
    ],
)
def test_broken_trials(files, old, new, says):
    path, _ = files
    text = path.read_text()
    path.write_text(text.replace(old, new) if says != "frame 2" else text.replace(old, new, 1))
    with pytest.raises(MotionError, match=says) as caught:
        formats.load(path)
    assert "\n" not in str(caught.value)


def test_cut_trials(files):
    path, _ = files
    text = path.read_text()
    for at in range(0, len(text) - 20, 37):
        path.write_text(text[:at])
        with pytest.raises(MotionError):
            if len(formats.load(path)) < 6:  # cut between two frames: shorter, and whole
                raise MotionError("shorter")


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (":hierarchy", ":other", "no :hierarchy"),
        (":bonedata", ":data", "no :bonedata"),
        ("lowerback head", "lowerback hat", "'hat'"),
        ("root lowerback lfemur", "root lfemur", "before its parent"),
        ("length 4.0", "length long", "not described"),
        ("dof rx ry rz", "dof rx ry rw", "rw"),
        ("direction 0 1 0", "direction 0 1", "07.asf"),
        ("axis 10 0 5 XYZ", "axis 10 0 5 XYY", "XYY"),
        ("axis 10 0 5 XYZ", "axis 10 inf 5 XYZ", "inf is no length or angle"),
        ("position 0 0 0", "position 00 0", "position of 2 numbers"),
        ("direction 0 1 0", "direction 0 0 0", "direction of 'lowerback'"),
        ("length 4.0", "length 1e308", "no length"),
        ("order TX TY TZ RX RY RZ\n", "\n", "order"),
    ],
)
def test_broken_skeletons(files, old, new, says):
    path, _ = files
    asf = path.with_name("07.asf")
    asf.write_text(asf.read_text().replace(old, new))
    with pytest.raises(MotionError, match=says) as caught:
        formats.load(path)
    assert "\n" not in str(caught.value)


def test_no_skeleton(files):
    path, _ = files
    path.with_name("07.asf").unlink()
    with pytest.raises(MotionError, match="put 07.asf beside it"):
        formats.load(path)
