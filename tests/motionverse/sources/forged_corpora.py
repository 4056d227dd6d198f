"""A forged distribution of one clip for every source: each function writes one into a folder and returns the motion's file."""

import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.formats import bvh
from motionverse.skeleton import Skeleton
from motionverse.sources import (
    cmu_actions,
    fitted_points,
    holosoma_climb,
    human36m,
    leap_hands,
    table,
    uci_vicon_physical,
    ui_prmd,
)
from motionverse.sources.points_only import Z_UP
from tests import forge
from tests.motionverse.formats import test_asf_amc
from tests.motionverse.formats.markers import MARKERS, fixed
from tests.motionverse.sources import files, forge_sets
from tests.motionverse.sources import test_point_corpora as corpora
from tests.motionverse.sources import test_point_sets as sets
from tests.motionverse.sources import test_sparse_corpora as sparse


def as_bvh(name: str, source: str | None = None) -> Callable[[Path], Path]:
    """A BVH file on the first skeleton of a source, or on any."""

    def made(root: Path) -> Path:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        motion = files.body()
        bvh.write(files.called(motion, table.source(source).figures[0]) if source else motion, path)
        return path

    return made


def as_channels(name: str, source: str, up: str = "Y") -> Callable[[Path], Path]:
    """Raw quaternions on the first skeleton of a source."""

    def made(root: Path) -> Path:
        figures, motion = table.source(source).figures, files.body()
        files.write_quaternions(root / name, files.called(motion, figures[0]) if figures else motion, up)
        return root / name

    return made


def exponential_maps(root: Path) -> Path:
    skeleton = Skeleton(cmu_actions.JOINTS, cmu_actions.PARENTS, np.full((38, 3), 0.1))
    files.write_exponential_maps(root / "train_walking_1.npz", forge.motion(0.5, 120.0, skeleton=skeleton))
    return root / "train_walking_1.npz"


def acclaim(root: Path) -> Path:
    path, _ = test_asf_amc.files.__wrapped__(root)  # type: ignore[attr-defined]
    return path


def amass(root: Path) -> Path:
    return forge_sets.amass(root, "CMU/05/05_02", forge_sets.walk())


def humanml3d(root: Path) -> Path:
    folder = forge_sets.humanml3d(root, {"000007": "val"}, {})
    return forge_sets.save(folder / "new_joints" / "000007.npy", forge_sets.walk(2.0, 20.0).joints()[:, :22])


def kit(root: Path) -> Path:
    forge_sets.text(root / "texts" / "00001.txt", "A human walks.#A/DET#0.0#0.0")
    return forge_sets.save(root / "new_joints" / "00001.npy", forge_sets.kit_joints(forge_sets.walk(2.0, 12.5)))


def babel(root: Path) -> Path:
    row = {"babel_sid": 1, "dur": 3.0, "feat_p": "CMU/CMU/141/141_05_poses.npz", "seq_ann": None, "frame_ann": None}
    forge_sets.babel(root, {"train": [row]})
    return forge_sets.amass(root / "amass", "CMU/141/141_05", forge_sets.walk())


def motion_x(root: Path) -> Path:
    motion = forge_sets.walk(1.0, 30.0)
    path = root / "motion_data" / "smplx_322" / "idea400" / "a.npy"
    return forge_sets.save(path, forge_sets.smplx_322(motion, np.zeros((len(motion), 50))))


def humanact12(root: Path) -> Path:
    points = forge_sets.humanact12_points(forge_sets.walk(2.0, 20.0))
    return forge_sets.save(root / "P01G01R02F1170T1208A0102.npy", points)


def threedpw(root: Path) -> Path:
    held = forge_sets.threedpw_sequence([forge_sets.walk(1.0, 30.0)])
    return forge_sets.as_pickle(root / "sequenceFiles" / "test" / "office_phoneCall_00.pkl", held)


def aist(root: Path) -> Path:
    name = "gBR_sBM_cAll_d04_mBR0_ch03"
    return forge_sets.aist(root, name, forge_sets.walk(1.0)) / "motions" / f"{name}.pkl"


def beat(root: Path) -> Path:
    return forge_sets.beat(root, "2_scott_0_73_73", files.called(files.body(fps=120.0), BEAT)) / "2_scott_0_73_73.bvh"


