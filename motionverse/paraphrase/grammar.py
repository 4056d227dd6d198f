"""Captions for clips that have labels only: action x style x wording, composed from motionverse.paraphrase.phrases.

The words are ours and describe labels, not the single clip: models trained on them know these wordings, and scores on
them are not scores on people's sentences.
"""

import functools
import random
import re
from collections.abc import Callable

from motionverse.paraphrase.phrases import PHRASES
from motionverse.paraphrase.styles import DOMAINS, INDEX, STYLES, SWORD

COUNT = 24  # wordings a label
_THEIRS = ("a person", "someone", "the person", "a human", "somebody", "the figure", "this person")
_HIS, _HERS = ("a man", "he", "the man", "a guy"), ("a woman", "she", "a girl")
_SUBJECTS = tuple(
    (subject, their) for subjects, their in ((_THEIRS, "their"), (_HIS, "his"), (_HERS, "her")) for subject in subjects
)  # words, possessive
_NOUNS = (("person", "their"), ("man", "his"), ("woman", "her"), ("human", "their"), ("guy", "his"))
_NEUTRAL = tuple(subject for subject in _SUBJECTS if subject[1] == "their")
_GENDERED_STYLES = {"masculine", "masculinity", "feminine"}
_DOUBLED = set(
    "jog run hop skip spin step sit get put stop clap flip dab trot pop chop cut stab jab grab hit nod bob swim".split()
)  # verbs that double their last letter: jogging
_SWAPS = {"left": "right", "right": "left", "clockwise": "counterclockwise"}
_SWAPS |= dict.fromkeys(("counterclockwise", "counter-clockwise", "anticlockwise", "anti-clockwise"), "clockwise")
_MIRROR = re.compile(
    r"\b(?:counter-?clockwise|anti-?clockwise|clockwise|left|right)(?=\b|wards?\b)"
    r"(?!\s+(?:away|now|angles?|after|before|behind)\b)",
    re.IGNORECASE,
)


@functools.lru_cache(maxsize=4096)
def captions(action: str, style: str = "", count: int = COUNT) -> tuple[str, ...]:
    """`count` distinct wordings for a label, the plainest first; the same label always gives the same ones.

    An action that the table does not know is named by its own words. A third of the wordings leave the style out.
    """
    phrases = _phrases(action)
    styled = style in STYLES and style != "normal"
    neutral = style in _GENDERED_STYLES
    draw = random.Random(f"{action}/{style}")
    found = {_sentence(phrases[0], "a person", "their", _manner(draw, style) if styled else ""): None}
    for attempt in range(60 * count):
        if len(found) >= count:
            break
        with_style = styled and attempt % 3 != 0 or style == "normal" and attempt % 8 == 0
        found[_wording(draw, draw.choice(phrases), style if with_style else "", neutral)] = None
    return tuple(found)


def mirror_text(text: str) -> str:
    """The words for the mirrored motion: left and right exchanged, and the two senses of turning.

    "right away", "right now" and "upright" stay as they are; case is kept.
    """

    def swap(match: re.Match[str]) -> str:
        word = match[0]
        other = _SWAPS[word.lower()]
        return other.upper() if word.isupper() and len(word) > 1 else other.capitalize() if word[0].isupper() else other

    return _MIRROR.sub(swap, text)


def index_action(line: str) -> str:
    """The action that a one-line description of the CMU index means, or "" where the table has none."""
    return INDEX.get(line.strip().lower(), ("", ""))[0]


def index_captions(line: str) -> tuple[str, ...]:
    """Light rewordings of a one-line description: the table's wordings where it means one action, else its own words."""
    key = line.strip().lower()
    if key in INDEX:
        return captions(*INDEX[key])
    domain, _, rest = key.rpartition(" - ")
    pieces = [piece.strip() for piece in rest.split(",") if piece.strip()]
    place = f" {DOMAINS.get(domain, f'({domain})')}" if domain else ""
    if all(piece.split()[0] in _known_verbs() for piece in pieces):
        words = [re.sub(r"^\S+", r"{\g<0>}", piece) for piece in pieces]
        phrase = ", ".join(words[:-1]) + (" and " if len(words) > 1 else "") + words[-1] + place
    else:
        phrase = f"{{perform}} {rest}{place}"
    draw = random.Random(key)
    return tuple(dict.fromkeys([key, *(_wording(draw, phrase, "", False) for _ in range(24))]))[:12]


