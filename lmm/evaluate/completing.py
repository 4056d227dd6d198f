"""Prediction, in-between and the like: windows of the test split, what is hidden of them, and what a completed window measures."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from lmm.constraint import residual
from lmm.evaluate.metrics.between import constraint_error, l2p, l2q
from lmm.evaluate.metrics.displacement import ade, fde, mpjpe
from lmm.evaluate.metrics.jerk import jerk, seam
from lmm.evaluate.metrics.npss import npss
from lmm.evaluate.metrics.physics import physics
from lmm.tasks import Given, placed
from motionverse import canonical, rotation
from motionverse.errors import MotionError
from motionverse.lint import lint
from motionverse.motion import Motion
from motionverse.skeleton import BODY_JOINTS
from motionverse.store import Store
from motionverse.store.layout import ClipRecord

HORIZONS = (0.08, 0.16, 0.32, 0.40, 0.56, 1.0, 2.0)  # [s]
SPARE = 0.1  # [s] more than a window needs is read, so that resampling has its last frame
_SPREAD = 0.01  # [m] the least that a position's spread counts as


@dataclass(frozen=True)
class Windows:
    """Windows of one repetition: motions of one length and rate, floor at y = 0, first frame at the origin facing +Z; what is
    given of them, and (T,) bool the frames that are not given whole; texts: a sentence for each, None: none is told."""

    motions: tuple[Motion, ...]
    given: Given
    hidden: np.ndarray
    texts: tuple[str, ...] | None = None

    @cached_property
    def known(self) -> np.ndarray:
        """(T, 22) bool: body joints that are given."""
        return self.held[:, :BODY_JOINTS]

    @cached_property
    def held(self) -> np.ndarray:
        """(T, 53) bool: body joints that are given, among all cells."""
        mask = self.given.mask(self.motions[0].times)
        mask[:, BODY_JOINTS:] = False
        return mask


def candidates(store: Store, seconds: float, sources: Sequence[str] = (), told: bool = False) -> list[int]:
    """Test clips that are long enough, of these sources (none named: of all), whose whole body was captured; told: and of the
    whole of which a caption speaks."""
    chosen = store.indices("test")
    if sources:
        chosen = chosen[store.records.labels("source").equal(*sources)[chosen]]
    body = set(range(BODY_JOINTS))
    lengths = store.records.seconds
    seen = {int(i): store.records[int(i)].observed for i in chosen if lengths[i] >= seconds + SPARE}
    whole = [i for i, joints in seen.items() if not joints or body.issubset(joints)]
    return [i for i in whole if not told or _captions(store.records[i])]


def draw(
    store: Store,
    clips: Sequence[int],
    count: int,
    seconds: float,
    fps: float,
    given: Given,
    seed: int,
    told: bool = False,
) -> Windows:
    """`count` windows of `seconds` from these clips, each clip at most once more than any other; a function of the seed alone.

    told: each has a caption of its clip's whole.

    Raises MotionError where there is no clip, and where the forms hide nothing.
    """
    if not clips:
        what = "a whole body and a caption" if told else "a whole body"
        raise MotionError(f"{store.where}: no test clip of {seconds:g} s with {what}; build a larger store")
    rng = np.random.default_rng(seed)
    order = [i for _ in range(-(-count // len(clips))) for i in rng.permutation(clips)][:count]
    frames, motions, texts = round(seconds * fps) + 1, [], []
    for index in order:
        start = float(rng.random() * (store.records.seconds[index] - seconds - SPARE))
        motion = store.window(int(index), start, seconds + SPARE).resample(fps).frames_slice(0, frames)
        motions.append(canonical.canonical(motion.with_(face=None), 0.0)[0])
        if told:
            said = _captions(store.records[int(index)])
            texts.append(said[int(rng.integers(len(said)))])
    mask = given.mask(np.arange(frames) / fps)[:, :BODY_JOINTS]
    if mask.all() or not mask.any():
        raise MotionError(f"board: {dict(given.forms)} of {seconds:g} s hides all or nothing; change seconds or forms")
    return Windows(tuple(motions), given, np.asarray(~mask.all(1)), tuple(texts) if told else None)


def _captions(record: ClipRecord) -> list[str]:
    """Those that speak of the whole clip."""
    return [c.text for c in record.captions if c.start <= 0 and (c.end is None or c.end >= record.seconds - SPARE)]


def measure(windows: Windows, samples: Sequence[Sequence[Motion]], best: bool = False) -> dict[str, float]:
    """Every column of completed sets of windows, one set a sample: means over windows, of their hidden frames, and over samples.
    NaN where it cannot be asked. best: and the least ADE and FDE over samples."""
    usual = float(
        np.mean([jerk(motion.joints()[:, :BODY_JOINTS], motion.fps).max(1).mean() for motion in windows.motions])
    )
    real = np.stack([motion.joints()[:, :BODY_JOINTS] for motion in windows.motions])
    spread = np.maximum(real.reshape(-1, BODY_JOINTS, 3).std(0), _SPREAD)
    sets = [[_one(truth, made, windows, spread, usual) for truth, made in zip(windows.motions, one, strict=True)]
            for one in samples]  # fmt: skip
    found = {name: _mean([row[name] for rows in sets for row in rows]) for name in sets[0][0]}
    found["kept_max_mm"] = max(row["kept_max_mm"] for rows in sets for row in rows)
    hidden = windows.hidden
    theirs = _signals(windows.motions)[:, hidden]
    found["npss"] = float(np.mean([npss(_signals(made)[:, hidden], theirs) for made in samples]))
    for name in ("ade_m", "fde_m") if best else ():
        found[f"best_{name}"] = float(np.min([[row[name] for row in rows] for rows in sets], 0).mean())
    return found


def _one(truth: Motion, made: Motion, windows: Windows, spread: np.ndarray, usual: float) -> dict[str, float]:
    real, ours, fps = truth.joints()[:, :BODY_JOINTS], made.joints()[:, :BODY_JOINTS], truth.fps
    hidden = np.flatnonzero(windows.hidden)
    sought = np.flatnonzero(~windows.known[hidden].all(0))  # joints
    first, stop = int(hidden[0]), int(hidden[-1]) + 1
    edges = np.flatnonzero(np.diff(windows.hidden)) + 1
    jerks = np.array([seam(ours, fps, (k - 0.5) / fps, usual=usual) for k in edges] or [(np.nan, np.nan)])
    near, there = ((joints - joints[:, :1])[first:stop, sought] for joints in (ours, real))
    around = mpjpe(near, there, fps, HORIZONS)
    q, p = (rotation.to_quat(motion.globals()[np.ix_(hidden, sought)]) for motion in (truth, made))
    asked = ours[np.ix_(hidden, sought)], real[np.ix_(hidden, sought)]
    return {
        **{f"mpjpe_{1000 * at:.0f}_mm": 1000 * float(value) for at, value in zip(HORIZONS, around, strict=True)},
        "ade_m": ade(*asked),
        "fde_m": fde(*asked),
        "l2p": l2p(*asked, spread[sought]),
        "l2q": l2q(p, q),
        "constraint_cm": constraint_error(ours, real, placed(windows.known)),
        "kept_max_mm": 1000 * residual(made, truth, windows.held).metres,
        "seam_peak_m_s3": float(jerks[:, 0].max()),
        "seam_area_m_s2": float(jerks[:, 1].mean()),
        "lint": float(not lint(made)),
        **physics(made.frames_slice(first, stop)),
    }


def restored(windows: Windows, made: Sequence[Motion]) -> dict[str, float]:
    """What is lost of whole windows that should come back as they were: the largest distance of a body joint [mm] and the
    largest turn [degrees], over all frames."""
    pairs = list(zip(windows.motions, made, strict=True))
    apart = [np.linalg.norm((back.joints() - real.joints())[:, :BODY_JOINTS], axis=-1).max() for real, back in pairs]
    turned = [rotation.geodesic(back.rotations, real.rotations)[:, :BODY_JOINTS].max() for real, back in pairs]
    return {"restored_mm": 1000 * float(max(apart)), "restored_degrees": float(np.degrees(max(turned)))}


def _signals(motions: Sequence[Motion]) -> np.ndarray:
    """(N, T, 22 x 6) local rotations as 6D: no angle wraps around in them."""
    return np.stack(
        [rotation.to_sixd(motion.rotations[:, :BODY_JOINTS]).reshape(len(motion), -1) for motion in motions]
    )


def _mean(values: Sequence[float]) -> float:
    held = [value for value in values if not np.isnan(value)]
    return float(np.mean(held)) if held else float("nan")
