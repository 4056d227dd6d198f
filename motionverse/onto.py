"""Motions brought onto characters that files hold: what `motionverse retarget` and `convert --skeleton` do."""

import warnings
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from motionverse import formats
from motionverse.errors import MotionError, MotionWarning
from motionverse.files import check_writable
from motionverse.formats import gltf_insert
from motionverse.motion import Motion
from motionverse.retarget import Report, retarget
from motionverse.skeleton import WHOLE_BODY

SAME = 1e-6  # [m] by which files round the bones of one skeleton
REPORTS = (".html", ".txt", ".json")


def character(path: Path) -> Motion:
    """The character in a motion file (.bvh, .glb, .vrm as .glb ...): its skeleton, and the pose or the motion it is in."""
    return formats.load(path)


def onto(
    motion: Motion,
    source: Path,
    target: Path | None = None,
    source_map: Iterable[str] = (),
    target_map: Iterable[str] = (),
) -> tuple[Motion, Report]:
    """The motion of the file `source` on the character in the file `target` (None: WHOLE_BODY), and the report.

    source_map, target_map: "JOINT=PART", a joint of source or target and the WHOLE_BODY joint that it is. Raises MotionError
    that names the file at fault; what the report doubts is a MotionWarning.
    """
    figure = WHOLE_BODY if target is None else character(target)
    names, target_names = mapping(source_map, "--source-map"), mapping(target_map, "--target-map")
    try:
        made, report = retarget(motion, figure, names, target_names=target_names)
    except MotionError as error:
        at_fault = target if target is not None and str(error).startswith("target: ") else source
        raise MotionError(f"{at_fault}: {str(error).removeprefix('target: ')}") from None
    for doubt in report.doubts:
        warnings.warn(MotionWarning(f"{target}: {doubt}"), stacklevel=2)
    return made, report


def brought(motion: Motion, source: Path, target: Path | None = None) -> Motion:
    """The motion of the file `source` on the character in the file `target` (None: WHOLE_BODY), as `onto` puts it there; as it
    is, to the last digit, where it is on WHOLE_BODY and is wanted there. Raises MotionError as `onto`."""
    own = motion.skeleton
    if target is None and own.names == WHOLE_BODY.names and own.parents == WHOLE_BODY.parents:
        apart = np.abs(own.offsets - WHOLE_BODY.offsets)[1:].max()  # the root's stands in its path
        if apart < SAME:
            return motion.with_(skeleton=WHOLE_BODY)
    return onto(motion, source, target)[0]


def mapping(pairs: Iterable[str], option: str) -> dict[str, str]:
    """{"thigh_l": "left_hip"} from ["thigh_l=left_hip"]; MotionError for what is no pair."""
    found = {}
    for pair in pairs:
        joint, equals, part = pair.rpartition("=")
        if not (joint and equals and WHOLE_BODY.has(part)):
            raise MotionError(
                f"{option} {pair!r}; give JOINT=PART, PART one of WHOLE_BODY's joints, e.g. thigh_l=left_hip"
            )
        found[joint] = part
    return found


def check(output: Path, report: Path | None, target: Path | None = None, only_into: str | None = None) -> None:
    """MotionError for files that could not be written, before any work; only_into: an option for a character's own file."""
    if only_into and not gltf_insert.fits(target, output):
        kinds = " ".join(gltf_insert.SUFFIXES)
        raise MotionError(f"{output}: {only_into} is for a --target and an output that are both among {kinds}")
    if gltf_insert.fits(target, output):
        check_writable(output)
    else:
        formats.writer(output)
    if report is not None:
        if report.suffix.lower() not in REPORTS:
            raise MotionError(f"{report}: unknown kind of report {report.suffix!r}; use one of {' '.join(REPORTS)}")
        if report.resolve() == output.resolve():
            raise MotionError(f"{report}: the motion is written there; give the report another name")
        check_writable(report)


def save(
    motion: Motion, output: Path, report: Report, place: Path | None,
    target: Path | None = None, name: str = "", replace: bool = False,
) -> tuple[Motion, str | None]:  # fmt: skip
    """Write the motion, and the report where one is wanted. Returns the frames that were written, and an animation's name.

    Where character and output are glTF, the output is the character's own file, mesh and all, with one more animation;
    name: what to call it (else as the output); replace: the character's own animations go.
    """
    called = None
    if target is not None and gltf_insert.fits(target, output):
        called = gltf_insert.insert(motion, target, output, name or output.stem, replace)
    else:
        motion = formats.save(motion, output)
    if place is not None:
        report.save(place)
    return motion, called
