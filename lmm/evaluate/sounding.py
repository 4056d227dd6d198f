"""Music to dance, and speech to gesture: who answers `Scenes`, and what an answer measures.

Controls are real motions too: another's, or the right ones at another time. A metric that does not tell them from ground truth
says nothing of a model either.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from lmm.baselines import beats
from lmm.evaluate import hearing
from lmm.evaluate.completing import SPARE
from lmm.evaluate.controls import freeze
from lmm.evaluate.judged import Space
from lmm.evaluate.metrics.beat_alignment import beat_alignment
from lmm.evaluate.metrics.beat_consistency import beat_consistency, upper_body_speeds
from lmm.evaluate.metrics.dance import standardised
from lmm.evaluate.metrics.diversity import diversity
from lmm.evaluate.metrics.frechet import frechet
from lmm.evaluate.metrics.geometric import geometric
from lmm.evaluate.metrics.kid import kid
from lmm.evaluate.metrics.kinetic import kinetic
from lmm.evaluate.metrics.l1_diversity import l1_diversity
from lmm.evaluate.metrics.pfc import pfc
from lmm.evaluate.metrics.stress_alignment import stress_alignment
from lmm.evaluate.rows import TRUTH, Dance, Who
from lmm.evaluate.scenes import Pick, Scenes, Size, cut, draw
from motionverse.errors import MotionError
from motionverse.features.cache import Cache
from motionverse.motion import Motion
from motionverse.store import Store

SPEECH_OFF = 1.0  # [s] that the control shifts gestures by


def truth(scenes: Scenes, _seeds: Sequence[int]) -> list[Motion]:
    """The real motions."""
    return [scene.motion for scene in scenes.asked]


def anothers(scenes: Scenes, seeds: Sequence[int]) -> list[Motion]:
    """To each sound a real motion that was made to another one (of one recording: at another time)."""
    rng = np.random.default_rng(seeds[0])
    found = []
    for scene in scenes.asked:
        others = [one for one in scenes.asked if one.heard.sound.name != scene.heard.sound.name]
        others = others or [one for one in scenes.asked if one is not scene]
        found.append(others[int(rng.integers(len(others)))].motion)
    return found


def shifted(scenes: Scenes, _seeds: Sequence[int]) -> list[Motion]:
    """The real motions beside the sound, half a beat in dances and a second in speech: what was done so much earlier or later in
    the clip; where it ends there, the motion comes late, and till then there is its first pose."""
    found = []
    for scene in scenes.asked:
        fps, length = scene.motion.fps, len(scene.motion) / scene.motion.fps
        off = min(beats.interval(scene.instants), 1.0) / 2 if scenes.kind == "music" else SPEECH_OFF
        room = scene.heard.record.seconds - length - SPARE
        start = next((at for at in (scene.start - off, scene.start + off) if 0 <= at <= room), None)
        if start is None:
            rows = np.maximum(np.arange(len(scene.motion)) - round(off * fps), 0)
            found.append(scene.motion.with_(rotations=scene.motion.rotations[rows], root=scene.motion.root[rows]))
        else:
            found.append(cut(scenes.store, scene.heard.index, start, length, fps))
    return found


def frozen(scenes: Scenes, seeds: Sequence[int]) -> list[Motion]:
    """The first pose throughout."""
    return freeze(truth(scenes, seeds), 0)


def looked_up(scenes: Scenes, seeds: Sequence[int]) -> list[Motion]:
    """lmm.baselines.beats over the training clips of other performances. Raises MotionError where there is none."""
    found = []
    for scene, seed in zip(scenes.asked, seeds, strict=True):
        length, fps = len(scene.motion) / scene.motion.fps, scene.motion.fps
        stock = [one for one in scenes.stock if one.record.performance != scene.heard.record.performance]
        if not stock:
            raise MotionError(
                f"{scenes.store.where}: no training clip of {length:g} s with {scenes.kind} to look up; add some"
            )
        kept = [beats.Kept(one.record.seconds - SPARE, one.instants) for one in stock]
        which, start = beats.look_up(scene.instants, length, kept, seed)
        found.append(cut(scenes.store, stock[which].index, start, length, fps))
    return found


ANOTHERS = "another's sound"
CONTROLS: Mapping[str, Dance] = {ANOTHERS: anothers, "sound shifted": shifted, "frozen": frozen}
IN_SPACE = ("speech",)  # kinds that are judged in the motion-text space
SEEN_BY: Mapping[str, Mapping[str, tuple[str, ...]]] = {  # kind of sound -> control -> the columns that must see it
    "music": {"another's sound": ("beat_alignment",), "sound shifted": ("beat_alignment",), "frozen": ("fid_k", "fid_g")},
    "speech": {
        "another's sound": ("beat_consistency", "stress_alignment"), "sound shifted": ("beat_consistency", "stress_alignment"),
        "frozen": ("fgd", "l1_diversity_m"),
    },
}  # fmt: skip


def rows(kind: str, models: Sequence[Who], recorded: bool = False) -> list[Who]:
    """Who takes part, ground truth first; models are told the sound where all of it was recorded.

    Speech has no baseline: nothing in one recording of it is left to be looked up.
    """
    baselines = [Who("retrieval", "baseline", dance=looked_up)] if kind == "music" else []
    controls = (Who(name, "control", dance=dance) for name, dance in CONTROLS.items())
    told = [row for who in models for row in (hearing.rows_of(kind, who) if recorded else [])]
    dancers = (who for who in models if who.dance)
    return [Who(TRUTH, "reference", dance=truth), *controls, *baselines, *dancers, *told]


class Sounding:
    """A task of sound. space: what gestures are judged in; pick, size: as lmm.evaluate.scenes.draw has them; cache: folder for what
    is heard in recordings."""

    def __init__(
        self, store: Store, space: Space | None, kind: str, pick: Pick, size: Size, seed: int, cache: Path
    ) -> None:
        self.store, self.space, self.kind = store, space, kind
        self.pick, self.size, self.seed, self.cache = pick, size, seed, Cache(cache)
        self._last: tuple[int, Scenes] | None = None

    def columns(self, who: Who, repetition: int) -> dict[str, float]:
        """A row in a repetition; its scenes are kept, as every row asks for them in turn."""
        if self._last is None or self._last[0] != repetition:
            drawn = draw(self.store, self.kind, self.pick, self.size, self.seed + repetition, self.cache)
            self._last = repetition, drawn
        scenes = self._last[1]
        count = len(scenes.asked)
        assert who.dance is not None
        made = who.dance(scenes, range(repetition * count, (repetition + 1) * count))
        return measure(scenes, made, self.space)


def measure(scenes: Scenes, made: Sequence[Motion], space: Space | None) -> dict[str, float]:
    """Every column of answers to `scenes`, means over windows; space: what gestures are judged in."""
    told = {"windows": float(len(made)), "recorded": float(np.mean([one.heard.recorded for one in scenes.asked]))}
    if scenes.kind == "music":
        return told | _danced(scenes, made)
    assert space is not None
    return told | _gestured(scenes, made, space)


def _danced(scenes: Scenes, made: Sequence[Motion]) -> dict[str, float]:
    found = {}
    for name, features in (("k", kinetic), ("g", geometric)):
        known, judged = standardised(*(np.array([features(one) for one in side]) for side in (scenes.held, made)))
        found |= {f"fid_{name}": frechet(known, judged), f"div_{name}": diversity(judged)}
    pairs = zip(made, scenes.asked, strict=True)
    aligned = [beat_alignment(motion, scene.instants) for motion, scene in pairs]
    return {**found, "beat_alignment": float(np.mean(aligned)), "pfc_cm2": float(np.mean([pfc(m) for m in made]))}


def _gestured(scenes: Scenes, made: Sequence[Motion], space: Space) -> dict[str, float]:
    held, vectors = space.motions(scenes.held), space.motions(made)
    usual = np.mean([upper_body_speeds(motion).mean(0) for motion in scenes.held], 0)
    pairs = zip(made, scenes.asked, strict=True)
    found = [beat_consistency(motion, scene.instants, usual) for motion, scene in pairs]
    return {
        "fgd": frechet(held, vectors),
        "kid": kid(held, vectors),
        "beat_consistency": float(np.mean(found)),
        "stress_alignment": _mean(
            [stress_alignment(m, scene.beats().instants) for m, scene in zip(made, scenes.asked, strict=True)]
        ),
        "l1_diversity_m": float(np.mean([l1_diversity(motion) for motion in made])),
    }


def _mean(values: Sequence[float]) -> float:
    held = [value for value in values if not np.isnan(value)]
    return float(np.mean(held)) if held else float("nan")
