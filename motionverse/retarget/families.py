"""What well-known skeletons call their joints: one row a family, the names as their makers publish them.

A name is compared after its prefix is gone ("mixamorig:", "Bip01 ", "J_Bip_", "DEF-" ...), without regard to case, spaces,
dots, dashes and underscores. {s} stands for the side, {f} for the finger. Rows whose names overlap (Mixamo, HumanIK and the
CMU conversions share theirs) need not be told apart: the names mean the same. Spines and necks are read off the tree.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

LEG, ARM = ("hip", "knee", "ankle", "foot"), ("collar", "shoulder", "elbow", "wrist")
FINGERS = ("thumb", "index", "middle", "ring", "pinky")
_PREFIX = re.compile(
    r"^(?:mixamorig\d*[\s_:.\-]*"
    r"|(?:neo|bip\d*|def|org|j_bip|character\d*|cc_base|valvebiped|genesis\d*\w*|rig|armature)[\s_:.\-]+)",
    re.IGNORECASE,
)
_GAPS = re.compile(r"[\s_.\-:]+")


@dataclass(frozen=True)
class Family:
    """One family of skeletons.

    told: where the names are published; sides: what {s} becomes on the left and on the right; pelvis, head: their names;
    leg: hip, knee, ankle, foot; arm: collar, shoulder, elbow, wrist ("-" where the family has none); thumb, finger: three
    joints each, the first one nearest to the wrist; fingers: what {f} becomes for index, middle, ring and little finger.
    """

    name: str
    told: str
    sides: tuple[str, str]
    pelvis: str
    head: str
    leg: str
    arm: str
    thumb: str = ""
    finger: str = ""
    fingers: str = "Index, Middle, Ring, Pinky"

    @cached_property
    def names(self) -> Mapping[str, str]:
        """WHOLE_BODY joint name (and "head") -> the family's name for it."""
        found = {role: name for role, name in (("pelvis", self.pelvis), ("head", self.head)) if name != "-"}
        for side, letters in zip(("left", "right"), self.sides, strict=True):
            rows = [(self.leg, LEG), (self.arm, ARM), (self.thumb, [f"thumb{k}" for k in (1, 2, 3)])]
            for word, finger in zip(_listed(self.fingers), FINGERS[1:], strict=True):
                rows.append((self.finger.replace("{f}", word), [f"{finger}{k}" for k in (1, 2, 3)]))
            for text, roles in rows:
                for name, role in zip(_listed(text), roles, strict=False):
                    if name != "-":
                        found[f"{side}_{role}"] = name.replace("{s}", letters)
        return found

    @cached_property
    def read(self) -> Mapping[str, str]:
        """Plain name -> WHOLE_BODY joint name."""
        return {plain(name): role for role, name in self.names.items()}


def _listed(text: str) -> list[str]:
    return [part.strip() for part in text.split(",") if part.strip()]


def bare(name: str) -> str:
    """A joint name without namespace and rig prefix: "ValveBiped.Bip01_L_Thigh" gives "L_Thigh"."""
    name = re.split(r"[:|]", name)[-1]
    while (shorter := _PREFIX.sub("", name)) not in (name, ""):
        name = shorter
    return name


def plain(name: str) -> str:
    """A joint name as it is compared: bare, lower case, no separators."""
    return _GAPS.sub("", bare(name)).casefold()


