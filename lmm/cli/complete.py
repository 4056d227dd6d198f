"""lmm predict | inbetween | edit | extend | loop: a motion file in, one with a region made anew out. Handlers import late."""

import argparse
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmm import request
from lmm.cli.output import MOTIONS, PICTURES, targets, write
from lmm.cli.staged import instants
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
Facts = dict[str, Any]


def add(commands: Any) -> None:
    """Add the subcommands."""
    predict_ = _verb(
        commands, "predict", predict, "go on where a motion ends",
        "  lmm predict walk.bvh --seconds 2 -o longer.bvh\n"
        '  lmm predict walk.bvh --seconds 3 --text "a person sits down" -o sits.mp4\n'
        "  lmm predict walk.npz --seconds 1 --only --seed 4 -o next.npz",
    )  # fmt: skip
    predict_.add_argument("--seconds", type=float, default=2.0, metavar="S", help="what follows lasts (default 2)")
    predict_.add_argument("--only", action="store_true", help="write what follows alone")
    between = _verb(
        commands, "inbetween", inbetween, "fill gaps in a motion, or lead from one motion to another",
        "  lmm inbetween take.bvh --gap 1.0:2.5 -o mended.bvh\n  lmm inbetween take.bvh --gap 1:1.4 --gap 3:3.6 -o mended.bvh\n"
        '  lmm inbetween walk.bvh sit.bvh --seconds 1.5 --text "a person sits down" -o both.bvh',
    )  # fmt: skip
    between.add_argument(
        "second", nargs="?", type=Path, metavar="SECOND", help="the motion to lead to; its skeleton and rate as IN's"
    )
    between.add_argument("--gap", action="append", type=_span, metavar="FROM:TO", help="seconds; may be repeated")
    between.add_argument("--seconds", type=float, metavar="S", help="what leads to SECOND lasts (default 1)")
    between.add_argument("--in-place", action="store_true", help="SECOND stays where its file has it")
    edit_ = _verb(
        commands, "edit", edit, "make some body parts anew for some time",
        '  lmm edit walk.bvh --parts left_arm,right_arm --span 1:3 --text "a person waves" -o waves.bvh\n'
        "  lmm edit walk.bvh --parts left_leg,right_leg,root --span 0.5:1.5 -o steps.bvh\n"
        '  lmm edit walk.bvh --span 1:2 --text "a person jumps" -o jump.bvh     # the whole body\n'
        "  lmm edit walk.bvh --span 1:3 --keyframes poses.bvh --keys 1.5,2.2 -o through.bvh",
    )  # fmt: skip
    edit_.add_argument(
        "--parts",
        type=_names,
        default=(),
        metavar="PART,...",
        help="left_arm, right_leg, torso, head, root ... (default: all)",
    )
    edit_.add_argument(
        "--span", type=_span, metavar="FROM:TO", help="seconds (default: the whole motion, where parts are named)"
    )
    edit_.add_argument(
        "--keyframes",
        type=Path,
        metavar="FILE",
        help="passed through: a motion's poses at --keys, or .json {time: file}",
    )
    edit_.add_argument("--keys", type=instants, metavar="S,S,...", help="instants [s] of --keyframes, in both motions")
    extend_ = _verb(
        commands, "extend", extend, "what comes before a motion, and what after",
        "  lmm extend jump.bvh --before 1 --after 2 -o whole.bvh",
    )  # fmt: skip
    extend_.add_argument("--before", type=float, default=0.0, metavar="S", help="seconds that lead to it (default 0)")
    extend_.add_argument("--after", type=float, default=0.0, metavar="S", help="seconds that follow it (default 0)")
    loop_ = _verb(
        commands, "loop", loop, "close a motion to a cycle: its last frame flows into its first",
        "  lmm loop walk.bvh -o cycle.bvh\n  lmm loop idle.bvh --seconds 0.6 --closed -o idle_loop.bvh",
    )  # fmt: skip
    loop_.add_argument(
        "--seconds", type=float, default=1.0, metavar="S", help="at its end that are made anew (default 1)"
    )
    loop_.add_argument(
        "--closed", action="store_true", help="end where it begins; else a walk goes on from where it got to"
    )


