"""A folder of motion files into another: which file becomes which, one after the other, and what came of it."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from motionverse import formats, sweep
from motionverse.errors import MotionError
from motionverse.motion import Motion

Work = Callable[[Path, Path], Motion]  # reads the first, writes the second
Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class Done:
    """One file. error: why there is no output, or ""."""

    source: Path
    output: Path
    frames: int = 0
    fps: float = 0.0
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON."""
        if self.error:
            return {"input": str(self.source), "error": self.error}
        return {"input": str(self.source), "output": str(self.output), "frames": self.frames, "fps": self.fps}


def pairs(folder: Path, out: Path, suffix: str) -> list[tuple[Path, Path]]:
    """Every motion file under `folder` and what it becomes under `out`: the same place and name, with the suffix.

    Where two would become one file, their own suffixes stay in the names (walk.bvh and walk.npz: walk.bvh.glb, walk.npz.glb).
    Raises MotionError for a suffix that is not written, a folder without motion files, and an `out` that is a file.
    """
    suffix = suffix if suffix.startswith(".") else f".{suffix}"
    if suffix not in formats.FORMATS or formats.FORMATS[suffix].write is None:
        writable = " ".join(known.removeprefix(".") for known, row in formats.FORMATS.items() if row.write)
        raise MotionError(f"--to {suffix.removeprefix('.')}: not a format that is written; use one of {writable}")
    if out.exists() and not out.is_dir():
        raise MotionError(f"{out}: is a file; {folder} is a folder and becomes one")
    found = sweep.motion_files(folder)
    if not found:
        raise MotionError(f"{folder}: no motion files under it; there should be {' '.join(formats.SUFFIXES)}")
    plain = [out / path.relative_to(folder).parent / f"{_stem(path)}{suffix}" for path in found]
    return [
        (path, one if plain.count(one) == 1 else one.with_name(f"{path.name}{suffix}"))
        for path, one in zip(found, plain, strict=True)
    ]


def each(jobs: Sequence[tuple[Path, Path]], work: Work, progress: Progress | None = None) -> Iterator[Done]:
    """work(input, output) for every pair; a file that cannot be used is a Done that says why, and the rest goes on.

    progress(done, total, name) is called after each.
    """
    for number, (source, output) in enumerate(jobs, start=1):
        try:
            output.parent.mkdir(parents=True, exist_ok=True)
            motion = work(source, output)
            yield Done(source, output, motion.frames, motion.fps)
        except MotionError as error:
            told = str(error)
            yield Done(source, output, error=told if str(source) in told else f"{source}: {told}")
        except OSError as error:
            yield Done(source, output, error=f"{output}: cannot be written ({error.strerror or error})")
        if progress is not None:
            progress(number, len(jobs), source.name)


def summary(done: Sequence[Done]) -> dict[str, Any]:
    """How many were written and failed, and the frames and seconds in them."""
    written = [row for row in done if not row.error]
    return {
        "written": len(written),
        "failed": len(done) - len(written),
        "frames": sum(row.frames for row in written),
        "seconds": round(sum(row.frames / row.fps for row in written), 3),
    }


def _stem(path: Path) -> str:
    """The name without the suffix, the longest that a format has."""
    known = max((s for s in formats.SUFFIXES if path.name.lower().endswith(s)), key=len)
    return path.name[: -len(known)]
