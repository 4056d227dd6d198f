"""NTU RGB+D and NTU RGB+D 120: 120 actions of 106 people, three Kinects at once, 25 joints each.

Files, from github.com/shahroudy/NTURGB-D:
- SsssCcccPpppRrrrAaaa.skeleton: setup, camera, performer, replication, action (README.md). NTU RGB+D is setups 1 to 17 and
  actions 1 to 60, the rest came with NTU RGB+D 120. The archives unpack to nturgb+d_skeletons/.
- Plain text (Matlab/read_skeleton_file.m): number of frames; a frame is the number of bodies; a body is its tracking id with
  nine more numbers, the number of joints (25), and twelve numbers a joint: x, y, z [m] of the camera, places in the depth
  and colour pictures, an orientation, a tracking state. The order of joints is Kinect's.
- Where there are several bodies, the main one varies most in x, y and z; others may be furniture (README.md, FAQ).
- 535 samples have no or incomplete skeletons (Matlab/NTU_RGBD120_samples_with_missing_skeletons.txt): those without a body
  are refused when they are read.
- Cross-subject sides: the papers' training performers (Shahroudy et al. 2016, Liu et al. 2020), everybody else is test.
"""

import re
from pathlib import Path

import numpy as np

from motionverse.clip import Caption, Clip
from motionverse.errors import MotionError
from motionverse.formats.bvh_text import read_bytes
from motionverse.sources import fitted_points
from motionverse.sources.source import Entry, Source

FPS = 30.0
TRAIN = frozenset(
    {1, 2, 4, 5, 8, 9, 13, 14, 15, 16, 17, 18, 19, 25, 27, 28, 31, 34, 35, 38, 45, 46, 47, 49, 50, 52, 53, 54, 55, 56, 57, 58,
     59, 70, 74, 78, 80, 81, 82, 83, 84, 85, 86, 89, 91, 92, 93, 94, 95, 97, 98, 100, 103}
)  # fmt: skip
ACTIONS = tuple(
    """drink water|eat a meal|brush teeth|brush hair|drop something|pick something up|throw|sit down|stand up|clap|read|write
|tear up paper|put on a jacket|take off a jacket|put on a shoe|take off a shoe|put on glasses|take off glasses|put on a hat
|take off a hat|cheer up|wave a hand|kick something|reach into a pocket|hop on one foot|jump up|make a phone call
|play with a phone|type on a keyboard|point with a finger|take a selfie|check the time|rub hands together|nod or bow
|shake the head|wipe the face|salute|put the palms together|cross hands in front|sneeze or cough|stagger|fall|touch the head
|touch the chest|touch the back|touch the neck|feel sick|fan oneself|punch another person|kick another person
|push another person|pat another person on the back|point at another person|hug another person|give something to somebody
|touch another person's pocket|shake hands|walk towards each other|walk apart from each other|put on headphones
|take off headphones|shoot at the basket|bounce a ball|swing a tennis racket|juggle table tennis balls|hush|flick the hair
|thumb up|thumb down|make an ok sign|make a victory sign|staple a book|count money|cut nails|cut paper|snap fingers
|open a bottle|sniff|squat down|toss a coin|fold paper|ball up paper|play with a magic cube|apply cream on the face
|apply cream on the back of a hand|put on a bag|take off a bag|put something into a bag|take something out of a bag
|open a box|move heavy objects|shake a fist|throw up a cap|raise both hands|cross the arms|circle the arms|swing the arms
|run on the spot|kick backward|cross toe touch|side kick|yawn|stretch oneself|blow the nose
|hit another person with something|wield a knife towards somebody|knock another person over|grab another person's stuff
|shoot at another person with a gun|step on somebody's foot|high-five|cheers and drink|carry something with another person
|take a photo of another person|follow another person|whisper in another person's ear|exchange things with another person
|support somebody with a hand|play rock-paper-scissors""".replace("\n", "").split("|")
)
_NAME = re.compile(r"S(\d{3})C(\d{3})P(\d{3})R(\d{3})A(\d{3})$")
_JOINTS, _BODY, _JOINT = 25, 10, 12  # joints a body, numbers before them, numbers a joint


