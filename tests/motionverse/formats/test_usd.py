"""USD files as USD's own library sees them: joints in their places, skin where we draw it, nothing to complain of."""

import sys
import zipfile

import numpy as np
import pytest

from motionverse import formats, rotation
from motionverse.errors import MotionError
from motionverse.formats import usd
from motionverse.motion import Motion
from motionverse.skeleton import WHOLE_BODY, Skeleton
from motionverse.view import body_for
from tests import forge

PACKED = ("usda", "usd", "usdc", "usdz")
ODD = ("mixamorig:Hips", 'say "no"\n', "1st bone", "", "Größe", "a/b", "a.b", "a\\b")


@pytest.fixture
def pxr():
    return pytest.importorskip("pxr", reason="usd-core reads what we write: pip install usd-core")


def opened(path):
    """(stage, query of the skeleton)."""
    from pxr import Usd, UsdSkel

    stage = Usd.Stage.Open(str(path))
    cache, root = UsdSkel.Cache(), UsdSkel.Root(stage.GetDefaultPrim())
    assert cache.Populate(root, Usd.PrimDefaultPredicate)
    return stage, cache, cache.GetSkelQuery(UsdSkel.Skeleton(stage.GetPrimAtPath("/motion/skeleton")))


def transforms(query, frame):
    """World places (J, 3) and turns (J, 3, 3) of the joints; USD's matrices stand on their side."""
    held = np.array([np.array(matrix) for matrix in query.ComputeJointSkelTransforms(frame)])
    return held[:, 3, :3], np.swapaxes(held[:, :3, :3], 1, 2)


@pytest.mark.parametrize("suffix", PACKED)
def test_joints_are_where_usd_puts_them(pxr, tmp_path, suffix):
    from pxr import UsdGeom

    motion = forge.motion(1.0, 24, seed=3).turned(0.4, (3.0, 0.0, -2.0))
    motion.save(tmp_path / f"a.{suffix}")
    stage, _, query = opened(tmp_path / f"a.{suffix}")
    assert (stage.GetTimeCodesPerSecond(), stage.GetStartTimeCode(), stage.GetEndTimeCode()) == (24, 0, 23)
    assert (UsdGeom.GetStageUpAxis(stage), UsdGeom.GetStageMetersPerUnit(stage)) == ("Y", 1)
    for frame in (0, 9, 23):
        places, turns = transforms(query, frame)
        assert np.abs(places - motion.joints()[frame]).max() < 1e-5
        assert np.abs(turns - motion.globals()[frame]).max() < 1e-5
    halfway = transforms(query, 9.5)[0]
    assert np.abs(halfway - motion.resample(48).joints()[19]).max() < 5e-3  # turns, not numbers, are interpolated


def test_the_body_is_where_we_draw_it(pxr, tmp_path):
    from pxr import UsdGeom

    bent = WHOLE_BODY.with_offsets(WHOLE_BODY.offsets * np.linspace(0.9, 1.2, 52)[:, None])
    for k, skeleton in enumerate(
        (WHOLE_BODY, bent, Skeleton(("x", "y"), (-1, 0), np.array([[0, 1.0, 0], [0, 0.4, 0]])))
    ):
        motion = forge.motion(0.2, seed=2, skeleton=skeleton)
        motion.save(tmp_path / f"{k}.usda")
        stage, cache, query = opened(tmp_path / f"{k}.usda")
        prim = stage.GetPrimAtPath("/motion/body")
        points = UsdGeom.Mesh(prim).GetPointsAttr().Get()
        low, high = (np.array(corner) for corner in stage.GetDefaultPrim().GetAttribute("extent").Get())
        for frame in (0, 4):
            moved = UsdGeom.Mesh(prim).GetPointsAttr().Get()
            skinned = cache.GetSkinningQuery(prim)
            assert skinned.ComputeSkinnedPoints(query.ComputeSkinningTransforms(frame), moved, frame)
            drawn, _ = body_for(skeleton).pose(motion.joints()[frame], motion.globals()[frame])
            assert np.abs(np.array(moved) - drawn).max() < 1e-4 and np.ptp(drawn, axis=0).max() > 0.05
            assert (np.array(moved) >= low).all() and (np.array(moved) <= high).all()
        assert len(points) == len(body_for(skeleton).vertices)