BEAT = table.source("beat").figures[0]


def beat2(root: Path) -> Path:
    forge_sets.beat2(root, "2_scott_0_9_9", forge_sets.walk(1.0, 30.0))
    return root / "beat_english_v2.0.0" / "smplxflame_30" / "2_scott_0_9_9.npz"


def uestc(root: Path) -> Path:
    from scipy.io import savemat

    points = sets.points(sets.body(), fitted_points.KINECT)
    savemat(root / "a2_d1_p003_c2_skeleton.mat", {"v": points.reshape(len(points), 75)})
    return root / "a2_d1_p003_c2_skeleton.mat"


def ntu(root: Path) -> Path:
    sets.skeleton_file(root / "S018C001P045R002A100.skeleton", sets.points(sets.body(), fitted_points.KINECT))
    return root / "S018C001P045R002A100.skeleton"


def h36m(root: Path) -> Path:
    from scipy.io import savemat

    place = root / "S1" / "MyPoseFeatures" / "D3_Positions"
    place.mkdir(parents=True)
    points = 1000 * sets.points(sets.body(50.0), human36m.JOINTS, Z_UP)
    savemat(place / "Walking.cdf.mat", {"data": points.reshape(len(points), 96)})
    return place / "Walking.cdf.mat"


def mpi(root: Path) -> Path:
    sets.annot(root / "S3" / "Seq1" / "annot.mat", sets.body(50.0), 1)
    return root / "S3" / "Seq1" / "annot.mat"


def ted(source: Any, axes: np.ndarray) -> Callable[[Path], Path]:
    def made(root: Path) -> Path:
        (root / "train.pickle").write_bytes(pickle.dumps([sets.video(sets.body(25.0), source.JOINTS, axes)]))
        return root / "train.pickle"

    return made


def utterance(root: Path) -> Path:
    motion = files.called(
        files.body(fps=20.0), ("Hips", "Spine", "LeftArm", "RightForeArm", "LeftUpLeg", "LeftHandIndex1")
    )
    sets.utterance(root, 21, motion)
    return root / "motion" / "gesture21.bvh"


def kinect(root: Path) -> Path:
    seen = {name: (joint or "pelvis", (0, 0, 0)) for name, joint in ui_prmd.KINECT.items()}
    seen["HeadTip"] = ("head", (0, 0.17, 0.01))
    path = root / "kinect" / "m02_s03_e04.npz"
    raw = corpora.raw(fixed(forge.walk(1.0), seen))
    corpora.save(path, np.zeros((1, 22, 3)), list(seen), 30, raw=raw)
    return path


def markers(root: Path) -> Path:
    corpora.save(root / "run1.npz", fixed(forge.walk(1.0), MARKERS), list(MARKERS), 120)
    return root / "run1.npz"


def hands(root: Path) -> Path:
    raw = np.random.default_rng(0).normal(0, 40, (30, 129))
    raw[:, [1, 65]] = 1
    np.savez(root / "wave.npz", raw=raw, joints=np.array(leap_hands.JOINTS), fps=110.0)
    return root / "wave.npz"


def climber(root: Path) -> Path:
    sparse.save(root / "seq_0.npz", sparse.climbing(forge.motion(1.0)), list(holosoma_climb.JOINTS), 120)
    return root / "seq_0.npz"


def nine(root: Path) -> Path:
    points = sparse.nine(forge.walk(1.0, 66.7))
    sparse.save(root / "sub1_Walking.npz", points, list(uci_vicon_physical.JOINTS), 66.667)
    return root / "sub1_Walking.npz"


def take(root: Path) -> Path:
    path = beat2(root / "set")
    for file in sorted((root / "set").rglob("2_scott_0_9_9.*")):
        file.rename(root / file.name)
    return root / path.name


def letter(root: Path) -> Path:
    sparse.spell(root, sparse.spelled(forge.motion(1, fps=25)))
    return root / "ase__o.npz"


def phone(root: Path) -> Path:
    raw = sparse.channels()
    np.savez(root / "alex_rom_3.npz", raw=raw, joints=np.array([], "U1"), fps=30.0)
    return root / "alex_rom_3.npz"


def any_file(root: Path) -> Path:
    np.savez(root / "walk.npz", joints=files.body().joints(), fps=30.0)
    return root / "walk.npz"