def _verb(
    commands: Any, name: str, work: Callable[[argparse.Namespace], None], about: str, examples: str
) -> argparse.ArgumentParser:
    """A subcommand with what all of them have."""
    made = command(commands, name, work, about, examples + "\n" + KEPT)
    made.add_argument("input", type=Path, metavar="IN", help=KINDS)
    made.add_argument("-o", "--out", action="append", required=True, type=Path, metavar="FILE",
                      help=f"{' '.join(MOTIONS + PICTURES)}; may be repeated")  # fmt: skip
    made.add_argument("--text", default="", metavar="TEXT", help="a sentence in quotes: what should happen")
    made.add_argument("--seed", type=int, default=0, metavar="N", help="another number, another motion (default 0)")
    made.add_argument("--steps", type=int, metavar="K", help="sampling steps (default: the release's)")
    made.add_argument(
        "--guidance", type=float, metavar="W", help="how hard the text pulls, 0 = not (default: the release's)"
    )
    made.add_argument(
        "--model", default="nano", metavar="NAME|DIR", help="published name or folder of weights (default nano)"
    )
    return made


def predict(chosen: argparse.Namespace) -> None:
    """Go on where a motion ends."""
    _seconds("--seconds", chosen.seconds)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> tuple["Motion", Facts]:
        from lmm.edit import predict

        made = predict(generator, motion, chosen.seconds, options)
        facts = _facts(motion, made, 0)
        return made.frames_slice(len(motion) if chosen.only else 0, len(made)), facts

    _run(chosen, work)


def inbetween(chosen: argparse.Namespace) -> None:
    """Fill gaps, or lead from one motion to another."""
    if (chosen.second is None) == (chosen.gap is None):
        raise MotionError("give --gap FROM:TO within IN, or a SECOND motion to lead to; not both, not neither")
    if chosen.second is None and (chosen.seconds is not None or chosen.in_place):
        raise MotionError("--seconds and --in-place are of a SECOND motion to lead to, which is not given")
    seconds = 1.0 if chosen.seconds is None else chosen.seconds
    _seconds("--seconds", seconds)
    second = None if chosen.second is None else _read(chosen.second)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> tuple["Motion", Facts]:
        from lmm import edit

        if second is None:
            made = edit.inbetween(generator, motion, chosen.gap, options)
        else:
            with _about(chosen.second):
                made = edit.bridge(generator, motion, second, seconds, options, not chosen.in_place)
        return made, _facts(motion, made, 0)

    _run(chosen, work)


def edit(chosen: argparse.Namespace) -> None:
    """Make some parts anew for some time."""
    if not chosen.parts and chosen.span is None:
        raise MotionError("nothing to go by; give --parts, --span, or both: what is to be made anew")
    if chosen.keys and chosen.keyframes is None:
        raise MotionError("--keys are instants of --keyframes FILE, which is not given")
    poses = None
    if chosen.keyframes is not None:
        from lmm.places import read_poses

        poses = read_poses(chosen.keyframes, chosen.keys)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> tuple["Motion", Facts]:
        from lmm import edit

        made = edit.edit(generator, motion, chosen.parts, chosen.span, options, poses)
        return made, _facts(motion, made, 0)

    _run(chosen, work)


def extend(chosen: argparse.Namespace) -> None:
    """What comes before, and what after."""

    def work(generator: "Generator", motion: "Motion", options: "Options") -> tuple["Motion", Facts]:
        from lmm.edit import extend

        made = extend(generator, motion, chosen.before, chosen.after, options)
        return made, _facts(motion, made, round(chosen.before * motion.fps))

    _run(chosen, work)


def loop(chosen: argparse.Namespace) -> None:
    """Close a motion to a cycle."""
    _seconds("--seconds", chosen.seconds)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> tuple["Motion", Facts]:
        from lmm.edit import loop

        cycle = loop(generator, motion, chosen.seconds, options, chosen.closed)
        closing = {
            "step_m": [round(float(x), 4) for x in cycle.step], "turn_rad": round(cycle.turn, 4),
            "jump_mm": round(1000 * cycle.jump, 2), "kick_m_s": round(cycle.kick, 3),
        }  # fmt: skip
        return cycle.motion, _facts(motion, cycle.motion, 0) | closing

    _run(chosen, work)


