"""Motion that is told by several streams at once, or by keypoints: is each of them heard?

An ingredient is a stream (a sentence, music, speech, 2-D keypoints as a detector reports them) or what is given of the real motion,
"given". Each has its columns, and a model that is told all of them stands beside itself told one alone, another window's, and
nothing.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np

from lmm.baselines.seen import Seen
from lmm.evaluate import scenes
from lmm.evaluate.completing import SPARE, candidates
from lmm.evaluate.controls import average
from lmm.evaluate.judged import Space, stands
from lmm.evaluate.metrics.beat_alignment import beat_alignment
from lmm.evaluate.metrics.between import constraint_error
from lmm.evaluate.metrics.mm_distance import mm_distance
from lmm.evaluate.metrics.pose_error import acceleration_error, mpjpe, pa_mpjpe, path_error
from lmm.evaluate.metrics.r_precision import r_precision
from lmm.evaluate.metrics.stress_alignment import stress_alignment
from lmm.evaluate.rows import TRUTH, Ask, Who
from lmm.evaluate.wishes import Wish
from lmm.model.alike import Shown, meanings, said, same, shown
from lmm.tasks import STREAMS, Given, placed
from motionverse.errors import MotionError
from motionverse.features import detector, keypoints2d
from motionverse.features.cache import Cache
from motionverse.features.track import Track
from motionverse.motion import Motion
from motionverse.pairs.beats import Beats
from motionverse.skeleton import BODY_JOINTS
from motionverse.store import Store

GIVEN, KEYPOINTS, SOUNDS = "given", "keypoints", ("music", "speech")
LEAST = 4  # windows
POOL = 8  # of R-precision: fewer captions than in the text task, and more alike
ANOTHERS, AVERAGE, SEEN = "another's", "mean pose", "retrieval"
BY: Mapping[str, tuple[str, ...]] = {  # ingredient -> the columns by which it is heard
    "text": (f"r@1_of_{POOL}", "mm_dist"), "music": ("beat_alignment",), "speech": ("stress_alignment",),
    "keypoints": ("mpjpe_mm",), "given": ("given_mm",),
}  # fmt: skip
SEEN_BY = {
    ANOTHERS: (*BY["text"], *BY["music"], *BY["speech"])
}  # control -> columns; the others' truth is 0 by definition


@dataclass
class MixConfig:
    """What is told of windows of so many seconds: streams (lmm.tasks.STREAMS), and what is given (lmm.tasks.FORMS).

    detector: keypoints are as a detector would have them, else as they are; split, sources: of the clips (none: the board's).
    """

    streams: list[str] = field(default_factory=list)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    seconds: float = 4.0
    detector: bool = True
    split: str = "test"
    sources: list[str] = field(default_factory=list)

    @property
    def ingredients(self) -> tuple[str, ...]:
        """In the order in which they are named."""
        return (*(name for name in STREAMS if name in self.streams), *((GIVEN,) if self.forms else ()))


@dataclass(frozen=True, eq=False)
class Mix:
    """One repetition: a wish with all ingredients for each window, what each shows, and what motions keep time with."""

    wishes: tuple[Wish, ...]
    shows: tuple[Shown, ...]
    beats: tuple[Beats, ...]


Answer = Callable[[Mix, Sequence[int]], list[Motion]]


def check(name: str, config: MixConfig) -> None:
    """Raises MotionError for a mix that cannot be asked."""
    if wrong := [one for one in config.streams if one not in STREAMS]:
        raise MotionError(f"board: {name!r}: stream {wrong[0]!r} is unknown; the streams are {', '.join(STREAMS)}")
    if not config.ingredients or set(SOUNDS) <= set(config.streams):
        raise MotionError(f"board: {name!r}: name one stream at least, and music or speech, not both")


def told(wish: Wish, ingredients: Iterable[str]) -> Wish:
    """The wish with these ingredients alone."""
    kept = tuple(ingredients)
    return replace(
        wish,
        text=wish.text if "text" in kept else "",
        tracks={name: track for name, track in wish.tracks.items() if name in kept},
        given=wish.given if GIVEN in kept else Given(),
    )


def alone(ask: Ask, kept: tuple[str, ...], mix: Mix, seeds: Sequence[int]) -> list[Motion]:
    """Told these ingredients of each window."""
    return ask([told(wish, kept) for wish in mix.wishes], seeds)


def mistaken(ask: Ask, mix: Mix, seeds: Sequence[int]) -> list[Motion]:
    """Told another window's streams."""
    wishes = [
        replace(wish, text=other.text, tracks=other.tracks)
        for wish, other in zip(mix.wishes, _others(mix.wishes, seeds[0]), strict=True)
    ]
    return ask(wishes, seeds)


class Mixing:
    """A task of a mix. count: windows of a repetition; cache: folder for what is heard in recordings."""

    def __init__(
        self, store: Store, space: Space | None, config: MixConfig, size: tuple[int, float], seed: int, cache: Path
    ) -> None:
        self.store, self.space, self.config = store, space, config
        self.count, self.fps = size
        self.seed, self.cache = seed, Cache(cache)
        self._last: tuple[int, Mix] | None = None

    def columns(self, who: Who, repetition: int) -> dict[str, float]:
        """A row in a repetition; its windows are kept, as every row asks for them in turn."""
        if self._last is None or self._last[0] != repetition:
            self._last = repetition, self.drawn(self.seed + repetition)
        mix = self._last[1]
        count = len(mix.wishes)
        seeds = range(repetition * count, (repetition + 1) * count)
        made = (
            self._seen.nearest([wish.tracks[KEYPOINTS] for wish in mix.wishes], self.fps) if who.name == SEEN else None
        )
        if made is None:
            assert who.mixed is not None
            made = who.mixed(mix, seeds)
        return self.measured(mix, made)

    @cached_property
    def _seen(self) -> Seen:
        return Seen(self.store, self.config.sources, self.config.seconds)

    @cached_property
    def _known(self) -> dict[str, set[Shown]]:
        return dict(meanings(self.store.records))

    def drawn(self, seed: int) -> Mix:
        """Windows by the seed alone. Raises MotionError where there are too few."""
        rng, config = np.random.default_rng(seed), self.config
        kind = next((name for name in SOUNDS if name in config.streams), "")
        windows = list(self._heard(kind, rng) if kind else self._silent(rng))
        if len(windows) < LEAST:
            raise MotionError(
                f"{self.store.where}: {len(windows)} windows of {config.seconds:g} s with {' and '.join(config.ingredients)} "
                f"in split {config.split or 'any'}; {LEAST} are needed, build a larger store or name another split"
            )
        chosen = [windows[k] for k in sorted(rng.permutation(len(windows))[: self.count])]
        wishes, shows, beats = [], [], []
        for index, start, track, kept in chosen:
            record = self.store.records[index]
            motion = scenes.cut(self.store, index, start, config.seconds, self.fps)
            tracks: dict[str, Track] = {} if track is None else {kind: track}
            if KEYPOINTS in config.streams:
                tracks[KEYPOINTS] = pictured(motion, config.detector, rng)
            texts = said(record)
            text = texts[int(rng.integers(len(texts)))] if "text" in config.streams else ""
            wishes.append(Wish(motion, text, tracks, Given(config.forms)))
            shows.append(shown(record))
            beats.append(kept)
        return Mix(tuple(wishes), tuple(shows), tuple(beats))

    def _heard(self, kind: str, rng: np.random.Generator) -> Iterable[tuple[int, float, Track | None, Beats]]:
        """(clip, start [s], the recording's track from there on, what motions keep time with) of clips with a recording."""
        pick = (self.config.split, tuple(self.config.sources))
        for heard in scenes.clips(self.store, kind, pick, self.cache):
            if not heard.recorded or "text" in self.config.streams and not said(heard.record):
                continue
            for _, start in scenes.windows_of(heard, self.config.seconds, rng):
                motion = scenes.cut(self.store, heard.index, start, self.config.seconds, self.fps)
                scene = scenes.Scene(motion, np.zeros(0), heard, start)
                if len(scene.beats()):
                    yield heard.index, start, scene.track, scene.beats()

    def _silent(self, rng: np.random.Generator) -> Iterable[tuple[int, float, Track | None, Beats]]:
        """The same of clips whose sound is not asked about: a random window each."""
        config, none = self.config, Beats(np.zeros(0), np.zeros(0))
        for index in candidates(self.store, config.seconds, config.sources):
            record = self.store.records[index]
            if "text" not in config.streams or said(record):
                yield index, float(rng.random() * (record.seconds - config.seconds - SPARE)), None, none

    def measured(self, mix: Mix, made: Sequence[Motion]) -> dict[str, float]:
        """The columns of all ingredients: means over windows."""
        found: dict[str, float] = {}
        for name in self.config.ingredients:
            found |= self._words(mix, made) if name == "text" else _MEASURES[name](mix, made)
        return found | stands(made)

    def _words(self, mix: Mix, made: Sequence[Motion]) -> dict[str, float]:
        assert self.space is not None
        captions = [wish.text for wish in mix.wishes]
        alike = same(captions, mix.shows, self._known, self.space.gists(captions))
        texts, vectors = self.space.texts(captions), self.space.motions(made)
        try:
            top = float(r_precision(texts, vectors, alike, POOL)[0])
        except MotionError:  # too few unlike captions for a pool
            top = float("nan")
        return dict(zip(BY["text"], (top, mm_distance(texts, vectors)), strict=True))


def pictured(motion: Motion, noisy: bool, rng: np.random.Generator) -> Track:
    """The keypoints of a motion as a random camera sees them; noisy: as a detector would have them."""
    seed = int(rng.integers(2**32))
    if not noisy:
        return keypoints2d.track(keypoints2d.seen_from(motion, keypoints2d.random_camera(motion, seed)))
    places, there = keypoints2d.places(motion), keypoints2d.captured(motion.present)
    return detector.detected(places, there, motion.fps, np.random.default_rng(seed))


def rows_of(config: MixConfig, models: Iterable[Who]) -> list[Who]:
    """Who takes part, ground truth first; a model that can be told all of it, and then with less."""
    everything = config.ingredients
    found = [Who(name, group, mixed=answer) for name, (group, answer) in _REAL.items()]
    found += [Who(SEEN, "baseline")] if everything == (KEYPOINTS,) else []
    for who in models:
        if who.ask is None or not set(config.streams) <= set(who.streams):
            continue
        parts = [((name,), f", {name} alone") for name in everything] if len(everything) > 1 else []
        ways = {"": partial(alone, who.ask, everything), f", {ANOTHERS}": partial(mistaken, who.ask)}
        ways |= {called: partial(alone, who.ask, kept) for kept, called in [*parts, ((), ", nothing told")]}
        found += [
            replace(who, name=who.name + called, made_of=who.made_of + called, mixed=way)
            for called, way in ways.items()
        ]
    return found


def against(config: MixConfig) -> dict[str, tuple[str, ...]]:
    """What a model's row is called that it should be ahead of -> by which columns."""
    everything = config.ingredients
    found = {f", {name} alone": _columns(one for one in everything if one != name) for name in everything}
    heard = {f", {ANOTHERS}": _columns(name for name in everything if name != GIVEN)}
    return {called: columns for called, columns in found.items() if columns} | heard


def _columns(ingredients: Iterable[str]) -> tuple[str, ...]:
    return tuple(column for name in ingredients for column in BY[name])


def _others(rows: Sequence[Any], seed: int) -> list[Any]:
    """To each of N another one: all moved on by the same number of places."""
    by = int(np.random.default_rng(seed).integers(1, len(rows)))
    return [rows[(k + by) % len(rows)] for k in range(len(rows))]


def _real(mix: Mix, _seeds: Sequence[int]) -> list[Motion]:
    return [wish.motion for wish in mix.wishes]


_REAL: Mapping[str, tuple[str, Answer]] = {
    TRUTH: ("reference", _real),
    ANOTHERS: ("control", lambda mix, seeds: _others(_real(mix, seeds), seeds[0])),
    AVERAGE: ("control", lambda mix, seeds: average(_real(mix, seeds), seeds[0])),
}


def _danced(mix: Mix, made: Sequence[Motion]) -> dict[str, float]:
    pairs = zip(made, mix.beats, strict=True)
    return {"beat_alignment": float(np.mean([beat_alignment(motion, beats.instants) for motion, beats in pairs]))}


def _gestured(mix: Mix, made: Sequence[Motion]) -> dict[str, float]:
    pairs = zip(made, mix.beats, strict=True)
    return {
        "stress_alignment": float(np.nanmean([stress_alignment(motion, beats.instants) for motion, beats in pairs]))
    }


def _imitated(mix: Mix, made: Sequence[Motion]) -> dict[str, float]:
    joints = [
        (ours.joints()[:, :BODY_JOINTS], wish.motion.joints()[:, :BODY_JOINTS], ours.fps)
        for ours, wish in zip(made, mix.wishes, strict=True)
    ]
    return {
        "mpjpe_mm": float(np.mean([mpjpe(ours, real) for ours, real, _ in joints])),
        "pa_mpjpe_mm": float(np.mean([pa_mpjpe(ours, real) for ours, real, _ in joints])),
        "acceleration_m_s2": float(np.mean([acceleration_error(*row) for row in joints])),
        "path_cm": float(np.mean([path_error(ours, real) for ours, real, _ in joints])),
    }


def _kept(mix: Mix, made: Sequence[Motion]) -> dict[str, float]:
    found = []
    for ours, wish in zip(made, mix.wishes, strict=True):
        held = placed(wish.given.mask(wish.motion.times)[:, :BODY_JOINTS])
        reached, real = (motion.joints()[:, :BODY_JOINTS] for motion in (ours, wish.motion))
        found.append(10 * constraint_error(reached, real, held))
    return {"given_mm": float(np.mean(found))}


_MEASURES: Mapping[str, Callable[[Mix, Sequence[Motion]], dict[str, float]]] = {
    "music": _danced, "speech": _gestured, "keypoints": _imitated, "given": _kept,
}  # fmt: skip
