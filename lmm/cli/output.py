"""The files that a command writes: their names, checked before any work, and a motion or its picture put there."""

from pathlib import Path
from typing import TYPE_CHECKING

from motionverse.errors import MotionError
from motionverse.files import check_writable
from motionverse.terminal import Bar

if TYPE_CHECKING:
    from motionverse.formats.audio import Sound
    from motionverse.motion import Motion

PICTURES = (".mp4", ".gif", ".png")
# what motionverse.formats writes of a body, named here because it is slow to import
MOTIONS = (
    ".bvh", ".npz", ".joints.npz", ".json", ".csv", ".npy", ".hml263.npy", ".glb", ".gltf", ".usda", ".usd", ".usdc", ".usdz",
)  # fmt: skip


def targets(outs: list[Path], count: int) -> list[list[Path]]:
    """For each of `count` motions, the files to write: walk.bvh becomes walk-0.bvh ... where there are several.

    Raises MotionError for an unknown suffix, a place that cannot be written and two outputs with one name.
    """
    ends = [_suffix(out) for out in outs]
    named = [
        [
            out if count == 1 else out.with_name(f"{out.name[: -len(end)]}-{k}{end}")
            for out, end in zip(outs, ends, strict=True)
        ]
        for k in range(count)
    ]
    flat = [path for paths in named for path in paths]
    if len(set(flat)) < len(flat):
        raise MotionError(f"-o {outs[0]}: two outputs have the same name; give each its own")
    for path in flat:
        if path.suffix.lower() in PICTURES:
            from motionverse import view

            view.check(path)
        else:
            check_writable(path)
    return named


def _suffix(path: Path) -> str:
    """The end of a name that says the format, as it is written there: the longest that is known. Raises MotionError."""
    known = [end for end in MOTIONS + PICTURES if path.name.lower().endswith(end)]
    if not known:
        raise MotionError(f"{path}: unknown suffix {path.suffix!r}; use one of {' '.join(MOTIONS + PICTURES)}")
    return path.name[-max(map(len, known)) :]


def write(motion: "Motion", path: Path, text: str, quiet: bool, sound: "Sound | None" = None) -> None:
    """A motion into one of the files that `targets` allowed; `text` stands above a picture; quiet: no progress bar; sound: of a
    film."""
    if path.suffix.lower() in PICTURES:
        from motionverse import view

        view.render(motion, path, title=text, progress=Bar(path.name, quiet), sound=sound)
    else:
        motion.save(path)
