"""Plug-in-Gait markers on WHOLE_BODY, for forged captures."""

import numpy as np

from motionverse.formats import plug_in_gait
from motionverse.skeleton import WHOLE_BODY

MARKERS = {  # name: the joint that carries it, its place from there at rest [m]
    **plug_in_gait.HEAD, "C7": ("spine3", (0, 0.25, -0.09)), "CLAV": ("spine3", (0, 0.16, 0.07)),
    "T10": ("spine2", (0, 0.0, -0.11)), "STRN": ("spine2", (0, 0.0, 0.10)),
    **{f"{letter}{name}": (f"{side}_{joint}" if joint[0] != "=" else joint[1:], (sign * x, y, z))
       for letter, side, sign in (("L", "left", 1), ("R", "right", -1))
       for name, joint, x, y, z in (
           ("ASI", "=pelvis", 0.125, -0.010, 0.085), ("PSI", "=pelvis", 0.045, 0.03, -0.11), ("SHO", "shoulder", 0, 0.05, 0),
           ("ELB", "elbow", 0, 0, 0), ("WRA", "wrist", 0, 0.01, 0.03), ("WRB", "wrist", 0, -0.01, -0.03),
           ("FIN", "wrist", 0.09, 0, 0), ("KNE", "knee", 0.055, 0, 0), ("ANK", "ankle", 0.04, 0, 0),
           ("HEE", "ankle", 0, -0.06, -0.05), ("TOE", "foot", 0, 0.01, 0))},
}  # fmt: skip


def fixed(motion, table_: dict) -> np.ndarray:
    """(T, P, 3) [m] places of points that a table of (joint, place at rest) fixes to a motion."""
    joints, world = motion.joints(), motion.globals()
    index = [(WHOLE_BODY.index(joint), np.array(at)) for joint, at in table_.values()]
    return np.stack([joints[:, j] + world[:, j] @ at for j, at in index], 1)
