"""Windows over a store: (index, seed) in, one training sample out, the same whenever and wherever it is asked for.

A window is a stretch of a clip at some frame rate, mirrored or not, as normalised TOMATO features, with one of the captions
that speak of it. Features are of the heading frame, so that where a window starts changes nothing in them and a window may
be cut out of its clip's features. Hence two ways, both exact: at a rate in `kept` the whole clip is encoded once and held in
memory (windows start on that clip's frames); at any other rate the window alone is resampled (it starts anywhere) and
encoded with a few frames on either side; of a clip longer than LONG nothing else is read. Which way is taken depends on rate
and length alone, never on what memory holds.
"""

import functools
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

from motionverse import tomato
from motionverse.errors import MotionError
from motionverse.face import FLAME, check
from motionverse.features.cache import Cache
from motionverse.paraphrase import mirror_text
from motionverse.parts import CELLS, FACE_CELL
from motionverse.recent import Recent
from motionverse.skeleton import Skeleton
from motionverse.stats import Stats
from motionverse.store.layout import CaptionRecord, ClipRecord
from motionverse.store.reader import Store
from motionverse.streams import LONG, Streams
from motionverse.timeline import Timeline, needed
from motionverse.window import KINDS, TEXT_WIDTH, Window

ANY = "any"  # the name of dataset 0, which stands for all of them
_EDGE = 4  # frames that a window is encoded beyond its ends: the spline derivative's end effects stay outside
_OVERLAP = 0.5  # of the window or of the caption's span, whichever is shorter


class Tokens(Protocol):
    """Whatever turns sentences into token embeddings, each (n, width) float32 (motionverse.features.text)."""

    def tokens(self, texts: Sequence[str]) -> list[np.ndarray]: ...


