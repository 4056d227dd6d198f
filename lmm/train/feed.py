"""Steps' batches, drawn by lmm.train.choice. `feed[step]` is a pure function of (seed, step): any process may prepare it."""

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
from lmm.train.choice import Choice
from lmm.train.curriculum import CurriculumConfig, Draw
from lmm.train.recipe import DataConfig, Recipe
from motionverse.batch import Batch, collate
from motionverse.dataset import WindowDataset, stats_of
from motionverse.errors import MotionError
from motionverse.features.cache import Cache
from motionverse.features.signals import SIGNALS
from motionverse.features.text import ENCODER, TextEncoder
from motionverse.licence import bill_of_materials, recordings
from motionverse.stats import Stats
from motionverse.store.files import Folder
from motionverse.store.reader import Store

_LOOKS, _LOOK, _SECONDS = 10, 20, 6.0  # batches, windows in each, and their length [s], that statistics are of
_VALIDATION = 2**20  # a seed that no training run uses


@dataclass(frozen=True, eq=False)
class Shown:
    """A step's batch as the model sees it. clean, noise (B, T, D) float32; given (B, T, 53) bool; level (B,) in (0, 1);
    names of the clips; motion: seconds of motion in it; window: frames that the step asks of a clip."""

    clean: Tensor
    noise: Tensor
    given: Tensor
    level: Tensor
    conditions: Conditions
    names: tuple[str, ...]
    motion: float
    window: int

    def to(self, device: torch.device) -> "Shown":
        """The same on another device."""
        return self if device.type == "cpu" else _moved(self, device)


class Feed:
    """Batches of one split of a store.

    dataset: windows with their text; curriculum: how they are shown; stats: what normalised them; data: how clips are
    weighed; seed: of every draw. share: (rank, ranks), whose clips of every step are read: one to each rank in turn.
    """

    share: tuple[int, int] = (0, 1)

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
        self.choice = Choice(dataset.store.records, config, data, seed, split)

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
        feed = cls(dataset, stats, recipe.curriculum, recipe.data, recipe.run.seed, "train")
        sounds = {
            name for shows in feed.choice.groups for name in curriculum.timed(shows) if SIGNALS[name].load is not None
        }
        dataset.streams.prepare(store.records, sorted(sounds))
        return feed

    def __len__(self) -> int:
        return 2**40  # there is always another step

    def __getitem__(self, step: int) -> Shown:
        """The batch of a step, this rank's share of it."""
        chosen, mine = self.choice[step], slice(self.share[0], None, self.share[1])
        draws = chosen.draws[mine]
        windows = [
            self.dataset.window(int(i), d.seed, d.rate, d.frames / d.rate, chosen.timed)
            for i, d in zip(chosen.clips[mine], draws, strict=True)
        ]
        return show(collate(windows), draws)

    def validation(self, clips: int, shows: str = "text") -> list[Shown]:
        """Fixed batches of the validation split, at least `clips` windows, of the sources that training draws from: nothing given,
        no dataset, and told what `shows` says alone (lmm.train.curriculum): the text, or the streams along time without it.
        [] where the split has no such clips."""
        held = self.dataset.store.indices("validation")
        sources = {self.dataset.store.records[int(i)].source for i in held}
        shares = {source: share for source, share in self.data.weights.items() if source in sources}
        if not held.size or clips <= 0 or (shows == "text" and self.data.weights and not shares):
            return []
        lengths = sorted(self.config.lengths)
        plain = replace(
            self.config, lengths=[lengths[len(lengths) // 2]], at_rate=1.0, nothing=[1.0, 1.0], drop=0.0, generic=1.0,
            shows={shows: 1.0}, drop_text_beside=1.0, pool=1,
        )  # fmt: skip
        try:
            other = Feed(self.dataset, self.stats, plain, replace(self.data, weights=shares), _VALIDATION, "validation")
        except MotionError:
            return []  # no clip of the split has what is to be shown
        size, _ = curriculum.window(plain, _VALIDATION, 0)
        return [other[step] for step in range(-(-clips // size))]

    def sentences(self) -> np.ndarray:
        """(N, channels) the mean token of every sentence that training may show."""
        assert self.dataset.tokens is not None
        return np.stack([rows.mean(0) for rows in self.dataset.tokens.tokens(self.dataset.texts()) if len(rows)])

    def statistics(self) -> dict[str, tuple[np.ndarray, np.ndarray]]:
        """Of each stream along time that training shows: its channels' (centre, spread), each (W,) float32, over some 200 windows
        that are drawn as training draws them."""
        keys = {name: shows for shows in self.choice.groups for name in curriculum.timed(shows)}
        return {name: self._statistics(name, shows) for name, shows in keys.items()}

    def _statistics(self, name: str, shows: str) -> tuple[np.ndarray, np.ndarray]:
        rows = []
        for step in range(_LOOKS):
            for index in self.choice.group(shows, step).draw(_VALIDATION, step, _LOOK):
                window = self.dataset.window(int(index), step, self.config.rate, _SECONDS, (name,))
                rows += [window.signals[name][0]] if name in window.signals else []
        values = np.concatenate(rows).astype(np.float64)
        return values.mean(0).astype(np.float32), values.std(0).astype(np.float32)

    def facts(self) -> dict[str, Any]:
        """What a checkpoint and a card say about the clips that may be drawn: encoder, datasets, licences, recordings, hours,
        actions, and the store's hash."""
        records = [self.dataset.store.records[int(i)] for i in self.choice.clips]
        rows = bill_of_materials(records)
        actions = Counter(record.action for record in records if record.action)
        manifest = self.dataset.store.files.manifest()
        return {
            "text_encoder": ENCODER,
            "datasets": list(self.dataset.datasets),
            "licences": [_bill(row.source, row.clips, row.seconds, row.licence) for row in rows],
            "recordings": [vars(row) for row in recordings(records)],
            "clips": len(records),
            "seconds": sum(record.seconds for record in records),
            "actions": dict(actions.most_common()),
            "store": hashlib.sha256(manifest).hexdigest()[:12],
        }


def show(batch: Batch, draws: Sequence[Draw]) -> Shown:
    """A batch under its clips' draws: noise, mask, streams kept or dropped, dataset hidden or not."""
    b, t, width = batch.features.shape
    given = np.zeros((b, t, batch.cells.shape[1]), bool)
    noise = torch.zeros(b, t, width)  # none where nothing is: a clip's is the same whatever stands beside it
    for k, draw in enumerate(draws):
        frames = int(batch.frames[k].sum())
        given[k, :frames] = curriculum.mask(draw.form, batch.times[k, :frames].numpy(), draw.seed)
        noise[k, :frames].normal_(generator=torch.Generator().manual_seed(draw.seed))
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
    return Shown(
        batch.features, noise, present, level, conditions, batch.names, float(batch.seconds.sum()), draws[0].frames
    )


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


def _beside(store: Store, recipe: Recipe, what: str) -> Path:
    """Where what is computed of a store is kept unless the recipe says: beside its folder, in the run's where it lies elsewhere."""
    near = isinstance(store.files, Folder)
    return store.path.with_name(f"{store.path.name}-{what}") if near else Path(recipe.run.folder) / what


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
