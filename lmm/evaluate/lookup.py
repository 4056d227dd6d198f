"""The nearest neighbour's row: lmm.baselines.retrieval over the store's own training split."""

from collections.abc import Sequence
from pathlib import Path

from lmm.baselines.retrieval import Retrieval
from lmm.evaluate.rows import Who
from motionverse.store import Store

RETRIEVAL = "retrieval"
FORMS = ("prefix", "ends", "keyframes", "parts", "root_path")  # what it can be given, the pelvis among it


def neighbours(store: Store, sources: Sequence[str], cache: Path) -> list[Who]:
    """The row, where the store has training clips of these sources. cache: folder for their captions' embeddings."""
    retrieval = Retrieval(store, sources, cache)
    row = Who(
        RETRIEVAL, "baseline", retrieval.made_of,
        lambda windows, _seeds: retrieval.complete(windows.motions, windows.given), retrieval.batch, FORMS,
    )  # fmt: skip
    return [row] if len(retrieval) else []
