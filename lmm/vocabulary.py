"""Words that a model was trained with: the actions that it was shown, and sentences of which its captions had no word.

The words are those that captions are composed of (motionverse.paraphrase) and the few that only the data sets' own lines and
people's sentences about them have. Forms of a word count as one word; short words that any sentence has count as none.
"""

import functools
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lmm import weights
from motionverse import paraphrase
from motionverse.errors import MotionError
from motionverse.paraphrase import phrases, styles

SOURCES = frozenset(  # the data sets whose captions these are
    "bandai_namco cmu cmu_actions reactidle animated_drawings deepmimic ase_reallusion aistpp music_pairs speech_pairs "
    "accad_osu ui_prmd holosoma_climb anim_cc0".split()
)
_ELSEWHERE = (
    "ankle arabesque attitude axis chin circles clambers counters crossover dangles derriere descends devant expressive folding "
    "glissade held jete knee knight lowers other pirouette pointe retire rock rotation small staggers start stop tendue terre "
    "tourant twists under upper ushers bring charleston torso talk chat light refuse reject dog handspring performance shoulder "
    "lunge internal external scaption abduction hurdle deep squat extension inline"
)
_OF_ITS_OWN = {  # what the captions of one data set alone are made of
    "anim_cc0": "absorbs afloat agreement aims airborne alive arrow asleep attentively bashes behind bent blast bowstring breathes "
    "casts catching celebrates chair channels cheers chops clenches collapses confused consumes cross crossbow defend dies dizzily "
    "dizzy drawn draws driving during eats fires flies flinches floats forearms formal gathering guard handgun horizontally hovers "
    "hunches item jeers kneels lands lead levitate lies loads magazine magic mocking much nods object once operate overhand palms "
    "pause picks pistol posture powers properly pulls pumps ranged rear recoils releases reloads repairs repeatedly rests rifle "
    "scratches shot shrugs single sleeps slices slouched slumped soars spear spell staff steers strafes straightens string strokes "
    "summon sways swims tenses themselves torch trailing treads trudges unarmed upright ups uses vehicle victory wakes water "
    "weapon whole winds winning works"
}
_ANY = frozenset(
    "about after again all and another are been before boy but can child does doing down each figure for from get gets getting "
    "girl goes going guy had has have having her him his human into its lady like make makes making man men off one onto out "
    "over own people person she some somebody someone than that the their them then there these they this two very was were "
    "while who with without woman women your".split()
)


def actions(place: Path) -> tuple[str, ...]:
    """The labels of the clips that the weights in the folder `place` were trained on, by their card; without one, all that captions
    are composed for."""
    try:
        lines = (place / weights.CARD).read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    told = next((line.removeprefix(weights.ACTIONS) for line in lines if line.startswith(weights.ACTIONS)), "")
    return tuple(re.findall(r"([^\s,][^,]*) \d+(?=[,.])", told)) or tuple(phrases.PHRASES)


def action_text(label: str, known: Iterable[str]) -> str:
    """The plainest sentence of the training captions for an action, however its words are joined. Raises MotionError for a label
    that is not among `known`, naming the nearest."""
    by_words = {_words(name): name for name in known}
    if _words(label) not in by_words:
        import difflib

        near = difflib.get_close_matches(_words(label), by_words, 3, 0.5)
        near = near or [words for words in by_words if set(words.split()) & set(_words(label).split())][:3]
        meant = f"; near it are {', '.join(by_words[words] for words in near)}" if near else ""
        raise MotionError(f"action {label!r} is none of the {len(by_words)} that the model was shown{meant}")
    return paraphrase.captions(by_words[_words(label)])[0]


def _words(label: str) -> str:
    return " ".join(re.split(r"[\s_-]+", label.lower().strip()))


def strange(texts: Iterable[str], sources: Iterable[str]) -> list[str]:
    """Those of the texts that have words, but none that was in the training captions.

    sources: of the model's data; none is strange to a model that was trained on others than SOURCES.
    """
    named = frozenset(sources)
    if not SOURCES.issuperset(named):
        return []
    known = _known().union(*(_stems(_OF_ITS_OWN.get(source, "")) for source in named))
    return [text for text in texts if (said := _stems(text)) and not said & known]


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
