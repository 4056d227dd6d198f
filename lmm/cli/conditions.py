"""The options that say what motion goes by, besides words: songs, talks and points of a body, from files with a time axis."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lmm import request
from motionverse.errors import MotionError
from motionverse.terminal import Bar

if TYPE_CHECKING:
    from lmm.recordings import Recording
    from lmm.zoo import Published
    from motionverse.formats.audio import Sound

FILES = {
    "music": ("SONG", "dance to it; the film has its sound"),
    "speech": ("TALK", "gesture to it; the film has its sound"),
    "keypoints": (
        "POINTS",
        "move as these 2-D keypoints: .npz, .json, a folder of OpenPose's *_keypoints.json, or a film of a person (extra `video`)",
    ),
}
ALSO = {"keypoints": ("--video",), "keypoints-start": ("--video-start",)}  # what else an option is called


class _Once(argparse.Action):
    """Refuses a second value, also by the option's other name, where argparse keeps the last."""

    def __call__(
        self, parser: argparse.ArgumentParser, namespace: argparse.Namespace, values: Any, option: Any = None
    ) -> None:
        if getattr(namespace, self.dest) is not None:
            parser.error(f"{' and '.join(self.option_strings)}: given twice; a motion goes with one of them")
        setattr(namespace, self.dest, values)


def add(made: argparse.ArgumentParser, first: str) -> None:
    """Add them. first: what the instant of a file is that its start says."""
    for name, (what, about) in FILES.items():
        made.add_argument(f"--{name}", *ALSO.get(name, ()), type=Path, action=_Once, metavar=what, help=about)
        made.add_argument(f"--{name}-start", *ALSO.get(f"{name}-start", ()), type=float, action=_Once, metavar="S",
                          help=f"where in {what} {first} [s] (default 0)")  # fmt: skip
    made.add_argument("--keypoints-fps", type=float, metavar="F", help="frame rate of POINTS, where they do not say it")
    made.add_argument(
        "--keypoints-size", type=_size, metavar="WxH", help="size in pixels of their picture, where they do not say it"
    )


def files(chosen: argparse.Namespace) -> dict[str, Path]:
    """The files given, by stream."""
    return {name: file for name in FILES if (file := getattr(chosen, name)) is not None}


def heard(chosen: argparse.Namespace, words: bool) -> "Mapping[str, Recording]":
    """The files given, listened to; what can be said against the request without that is said first. words: whether there are
    some. Raises MotionError."""
    given = files(chosen)
    starts = {name: start for name in FILES if (start := getattr(chosen, f"{name}_start")) is not None}
    about = {"fps": chosen.keypoints_fps, "size": chosen.keypoints_size}
    if "keypoints" not in given and any(value is not None for value in about.values()):
        raise MotionError("--keypoints-fps and --keypoints-size are of --keypoints, which is not given")
    request.check_guidance(chosen.guidance, (*(("text",) if words else ()), *given))
    if not given and not starts:
        return {}
    from lmm import recordings

    recordings.check_known(chosen.model, given)
    return recordings.read(given, starts, **about, progress=Bar("keypoints", chosen.json))


def sound(heard: "Mapping[str, Recording]", since: float = 0.0) -> "Sound | None":
    """What is heard of recordings from `since` [s] of the motion that goes with them, None where nothing is."""
    if not heard:
        return None
    from lmm import recordings

    whole = recordings.soundtrack(heard)
    return None if whole is None or whole.seconds <= since else whole.slice(since, whole.seconds)


def action_texts(labels: Sequence[str], model: str) -> tuple[str, ...]:
    """The sentences of actions that a model was shown. Raises MotionError for others."""
    if not labels:
        return ()
    from lmm import vocabulary, weights

    known = vocabulary.actions(weights.find(model))
    return tuple(vocabulary.action_text(label, known) for label in labels)


def warn(command: str, texts: list[str], published: "Published") -> None:
    """On stderr, of sentences that the weights can make nothing of."""
    from lmm import vocabulary

    for text in vocabulary.strange(texts, [row["source"] for row in published.licences]):
        print(f"lmm {command}: no word of {text!r} was in the training captions; expect any motion", file=sys.stderr)


def _size(word: str) -> tuple[int, int]:
    """`1280x720`."""
    try:
        width, height = (int(side) for side in word.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{word!r} is no size; write it as 1280x720") from None
    return width, height