FAMILIES = (
    Family(
        "SMPL", "smplx joint_names.py (github.com/vchoutas/smplx): SMPL, SMPL-H, SMPL-X", ("left", "right"),
        "pelvis", "head", "{s}_hip, {s}_knee, {s}_ankle, {s}_foot", "{s}_collar, {s}_shoulder, {s}_elbow, {s}_wrist",
        "{s}_thumb1, {s}_thumb2, {s}_thumb3", "{s}_{f}1, {s}_{f}2, {s}_{f}3", "index, middle, ring, pinky",
    ),
    Family(
        "SMPL (FBX)", "Meshcapade wiki, SMPL skeleton layout: joints of the Blender and FBX exports", ("L", "R"),
        "Pelvis", "Head", "{s}_Hip, {s}_Knee, {s}_Ankle, {s}_Foot", "{s}_Collar, {s}_Shoulder, {s}_Elbow, {s}_Wrist",
        "{s}Thumb0, {s}Thumb1, {s}Thumb2", "{s}{f}0, {s}{f}1, {s}{f}2", "index, middle, ring, pinky",
    ),
    Family(
        "Mixamo", "Adobe Mixamo auto-rigger, the names of Autodesk HumanIK", ("Left", "Right"),
        "Hips", "Head", "{s}UpLeg, {s}Leg, {s}Foot, {s}ToeBase", "{s}Shoulder, {s}Arm, {s}ForeArm, {s}Hand",
        "{s}HandThumb1, {s}HandThumb2, {s}HandThumb3", "{s}Hand{f}1, {s}Hand{f}2, {s}Hand{f}3",
    ),
    Family(
        "Unreal mannequin", "Epic's UE4 (68 bones) and UE5 mannequins; metacarpals and twist bones are extra", ("l", "r"),
        "pelvis", "head", "thigh_{s}, calf_{s}, foot_{s}, ball_{s}", "clavicle_{s}, upperarm_{s}, lowerarm_{s}, hand_{s}",
        "thumb_01_{s}, thumb_02_{s}, thumb_03_{s}", "{f}_01_{s}, {f}_02_{s}, {f}_03_{s}", "index, middle, ring, pinky",
    ),
    Family(
        "VRM 1", "VRM specification 1.0, VRMC_vrm humanoid (github.com/vrm-c/vrm-specification)", ("left", "right"),
        "hips", "head", "{s}UpperLeg, {s}LowerLeg, {s}Foot, {s}Toes", "{s}Shoulder, {s}UpperArm, {s}LowerArm, {s}Hand",
        "{s}ThumbMetacarpal, {s}ThumbProximal, {s}ThumbDistal", "{s}{f}Proximal, {s}{f}Intermediate, {s}{f}Distal",
        "Index, Middle, Ring, Little",
    ),
    Family(
        "Unity / VRM 0", "Unity Scripting Reference, HumanBodyBones; VRM 0.x uses the same", ("Left", "Right"),
        "Hips", "Head", "{s}UpperLeg, {s}LowerLeg, {s}Foot, {s}Toes", "{s}Shoulder, {s}UpperArm, {s}LowerArm, {s}Hand",
        "{s}ThumbProximal, {s}ThumbIntermediate, {s}ThumbDistal", "{s}{f}Proximal, {s}{f}Intermediate, {s}{f}Distal",
        "Index, Middle, Ring, Little",
    ),
    Family(
        "VRoid", "VRoid Studio exports, J_Bip_L_UpperArm and so on", ("L", "R"),
        "C_Hips", "C_Head", "{s}_UpperLeg, {s}_LowerLeg, {s}_Foot, {s}_ToeBase",
        "{s}_Shoulder, {s}_UpperArm, {s}_LowerArm, {s}_Hand",
        "{s}_Thumb1, {s}_Thumb2, {s}_Thumb3", "{s}_{f}1, {s}_{f}2, {s}_{f}3", "Index, Middle, Ring, Little",
    ),
    Family(
        "Rokoko", "Rokoko Newton skeleton (Rokoko Studio export)", ("Left", "Right"),
        "Hips", "Head", "{s}Thigh, {s}Shin, {s}Foot, {s}Toe", "{s}Shoulder, {s}Arm, {s}ForeArm, {s}Hand",
        "{s}Finger1Metacarpal, {s}Finger1Proximal, {s}Finger1Distal",
        "{s}Finger{f}Proximal, {s}Finger{f}Medial, {s}Finger{f}Distal", "2, 3, 4, 5",
    ),
    Family(
        "Xsens MVN", "Xsens MVN user manual, body and finger segments (MVNX)", ("Left", "Right"),
        "Pelvis", "Head", "{s}UpperLeg, {s}LowerLeg, {s}Foot, {s}Toe", "{s}Shoulder, {s}UpperArm, {s}ForeArm, {s}Hand",
        "{s}FirstMC, {s}FirstPP, {s}FirstDP", "{s}{f}PP, {s}{f}MP, {s}{f}DP", "Second, Third, Fourth, Fifth",
    ),
    Family(
        "Xsens BVH", "Xsens MVN BVH export, and many older BVH files", ("Left", "Right"),
        "Hips", "Head", "{s}Hip, {s}Knee, {s}Ankle, {s}Toe", "{s}Collar, {s}Shoulder, {s}Elbow, {s}Wrist",
    ),
    Family(
        "CMU ASF", "CMU Graphics Lab Motion Capture Database, ASF skeletons", ("l", "r"),
        "root", "head", "{s}femur, {s}tibia, {s}foot, {s}toes", "{s}clavicle, {s}humerus, {s}radius, {s}wrist",
    ),
    Family(
        "Poser / Daz", "Poser figures, Daz Generation 4 to Genesis 2", ("l", "r"),
        "hip", "head", "{s}Thigh, {s}Shin, {s}Foot, {s}Toe", "{s}Collar, {s}Shldr, {s}ForeArm, {s}Hand",
        "{s}Thumb1, {s}Thumb2, {s}Thumb3", "{s}{f}1, {s}{f}2, {s}{f}3", "Index, Mid, Ring, Pinky",
    ),
    Family(
        "Daz Genesis 3 and 8", "Daz Genesis 3 rig: bend and twist bones, the bends carry the joint", ("l", "r"),
        "hip", "head", "{s}ThighBend, {s}Shin, {s}Foot, {s}Toe", "{s}Collar, {s}ShldrBend, {s}ForearmBend, {s}Hand",
        "{s}Thumb1, {s}Thumb2, {s}Thumb3", "{s}{f}1, {s}{f}2, {s}{f}3", "Index, Mid, Ring, Pinky",
    ),
    Family(
        "Daz Genesis 9", "Daz Genesis 9 rig (names unverified)", ("l", "r"),
        "hip", "head", "{s}_thigh, {s}_shin, {s}_foot, {s}_toes", "{s}_shoulder, {s}_upperarm, {s}_forearm, {s}_hand",
        "{s}_thumb1, {s}_thumb2, {s}_thumb3", "{s}_{f}1, {s}_{f}2, {s}_{f}3", "index, mid, ring, pinky",
    ),
    Family(
        "Character Creator", "Reallusion Character Creator 4 (CC_Base_)", ("L", "R"),
        "Hip", "Head", "{s}_Thigh, {s}_Calf, {s}_Foot, {s}_ToeBase", "{s}_Clavicle, {s}_Upperarm, {s}_Forearm, {s}_Hand",
        "{s}_Thumb1, {s}_Thumb2, {s}_Thumb3", "{s}_{f}1, {s}_{f}2, {s}_{f}3", "Index, Mid, Ring, Pinky",
    ),
    Family(
        "Kinect v1", "Kinect for Windows SDK 1, JointType (20 joints)", ("Left", "Right"),
        "HipCenter", "Head", "Hip{s}, Knee{s}, Ankle{s}, Foot{s}", "-, Shoulder{s}, Elbow{s}, Wrist{s}",
    ),
    Family(
        "Kinect v2", "Kinect for Windows SDK 2, JointType (25 joints)", ("Left", "Right"),
        "SpineBase", "Head", "Hip{s}, Knee{s}, Ankle{s}, Foot{s}", "-, Shoulder{s}, Elbow{s}, Wrist{s}",
    ),
    Family(
        "Azure Kinect", "Azure Kinect DK documentation, body joints (32 joints)", ("Left", "Right"),
        "Pelvis", "Head", "Hip_{s}, Knee_{s}, Ankle_{s}, Foot_{s}", "Clavicle_{s}, Shoulder_{s}, Elbow_{s}, Wrist_{s}",
    ),
    Family(
        "MediaPipe", "MediaPipe Pose, 33 landmarks (ML Kit PoseLandmark)", ("left", "right"),
        "-", "nose", "{s}_hip, {s}_knee, {s}_ankle, {s}_foot_index", "-, {s}_shoulder, {s}_elbow, {s}_wrist",
    ),
    Family(
        "Bandai-Namco", "Bandai-Namco Research Motiondataset, BVH", ("L", "R"),
        "Hips", "Head", "UpperLeg_{s}, LowerLeg_{s}, Foot_{s}, Toes_{s}", "Shoulder_{s}, UpperArm_{s}, LowerArm_{s}, Hand_{s}",
    ),
    Family(
        "Rigify", "Blender Rigify human metarig, and its DEF- and ORG- bones", ("L", "R"),
        "spine", "spine.006", "thigh.{s}, shin.{s}, foot.{s}, toe.{s}", "shoulder.{s}, upper_arm.{s}, forearm.{s}, hand.{s}",
        "thumb.01.{s}, thumb.02.{s}, thumb.03.{s}", "f_{f}.01.{s}, f_{f}.02.{s}, f_{f}.03.{s}",
        "index, middle, ring, pinky",
    ),
    Family(
        "3ds Max Biped", "Autodesk 3ds Max character studio Biped, Bip01 or Bip001", ("L", "R"),
        "Pelvis", "Head", "{s} Thigh, {s} Calf, {s} Foot, {s} Toe0", "{s} Clavicle, {s} UpperArm, {s} Forearm, {s} Hand",
        "{s} Finger0, {s} Finger01, {s} Finger02", "{s} Finger{f}, {s} Finger{f}1, {s} Finger{f}2", "1, 2, 3, 4",
    ),
)  # fmt: skip


def best(names: tuple[str, ...]) -> tuple[Family | None, dict[str, int]]:
    """The family that explains most of a skeleton's joint names, and WHOLE_BODY joint name -> joint index.

    Only a family whose hips, knees and ankles are all there counts; None and no joints where none does.
    """
    plains: dict[str, int] = {}
    for j, name in enumerate(names):
        plains.setdefault(plain(name), j)
    found: tuple[Family | None, dict[str, int]] = None, {}
    for family in FAMILIES:
        joints = {role: plains[name] for name, role in family.read.items() if name in plains}
        stands = all(f"{side}_{part}" in joints for side in ("left", "right") for part in LEG[:3])
        if stands and len(joints) > len(found[1]):
            found = family, joints
    return found
