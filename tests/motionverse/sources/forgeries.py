"""One forged distribution a source, and the ways to break it: a file of another shape, joints in an order that is not the set's.

`FORGERIES` has a row for every source of the table; test_every_source.py reads and breaks them all. More about each set is
tested in the files beside this one, whose builders are used here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.sources import fitted_points, ted_expressive, ted_gesture
from motionverse.sources.points_only import CAMERA
from tests.motionverse.sources import forged_corpora as forged
from tests.motionverse.sources import test_point_sets as sets
from tests.motionverse.sources.breaking import (
    array,
    arrays,
    backwards,
    mat,
    one_less,
    pickled,
    strange,
    ted_points,
    words,
)

Break = tuple[Callable[[Path], Any], str]


@dataclass(frozen=True)
class Forgery:
    """make: writes a distribution of one clip into a folder and returns the file that its motion is in; shape, order: what
    is done to that file, and what must be said about it (a regular expression).
    """

    make: Callable[[Path], Path]
    shape: Break
    order: Break


ROW: Break = (words(r"(Frame Time.*\n)\S+ ", r"\1"), "values where the CHANNELS ask")


WIDTH: Break = (arrays(raw=lambda raw: raw[:, :50]), r"raw \(\d+, 50\) for \d+ joints; must be")
PLACES: Break = (arrays(positions=lambda p: p[:, :5]), r"positions \(\d+, 5, 3\) for \d+ joints; must be")
NO_TREE: Break = (arrays(parents=lambda p: p[::-1], joints=lambda j: j[::-1]), "every parent must come before")


def ntu_backwards(path: Path) -> None:
    sets.skeleton_file(path, sets.points(sets.body(), fitted_points.KINECT)[:, ::-1])


SMPL: Break = (arrays(poses=lambda p: p[:, :75]), r"poses \(\d+, 75\); must be \(T, W\)")
LAST: Break = (arrays(trans=lambda t: t[:-1]), r"trans \(\d+, 3\); must be")
ORDER = "the joints come in another order"
FLAT: Break = (array(lambda a: a[:, :-1]), r"points \(\d+, \d+, 3\); must be \(T, \d+, 3\)")
TURNED: Break = (array(lambda a: a[:, ::-1]), ORDER)

FORGERIES: dict[str, Forgery] = {
    "bandai_namco": Forgery(
        forged.as_bvh("dataset-2_walk_active_003.bvh", "bandai_namco"), ROW, (strange, "no joint Hips")
    ),
    "cmu": Forgery(
        forged.acclaim,
        (words("lfemur .*", "lfemur 1"), "'lfemur' has 1 values"),
        (words("lfemur", "left_thigh"), "'left_thigh' is not in the ASF"),
    ),
    "cmu_actions": Forgery(
        forged.exponential_maps, WIDTH, (arrays(parents=lambda p: [*p[:37], 0]), "the joints are in another order")
    ),
    "reactidle": Forgery(forged.as_bvh("001_acted.bvh", "reactidle"), ROW, (strange, "no joint pelvis")),
    "animated_drawings": Forgery(forged.as_bvh("dab.bvh", "animated_drawings"), ROW, (strange, "no joint Hips")),
    "deepmimic": Forgery(
        forged.as_channels("humanoid3d_run.npz", "deepmimic"),
        PLACES,
        (arrays(joints=lambda j: [f"j{k}" for k in range(len(j))]), "no joint root"),
    ),
    "ase_reallusion": Forgery(forged.as_channels("Run.npz", "ase_reallusion", "Z"), PLACES, NO_TREE),
    "aistpp": Forgery(
        forged.as_channels("gBR_sBM_c01_d04_mBR0_ch01.npz", "aistpp"),
        WIDTH,
        (arrays(parents=lambda p: [*p[:21], 0]), "the joints are in another order"),
    ),
    "anim_cc0": Forgery(forged.as_channels("Jump.npz", "anim_cc0"), PLACES, NO_TREE),
    "amass": Forgery(forged.amass, LAST, SMPL),
    "humanml3d": Forgery(forged.humanml3d, FLAT, TURNED),
    "kit_ml": Forgery(forged.kit, FLAT, TURNED),
    "babel": Forgery(forged.babel, LAST, SMPL),
    "motion_x": Forgery(
        forged.motion_x,
        (array(lambda a: a[:, :, None]), r"array \(\d+, 322, 1\)"),
        (array(lambda a: a[:, :263]), r"Motion-X has \(T, 322\)"),
    ),
    "humanact12": Forgery(forged.humanact12, FLAT, (array(lambda a: np.roll(a, 5, 1)), ORDER)),
    "3dpw": Forgery(
        forged.threedpw,
        (pickled(lambda h: h.update(trans=[t[:-1] for t in h["trans"]])), r"trans \(29, 3\); must be"),
        (pickled(lambda h: h.update(poses=[p[:, :69] for p in h["poses"]])), r"poses \(30, 69\); must be"),
    ),
    "aist_plusplus": Forgery(
        forged.aist,
        (pickled(lambda h: h.update(smpl_trans=h["smpl_trans"][:-1])), r"trans \(59, 3\); must be"),
        (pickled(lambda h: h.update(smpl_poses=h["smpl_poses"][:, :69])), r"poses \(60, 69\); must be"),
    ),
    "beat": Forgery(forged.beat, ROW, (strange, "no joint Hips")),
    "beat2": Forgery(forged.beat2, LAST, SMPL),
    "uestc": Forgery(
        forged.uestc, (mat("v", lambda v: v[:, :74]), "25 joints a row"), (mat("v", backwards(25)), ORDER)
    ),
    "ntu_rgbd": Forgery(forged.ntu, (words(r"\A40\n", "41\n"), "not a whole"), (ntu_backwards, ORDER)),
    "human36m": Forgery(
        forged.h36m,
        (mat("data", lambda v: v[:, :51]), r"poses \(\d+, 51\); D3_Positions has 96"),
        (mat("data", backwards(32)), ORDER),
    ),
    "mpi_inf_3dhp": Forgery(
        forged.mpi, (mat("annot3", one_less), "annot3 is not one array"), (mat("annot3", backwards(28)), ORDER)
    ),
    "ted_gesture": Forgery(
        forged.ted(ted_gesture, ted_gesture.AXES),
        (ted_points(lambda p: p[:-1]), r"points \(40, 9, 3\); must be \(T, 10, 3\)"),
        (ted_points(lambda p: np.roll(p, 1, 0)), ORDER),
    ),
    "ted_expressive": Forgery(
        forged.ted(ted_expressive, CAMERA),
        (ted_points(lambda p: p[:23]), r"points \(40, 23, 3\); must be \(T, 43, 3\)"),
        (ted_points(lambda p: p[::-1]), ORDER),
    ),
    "speech2gesture_3d": Forgery(forged.utterance, ROW, (strange, "no joint Hips")),
    "ui_prmd": Forgery(
        forged.kinect,
        (arrays(raw=lambda r: r[:, :66]), r"raw \(\d+, 66\); must be \(T, 132\)"),
        (arrays(joints=lambda j: j[::-1]), "the Kinect files have 22"),
    ),
    "accad_osu": Forgery(
        forged.markers,
        (arrays(positions=lambda p: p[:, :5]), r"positions \(\d+, 5, 3\) for \d+ points"),
        (arrays(joints=lambda j: np.char.add("M", j)), "no marker LASI"),
    ),
    "leap_hands": Forgery(
        forged.hands,
        (arrays(raw=lambda r: r[:, :70]), "a recording has 129 columns"),
        (arrays(joints=lambda j: j[::-1]), "21 points a hand"),
    ),
    "holosoma_climb": Forgery(
        forged.climber,
        (arrays(positions=lambda p: p[:, :52]), r"positions \(\d+, 52, 3\)"),
        (arrays(joints=lambda j: j[::-1]), "in another order"),
    ),
    "uci_vicon_physical": Forgery(
        forged.nine,
        (arrays(positions=lambda p: p[:, :5]), r"positions \(\d+, 5, 3\) for 9 points"),
        (arrays(joints=lambda j: j[[1, 0, *range(2, 9)]]), "points L_Elbow, Head"),
    ),
    "beat2_sample": Forgery(forged.take, LAST, SMPL),
    "fingerspelling": Forgery(
        forged.letter,
        (arrays(raw=lambda r: r[:, :225]), r"must be \(T, 227\)"),
        (arrays(joints=lambda j: j[::-1]), "in place of 'pose_NOSE'"),
    ),
    "livelink_face": Forgery(
        forged.phone,
        (arrays(raw=lambda r: r[:, :53]), r"must be \(T, 62\)"),
        (arrays(raw=lambda r: r[:, ::-1]), "BlendShapeCount"),
    ),
    "folder": Forgery(
        forged.any_file,
        (arrays(joints=lambda j: j[..., :2]), r"joints \(\d+, 22, 2\); must be"),
        (arrays(joints=lambda j: j[:, :21]), "21 joints without names"),
    ),
}
