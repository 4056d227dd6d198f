"""The model card that a run writes about itself: facts only; people add what they saw."""

import json
from pathlib import Path
from typing import Any

from lmm import weights
from lmm.train import log
from lmm.train.checkpoint import State
from lmm.train.choice import PAIRED
from lmm.train.recipe import Recipe

KINDS = {
    "lmm": "A Large Motion Model",
    "encoder": "A plain transformer encoder as denoiser (lmm/baselines/encoder.py), a baseline,",
    "codes": "A tokenizer (lmm/baselines/codes.py)",
    "gpt": "A transformer over a tokenizer's codes (lmm/baselines/gpt.py), a baseline,",
}

PAIRS = """\
Where sound was laid under motion afterwards (`motionverse pair`: the sources called pairs), motion was bent in time until its beats
fell on those of a song, its strokes on the stresses of a voice. So the model keeps time; nobody moved to these recordings. Dances
filmed to their music (AIST++, which users may fetch) would teach more of it."""


def card(name: str, recipe: Recipe, state: State, parameters: int, weights_hash: str, curve: Path) -> str:
    """Markdown about published weights: training, data with licences, the actions it was shown, curve, limits."""
    data = state.data
    sections = [
        f"# {name}",
        f"{KINDS[recipe.network]} of {parameters / 1e6:.1f} M parameters, weights `{weights_hash}`, "
        f"text encoder `{data['text_encoder']}`.",
        "## Training",
        _training(recipe, state),
        curve_table(curve),
        "## Data",
        f"{data['clips']} training clips, {data['seconds'] / 3600:.2f} h (mirrored windows not counted).",
        bill(data["licences"]),
        *recordings(data.get("recordings", [])),
        *([PAIRS] if {row["source"] for row in data["licences"]} & PAIRED else []),
        "## What it knows",
        weights.ACTIONS + ", ".join(f"{action} {count}" for action, count in data["actions"].items()) + ".",
        "Captions come from people where the corpus has them, else from a paraphrase grammar over labels.",
        "## Limits",
        "Trained on few hours of motion: other prompts give something near the actions above. Hands and face are seldom captured.",
        "## Configuration",
        f"```json\n{json.dumps(state.recipe, indent=1)}\n```",
    ]
    return "\n\n".join(sections) + "\n"


def _training(recipe: Recipe, state: State) -> str:
    start = (
        f"warm start from {recipe.run.warm_start} with a fresh optimiser" if recipe.run.warm_start else "from scratch"
    )
    budget = f" ({state.cpu / 60:.0f} min of CPU time on one thread)" if recipe.run.threads == 1 else ""
    return (
        f"{state.step} steps of {recipe.curriculum.frames} frames in {state.elapsed / 60:.0f} min{budget}, "
        f"seed {recipe.run.seed}, {start}; "
        f"{recipe.curriculum.at_rate:.0%} of the clips at {recipe.curriculum.rate:g} fps, the release's sampling rate."
    )


def curve_table(path: Path) -> str:
    """Validation loss over steps and minutes from a run's log, a few rows, and the picture of it."""
    lines = log.read(path) if path.is_file() else []
    rows = [f"| {r['step']} | {r['elapsed'] / 60:.0f} | {r['validation']:.4f} |" for r in lines if "validation" in r]
    few = rows[:: max(1, len(rows) // 8)]
    few += rows[-1:] if rows and few[-1] != rows[-1] else []
    return "\n".join(["| step | minutes | validation loss |", "|---|---|---|", *few]) + "\n\n![curve](curve.png)"


def bill(rows: list[dict[str, Any]]) -> str:
    """The training data by source: licence, clips, minutes, credit; what only runs before this one drew from last."""
    lines = []
    for row in rows:
        source = row["source"] + " (in runs before)" * bool(row.get("earlier"))
        held = source, row["licence"], row["kind"], row["clips"], f"{row['seconds'] / 60:.1f}", row["attribution"]
        lines.append(f"| {' | '.join(map(str, held))} |")
    return "\n".join(["| source | licence | kind | clips | minutes | credit |", "|---|---|---|---|---|---|", *lines])


def recordings(rows: list[dict[str, Any]]) -> list[str]:
    """The sound beside the training data, a line a licence: how much, and whose; [] where there is none."""
    if not rows:
        return []
    lines = []
    for terms in sorted({row["licence"] for row in rows}):
        mine = [row for row in rows if row["licence"] == terms]
        whose = "; ".join(sorted({row["credit"] or row["name"] for row in mine}))
        minutes = sum(row["seconds"] for row in mine) / 60
        lines.append(f"| {terms or 'not stated'} | {len(mine)} | {minutes:.1f} | {whose} |")
    table = ["| licence | recordings | minutes of motion beside them | credit |", "|---|---|---|---|", *lines]
    return ["Sound beside these motions, under licences of its own:", "\n".join(table)]
