"""What was asked of a generation, what made it, what came out and how long it took: for --json."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from lmm import request
from motionverse.licence import binding

if TYPE_CHECKING:
    from lmm.generate import Result
    from lmm.recordings import Recording
    from lmm.zoo import Published
    from motionverse.motion import Motion


def manifest(
    asked: request.Request,
    result: "Result",
    published: "Published",
    paths: list[list[Path]],
    stages: Mapping[str, float],
    heard: Mapping[str, "Recording"],
) -> dict[str, Any]:
    """The whole of it, as plain values. heard: the recordings behind the request's tracks."""
    return {
        "model": published.name,
        "model_hash": published.weights_hash,
        "licence": licence(published),
        "seconds": asked.seconds,
        "fps": asked.fps,
        "frames": len(result.motions[0]),
        "sampled_at_fps": result.rate,
        "steps": result.steps,
        "guidance": result.guidance,
        "streams": {name: stream(one, asked.seconds) for name, one in heard.items()},
        "stages_s": {name: round(seconds, 4) for name, seconds in stages.items()},
        "motions": [
            {"prompt": text, "seed": seed, "files": [str(path) for path in files], **_measured(motion, heard)}
            for text, seed, files, motion in zip(asked.texts, asked.seeds, paths, result.motions, strict=True)
        ],
    }


def licence(published: "Published") -> dict[str, Any]:
    """What the weights' data allows: the strictest kind, and each source's terms, several with semicolons between them."""
    terms: dict[str, dict[str, None]] = {}
    for row in published.licences:
        terms.setdefault(row["source"], {})[row["licence"]] = None
    return {
        "use": binding(row["kind"] for row in published.licences),
        "data": {source: "; ".join(several) for source, several in terms.items()},
    }


def stream(one: "Recording", seconds: float) -> dict[str, Any]:
    """A recording: the file, where in it the motion begins, and of music its tempo and the beats within the motion."""
    found = {"file": str(one.path), "sha256": one.sha256, "start": one.start, "seconds": round(one.seconds, 3)}
    if one.stream == "music":
        from motionverse.features import music

        beats, tempo = one.track.events["beat"], music.tempo(one.track)
        within = beats[(beats >= 0) & (beats < seconds)]
        found |= {"tempo": None if np.isnan(tempo) else round(tempo, 2), "beats": within.round(3).tolist()}
    return found


def _measured(motion: "Motion", heard: Mapping[str, "Recording"]) -> dict[str, Any]:
    from motionverse import contact

    parts = {"foot_skate": contact.foot_skate(motion), "floating": contact.floating(motion)}
    found: dict[str, Any] = {
        part: {name: round(value, 5) for name, value in values.items()} for part, values in parts.items()
    }
    if "music" in heard:
        from lmm.evaluate.metrics.beat_alignment import beat_alignment

        beats = heard["music"].track.events["beat"]
        on = bool(((beats >= 0) & (beats < motion.seconds)).any())
        found["beat_alignment"] = round(beat_alignment(motion, beats), 4) if on else None
    return found