class WindowDataset:
    """Random access to windows of a store's clips.

    store, stats: the clips and what normalises their features; tokens: where captions' embeddings come from, None for none;
    datasets: source names by id, the first being ANY (None: the store's sources, sorted); fps and seconds: what a window has
    where the caller names none (fps None: the clip's own); mirror: the share of windows shown mirrored, with mirrored words;
    kept: frame rates at which whole clips are encoded once and held; memory: bytes to hold at most, decoded clips included;
    faces: the convention (motionverse.face) of the faces that are shown, as `stats` counted them: any other counts as absent;
    sounds: where the features of recordings are kept.
    """

    def __init__(
        self,
        store: Store,
        stats: Stats,
        tokens: Tokens | None = None,
        *,
        datasets: Sequence[str] | None = None,
        fps: float | None = None,
        seconds: float = 10.0,
        mirror: float = 0.5,
        kept: Sequence[float] = (),
        memory: int = 2**30,
        faces: str = FLAME,
        sounds: Cache | None = None,
    ) -> None:
        if not 0 <= mirror <= 1:
            raise MotionError(f"mirror {mirror}: a share of windows; must be from 0 to 1")
        self.store, self.tokens = store, tokens
        self.datasets = tuple(datasets) if datasets else (ANY, *sorted(store.records.labels("source").names))
        self.fps, self.seconds, self.mirror = fps, seconds, mirror
        self.kept = frozenset(float(rate) for rate in kept)
        self._mean, self._scale = stats.mean.astype(np.float32), stats.scale.astype(np.float32)
        self._ids = {name: number for number, name in enumerate(self.datasets)}
        self.faces = check(faces)
        self.streams = Streams(store, sounds)
        self._memory = Recent(memory)

    def __len__(self) -> int:
        return len(self.store)

    def __getitem__(self, key: int | tuple[Any, ...]) -> Window:
        """`dataset[index]`, `dataset[index, seed]` or `dataset[index, seed, fps, seconds]`: see `window`."""
        return self.window(*key) if isinstance(key, tuple) else self.window(key)

    def window(
        self,
        index: int,
        seed: int = 0,
        fps: float | None = None,
        seconds: float | None = None,
        signals: Sequence[str] = (),
    ) -> Window:
        """The window of clip `index` that `seed` draws: mirroring, start, caption and camera.

        index: counted from the end where it is negative; fps: frames a second; seconds: its length, or the whole clip's where
        that is shorter; signals: names of the streams to carry where the clip has them. T = round(seconds x fps), at least
        one. Raises MotionError for a rate or a length that is not positive, and for a sound whose file is gone.
        """
        record, index = self.store.records[index], index % len(self)
        fps, seconds = float(fps or self.fps or record.fps), self.seconds if seconds is None else seconds
        if not (fps > 0 and seconds > 0):
            raise MotionError(f"window: {seconds:g} s at {fps:g} fps; both must be positive")
        rng = np.random.default_rng((seed, index))
        mirror_draw, start_draw, caption_draw = rng.random(3)
        mirrored = bool(mirror_draw < self.mirror)
        cut = self._cut_kept if fps in self.kept else self._cut_free
        features, columns, start = cut(index, fps, max(1, round(seconds * fps)), mirrored, start_draw)
        caption = _choose(record, start, len(features) / fps, caption_draw)
        text = _mirrored_text(caption) if mirrored else caption
        length = len(features) / fps
        carried = {name: self.streams.window(name, index, record, start, length, seed, mirrored) for name in signals}
        return Window(
            features=_widened(features, columns),
            cells=_cells(record, self.store.skeletons[record.skeleton], mirrored, self.faces),
            fps=fps,
            start=start,
            text=self._embedded(text),
            caption=text,
            dataset=self._ids.get(record.source, 0),
            kind=KINDS.index(record.rotation_source),
            name=record.name,
            mirrored=mirrored,
            signals={name: values for name, values in carried.items() if values is not None},
        )

    def texts(self) -> list[str]:
        """Every sentence that a window may carry, mirrored ones included, each once: what to embed beforehand."""
        plain = {caption.text for record in self.store.records for caption in record.captions}
        return sorted(plain | {_mirrored_text(text) for text in plain} if self.mirror else plain)

    def _cut_kept(
        self, index: int, fps: float, frames: int, mirrored: bool, draw: float
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Features (T, n) of n columns, those columns, and the window's start [s]; out of the whole clip's features."""
        key = (index, fps, mirrored)
        timeline = self._timeline(index)
        # the clip's frames at this rate begin a part of a frame late, by a fixed draw, where it has that much to spare
        count = _frames(timeline.last, fps)
        phase = np.random.default_rng((index, round(fps * 1e6), mirrored)).random() * min(
            timeline.last - (count - 1) / fps, 1 / fps
        )
        whole, columns = self._memory.get(key, lambda: self._encoded(timeline, phase, fps, count, mirrored))
        first = int(draw * (count - min(frames, count) + 1))
        return whole[first : first + frames], columns, phase + first / fps

    def _cut_free(
        self, index: int, fps: float, frames: int, mirrored: bool, draw: float
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """As `_cut_kept`, for this window alone."""
        record = self.store.records[index]
        last = (record.frames - 1) / record.fps
        frames = min(frames, _frames(last, fps))
        start = draw * (last - (frames - 1) / fps)
        before = min(_EDGE, int(start * fps))
        after = min(_EDGE, int((last - start) * fps - (frames - 1)))
        begin, count = start - before / fps, before + frames + after
        if record.frames <= LONG:
            features, columns = self._encoded(self._timeline(index), begin, fps, count, mirrored)
        else:
            first = max(int(begin * record.fps) - needed(record.fps, fps), 0)
            stop = begin + (count + 1) / fps + needed(record.fps, fps) / record.fps
            piece = self.store.window(index, first / record.fps, stop - first / record.fps)
            features, columns = self._encoded(Timeline.of(piece), begin - first / record.fps, fps, count, mirrored)
        return features[before : before + frames], columns, start

    def _encoded(
        self, timeline: Timeline, start: float, fps: float, frames: int, mirrored: bool
    ) -> tuple[np.ndarray, np.ndarray]:
        """Normalised features of the captured cells alone (T, n) float32, and which of the 669 columns they are (n,)."""
        cut = timeline.stretch(start, fps, frames, mirrored)
        features = tomato.encode_captured(cut.quaternions, cut.joints, cut.root, fps, cut.skeleton, cut.face)
        columns = _columns(cut.joints.tobytes(), cut.face is not None and timeline.face_source == self.faces)
        return (features[:, columns] - self._mean[columns]) / self._scale[columns], columns

    def _timeline(self, index: int) -> Timeline:
        return self._memory.get(index, lambda: Timeline.of(self.store.motion(index)))

    def _embedded(self, text: str) -> np.ndarray:
        if self.tokens is None or not text:
            return np.zeros((0, TEXT_WIDTH), np.float32)
        return self.tokens.tokens([text])[0]


def _frames(last: float, fps: float) -> int:
    """Frames at `fps` that fit between a clip's first instant and its last [s]."""
    return int(last * fps + 1e-6) + 1


@functools.lru_cache(maxsize=64)
def _columns(joints: bytes, face: bool) -> np.ndarray:
    """Indices (n,) of the features of the captured cells."""
    cells = np.zeros(CELLS, bool)
    cells[np.frombuffer(joints, int)] = True
    cells[FACE_CELL] = face
    return np.flatnonzero(cells[tomato.FEATURE_CELL])


def _widened(features: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Columns (T, n) among all 669, zero elsewhere."""
    out = np.zeros((len(features), tomato.WIDTH), np.float32)
    out[:, columns] = features
    return out


def _cells(record: ClipRecord, skeleton: Skeleton, mirrored: bool, faces: str) -> np.ndarray:
    """(53,) what was captured, after mirroring."""
    cells = np.zeros(CELLS, bool)
    joints = np.asarray(record.observed, int)
    cells[skeleton.mirror[joints] if mirrored else joints] = True
    cells[FACE_CELL] = record.face and record.face_source == faces
    return cells


def _choose(record: ClipRecord, start: float, seconds: float, draw: float) -> str:
    """The text of one caption, by `draw` in [0, 1), among those that speak of the window; "" where none does."""
    fitting = [caption.text for caption in record.captions if _speaks_of(caption, record.seconds, start, seconds)]
    return fitting[int(draw * len(fitting))] if fitting else ""


def _speaks_of(caption: CaptionRecord, clip_seconds: float, start: float, seconds: float) -> bool:
    end = clip_seconds if caption.end is None else caption.end
    common = min(end, start + seconds) - max(caption.start, start)
    return common > 0 and common >= _OVERLAP * min(end - caption.start, seconds) - 1e-9


@functools.lru_cache(maxsize=100_000)
def _mirrored_text(text: str) -> str:
    return mirror_text(text)


def stats_of(store: Store) -> Stats:
    """The feature statistics that a store carries. Raises MotionError where it has none or they are damaged."""
    arrays = store.stats_arrays()
    if arrays is None:
        raise MotionError(f"{store.where}: has no feature statistics; build the store again")
    return Stats.from_arrays(arrays)
