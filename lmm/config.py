"""Configurations: plain dataclasses, read from YAML files and `key=value` overrides, saved as YAML.

A file states only what differs from the dataclass defaults. An unknown key is an error that names the nearest known one.
Knows no tensor. `LMMConfig` is the shape of a model: everything that its weights' shapes depend on.
"""

import dataclasses
import difflib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from motionverse.errors import MotionError
from motionverse.files import atomic_path

C = TypeVar("C")
_WRONG = re.compile(r"Value ('.*') of type '.*' could not be converted to (\w+)")
_KINDS = {"integer": "a whole number", "float": "a number", "bool": "true or false"}
TIME_ATTENTION = ("templates", "plain", "both")
SUFFIXES = (".yaml", ".yml")
FFN, ADAPT, SOFTMAX = ("joint", "parts"), ("shared", "block"), ("joint", "stream")


@dataclass
class LMMConfig:
    """The shape of a Large Motion Model. The defaults are about `nano`: made for a laptop's CPU."""

    width: int = 64  # L, channels of one part token
    blocks: int = 6
    experts: int = 4
    experts_chosen: int = 2
    expert_width: int = 32  # hidden channels of one expert
    ffn: str = "joint"  # feed-forward layer: joint (over all parts of a frame at once) | parts (each part has its own)
    ffn_width: int = 1024  # its hidden channels; of each part's, where each has its own
    adapt: str = "shared"  # AdaNorm: shared (before a layer, one map for all blocks) | block (after it, each its own)
    time_attention: str = "plain"  # along time: templates | plain | both
    softmax: str = "joint"  # of its keys: joint (motion and all streams at once) | stream (each for itself, added up)
    body_attention: bool = True  # across the parts of a frame; False: they meet in the feed-forward layer alone
    templates: int = 32  # rows of a time template, each with its own centre in seconds
    step_width: int = 256  # C, the vector behind AdaNorm: diffusion step, frame rate, duration, dataset, streams
    vector_width: int = 0  # in which all of these but the step meet before C, and of the step's waves; 0: C
    streams: dict[str, int] = field(default_factory=lambda: {"text": 384})  # condition stream -> width of its tokens
    timed: list[str] = field(
        default_factory=list
    )  # those of them whose tokens have times: read in beside the motion too
    guesses: list[str] = field(
        default_factory=list
    )  # those that tell the motion by themselves: what is hidden begins from it
    pulses: list[str] = field(default_factory=list)  # those that tell how its speeds rise and fall, in training
    bridge: bool = False  # begin what is hidden from what is given around it, in time (lmm.model.bridge)
    stream_width: int = 256
    stream_layers: int = 2
    layers: dict[str, int] = field(default_factory=dict)  # of streams that have another number of them
    datasets: int = 32  # id 0 is the generic one
    dataset_tokens: int = 8
    kind_tokens: int = 4  # learned tokens of each kind of rotation: captured, ik

    def __post_init__(self) -> None:
        if self.time_attention not in TIME_ATTENTION:
            raise MotionError(f"time_attention: {self.time_attention!r} is not one of {', '.join(TIME_ATTENTION)}")
        for key, known in (("ffn", FFN), ("adapt", ADAPT), ("softmax", SOFTMAX)):
            if getattr(self, key) not in known:
                raise MotionError(f"{key}: {getattr(self, key)!r} is not one of {', '.join(known)}")
        if not 1 <= self.experts_chosen <= self.experts:
            raise MotionError(f"experts_chosen: {self.experts_chosen} must lie between 1 and experts ({self.experts})")
        if unknown := [name for name in self.timed if name not in self.streams]:
            raise MotionError(f"timed: {unknown[0]!r} is no stream; the streams are {', '.join(self.streams)}")
        if unknown := [name for name in self.layers if name not in self.streams]:
            raise MotionError(f"layers: {unknown[0]!r} is no stream; the streams are {', '.join(self.streams)}")
        for key, names in (("guesses", self.guesses), ("pulses", self.pulses)):
            if unknown := [name for name in names if name not in self.timed]:
                raise MotionError(f"{key}: {unknown[0]!r} is no timed stream; name it in timed too")


@dataclass
class EncoderConfig:
    """The shape of the plain transformer encoder that lmm.baselines.encoder is."""

    width: int = 368
    layers: int = 8
    heads: int = 4
    ffn_width: int = 736
    words: int = 384  # width of the text encoder's tokens


@dataclass
class CodesConfig:
    """The shape of the tokenizer that lmm.baselines.codes is, and how its codebook follows."""

    codes: int = 512
    channels: int = 256  # of a code's vector
    width: int = 256
    depth: int = 3  # residual layers at each of the two rates
    decay: float = 0.95  # of the codebook's moving averages
    dead: float = 0.125  # of an even share: a code with less moves to where latents are
    commit: float = 0.02  # weight of the way from latents to codes
    steps: float = 0.5  # weight of the differences between frames


