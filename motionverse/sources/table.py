"""Every source by name. A new corpus is one file beside this one and one row here."""

from motionverse.errors import MotionError
from motionverse.sources import (
    accad_osu,
    aist_plusplus,
    aistpp,
    amass,
    anim_cc0,
    animated_drawings,
    ase_reallusion,
    babel,
    bandai_namco,
    beat,
    beat2,
    beat2_sample,
    cmu,
    cmu_actions,
    deepmimic,
    fingerspelling,
    folder,
    holosoma_climb,
    human36m,
    humanact12,
    humanml3d,
    kit_ml,
    leap_hands,
    livelink_face,
    motion_x,
    mpi_inf_3dhp,
    ntu_rgbd,
    reactidle,
    speech2gesture_3d,
    ted_expressive,
    ted_gesture,
    threedpw,
    uci_vicon_physical,
    uestc,
    ui_prmd,
)  # fmt: skip
from motionverse.sources.source import Source

SOURCES: dict[str, Source] = {
    module.SOURCE.name: module.SOURCE
    for module in (
        bandai_namco, cmu, cmu_actions, reactidle, animated_drawings, deepmimic, ase_reallusion, aistpp, anim_cc0,
        amass, humanml3d, kit_ml, babel, motion_x, humanact12, threedpw, aist_plusplus, beat, beat2,
        uestc, ntu_rgbd, human36m, mpi_inf_3dhp, ted_gesture, ted_expressive, speech2gesture_3d,
        ui_prmd, accad_osu, leap_hands, fingerspelling, livelink_face, holosoma_climb, uci_vicon_physical, beat2_sample,
        folder,
    )
}  # fmt: skip


def source(name: str) -> Source:
    """The source of that name. Raises MotionError that lists the names there are."""
    if name not in SOURCES:
        raise MotionError(f"source {name!r} is unknown; there are {', '.join(SOURCES)}")
    return SOURCES[name]
