"""Build the motion-text space that motions are judged in: train it, publish it, judge it on the test split.

python tools/train_embedder.py configs/embedder.yaml --publish assets/weights/embedder data.store=data/store run.minutes=20
python tools/train_embedder.py --only-publish runs/embedder assets/weights/embedder --store data/store
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

from lmm import config, weights
from motionverse.errors import MotionError
from motionverse.files import atomic_path


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path, nargs="?", help="recipe, YAML")
    parser.add_argument("overrides", nargs="*", metavar="key=value", help="values of the recipe to change")
    parser.add_argument("--publish", type=Path, metavar="FOLDER", help="publish the space here when the run has ended")
    parser.add_argument(
        "--only-publish", type=Path, nargs=2, metavar=("RUN", "FOLDER"), help="publish a run's best checkpoint"
    )
    parser.add_argument("--store", type=Path, help="the store that a run to be published was trained on")
    asked = parser.parse_intermixed_args(arguments)
    try:
        if asked.only_publish:
            if asked.store is None:
                parser.error("--only-publish needs --store, whose test split judges the space")
            run, place = asked.only_publish
            print(publish(run, place, asked.store))
            return 0
        if asked.config is None:
            parser.error("name a recipe, or --only-publish RUN FOLDER --store STORE")
        from lmm.train.contrast import ContrastRecipe, ContrastRun

        recipe = config.read(asked.config, ContrastRecipe, asked.overrides)
        run = ContrastRun(recipe).go()
        print(publish(run, asked.publish, Path(recipe.data.store)) if asked.publish else run)
    except MotionError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def publish(run: Path, place: Path, store: Path) -> Path:
    """Publish the averaged weights of a run's best checkpoint in the folder `place`, judged on the test split of `store`."""
    from lmm.evaluate import space
    from lmm.model.embedder import Embedder
    from lmm.train import checkpoint
    from lmm.train.contrast import ContrastRecipe
    from motionverse.features.text import TextEncoder
    from motionverse.store.reader import Store

    path = checkpoint.last(run)
    if path is None:
        raise MotionError(f"{run}: no checkpoint in this folder; train first, with run.folder={run}")
    state, tensors = checkpoint.read(path)
    recipe = config.from_mapping(ContrastRecipe, state.recipe, str(path))
    # where files lay on the machine that trained is nobody's business
    recipe.data.store, recipe.data.text_cache, recipe.run.folder = Path(recipe.data.store).name, "", run.name
    place.mkdir(parents=True, exist_ok=True)
    data = state.data
    facts = weights.Facts(
        data["text_encoder"],
        tuple(data["datasets"]),
        state.step,
        recipe.run.seed,
        state.elapsed,
        format=weights.EMBEDDER_FORMAT,
    )
    weights.write(place / weights.WEIGHTS, checkpoint.averaged(tensors), weights.read_stats(tensors), facts)
    config.save(recipe.model, place / weights.CONFIG)
    _write(place / weights.LICENCES, json.dumps(data["licences"], indent=1, ensure_ascii=False) + "\n")
    weights.seal(place)
    for name in (weights.CURVE, weights.PICTURE):
        shutil.copyfile(run / name, place / name)
    encoder = TextEncoder(store.with_name(f"{store.name}-text"))
    found = space.report(Embedder.load(place, encoder), Store(store), encoder)
    _write(place / "report.json", json.dumps(found, indent=1) + "\n")
    size = (place / weights.WEIGHTS).stat().st_size
    _write(place / weights.CARD, _card(config.as_mapping(recipe), facts, data, found, size, run / weights.CURVE))
    return place


def _card(
    recipe: dict[str, Any], facts: weights.Facts, data: dict[str, Any], found: dict[str, Any], size: int, curve: Path
) -> str:
    from lmm.train.card import bill, curve_table

    actions = recipe["model"].pop("actions")
    sections = [
        "# The motion-text space",
        f"Weights `{found['version']}` ({size / 1e6:.1f} MB, float16), text encoder `{facts.text_encoder}`. Motions and "
        "sentences become unit vectors that lie close together where they say the same; a head names actions. It judges "
        "models and is never trained with; figures made with two versions cannot be compared.",
        "## Training",
        f"{facts.steps} steps of {recipe['contrast']['batch']} pairs in {facts.seconds / 60:.0f} min on a CPU, seed "
        f"{facts.seed}: the step with the lowest validation loss.",
        curve_table(curve),
        "## On the test split",
        f"{found['clips']} clips whose performances were not trained on. Pools of 32 without two captions that say the "
        "same (of all there are, where these are fewer); median rank among all clips of a draw; mean of 20 draws of clips "
        "and captions, 95 % intervals of the draws.",
        _table(found),
        _rest(found),
        "## Data",
        f"{data['clips']} training clips, {data['seconds'] / 3600:.2f} h (mirrored windows not counted), by source:",
        bill(data["licences"]),
        "## Limits",
        "Few hours of motion: what the corpora do not show, it cannot tell. Most captions are labels in the words of a grammar; "
        "sentences that people wrote are in the test split alone, and are found far less often (row `human`). Hands are "
        "known from fingerspelling, faces hardly. It has seen all corpora of the store, also those that release models are not "
        "trained on; data under non-commercial licences is among them, so these weights are non-commercial. Motions "
        "longer than 8 s are embedded in pieces, so that their order is lost.",
        "## Configuration",
        f"```json\n{json.dumps(recipe, indent=1)}\n```",
        f"{len(actions)} actions: {', '.join(actions)}.",
    ]
    return "\n\n".join(sections) + "\n"


_ROWS = {
    "space": "ground truth",
    "linear": "ridge regression on mean and spread of features",
    "human": "ground truth, captions that people wrote (human)",
    "human_linear": "ridge regression, the same",
    "grammar": "ground truth, captions of the grammar",
    "grammar_linear": "ridge regression, the same",
    "at_12_fps": "ground truth resampled to 12 fps",
    "at_24_fps": "ground truth resampled to 24 fps",
    "shuffled": "captions shuffled (must be chance)",
}


def _table(found: dict[str, Any]) -> str:
    lines = ["| | R@1 | R@2 | R@3 | chance R@1 | median rank |", "|---|---|---|---|---|---|"]
    for key, name in _ROWS.items():
        if key in found:
            row = found[key]
            tops = [f"{a:.3f} ± {b:.3f}" for a, b in zip(row["r_precision"], row["interval"], strict=True)]
            lines.append(
                f"| {name} | {' | '.join(tops)} | {row['chance_r1']:.3f} | {row['median_rank']:.1f} of {row['of']:.0f} |"
            )
    return "\n".join(lines)


def _rest(found: dict[str, Any]) -> str:
    action, sides = found["action"], found["sides"]
    return (
        f"Actions: {action['space']:.3f} of {action['clips']} clips right among {action['classes']} classes (ridge regression "
        f"{action['linear']:.3f}, always the most frequent one {action['most_frequent']:.3f}).\n\n"
        f"Sides: of {sides['space']['captions']} captions with a side, {sides['space']['told']:.3f} lie nearer to their motion "
        f"than with left and right exchanged (ridge regression {sides['linear']['told']:.3f}, chance 0.5)."
    )


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
