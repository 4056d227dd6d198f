"""lmm predict | inbetween | edit | extend | loop: a motion file in, one with a region made anew out. Handlers import late."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmm import request
from lmm.cli.remaking import Made, about, facts_of, read, run, verb
from lmm.cli.staged import add_keyframes
from motionverse.errors import MotionError

if TYPE_CHECKING:
    from lmm.generate import Generator
    from lmm.remade import Options
    from motionverse.motion import Motion


def add(commands: Any) -> None:
    """Add the subcommands."""
    for one in (_add_predict, _add_inbetween, _add_edit, _add_extend, _add_loop):
        one(commands)


def _add_predict(commands: Any) -> None:
    made = verb(
        commands, "predict", predict, "go on where a motion ends",
        "  lmm predict walk.bvh --seconds 2 -o longer.bvh\n"
        '  lmm predict walk.bvh --seconds 3 --text "a person bows" -o bows.mp4\n'
        "  lmm predict take.bvh --seconds 6 --music song.mp3 -o dance.mp4\n"
        "  lmm predict walk.npz --seconds 1 --only --seed 4 -o next.npz",
    )  # fmt: skip
    made.add_argument("--seconds", type=float, default=2.0, metavar="S", help="what follows lasts (default 2)")
    made.add_argument("--only", action="store_true", help="write what follows alone")


def _add_inbetween(commands: Any) -> None:
    made = verb(
        commands, "inbetween", inbetween, "fill gaps in a motion, or lead from one motion to another",
        "  lmm inbetween take.bvh --gap 1.0:2.5 -o mended.bvh\n  lmm inbetween take.bvh --gap 1:1.4 --gap 3:3.6 -o mended.bvh\n"
        '  lmm inbetween walk.bvh bow.bvh --seconds 1.5 --text "a person bows" -o both.bvh',
    )  # fmt: skip
    made.add_argument(
        "second", nargs="?", type=Path, metavar="SECOND", help="the motion to lead to; its skeleton and rate as IN's"
    )
    made.add_argument("--gap", action="append", type=_span, metavar="FROM:TO", help="seconds; may be repeated")
    made.add_argument("--seconds", type=float, metavar="S", help="what leads to SECOND lasts (default 1)")
    made.add_argument("--in-place", action="store_true", help="SECOND stays where its file has it")


def _add_edit(commands: Any) -> None:
    made = verb(
        commands, "edit", edit, "make some body parts anew for some time",
        '  lmm edit walk.bvh --parts left_arm,right_arm --span 1:3 --text "a person waves" -o waves.bvh\n'
        "  lmm edit walk.bvh --parts left_leg,right_leg,root --span 0.5:1.5 -o steps.bvh\n"
        '  lmm edit walk.bvh --span 1:2 --text "a person jumps" -o jump.bvh     # the whole body\n'
        "  lmm edit walk.bvh --span 1:3 --keyframes poses.bvh --keys 1.5,2.2 -o through.bvh\n"
        "  lmm edit stand.bvh --parts left_arm,right_arm --speech talk.wav -o talks.mp4\n"
        "  lmm edit walk.bvh --path way.csv -o along.bvh                              # its legs anew, led over the floor",
    )  # fmt: skip
    made.add_argument(
        "--parts",
        type=_names,
        default=(),
        metavar="PART,...",
        help="root, torso, head, left_arm, right_arm, left_leg, right_leg, left_hand, right_hand, face (default: all)",
    )
    made.add_argument(
        "--span", type=_span, metavar="FROM:TO", help="seconds (default: the whole motion, where parts are named)"
    )
    add_keyframes(made)
    made.add_argument("--path", type=Path, metavar="FILE",
                      help="lead the whole motion along a way over the floor, legs made anew: .csv or .json")  # fmt: skip


def _add_extend(commands: Any) -> None:
    made = verb(
        commands, "extend", extend, "what comes before a motion, and what after",
        "  lmm extend jump.bvh --before 1 --after 2 -o whole.bvh",
    )  # fmt: skip
    made.add_argument("--before", type=float, default=0.0, metavar="S", help="seconds that lead to it (default 0)")
    made.add_argument("--after", type=float, default=0.0, metavar="S", help="seconds that follow it (default 0)")


def _add_loop(commands: Any) -> None:
    made = verb(
        commands, "loop", loop, "close a motion to a cycle: its last frame flows into its first",
        "  lmm loop walk.bvh -o cycle.bvh\n  lmm loop idle.bvh --seconds 0.6 --closed -o idle_loop.bvh",
    )  # fmt: skip
    made.add_argument(
        "--seconds", type=float, default=1.0, metavar="S", help="at its end that are made anew (default 1)"
    )
    made.add_argument(
        "--closed", action="store_true", help="end where it begins; else a walk goes on from where it got to"
    )


def predict(chosen: argparse.Namespace) -> None:
    """Go on where a motion ends."""
    _seconds("--seconds", chosen.seconds)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> Made:
        from lmm.edit import predict

        made = predict(generator, motion, chosen.seconds, options)
        facts = facts_of(motion, made, 0)
        first = len(motion) if chosen.only else 0
        return Made(made.frames_slice(first, len(made)), facts, first / motion.fps)

    run(chosen, work)


def inbetween(chosen: argparse.Namespace) -> None:
    """Fill gaps, or lead from one motion to another."""
    if (chosen.second is None) == (chosen.gap is None):
        raise MotionError("give --gap FROM:TO within IN, or a SECOND motion to lead to; not both, not neither")
    if chosen.second is None and (chosen.seconds is not None or chosen.in_place):
        raise MotionError("--seconds and --in-place are of a SECOND motion to lead to, which is not given")
    seconds = 1.0 if chosen.seconds is None else chosen.seconds
    _seconds("--seconds", seconds)
    second = None if chosen.second is None else read(chosen.second)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> Made:
        from lmm import edit

        if second is None:
            made = edit.inbetween(generator, motion, chosen.gap, options)
        else:
            with about(chosen.second):
                made = edit.bridge(generator, motion, second, seconds, options, not chosen.in_place)
        return Made(made, facts_of(motion, made, 0, 0 if second is None else len(second)))

    run(chosen, work)


def edit(chosen: argparse.Namespace) -> None:
    """Make some parts anew for some time, or lead the whole along a way."""
    if chosen.path is not None:
        return _lead(chosen)
    if not chosen.parts and chosen.span is None:
        raise MotionError("nothing to go by; give --parts, --span, or both: what is to be made anew; or --path")
    if chosen.keys and chosen.keyframes is None:
        raise MotionError("--keys are instants of --keyframes FILE, which is not given")
    poses = None
    if chosen.keyframes is not None:
        from lmm.places import read_poses

        poses = read_poses(chosen.keyframes, chosen.keys)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> Made:
        from lmm import edit

        made = edit.edit(generator, motion, chosen.parts, chosen.span, options, poses)
        found = facts_of(motion, made, 0)
        if chosen.parts and not found["kept_s"]:
            return Made(made, found | {"kept": "every part but those named"})
        return Made(made, found)

    return run(chosen, work)


def _lead(chosen: argparse.Namespace) -> None:
    """Lead a motion along a way."""
    for option, value in (("parts", chosen.parts), ("span", chosen.span), ("keyframes", chosen.keyframes)):
        if value:
            raise MotionError(f"--path leads the whole motion, its legs made anew; leave out --{option}")
    from lmm.places import read_way

    way = read_way(chosen.path)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> Made:
        from lmm import directed

        made = directed.led(generator, motion, way, options)
        return Made(made, facts_of(motion, made, 0) | {"kept": "every turn above the pelvis"})

    run(chosen, work)


def extend(chosen: argparse.Namespace) -> None:
    """What comes before, and what after."""

    def work(generator: "Generator", motion: "Motion", options: "Options") -> Made:
        from lmm.edit import extend

        made = extend(generator, motion, chosen.before, chosen.after, options)
        return Made(made, facts_of(motion, made, round(chosen.before * motion.fps)))

    run(chosen, work)


def loop(chosen: argparse.Namespace) -> None:
    """Close a motion to a cycle."""
    _seconds("--seconds", chosen.seconds)

    def work(generator: "Generator", motion: "Motion", options: "Options") -> Made:
        from lmm.edit import loop

        cycle = loop(generator, motion, chosen.seconds, options, chosen.closed)
        closing = {
            "step_m": [round(float(x), 4) for x in cycle.step], "turn_rad": round(cycle.turn, 4),
            "jump_mm": round(1000 * cycle.jump, 2), "kick_m_s": round(cycle.kick, 3),
        }  # fmt: skip
        return Made(cycle.motion, facts_of(motion, cycle.motion, 0) | closing)

    run(chosen, work)


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
