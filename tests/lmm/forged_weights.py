"""Forged published weights: a tiny model of random weights with the statistics of forged walks, and words without an encoder."""

import json
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from lmm import config, weights
from lmm.config import LMMConfig
from lmm.model.dit import LMM
from lmm.train.recipe import Recipe
from motionverse import tomato
from motionverse.stats import Stats
from tests import forge

TEXT_WIDTH = 384
TIMED = {"music": 37, "speech": 46, "keypoints": 45}
LICENCES = [
    {"source": "forged", "licence": "CC0 1.0", "kind": "commercial", "clips": 2, "seconds": 8.0, "attribution": "", "citation": ""},
    {"source": "other", "licence": "CC BY-NC 4.0", "kind": "research", "clips": 1, "seconds": 4.0},
]  # fmt: skip


def write(place: Path, seed: int = 0, timed: Mapping[str, int] | None = None) -> Path:
    """Publish a tiny model in the folder `place`; returns it. timed: streams beside text, e.g. TIMED, with their widths."""
    place.mkdir(parents=True)
    recipe = Recipe()
    recipe.model = LMMConfig(
        width=16, blocks=2, ffn_width=48, expert_width=8, templates=8, step_width=32, stream_width=32,
        streams={"text": TEXT_WIDTH, **(timed or {})}, timed=[*(timed or {})], stream_layers=1, datasets=4, dataset_tokens=3,
    )  # fmt: skip
    torch.manual_seed(seed)
    model = LMM(recipe.model)
    with torch.no_grad():
        for parameter in model.parameters():
            if not bool(parameter.abs().sum()):
                parameter.normal_(std=0.1)
    stats, cells = Stats(), np.arange(53) < 22
    for k in range(2):
        stats.update(tomato.encode(forge.walk(seconds=4, fps=15, turn=0.3 * k))[0], cells)
    facts = weights.Facts("all-MiniLM-L6-v2", ("any", "forged"), 1, seed, 1.0)
    weights.write(place / weights.WEIGHTS, model.state_dict(), stats, facts)
    config.save(recipe, place / weights.CONFIG)
    (place / weights.LICENCES).write_text(json.dumps(LICENCES), encoding="utf-8")
    weights.seal(place)
    return place


def tokens(_self: object, texts: list[str]) -> list[np.ndarray]:
    """In place of TextEncoder.tokens: one row a word, a function of the word."""
    rows = [
        [np.random.default_rng(zlib.crc32(word.encode())).normal(size=TEXT_WIDTH) for word in text.split()]
        for text in texts
    ]
    return [np.array(part, np.float32)[:64] for part in rows]
