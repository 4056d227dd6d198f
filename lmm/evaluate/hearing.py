"""How a model that is told sound answers scenes, and what it is held against: itself told another's sound, or none.

Real motion beside sound is made by bending time (motionverse.pairs), so that it scores well by construction, and so would any
motion that is bent. What a model adds is its own beats: against itself deaf and bent afterwards by the same means.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from lmm.evaluate.rows import Ask, Who
from lmm.evaluate.scenes import Scene, Scenes
from lmm.evaluate.wishes import Wish
from lmm.model.alike import said
from motionverse import canonical
from motionverse.motion import Motion
from motionverse.pairs import warp
from motionverse.pairs.beats import Beats
from motionverse.pairs.pairing import EVENTS, LEAST
from motionverse.resample import at_times

MISTAKEN, DEAF, BENT = (
    ", another's sound",
    ", no sound",
    ", no sound, bent",
)  # what rows of a model are called beside its own
AGAINST = {  # kind of sound -> a model's other row -> the columns by which it should be ahead of it
    kind: {MISTAKEN: (column,), BENT: (column,)}
    for kind, column in (("music", "beat_alignment"), ("speech", "stress_alignment"))
}
LEAD = 1.5  # [s] that a motion to be bent goes on before and after the window
BESIDE = 2.0  # [s] of sound around the window whose beats it is bent to


def rows_of(kind: str, who: Who) -> list[Who]:
    """A model's rows; none where it cannot be told this kind of sound."""
    if who.ask is None or kind not in who.streams:
        return []
    return [
        replace(who, name=who.name + called, made_of=who.made_of + called, dance=partial(answer, who.ask))
        for called, answer in WAYS.items()
    ]


def heard(ask: Ask, scenes: Scenes, seeds: Sequence[int]) -> list[Motion]:
    """Told each scene's sound, and nothing else."""
    return ask([Wish(scene.motion, tracks={scenes.kind: scene.track}) for scene in scenes.asked], seeds)


def mistaken(ask: Ask, scenes: Scenes, seeds: Sequence[int]) -> list[Motion]:
    """Told another scene's sound, of another recording where there is one."""
    rng = np.random.default_rng(seeds[0])
    others = [_other(scenes, scene, rng) for scene in scenes.asked]
    wishes = [
        Wish(scene.motion, tracks={scenes.kind: other.track}) for scene, other in zip(scenes.asked, others, strict=True)
    ]
    return ask(wishes, seeds)


def deaf(ask: Ask, scenes: Scenes, seeds: Sequence[int]) -> list[Motion]:
    """Told what the scene's clip is said to show, if anything, and no sound."""
    return ask(
        [Wish(scene.motion, _sentence(scene, seed)) for scene, seed in zip(scenes.asked, seeds, strict=True)], seeds
    )


def bent(ask: Ask, scenes: Scenes, seeds: Sequence[int]) -> list[Motion]:
    """As `deaf`, longer, and then bent in time as the pairs are; where that cannot be done, as it is."""
    wishes = [
        Wish(_room(scene.motion), _sentence(scene, seed)) for scene, seed in zip(scenes.asked, seeds, strict=True)
    ]
    return [
        fitted(motion, EVENTS[scenes.kind](motion), scene.beats(BESIDE), scene.motion)
        for motion, scene in zip(ask(wishes, seeds), scenes.asked, strict=True)
    ]


def fitted(motion: Motion, own: Beats, heard: Beats, window: Motion) -> Motion:
    """As long as `window` and at its rate: from LEAD on, bent so that the motion's beats fall on those heard from the window's
    first frame on; unbent where they do not go together."""
    times = np.arange(len(window)) / window.fps
    bent_times, own = times + LEAD, own.within(LEAD, motion.seconds)
    if min(len(own), len(heard)) >= LEAST:
        ours, theirs = warp.match(own, heard)
        way = warp.fitted(heard.instants[theirs], own.instants[ours]) if len(ours) >= LEAST else None
        bent_times = bent_times if way is None else way(times)
    found = at_times(motion, np.clip(bent_times, 0.0, motion.times[-1]), window.fps)
    return canonical.canonical(found, 0.0)[0]


WAYS: Mapping[str, Callable[..., list[Motion]]] = {"": heard, MISTAKEN: mistaken, DEAF: deaf, BENT: bent}


def _room(window: Motion) -> Motion:
    """What is as long as a motion to be bent has to be; of it nothing but length, rate and bones is told."""
    seconds = len(window) / window.fps * warp.FASTEST + 2 * LEAD
    frames = int(np.ceil(seconds * window.fps))
    rows = np.minimum(np.arange(frames), len(window) - 1)
    return window.with_(rotations=window.rotations[rows], root=window.root[rows], face=None)


def _other(scenes: Scenes, scene: Scene, rng: np.random.Generator) -> Scene:
    others = [one for one in scenes.asked if one.heard.sound.name != scene.heard.sound.name]
    others = others or [one for one in scenes.asked if one is not scene]
    return others[int(rng.integers(len(others)))]


def _sentence(scene: Scene, seed: int) -> str:
    """One of the clip's captions; "" where it has none."""
    told = said(scene.heard.record)
    return told[seed % len(told)] if told else ""
