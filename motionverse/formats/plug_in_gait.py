"""Plug-in-Gait markers to joints and landmarks: what lies on the skin, to where the bones turn.

Hip centres by Bell, Pedersen and Brand 1990 (14 % of the distance between the front pelvis markers inwards, 30 % down, 22 % back);
knees and ankles half a joint's width inside of the outer marker; shoulders under the acromion; elbows where the marker is.
"""

from collections.abc import Mapping

import numpy as np

from motionverse.body_fit import Landmark

WAIST = {"LFWT": "LASI", "RFWT": "RASI", "LBWT": "LPSI", "RBWT": "RPSI"}  # the same four under older names
NEEDED = ("LASI", "RASI", "LPSI", "RPSI", "LSHO", "RSHO", "LKNE", "RKNE", "LANK", "RANK")
_KNEE, _ANKLE, _ACROMION = 0.055, 0.040, 0.050  # [m] from the marker to the middle of the joint
HEAD: dict[str, Landmark] = {
    "LFHD": ("head", (0.070, 0.120, 0.075)),
    "RFHD": ("head", (-0.070, 0.120, 0.075)),
    "LBHD": ("head", (0.065, 0.110, -0.090)),
    "RBHD": ("head", (-0.065, 0.110, -0.090)),
}


def body(markers: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Joints of WHOLE_BODY and landmarks (T, 3) by name, of markers (T, 3) by name, in metres, Y up, NaN where lost.

    `NEEDED` must be among them. Head markers keep their names: they are the landmarks of HEAD.
    """
    left = _unit(markers["LASI"] - markers["RASI"])
    back = (markers["LPSI"] + markers["RPSI"] - markers["LASI"] - markers["RASI"]) / 2
    back = _unit(back - (back * left).sum(-1, keepdims=True) * left)
    down = np.cross(back, left)
    width = np.linalg.norm(markers["LASI"] - markers["RASI"], axis=-1, keepdims=True)
    made = {name: markers[name] for name in HEAD if name in markers}
    for side, letter, sign in (("left", "L", 1.0), ("right", "R", -1.0)):
        hip = markers[f"{letter}ASI"] + width * (0.30 * down + 0.22 * back - 0.14 * sign * left)
        made |= {f"{side}_hip": hip, **_leg(markers, side, letter, hip, sign * left), **_arm(markers, side, letter)}
    trunk = _unit((made["left_shoulder"] + made["right_shoulder"] - made["left_hip"] - made["right_hip"]) / 2)
    for side in ("left", "right"):
        made[f"{side}_shoulder"] = made[f"{side}_shoulder"] - _ACROMION * trunk
    if "C7" in markers and "CLAV" in markers:
        made["neck"] = (markers["C7"] + markers["CLAV"]) / 2
    if "T10" in markers and "STRN" in markers:
        made["spine2"] = (markers["T10"] + markers["STRN"]) / 2
    return made


def _leg(
    markers: Mapping[str, np.ndarray], side: str, letter: str, hip: np.ndarray, out: np.ndarray
) -> dict[str, np.ndarray]:
    """Knee, ankle and foot; out: (T, 3) the way out of the body on this side."""
    knee = markers[f"{letter}KNE"] - _KNEE * _across(markers[f"{letter}KNE"] - hip, out)
    ankle = markers[f"{letter}ANK"] - _ANKLE * _across(markers[f"{letter}ANK"] - knee, out)
    made = {f"{side}_knee": knee, f"{side}_ankle": ankle}
    for marker, name in (("TOE", "foot"), ("HEE", "heel")):
        if f"{letter}{marker}" in markers:
            made[f"{side}_{name}"] = markers[f"{letter}{marker}"]
    return made


def _arm(markers: Mapping[str, np.ndarray], side: str, letter: str) -> dict[str, np.ndarray]:
    made = {f"{side}_shoulder": markers[f"{letter}SHO"]}
    if f"{letter}ELB" in markers:
        made[f"{side}_elbow"] = markers[f"{letter}ELB"]
    if f"{letter}WRA" in markers and f"{letter}WRB" in markers:
        made[f"{side}_wrist"] = _middle(markers[f"{letter}WRA"], markers[f"{letter}WRB"])
    if f"{letter}FIN" in markers:
        made[f"{side}_hand"] = markers[f"{letter}FIN"]
    return made


def _middle(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(T, 3) between two markers; while one is lost, as far from the other as it usually is."""
    half = (other - one) / 2
    seen = np.asarray(np.isfinite(half).all(-1))
    usual = np.median(half[seen], axis=0) if seen.any() else np.zeros(3)
    middle = one + np.where(seen[:, None], half, usual)
    return np.where(np.isfinite(one).all(-1, keepdims=True), middle, other - usual)


def _across(bone: np.ndarray, out: np.ndarray) -> np.ndarray:
    """The part of `out` across a bone, at length one."""
    along = _unit(bone)
    return _unit(out - (out * along).sum(-1, keepdims=True) * along)


def _unit(v: np.ndarray) -> np.ndarray:
    return v / np.maximum(np.linalg.norm(v, axis=-1, keepdims=True), 1e-9)