def find(folder: Path, captions: Path | None = None) -> list[Entry]:
    """Every .skeleton file. Raises MotionError for a name or an action that the data set does not have."""
    found = []
    for path in sorted(folder.rglob("*.skeleton")):
        match = _NAME.match(path.stem)
        if match is None:
            raise MotionError(f"{path}: not named SsssCcccPpppRrrrAaaa.skeleton; restore its name or take it away")
        setup, _, performer, replication, action = (int(part) for part in match.groups())
        if not 1 <= action <= len(ACTIONS):
            raise MotionError(f"{path}: action {action}; NTU RGB+D has actions 1 to {len(ACTIONS)}")
        found.append(
            Entry(path, path.stem, {"setup": setup, "performer": performer, "take": replication, "action": action})
        )
    return found


def read(entry: Entry) -> Clip:
    """The main body of a file. The three cameras' views of one take are one performance."""
    facts = entry.facts
    words = ACTIONS[facts["action"] - 1]
    return SOURCE.clip(
        entry,
        fitted_points.motion(entry.path, main_body(entry.path), fitted_points.KINECT, FPS),
        performance="ntu_rgbd/S{setup:03d}P{performer:03d}R{take:03d}A{action:03d}".format(**facts),
        captions=(Caption(words, origin="label"),),
        action=words.replace(" ", "-"),
        subject=f"P{facts['performer']:03d}",
        split="train" if facts["performer"] in TRAIN else "test",
    )


def main_body(path: Path) -> np.ndarray:
    """(T, 25, 3) joints [m] of the body that moves most, NaN in frames where it is lost, from its first to its last frame."""
    bodies = _bodies(path)
    long = max((np.isfinite(points[:, 0, 0]).sum() for points in bodies), default=0)
    upright = [p for p in bodies if np.isfinite(p[:, 0, 0]).sum() * 2 >= long and _spread(p)[1] > 0.8 * _spread(p)[0]]
    if not bodies:
        raise MotionError(f"{path}: no body was tracked; it is one of the samples with missing skeletons, leave it out")
    best = max(upright or bodies, key=lambda points: float(np.nanvar(points, axis=(0, 1)).sum()))
    there = np.flatnonzero(np.isfinite(best[:, 0, 0]))
    return best[there[0] : there[-1] + 1]


def _spread(points: np.ndarray) -> np.ndarray:
    return np.nanmean(np.nanmax(points, 1) - np.nanmin(points, 1), axis=0)


def _bodies(path: Path) -> list[np.ndarray]:
    """(T, 25, 3) of every tracked body, NaN where it is not there."""
    tokens = read_bytes(path).decode("ascii", "replace").split()
    found: dict[str, np.ndarray] = {}
    try:
        frames, at = int(tokens[0]), 1
        for frame in range(frames):
            count, at = int(tokens[at]), at + 1
            for _ in range(count):
                name, joints = tokens[at], int(tokens[at + _BODY])
                if joints != _JOINTS:
                    raise MotionError(f"{path}: frame {frame}: {joints} joints; Kinect V2 has {_JOINTS}")
                at += _BODY + 1
                held = np.array(tokens[at : at + joints * _JOINT], np.float64).reshape(joints, _JOINT)
                at += joints * _JOINT
                found.setdefault(name, np.full((frames, joints, 3), np.nan))[frame] = held[:, :3]
    except (IndexError, ValueError) as error:
        if isinstance(error, MotionError):
            raise
        raise MotionError(f"{path}: not a whole .skeleton file; unpack or download it again") from None
    return list(found.values())


SOURCE = Source(
    name="ntu_rgbd",
    title="NTU RGB+D 60 and 120",
    licence="ntu-rgbd",
    tasks=("action",),
    how_to_obtain="rose1.ntu.edu.sg/dataset/actionRecognition: the two archives nturgbd_skeletons_*.zip, unpacked",
    files="S001C001P001R001A001.skeleton and such",
    find=find,
    read=read,
    release=False,
    unverified=(
        "frames a second: Kinect V2's 30",
        "the camera is taken to stand level: Y of its space is up",
        "mutual actions: only the person who moves more is read",
        "x, y and z are the SDK's camera space: metres, x to the camera's left",
    ),
)
