"""Steps' batches: which clips, shown how. `feed[step]` is a pure function of (seed, step), so any process may prepare it.

A step's clips have the same body parts captured: parts that a whole batch lacks cost the model nothing.
"""

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from lmm.model.condition import Conditions, Stream
from lmm.train import curriculum
from lmm.train.checkpoint import Start
from lmm.train.curriculum import CurriculumConfig, Draw
from lmm.train.recipe import DataConfig, Recipe
from motionverse.batch import Batch, collate
from motionverse.dataset import WindowDataset, stats_of
from motionverse.errors import MotionError
from motionverse.features.cache import Cache
from motionverse.features.signals import SIGNALS
from motionverse.features.text import ENCODER, TextEncoder
from motionverse.licence import bill_of_materials
from motionverse.mixture import Mixture
from motionverse.parts import CELL_PART, FACE_CELL
from motionverse.stats import Stats
from motionverse.store.files import Folder
from motionverse.store.layout import ClipRecord
from motionverse.store.reader import Store
from motionverse.streams import has

PAIRED = ("music_pairs", "speech_pairs")  # sources of clips that sound was laid under afterwards
_SEEN = frozenset({"keypoints"})  # the streams along time that are no sound
_LOOKS, _LOOK, _SECONDS = 10, 20, 6.0  # batches, windows in each, and their length [s], that statistics are of
_STILL = 1e-4  # a channel of less spread never changes
_GROUP, _VALIDATION = 2**31, 2**20  # places in the stream of seeds that no clip and no training run uses


@dataclass(frozen=True, eq=False)
class Shown:
    """A step's batch as the model sees it. clean, noise (B, T, D) float32; given (B, T, 53) bool; level (B,) in (0, 1);
    names of the clips; motion: seconds of motion in it."""

    clean: Tensor
    noise: Tensor
    given: Tensor
    level: Tensor
    conditions: Conditions
    names: tuple[str, ...]
    motion: float

    def to(self, device: torch.device) -> "Shown":
        """The same on another device."""
        return self if device.type == "cpu" else _moved(self, device)