def _run(chosen: argparse.Namespace, work: "Callable[[Generator, Motion, Options], tuple[Motion, Facts]]") -> None:
    """Read, make, write, say: what all verbs do."""
    if chosen.text:
        request.check_text(chosen.text)
    request.check(request.Request(("any",), (chosen.seed,), steps=chosen.steps, guidance=chosen.guidance))
    (paths,) = targets(chosen.out, 1)
    from motionverse.files import check_apart

    check_apart(paths, (chosen.input, getattr(chosen, "second", None)))
    begun = time.perf_counter()
    motion = _read(chosen.input)
    from lmm.generate import load  # torch comes in here
    from lmm.remade import Options

    generator = load(chosen.model)
    loaded = time.perf_counter()
    with _about(chosen.input):
        made, facts = work(generator, motion, Options(chosen.text, chosen.seed, chosen.steps, chosen.guidance))
    done = time.perf_counter()
    for path in paths:
        write(made, path, chosen.text or chosen.input.stem, chosen.json)
    told = {
        "files": [str(path) for path in paths],
        "frames": len(made),
        "fps": made.fps,
        "joints": len(made.skeleton),
        **facts,
    }
    if chosen.json:
        from lmm.cli.manifest import licence

        published = generator.published
        stages = {"reading": round(loaded - begun, 3), "making": round(done - loaded, 3)}
        return show_json(
            {"model": published.name, "model_hash": published.weights_hash, "licence": licence(published), "seed": chosen.seed}
            | told | {"stages_s": stages}
        )  # fmt: skip
    print(f"{', '.join(told['files'])}: {len(made)} frames at {made.fps:g} fps, {facts['made_s']:.2f} s made anew")
    print(f"kept bit for bit: {facts['kept_s']:.2f} s; " + _spoken(facts))
    return None


def _spoken(facts: Facts) -> str:
    seam = f"acceleration at the seams {facts['seam_m_s2']:.0f} m/s2 (the input's own: up to {facts['usual_m_s2']:.0f})"
    if "jump_mm" not in facts:
        return seam
    x, _, z = facts["step_m"]
    jump = f"{facts['jump_mm']:.1f} mm off its course, speed changes by {facts['kick_m_s']:.2f} m/s"
    goes = f"each round goes on {(x * x + z * z) ** 0.5:.2f} m and turns {facts['turn_rad']:.2f} rad"
    return f"{seam}; last to first frame: {jump}; {goes}"


def _facts(motion: "Motion", made: "Motion", first: int) -> Facts:
    """What of `motion`, which begins at frame `first` of `made`, is there bit for bit, and how the seams accelerate."""
    import numpy as np

    rows = slice(first, first + len(motion))
    same = np.zeros(len(made), bool)
    there = made.frames_slice(rows.start, rows.stop)
    count = len(there)
    same[rows] = (there.rotations == motion.rotations[:count]).all((1, 2, 3)) & (there.root == motion.root[:count]).all(
        1
    )
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


def _read(path: Path) -> "Motion":
    from motionverse import formats

    return formats.load(path)


@contextlib.contextmanager
def _about(path: Path) -> Iterator[None]:
    """Errors that name no file get the name of this one."""
    try:
        yield
    except MotionError as error:
        if str(path) in str(error):
            raise
        raise MotionError(f"{path}: {error}") from None


def _seconds(option: str, value: float) -> None:
    if not 0 < value <= request.SECONDS[1]:
        raise MotionError(f"{option} {value:g}; allowed are above 0 to {request.SECONDS[1]:g}")


def _span(word: str) -> tuple[float, float]:
    """1.0:2.5"""
    try:
        start, end = (float(part) for part in word.split(":"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no span; give seconds FROM:TO, e.g. 1.0:2.5") from None
    return start, end


def _names(word: str) -> tuple[str, ...]:
    """left_arm,right_arm"""
    return tuple(name.strip() for name in word.split(",") if name.strip())
