"""Clips that are one performance under several names, found by comparing the motion itself, so that the split keeps them together.

How the table was made: every clip of cmu, cmu_actions, deepmimic and animated_drawings on the whole body at 20 fps; eight
signals that hardly depend on a skeleton's proportions (flexion of knees and elbows, angle of thighs and upper arms to the
vertical), means removed; the shorter clip of a pair slid along the longer one; figure: residual variance over the shorter
clip's variance at the best place. The 14 trials that are known to be in cmu twice score 0.003 to 0.10. A cmu_actions
clip is matched to a trial that it scores below 0.13 with and whose length agrees within 0.04 s (different walks of one
person score 0.03 and more, so that length decides); running_5 (0.16, 0.02 s) is kept with its nearest trial to be safe.
Mirror images were found with left and right exchanged (Sony's runs: 0.0000). The jumping jacks of AnimatedDrawings are
CMU data too, but match no trial that the cmu packs at hand hold; nor does any clip of DeepMimic. Clips that match nothing
are performances of their own.
"""

_CMU_ACTIONS = {
    "test_basketball_1": "06_07", "test_soccer_1": "11_01", "test_washwindow_1": "14_12",
    "train_basketball_1": "06_02", "train_basketball_2": "06_03", "train_basketball_3": "06_04",
    "train_jumping_1": "13_11", "train_jumping_3": "13_19", "train_jumping_4": "13_32", "train_jumping_5": "13_39",
    "train_running_5": "09_09",
    "train_soccer_1": "10_01", "train_soccer_2": "10_02", "train_soccer_3": "10_03", "train_soccer_4": "10_05",
    "train_soccer_5": "10_06",
    "train_walking_1": "02_01", "train_walking_2": "05_01", "train_walking_4": "07_01", "train_walking_5": "07_02",
    "train_walking_13": "08_02", "train_walking_14": "08_03", "train_walking_15": "08_08", "train_walking_17": "08_10",
    "train_walking_18": "10_04", "train_walking_19": "12_01", "train_walking_20": "12_02",
}  # fmt: skip
_SONY_MIRRORED = (  # run_leftNN is the mirror image of run_rightNN
    ("01", "08"), ("02", "09"), ("03", "10"), ("04", "11"), ("05", "12"), ("07", "14"), ("08", "00"), ("09", "01"), ("10", "02"),
    ("11", "03"), ("12", "04"), ("13", "05"),
)  # fmt: skip
_SONY_FORWARD = ("00", "02", "06", "08", "10", "12", "14")  # run_forwardNN; the next number is its mirror image
_DEEPMIMIC = {  # short clips are cut from the long ones
    "walk": ("walk", "long_walk1", "long_walk2", "long_walk3"),
    "zombie": ("zombie_walk", "long_zombie"),
    "stealthy": ("stealthy_walk", "stealthy_walk0", "stealthy_walk1"),
}

PERFORMANCE: dict[str, str] = {
    "14_36": "cmu/14_31",  # the Daz conversion has one file under both names
    **{clip: f"cmu/{trial}" for clip, trial in _CMU_ACTIONS.items()},
    **{f"humanoid3d_{clip}": f"deepmimic/{name}" for name, clips in _DEEPMIMIC.items() for clip in clips},
    **{f"sie_humanoid3d_run_right{right}": f"deepmimic/sie_run_left{left}" for left, right in _SONY_MIRRORED},
    **{f"sie_humanoid3d_run_left{left}": f"deepmimic/sie_run_left{left}" for left, _ in _SONY_MIRRORED},
    **{f"sie_humanoid3d_run_forward{number:02d}": f"deepmimic/sie_run_forward{first}"
       for first in _SONY_FORWARD for number in (int(first), int(first) + 1)},
}  # fmt: skip