def _phrases(action: str) -> tuple[str, ...]:
    if action in PHRASES:
        return PHRASES[action]
    if action.startswith("sword-"):
        return _sword_phrases(action.removeprefix("sword-"))
    words = action.replace("-", " ").replace("_", " ").strip() or "move"
    if words.split()[0] in _known_verbs():
        return (re.sub(r"^\S+", r"{\g<0>}", words),)
    return (f"{{do}} {words}", f"{{perform}} {words}", f"{{act}} out {words}", f"{{show}} {words}")


def _sword_phrases(name: str) -> tuple[str, ...]:
    """The longest known pieces of the name, in order, with and without the sword and shield in hand."""
    words, pieces = name.split("-"), []
    while words:
        size = next((n for n in range(len(words), 0, -1) if "-".join(words[:n]) in SWORD), 0)
        pieces.append(SWORD["-".join(words[:size])] if size else words[0])
        words = words[max(size, 1) :]
    phrase = " ".join(pieces)
    armed = (f"{phrase}, sword and shield in hand", f"{phrase} in a sword fight", f"{phrase} like a knight")
    return (phrase, *armed) if re.search("sword|shield", phrase) else (*armed, f"{phrase} while holding a sword")


@functools.lru_cache(maxsize=1)
def _known_verbs() -> frozenset[str]:
    verbs = {verb for phrases in PHRASES.values() for phrase in phrases for verb in re.findall(r"{([a-z-]+)}", phrase)}
    extra = (
        "hang swing drop dangle lean hold unscrew screw lift scoop rise bend navigate descend grab squat twist throw"
    )
    return frozenset(verbs - {"their"} | {"catch", "pick", "push", "pull", *extra.split()})


def _wording(draw: random.Random, phrase: str, style: str, neutral: bool) -> str:
    """One sentence, or the shorter forms people type: "person walking", "walking forward", "walk forward"."""
    subject, their = draw.choice(_NEUTRAL if neutral else _SUBJECTS)
    form = draw.random()
    adverbs, _, adjectives = STYLES.get(style, ((), (), ()))
    if style and adjectives and form < 0.2:
        noun, their = draw.choice(_NOUNS[:1] if neutral else _NOUNS)
        adjective = draw.choice(adjectives)
        article = draw.choice(("the", "an" if adjective[0] in "aeiou" else "a"))
        return _sentence(phrase, f"{article} {adjective} {noun}", their, "")
    if style and adverbs and form < 0.3:
        return f"{subject} {draw.choice(adverbs)} {_fill(phrase, _third, their)}"
    manner = _manner(draw, style) if style else ""
    if form < 0.6:
        return _sentence(phrase, subject, their, manner)
    if form < 0.7:
        return _join(f"{subject} is {_fill(phrase, _gerund, their)}", manner, their)
    if form < 0.82:
        noun, their = draw.choice(_NOUNS[:1] if neutral else _NOUNS)
        article = draw.choice(("", "a ", "the "))
        return _join(f"{article}{noun} {_fill(phrase, _gerund, their)}", manner, their)
    if form < 0.9:
        return _join(_fill(phrase, _gerund, "their"), manner, "their")
    if form < 0.95:
        return _join(f"they {_fill(phrase, str, 'their')}", manner, "their")
    return _join(_fill(phrase, str, "your"), manner, "your")


def _sentence(phrase: str, subject: str, their: str, manner: str) -> str:
    return _join(f"{subject} {_fill(phrase, _third, their)}", manner, their)


def _join(text: str, manner: str, their: str) -> str:
    return f"{text} {manner.replace('{their}', their)}" if manner else text


def _manner(draw: random.Random, style: str) -> str:
    adverbs, phrases, _ = STYLES[style]
    return draw.choice(adverbs if adverbs and draw.random() < 0.4 else phrases)


def _fill(phrase: str, conjugate: Callable[[str], str], their: str) -> str:
    return re.sub(r"{([a-z-]+)}", lambda match: their if match[1] == "their" else conjugate(match[1]), phrase)


def _third(verb: str) -> str:
    if verb == "have":
        return "has"
    if re.search(r"(s|sh|ch|x|z|o)$", verb):
        return verb + "es"
    return verb[:-1] + "ies" if re.search(r"[^aeiou]y$", verb) else verb + "s"


def _gerund(verb: str) -> str:
    if verb in _DOUBLED:
        return verb + verb[-1] + "ing"
    return verb[:-1] + "ing" if re.search(r"[^eoy]e$", verb) else verb + "ing"