@dataclass
class GPTConfig:
    """The shape of the transformer over codes that lmm.baselines.gpt is."""

    codes: str = ""  # folder of the run that trained the tokenizer: where a training run takes it from
    width: int = 256
    layers: int = 4
    heads: int = 4
    dropout: float = 0.1
    corrupt: float = 0.5  # share of the codes read while training that are replaced by any
    warmth: float = 1.0  # what logits are divided by when codes are drawn
    reach: int = 38  # codes that it looks back on at most
    words: int = 384  # width of the text encoder's tokens


@dataclass
class DiffusionConfig:
    """The forward process that a model was trained on."""

    schedule: str = "cosine"  # cosine | linear
    steps: int = 1000
    zero_snr: bool = True  # rescale so that the last step is pure noise (Lin et al., arXiv 2305.08891)


def from_mapping(cls: type[C], values: Mapping[str, Any], where: str = "config") -> C:
    """A `cls` whose fields are `values` over the defaults, types checked. Raises MotionError naming the nearest key."""
    from omegaconf import OmegaConf

    return _merged(cls, [(where, OmegaConf.create(dict(values)))], where)


def read(path: Path | str, cls: type[C], overrides: Sequence[str] = ()) -> C:
    """A `cls` from a YAML file and overrides, the later over the earlier: `key=value` (dots reach into nested fields), or more
    files. Raises MotionError."""
    layers = [(str(path), _loaded(Path(path)))]
    for text in overrides:
        if "=" in text:
            layers.append((str(path), _said(text)))
        elif text.endswith(SUFFIXES):
            layers.append((text, _loaded(Path(text))))
        else:
            raise MotionError(f"override {text!r}: write it as key=value, or name a {SUFFIXES[0]} file")
    return _merged(cls, layers, str(path))


def save(config: Any, path: Path | str) -> None:
    """Write a dataclass (with its defaults spelled out) as YAML."""
    from omegaconf import OmegaConf

    with atomic_path(Path(path)) as temporary:
        OmegaConf.save(OmegaConf.structured(config), temporary)


def as_mapping(config: Any) -> dict[str, Any]:
    """A dataclass as nested plain dicts, for JSON."""
    return dataclasses.asdict(config)


def _loaded(path: Path) -> Any:
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    if not path.is_file():
        raise MotionError(f"{path}: no such configuration file")
    try:
        return OmegaConf.load(path)
    except UnicodeDecodeError:
        raise MotionError(f"{path}: not text; name a YAML file") from None
    except (OmegaConfBaseException, ValueError, OSError) as error:
        raise MotionError(f"{path}: {_line(error)}") from None
    except Exception as error:  # the YAML parser's own errors have no common public base
        raise MotionError(f"{path}: not valid YAML: {_line(error)}") from None


def _said(text: str) -> Any:
    from omegaconf import OmegaConf

    try:
        return OmegaConf.from_dotlist([text])
    except Exception as error:  # as above: the value is read as YAML
        raise MotionError(f"override {text!r}: {_line(error)}") from None


def _merged(cls: type[C], layers: list[tuple[str, Any]], where: str) -> C:
    """`layers` (where each is from, what it says) over the defaults."""
    from omegaconf import OmegaConf
    from omegaconf.errors import OmegaConfBaseException

    for place, layer in layers:
        plain = OmegaConf.to_container(layer)
        if not isinstance(plain, dict):
            raise MotionError(f"{place}: expected `key: value` lines, found {type(plain).__name__}")
        _check_keys(cls, plain, place, "")
    try:
        said = [layer for _, layer in layers]
        return OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(cls), *said))  # type: ignore[return-value]
    except OmegaConfBaseException as error:
        key = getattr(error, "full_key", None)
        said = " ".join(str(error).partition("full_key:")[0].split())[:200]  # what follows names classes of ours
        if wrong := _WRONG.fullmatch(said):
            said = f"{wrong[1]} is not {_KINDS.get(wrong[2].lower(), wrong[2])}; give one"
        raise MotionError(f"{where}: {f'{key}: ' if key else ''}{said}") from None


def _check_keys(cls: Any, values: Mapping[Any, Any], where: str, prefix: str) -> None:
    fields = {f.name: f for f in dataclasses.fields(cls)}
    for key, value in values.items():
        if key not in fields:
            near = difflib.get_close_matches(str(key), fields, n=1, cutoff=0.0)
            raise MotionError(f"{where}: unknown key {prefix}{key} (did you mean {prefix}{near[0]}?)")
        kind = fields[key].type
        if isinstance(value, Mapping) and dataclasses.is_dataclass(kind):
            _check_keys(kind, value, where, f"{prefix}{key}.")


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:200]
