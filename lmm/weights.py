"""Weights as files: where published ones lie, and what is inside.

    assets/weights/NAME/model.safetensors   averaged weights in float16, statistics in float64, facts as JSON in the header
                        model-2.safetensors and on: the rest of weights that are larger than PIECE
                        config.yaml         the recipe that made them, every value spelled out
                        licences.json       the bill of materials of the training data
                        sums.json           hashes of the files above: what `check` holds them against
                        card.md  curve.jsonl  curve.png

safetensors only: nothing in these files is executed. The environment variable LMM_ASSETS names another assets folder.
"""

import hashlib
import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionverse.errors import MotionError
from motionverse.files import atomic_path

if TYPE_CHECKING:  # torch is slow to import, and listing names needs none
    from torch import Tensor

    from motionverse.stats import Stats

FORMAT, VERSION = "lmm-weights", 1
EMBEDDER, EMBEDDER_FORMAT = (
    "embedder",
    "lmm-embedder",
)  # the space that motions are judged in: no model to generate with
WEIGHTS, CONFIG, CARD, LICENCES = "model.safetensors", "config.yaml", "card.md", "licences.json"
PIECE = 40_000_000  # bytes of tensors in one file at most
ACTIONS = "Actions by training clips: "  # begins the card's line of them: "walk 257, run 342."
CURVE, PICTURE, SUMS = "curve.jsonl", "curve.png", "sums.json"


@dataclass(frozen=True)
class Facts:
    """What the weights' header says. datasets: names by id, the generic one first; steps and seconds: the training's length;
    pieces: files that the weights lie in."""

    text_encoder: str
    datasets: tuple[str, ...]
    steps: int
    seed: int
    seconds: float
    warm_start: str = ""
    format: str = FORMAT
    version: int = VERSION
    pieces: int = 1


def assets() -> Path:
    """The folder of what ships with the product."""
    return Path(os.environ.get("LMM_ASSETS") or Path(__file__).resolve().parent.parent / "assets")


def names() -> tuple[str, ...]:
    """Published names of models, in order; those of a folder as FOLDER/NAME."""
    place = assets() / "weights"
    files = (*place.glob(f"*/{WEIGHTS}"), *place.glob(f"*/*/{WEIGHTS}"))
    found = sorted(path.parent.relative_to(place).as_posix() for path in files)
    return tuple(name for name in found if name != EMBEDDER)


def find(name: str | Path) -> Path:
    """The folder of a published name, or the folder itself. Raises MotionError where there is neither."""
    for place in (assets() / "weights" / str(name), Path(name)):
        if str(name) and (place / WEIGHTS).is_file():
            return place
    known = ", ".join(names()) or "none yet"
    if str(name) and any(Path(name).glob("step-*.safetensors")):
        raise MotionError(
            f"{name}: a run that was broken off; go on with it, or: python tools/train.py --only-publish {name} FOLDER"
        )
    if str(name) and Path(name).is_dir():
        raise MotionError(
            f"{name}: no {WEIGHTS} in this folder; name a folder of weights, or a published name ({known})"
        )
    raise MotionError(f"model {str(name)!r} is unknown; published: {known}; or name a folder of weights")


def read(path: Path, form: str = FORMAT) -> "tuple[dict[str, Tensor], Stats, Facts]":
    """Weights by name, feature statistics and facts of a weights file of a format. Raises MotionError for anything else."""
    tensors, facts = _opened(path)
    if not isinstance(facts, dict) or facts.get("format") != form:
        tool = "train_embedder" if form == EMBEDDER_FORMAT else "train"
        raise MotionError(f"{path}: not weights of ours (no {form} header); name a folder that tools/{tool}.py wrote")
    if facts.get("version") != VERSION:
        raise MotionError(
            f"{path}: weights version {facts.get('version')}, this program reads {VERSION}; update one of them"
        )
    try:
        known = Facts(**{**facts, "datasets": tuple(facts["datasets"])})
    except (TypeError, KeyError) as error:
        raise MotionError(f"{path}: its header lacks a fact ({error}); fetch it again") from None
    if not (isinstance(known.pieces, int) and 1 <= known.pieces <= 99):
        raise MotionError(f"{path}: its header says that it has {known.pieces!r} pieces; fetch it again")
    for piece in _named(path, known.pieces)[1:]:
        tensors |= _opened(piece)[0]
    return {k: v for k, v in tensors.items() if not k.startswith("stats/")}, read_stats(tensors), known


