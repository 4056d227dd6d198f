"""Which captions say the same: no negatives of each other in a contrast, no rivals in one retrieval pool.

Two sentences are alike where the frozen text encoder hardly tells them apart (cosine of the mean tokens at least ALIKE) and
they name the same sides and numbers, which it is nearly deaf to; and a caption fits every clip that shows the same (action,
style) as one that has it.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from motionverse.paraphrase import mirror_text
from motionverse.store.layout import ClipRecord

ALIKE = 0.9
_TELLING = re.compile(
    r"\b(left|right|clockwise|counterclockwise|anticlockwise|forwards?|backwards?|up|down|both|not|once|twice|thrice"
    r"|one|two|three|four|five|six|seven|eight|nine|ten|letter \w)\b",
    re.IGNORECASE,
)


def gists(tokens: Sequence[np.ndarray]) -> np.ndarray:
    """Mean tokens (N, 384) of sentences' tokens (n_i, 384), scaled to length 1; zero for a sentence without words."""
    means = np.stack([rows.mean(0) if len(rows) else np.zeros(rows.shape[-1], np.float32) for rows in tokens])
    return means / np.maximum(np.linalg.norm(means, axis=-1, keepdims=True), 1e-9)


def alike(texts: Sequence[str], gist: np.ndarray, threshold: float = ALIKE) -> np.ndarray:
    """(N, N) bool, symmetric, True on the diagonal. gist (N, 384): unit vectors, as `gists` gives them."""
    plain = [" ".join(text.lower().split()) for text in texts]
    said = np.unique([" ".join(sorted(set(_telling(text)))) for text in plain], return_inverse=True)[1]
    same = np.unique(plain, return_inverse=True)[1]
    near = (gist @ gist.T >= threshold) & (said[:, None] == said)
    return near | (same[:, None] == same) | np.eye(len(plain), dtype=bool)


def _telling(text: str) -> list[str]:
    return [word.removesuffix("s") for word in _TELLING.findall(text)]


Shown = tuple[str, str]  # (action, style)
Meanings = Mapping[str, set[Shown]]  # caption -> all that is shown by the clips which have it


def shown(record: ClipRecord, mirrored: bool = False) -> Shown:
    """What a clip shows: (action, style), or its name where it has no label. Hyphens are spaces, so that sides are words."""
    action = (record.action or f"clip {record.name}").replace("-", " ")
    return (mirror_text(action) if mirrored else action), record.style


def said(record: ClipRecord, origin: str = "") -> list[str]:
    """The captions (of one origin, where named) that have words and speak of at least half of a clip."""
    whole = [c for c in record.captions if (record.seconds if c.end is None else c.end) - c.start >= record.seconds / 2]
    return [caption.text for caption in whole if caption.text.split() and origin in ("", caption.origin)]


def meanings(records: Iterable[ClipRecord]) -> Meanings:
    """What each caption of the clips is said of, mirrored captions of mirrored clips included."""
    found: defaultdict[str, set[Shown]] = defaultdict(set)
    for record in records:
        for text in {caption.text for caption in record.captions}:
            found[text].add(shown(record))
            found[mirror_text(text)].add(shown(record, True))
    return dict(found)


def same(texts: Sequence[str], keys: Sequence[Shown], known: Meanings, gist: np.ndarray) -> np.ndarray:
    """(N, N) bool, symmetric: caption i and caption j, of clips that show keys[i] and keys[j], are alike or fit both."""
    fits = np.array([[key in known.get(text, ()) for text in texts] for key in keys])
    return alike(texts, gist) | fits | fits.T