def test_usd_has_nothing_to_complain_of(pxr, tmp_path):
    validation = pytest.importorskip("pxr.UsdValidation", reason="this usd-core has no validators")
    from pxr import Usd

    forge.motion(0.3).save(tmp_path / "a.usda")
    stage = Usd.Stage.Open(str(tmp_path / "a.usda"))
    validators = validation.ValidationRegistry().GetOrLoadAllValidators()
    told = validation.ValidationContext(validators).Validate(stage)
    assert len(validators) > 5 and not [error.GetMessage() for error in told]


def test_names_that_usd_does_not_allow(pxr, tmp_path):
    parents = tuple(range(-1, len(ODD) - 1))
    skeleton = Skeleton(ODD, parents, np.full((len(ODD), 3), 0.1))
    motion = forge.motion(0.2, skeleton=skeleton)
    usd.write(motion, tmp_path / "a.usda", body=False)
    _stage, _, query = opened(tmp_path / "a.usda")
    assert len({str(joint) for joint in query.GetJointOrder()}) == len(ODD)
    assert str(query.GetJointOrder()[1]).startswith("mixamorig_Hips/")
    names = query.GetSkeleton().GetJointNamesAttr().Get()
    assert names[0] == "mixamorig:Hips" and names[4] == "Größe" and "\n" not in names[1]
    assert np.abs(transforms(query, 3)[0] - motion.joints()[3]).max() < 1e-5


def test_one_frame_and_a_root_without_a_place(pxr, tmp_path):
    """Where the skeleton does not say where its root rests, its feet rest on the floor."""
    motion = Motion(rotation.identity(1, 52), np.array([[0.0, 0.9, 0.0]]), 30, WHOLE_BODY)
    motion.save(tmp_path / "a.usda")
    stage, _, query = opened(tmp_path / "a.usda")
    rest = np.array([np.array(m) for m in query.GetSkeleton().GetBindTransformsAttr().Get()])[:, 3, :3]
    at_rest = np.array([np.array(m) for m in query.ComputeJointSkelTransforms(0, True)])[:, 3, :3]
    assert np.abs(at_rest - rest).max() < 1e-6
    assert stage.GetEndTimeCode() == 0 and abs(rest[:, 1].min()) < 1e-6
    assert np.abs(transforms(query, 0)[0] - motion.joints()[0]).max() < 1e-6


def test_a_package_is_plain_and_aligned(pxr, tmp_path):
    forge.motion(0.1).save(tmp_path / "my walk.usdz")
    with zipfile.ZipFile(tmp_path / "my walk.usdz") as held:
        (row,) = held.infolist()
    assert (row.filename, row.compress_type) == ("my_walk.usdc", zipfile.ZIP_STORED)
    begin = row.header_offset + 30 + int.from_bytes((tmp_path / "my walk.usdz").read_bytes()[28:30], "little")
    assert (begin + len(row.filename)) % 64 == 0


def test_text_needs_no_library_and_packed_files_say_what_they_need(tmp_path, monkeypatch):
    for name in ("pxr", "pxr.Sdf"):
        monkeypatch.setitem(sys.modules, name, None)
    forge.motion(0.1).save(tmp_path / "a.usda")
    assert (tmp_path / "a.usda").read_text().startswith("#usda 1.0")
    for suffix in ("usdc", "usdz"):
        with pytest.raises(MotionError, match="pip install usd-core"):
            forge.motion(0.1).save(tmp_path / f"a.{suffix}")
        assert not (tmp_path / f"a.{suffix}").exists()


def test_usd_is_only_written(tmp_path):
    (tmp_path / "a.usda").write_text("#usda 1.0")
    with pytest.raises(MotionError, match="only written"):
        formats.load(tmp_path / "a.usda")
    assert ".usda" not in formats.SUFFIXES