def _opened(path: Path) -> "tuple[dict[str, Tensor], Any]":
    """The tensors of a safetensors file, and its facts. Raises MotionError for a file that is missing, cut or foreign."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "pt") as file:
            facts = json.loads((file.metadata() or {}).get("facts", "{}"))
            return {key: file.get_tensor(key) for key in file.keys()}, facts  # noqa: SIM118 (not a mapping)
    except (SafetensorError, OSError, ValueError) as error:
        raise MotionError(
            f"{path}: damaged or no safetensors file ({' '.join(str(error).split())[:80]}); fetch it again"
        ) from None


def pieces(place: Path) -> list[Path]:
    """The files that published weights lie in, the one with the facts first, by its word; they need not be there."""
    from safetensors import SafetensorError, safe_open

    path = place / WEIGHTS
    try:
        with safe_open(path, "pt") as file:
            return _named(path, int(json.loads((file.metadata() or {}).get("facts", "{}")).get("pieces", 1)))
    except (SafetensorError, OSError, ValueError, TypeError, AttributeError):
        return [path]  # whoever reads it says what is wrong


def _named(path: Path, count: int) -> list[Path]:
    return [path, *(path.with_name(f"{path.stem}-{k}{path.suffix}") for k in range(2, count + 1))]


def write(path: Path, tensors: "Mapping[str, Tensor]", stats: "Stats", facts: Facts) -> None:
    """Write a weights file, in float16, and others beside it where that is larger than PIECE. Raises MotionError where a weight
    does not fit into float16."""
    import torch
    from safetensors.torch import save

    halves = {name: value.detach().cpu().to(torch.float16).contiguous() for name, value in tensors.items()}
    wrong = [name for name, value in halves.items() if not torch.isfinite(value).all()]
    if wrong:
        raise MotionError(f"{path}: {wrong[0]} is not finite in float16; these weights cannot be published")
    held, size = [stats_tensors(stats)], 0
    for name, value in halves.items():
        if size and size + value.nbytes > PIECE:
            held, size = [*held, {}], 0
        held[-1][name] = value
        size += value.nbytes
    told = {"facts": json.dumps(asdict(replace(facts, pieces=len(held))))}
    for piece, part in reversed(list(zip(_named(path, len(held)), held, strict=True))):  # the facts come last
        with atomic_path(piece) as temporary:
            temporary.write_bytes(save(part, told if piece == path else None))


def file_hash(path: Path) -> str:
    """The first 12 hex digits of a file's SHA-256."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:12]


def seal(place: Path) -> None:
    """Write down the hashes of the files that a model is loaded from."""
    names = (*(piece.name for piece in pieces(place)), CONFIG, LICENCES)
    sums = {name: file_hash(place / name) for name in names}
    with atomic_path(place / SUMS) as temporary:
        temporary.write_text(json.dumps(sums, indent=1) + "\n", encoding="utf-8")


def check(place: Path) -> str:
    """Hold published files against their sums; returns the weights' hash. Raises MotionError for one that was changed."""
    try:
        sums = json.loads((place / SUMS).read_text(encoding="utf-8"))
        named = sums if isinstance(sums, dict) and all(Path(name).name == name for name in sums) else {}
        found = {name: file_hash(place / name) for name in dict.fromkeys((WEIGHTS, CONFIG, LICENCES, *named))}
    except OSError as error:
        raise MotionError(f"{error.filename}: missing from these published weights ({error.strerror})") from None
    except ValueError:
        raise MotionError(f"{place / SUMS}: damaged; restore the file or publish again") from None
    for name, value in found.items():
        if not isinstance(sums, dict) or sums.get(name) != value:
            raise MotionError(f"{place / name}: differs from its hash in {SUMS}; restore the file or publish again")
    others = [value for name, value in found.items() if name not in (WEIGHTS, CONFIG, LICENCES)]
    return hashlib.sha256("".join([found[WEIGHTS], *others]).encode()).hexdigest()[:12] if others else found[WEIGHTS]


def licences(place: Path) -> tuple[Mapping[str, Any], ...]:
    """The bill of materials of published weights, a row a source and licence. Raises MotionError where there is none."""
    path = place / LICENCES
    try:
        return tuple(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        raise MotionError(f"{path}: missing or damaged; weights are not used without their licences") from None


def stats_tensors(stats: "Stats") -> "dict[str, Tensor]":
    """Feature statistics as tensors named `stats/...`, for a file of tensors."""
    import torch

    return {f"stats/{name}": torch.from_numpy(value.copy()) for name, value in stats.to_arrays().items()}


def read_stats(tensors: "Mapping[str, Tensor]") -> "Stats":
    """The inverse of `stats_tensors`; other tensors are left alone. Raises MotionError where one is missing."""
    from motionverse.stats import Stats

    return Stats.from_arrays(
        {k.removeprefix("stats/"): v.numpy() for k, v in tensors.items() if k.startswith("stats/")}
    )