class Feed:
    """Batches of one split of a store.

    dataset: windows with their text; curriculum: how they are shown; stats: what normalised them; data: how clips are
    weighed; seed: of every draw.
    """

    def __init__(
        self, dataset: WindowDataset, stats: Stats, config: CurriculumConfig, data: DataConfig, seed: int, split: str
    ) -> None:
        self.dataset, self.stats, self.config, self.data, self.seed, self.split = (
            dataset,
            stats,
            config,
            data,
            seed,
            split,
        )
        told = _Told.of(dataset.store.records)
        self.groups = {shows: _groups(told, data, split, shows) for shows, share in config.shows.items() if share > 0}

    @classmethod
    def open(cls, recipe: Recipe, start: Start | None = None) -> "Feed":
        """The training feed of a recipe, text embedded; `start`: whose statistics and datasets are kept. MotionError as Store."""
        store = Store(recipe.data.store)
        stats = start.stats if start else stats_of(store)
        sources = sorted({record.source for record in store.records})
        datasets = None
        if start:
            datasets = (*start.datasets, *(name for name in sources if name not in start.datasets))
        encoder = TextEncoder(recipe.data.text_cache or _beside(store, recipe, "text"))
        dataset = WindowDataset(
            store,
            stats,
            encoder,
            datasets=datasets,
            mirror=recipe.data.mirror,
            kept=(recipe.curriculum.rate,),
            memory=int(recipe.data.memory * 2**30),
            sounds=Cache(recipe.data.signal_cache or _beside(store, recipe, "signals")),
        )
        encoder.precompute(dataset.texts())
        shown = {
            name for shows, share in recipe.curriculum.shows.items() if share > 0 for name in curriculum.timed(shows)
        }
        if sounds := sorted(shown - _SEEN):
            dataset.streams.prepare(store.records, sounds)
        return cls(dataset, stats, recipe.curriculum, recipe.data, recipe.run.seed, "train")

    def __len__(self) -> int:
        return 2**40  # there is always another step

    def __getitem__(self, step: int) -> Shown:
        """The batch of a step."""
        clips, _ = curriculum.window(self.config, self.seed, step)
        shows = curriculum.shown(self.config, self.seed, step)
        picked, timed = self._group(shows, step).draw(self.seed, step, clips), curriculum.timed(shows)
        records = self.dataset.store.records
        draws = [curriculum.draw(self.config, self.seed, step, k, records[i].fps) for k, i in enumerate(picked)]
        windows = [
            self.dataset.window(int(i), d.seed, d.rate, d.frames / d.rate, timed)
            for i, d in zip(picked, draws, strict=True)
        ]
        return show(collate(windows), draws)

    def _group(self, shows: str, step: int) -> Mixture:
        """The clips that a step draws from."""
        groups = self.groups[shows]
        shares = np.array([share for _, share in groups])
        return groups[np.random.default_rng((self.seed, step, _GROUP)).choice(len(groups), p=shares)][0]

    def validation(self, clips: int, shows: str = "text") -> list[Shown]:
        """Fixed batches of the validation split, at least `clips` windows, of the sources that training draws from: nothing given,
        no dataset, and told what `shows` says alone (lmm.train.curriculum): the text, or the streams along time without it.
        None where the split has no such clips."""
        told = _Told.of(self.dataset.store.records)
        held = self.dataset.store.indices("validation")
        sources = {self.dataset.store.records[int(i)].source for i in held}
        shares = {source: share for source, share in self.data.weights.items() if source in sources}
        here = told.fitting(shows, bool(shares))[held] if held.size else held
        unnamed = self.data.weights and not shares and not _sounds(shows)
        if not here.any() or clips <= 0 or unnamed:
            return []
        lengths = sorted(self.config.lengths)
        plain = replace(
            self.config, lengths=[lengths[len(lengths) // 2]], at_rate=1.0, nothing=[1.0, 1.0], drop=0.0, generic=1.0,
            shows={shows: 1.0}, drop_text_beside=1.0,
        )  # fmt: skip
        other = Feed(self.dataset, self.stats, plain, replace(self.data, weights=shares), _VALIDATION, "validation")
        size, _ = curriculum.window(plain, _VALIDATION, 0)
        return [other[step] for step in range(-(-clips // size))]

    def sentences(self) -> np.ndarray:
        """(N, channels) the mean token of every sentence that training may show."""
        assert self.dataset.tokens is not None
        return np.stack([rows.mean(0) for rows in self.dataset.tokens.tokens(self.dataset.texts()) if len(rows)])

    def statistics(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Of each stream along time that training shows: its channels' (centre, spread), each (W,) float32, over some 200 windows
        that are drawn as training draws them. A channel that never changes has the spread 1."""
        keys = {name: shows for shows in self.groups for name in curriculum.timed(shows)}
        return {name: self._statistics(name, shows) for name, shows in keys.items()}

    def _statistics(self, name: str, shows: str) -> tuple[np.ndarray, np.ndarray]:
        rows = []
        for step in range(_LOOKS):
            for index in self._group(shows, step).draw(_VALIDATION, step, _LOOK):
                window = self.dataset.window(int(index), step, self.config.rate, _SECONDS, (name,))
                rows += [window.signals[name][0]] if name in window.signals else []
        values = np.concatenate(rows).astype(np.float64)
        spread = values.std(0)
        return values.mean(0).astype(np.float32), np.where(spread > _STILL, spread, 1.0).astype(np.float32)

    def facts(self) -> dict[str, Any]:
        """What a checkpoint and a card say about the clips that may be drawn: encoder, datasets, licences, hours, actions, and the
        store's hash."""
        drawn = np.unique(np.concatenate([group.indices for groups in self.groups.values() for group, _ in groups]))
        records = [self.dataset.store.records[int(i)] for i in drawn]
        rows = bill_of_materials(records)
        actions = Counter(record.action for record in records if record.action)
        manifest = self.dataset.store.files.manifest()
        return {
            "text_encoder": ENCODER,
            "datasets": list(self.dataset.datasets),
            "licences": [_bill(row.source, row.clips, row.seconds, row.licence) for row in rows],
            "clips": len(records),
            "seconds": sum(record.seconds for record in records),
            "actions": dict(actions.most_common()),
            "store": hashlib.sha256(manifest).hexdigest()[:12],
        }


def show(batch: Batch, draws: Sequence[Draw]) -> Shown:
    """A batch under its clips' draws: noise, mask, streams kept or dropped, dataset hidden or not."""
    b, t, width = batch.features.shape
    given = np.zeros((b, t, batch.cells.shape[1]), bool)
    noise = torch.empty(b, t, width)
    for k, draw in enumerate(draws):
        frames = int(batch.frames[k].sum())
        given[k, :frames] = curriculum.mask(draw.form, batch.times[k, :frames].numpy(), draw.seed)
        noise[k].normal_(generator=torch.Generator().manual_seed(draw.seed))
    kept = {name: torch.tensor([draw.kept[name] for draw in draws]) for name in ("text", *batch.signals)}
    streams = {"text": Stream(batch.text, batch.text_mask, None, kept["text"] & batch.text_mask.any(1))}
    for name, told in batch.signals.items():
        streams[name] = Stream(told.values, told.mask, told.times, kept[name] & told.mask.any(1))
    hidden = torch.tensor([draw.generic for draw in draws])
    conditions = Conditions(
        times=batch.times,
        frames=batch.frames,
        cells=batch.cells,
        fps=batch.fps,
        seconds=batch.seconds,
        dataset=batch.dataset.masked_fill(hidden, 0),
        streams=streams,
        kind=batch.kind,
    )
    level = torch.tensor([draw.level for draw in draws])
    present = torch.from_numpy(given) & batch.cells[:, None]
    return Shown(batch.features, noise, present, level, conditions, batch.names, float(batch.seconds.sum()))


def loader(feed: Feed, step: int, data: DataConfig) -> Iterator[Shown]:
    """Batches from `step` on, in order, prepared ahead by `data.workers` processes (0: here, when asked)."""
    if not data.workers:
        return (feed[number] for number in range(step, len(feed)))
    from torch.utils.data import DataLoader

    batches: Any = feed  # a Dataset in all but name
    order = range(step, len(feed))
    return iter(
        DataLoader(batches, batch_size=None, sampler=order, num_workers=data.workers, prefetch_factor=data.ahead)
    )


@dataclass(frozen=True, eq=False)
class _Told:
    """What decides which steps may show a clip, a row each: its body parts, whether it has a stream along time, whether its sound
    was laid under it."""

    records: Sequence[ClipRecord]
    parts: np.ndarray
    streams: Mapping[str, np.ndarray]
    paired: np.ndarray

    @classmethod
    def of(cls, records: Sequence[ClipRecord]) -> "_Told":
        rows = [
            (hash(_parts(record)), record.source in PAIRED, *(has(record, name) for name in SIGNALS))
            for record in records
        ]
        columns = np.array(rows, np.int64).reshape(len(rows), 2 + len(SIGNALS)).T
        streams = {name: column.astype(bool) for name, column in zip(SIGNALS, columns[2:], strict=True)}
        return cls(records, columns[0], streams, columns[1].astype(bool))

    def fitting(self, shows: str, named: bool) -> np.ndarray:
        """(n,) bool: the clips that have all that is shown and, unless sound is or sources are `named`, no sound laid under it."""
        whole = np.logical_and.reduce(
            [np.ones(len(self.paired), bool), *(self.streams[n] for n in curriculum.timed(shows))]
        )
        return whole if named or _sounds(shows) else whole & ~self.paired


def _sounds(shows: str) -> bool:
    return bool(set(curriculum.timed(shows)) - _SEEN)


def _groups(told: _Told, data: DataConfig, split: str, shows: str) -> list[tuple[Mixture, float]]:
    """The clips that steps of a key of `curriculum.shows` draw from, by the body parts they have: (the mixture over them, its share
    of all draws). Raises MotionError where there is none.

    Where sound is shown, clips with sound are drawn among themselves; `data.weights` says what all other steps draw from, and
    unless it names them these leave out the clips that sound was laid under (PAIRED).
    """
    weights = None if _sounds(shows) else data.weights or None
    whole = Mixture(told.records, split, weights, data.temperature)
    keep = told.fitting(shows, bool(weights))[whole.indices]
    if not keep.any():
        raise MotionError(
            f"curriculum.shows: {shows!r}: no clip of the {split} split has it; build a store with such clips"
        )
    whole = whole if keep.all() else whole.only(keep)
    parts = told.parts[whole.indices]
    groups = []
    for key in sorted(set(parts.tolist())):
        mine = parts == key
        share = float(whole.probabilities[mine].sum())
        if share > 0:
            groups.append((whole.only(mine), share))
    return groups


def _beside(store: Store, recipe: Recipe, what: str) -> Path:
    """Where what is computed of a store is kept unless the recipe says: beside its folder, in the run's where it lies elsewhere."""
    near = isinstance(store.files, Folder)
    return store.path.with_name(f"{store.path.name}-{what}") if near else Path(recipe.run.folder) / what


def _parts(record: ClipRecord) -> tuple[int, ...]:
    owners = {int(CELL_PART[joint]) for joint in record.observed}
    return tuple(sorted(owners | ({int(CELL_PART[FACE_CELL])} if record.face else set())))


def _bill(source: str, clips: int, seconds: float, licence: Any) -> dict[str, Any]:
    row = {
        "source": source,
        "licence": licence.name,
        "kind": licence.kind,
        "clips": clips,
        "seconds": round(seconds, 1),
    }
    return row | {"attribution": licence.attribution, "citation": licence.citation}


def _moved(value: Any, device: torch.device) -> Any:
    """Tensors moved, also inside dataclasses and mappings; everything else as it is."""
    if isinstance(value, Tensor):
        return value.to(device)
    if isinstance(value, Mapping):
        return {key: _moved(inner, device) for key, inner in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _moved(getattr(value, f.name), device) for f in fields(value)})
    return value
