"""What the commands that make a region of a motion file anew share: their options, reading, making, writing, and what they tell."""

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from lmm import request
from lmm.cli import conditions, sampling
from lmm.cli.output import MOTIONS, PICTURES, targets, write
from motionverse.errors import MotionError
from motionverse.terminal import command, show_json

if TYPE_CHECKING:
    import numpy as np

    from lmm.generate import Generator
    from lmm.remade import Options
    from motionverse.motion import Motion

KINDS = "motion file: .bvh .glb .fbx .npz .npy .csv .json .amc ..."
KEPT = """
What is not made anew comes out as it went in, bit for bit, at the input's own frame rate and on its own skeleton."""
WHEN = """
SONG, TALK and POINTS run along the whole result; --music-start and the like say where in them it begins."""
Facts = dict[str, Any]


class Made(NamedTuple):
    """What a verb makes: the motion to write, what is told of it, and where in the whole result it begins [s]."""

    motion: "Motion"
    facts: Facts
    since: float = 0.0


Work = Callable[["Generator", "Motion", "Options"], Made]


def verb(
    commands: Any, name: str, work: Callable[[argparse.Namespace], None], about: str, examples: str
) -> argparse.ArgumentParser:
    """A subcommand with what all of them have."""
    made = command(commands, name, work, about, examples + "\n" + KEPT + WHEN)
    made.add_argument("input", type=Path, metavar="IN", help=KINDS)
    made.add_argument("-o", "--out", action="append", required=True, type=Path, metavar="FILE",
                      help=f"{' '.join(MOTIONS + PICTURES)}; may be repeated")  # fmt: skip
    said = made.add_mutually_exclusive_group()
    said.add_argument("--text", default="", metavar="TEXT", help="a sentence in quotes: what should happen")
    said.add_argument(
        "--action", metavar="LABEL", help="an action that the model was shown (on its card), for a sentence"
    )
    conditions.add(made, "the result's first frame is")
    sampling.add(made, "another number, another motion")
    return made


def run(chosen: argparse.Namespace, work: Work) -> None:
    """Read, make, write, say: what all verbs do."""
    labels = [] if chosen.action is None else [chosen.action]
    text = next(iter(conditions.action_texts(labels, chosen.model)), chosen.text)
    if text:
        request.check_text(text)
    by = {"steps": chosen.steps, "variation": chosen.variation}
    request.check(request.Request(("any",), (chosen.seed,), **by))
    heard = conditions.heard(chosen, bool(text))
    (paths,) = targets(chosen.out, 1)
    from motionverse.files import check_apart

    also = (getattr(chosen, name, None) for name in ("second", "keyframes", "path"))
    check_apart(paths, (chosen.input, *also, *conditions.files(chosen).values()))
    begun = time.perf_counter()
    motion = read(chosen.input)
    from lmm.generate import load, strengths  # torch comes in here
    from lmm.remade import Options

    generator = load(chosen.model)
    if chosen.text:
        conditions.warn(chosen.command.__name__, [chosen.text], generator.published)
    loaded = time.perf_counter()
    tracks = {name: one.track for name, one in heard.items()}
    with about(chosen.input):
        made = work(generator, motion, Options(text, chosen.seed, guidance=chosen.guidance, tracks=tracks, **by))
    done = time.perf_counter()
    end = made.since + made.motion.seconds
    if heard:
        from lmm import recordings

        recordings.length(heard, end)  # tells of those that end before
    sound = conditions.sound(heard, made.since)
    for path in paths:
        write(made.motion, path, text or chosen.input.stem, chosen.json, sound)
    told = {
        "files": [str(path) for path in paths],
        "frames": len(made.motion),
        "fps": made.motion.fps,
        "joints": len(made.motion.skeleton),
        **made.facts,
    }
    if chosen.json:
        from lmm.cli.manifest import licence, stream

        published = generator.published
        streams = (*(("text",) if text else ()), *heard)
        by = {"text": text, "seed": chosen.seed, "guidance": strengths(chosen.guidance, streams)}
        by |= {"streams": {name: stream(one, end) for name, one in heard.items()}}
        stages = {"reading": round(loaded - begun, 3), "making": round(done - loaded, 3)}
        return show_json(
            {"model": published.name, "model_hash": published.weights_hash, "licence": licence(published)}
            | by | told | {"stages_s": stages}
        )  # fmt: skip
    facts = made.facts
    print(
        f"{', '.join(told['files'])}: {told['frames']} frames at {told['fps']:g} fps, {facts['made_s']:.2f} s made anew"
    )
    print("kept bit for bit: " + facts.get("kept", f"{facts['kept_s']:.2f} s; {_spoken(facts)}"))
    return None


def _spoken(facts: Facts) -> str:
    seam = f"acceleration at the seams {facts['seam_m_s2']:.0f} m/s2 (the input's own: up to {facts['usual_m_s2']:.0f})"
    if "jump_mm" not in facts:
        return seam
    x, _, z = facts["step_m"]
    jump = f"{facts['jump_mm']:.1f} mm off its course, speed changes by {facts['kick_m_s']:.2f} m/s"
    goes = f"each round goes on {(x * x + z * z) ** 0.5:.2f} m and turns {facts['turn_rad']:.2f} rad"
    return f"{seam}; last to first frame: {jump}; {goes}"


def facts_of(motion: "Motion", made: "Motion", first: int, tail: int = 0) -> Facts:
    """What of `motion`, which begins at frame `first` of `made`, is there bit for bit, and how the seams accelerate; tail: frames
    at the end that are another motion's, moved as a whole."""
    import numpy as np

    rows = slice(first, first + len(motion))
    same = np.zeros(len(made), bool)
    there = made.frames_slice(rows.start, rows.stop)
    count = len(there)
    same[rows] = (there.rotations == motion.rotations[:count]).all((1, 2, 3)) & (there.root == motion.root[:count]).all(
        1
    )
    same[len(made) - tail :] = True if tail else same[len(made) - tail :]
    seams = np.flatnonzero(same[1:] != same[:-1])
    near = [k + d for k in seams for d in (-1, 0) if 0 <= k + d < len(made) - 2]
    pulls = _accelerations(made)
    return {
        "made_s": round(float((~same).sum() / made.fps), 4), "kept_s": round(float(same.sum() / made.fps), 4),
        "seam_m_s2": round(float(max((pulls[k] for k in near), default=0.0)), 2),
        "usual_m_s2": round(float(_accelerations(motion).max(initial=0.0)), 2),
    }  # fmt: skip


def _accelerations(motion: "Motion") -> "np.ndarray":
    """(T - 2,) [m/s^2] the largest of a joint."""
    import numpy as np

    return np.linalg.norm(np.diff(motion.joints(), 2, axis=0), axis=-1).max(1) * motion.fps**2


def read(path: Path) -> "Motion":
    """The motion in a file. Raises MotionError."""
    from motionverse import formats

    return formats.load(path)


@contextlib.contextmanager
def about(path: Path) -> Iterator[None]:
    """Errors that name no file get the name of this one."""
    try:
        yield
    except MotionError as error:
        if str(path) in str(error):
            raise
        raise MotionError(f"{path}: {error}") from None
