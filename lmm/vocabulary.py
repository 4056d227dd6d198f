"""Sentences of which the training captions had no word: what the model makes of them says nothing about them.

The words are those that captions are composed of (motionverse.paraphrase) and the few that only the data sets' own lines and
people's sentences about them have. Forms of a word count as one word; short words that any sentence has count as none.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from motionverse.paraphrase import phrases, styles

SOURCES = frozenset(  # the data sets whose captions these are
    "bandai_namco cmu cmu_actions reactidle animated_drawings deepmimic ase_reallusion aistpp".split()
)
_ELSEWHERE = (
    "ankle arabesque attitude axis chin circles clambers counters crossover dangles derriere descends devant expressive folding "
    "glissade held jete knee knight lowers other pirouette pointe retire rock rotation small staggers start stop tendue terre "
    "tourant twists under upper ushers"
)
_ANY = frozenset(
    "about after again all and another are been before boy but can child does doing down each figure for from get gets getting "
    "girl goes going guy had has have having her him his human into its lady like make makes making man men off one onto out "
    "over own people person she some somebody someone than that the their them then there these they this two very was were "
    "while who with without woman women your".split()
)


def strange(texts: Iterable[str], sources: Iterable[str]) -> list[str]:
    """Those of the texts that have words, but none that was in the training captions.

    sources: of the model's data; none is strange to a model that was trained on others than SOURCES.
    """
    if not SOURCES.issuperset(sources):
        return []
    return [text for text in texts if (said := _stems(text)) and not said & _known()]


@functools.cache
def _known() -> frozenset[str]:
    tables = (value for module in (phrases, styles) for name, value in vars(module).items() if name[:2] != "__")
    return frozenset().union(_stems(_ELSEWHERE), *(_stems(text) for table in tables for text in _strings(table)))


def _strings(table: Any) -> Iterator[str]:
    """Every string in nested tables."""
    if isinstance(table, str):
        yield table
    elif isinstance(table, Mapping):
        for key, value in table.items():
            yield from _strings(key)
            yield from _strings(value)
    elif isinstance(table, tuple | list | set | frozenset):
        for value in table:
            yield from _strings(value)


def _stems(text: str) -> set[str]:
    words = (word for word in re.findall(r"[^\W\d_]{3,}", text.lower()) if word not in _ANY)
    return {stem for word in words if (stem := _stem(word)) not in _ANY}


def _stem(word: str) -> str:
    """A word without its ending: walks, walked and walking are one, so are hop and hopping, carry and carries."""
    for ending in ("ing", "ies", "ied", "ed", "es", "er", "s", "ly"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)] + ("y" if ending in ("ies", "ied") else "")
            break
    if len(word) > 3 and word[-1] == word[-2]:
        word = word[:-1]
    return word[:-1] if len(word) > 3 and word[-1] == "e" else word
