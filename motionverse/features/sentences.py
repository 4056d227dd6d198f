"""Token embeddings by any model that sentence-transformers can load: a name from its hub, or a folder. Imported when asked for.

The bundled encoder (motionverse.features.minilm) needs none of this: importing sentence-transformers takes several times as
long as importing torch.
"""

import functools
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.errors import MotionError
from motionverse.features.cache import Cache

BATCH = 64


class Sentences:
    """Sentences to token embeddings (n, width) float32."""

    def __init__(self, model: Any, limit: int) -> None:
        """model: a SentenceTransformer; limit: tokens kept of a sentence, or fewer where the model takes fewer."""
        model.max_seq_length = min(limit, model.max_seq_length or limit)
        if hasattr(model.tokenizer, "padding_side"):
            model.tokenizer.padding_side = "right"  # what is cut off after encoding is the end
        self.model = model

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """One array (n, width) a text, in the order of the texts. MotionError for a model without token embeddings."""
        try:
            found = self.model.encode(
                list(texts), batch_size=BATCH, output_value="token_embeddings", show_progress_bar=False
            )
        except KeyError:
            raise MotionError("this text model gives no embeddings of tokens; name one that does") from None
        return [rows.float().cpu().numpy() for rows in found]


def named(model: str | Path, cache: str | Path | None) -> str:
    """What a model's embeddings are kept under: its hub name, or its folder's name and a hash of the folder's content.

    cache: where hashes of files are remembered. Raises MotionError for a path where no folder is.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        if folder.exists() or str(model).startswith((".", "/", "~")) or len(folder.parts) > 2:
            raise MotionError(f"{model}: no folder with a text model; give one, or the name of a published model")
        return str(model).replace("/", "--")
    if cache is None:
        return folder.resolve().name
    kept, files = Cache(cache), sorted(path for path in folder.rglob("*") if path.is_file())
    rows = "".join(f"{path.relative_to(folder).as_posix()} {kept.digest(path)}\n" for path in files)
    return f"{folder.resolve().name}-{hashlib.sha256(rows.encode()).hexdigest()[:12]}"


@functools.lru_cache(maxsize=1)
def load(model: str, limit: int) -> Sentences:
    """The encoder, loaded once a process. Raises MotionError where it is not installed, or the model is not there."""
    try:
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        fix = "pip install 'large-motion-model[text]'"
        raise MotionError(f"text model {model}: sentence-transformers is not installed; {fix}") from error
    try:
        return Sentences(SentenceTransformer(model, device="cpu"), limit)
    except Exception as error:  # of many kinds: the network's, the hub's, transformers', of damaged files
        said = " ".join(str(error).split())[:160]
        fix = "check the name and the network, or give a folder with the model"
        raise MotionError(f"text model {model}: cannot be loaded ({said}); {fix}") from error
