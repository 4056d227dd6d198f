"""Damage to a file's bytes and text: each function takes a random source and the content, and returns other content."""

import random
import re
from collections.abc import Callable

Damage = Callable[[random.Random, bytes], bytes]

# what a reader of numbers may meet: no numbers, endless ones, signs and sizes that no motion has, digits without end
WORDS = (
    "nan", "inf", "-inf", "1e308", "-1e308", "1e-308", "1e30", "-1", "0", "-0.0", "1e9", "1e-9", "2147483648",
    "99999999999999999999", "9" * 5000, "1.5.2", "0x1F", "1_000", "\u0663", "true", "null", "", "'", "1,5", "x" * 300,
)  # fmt: skip
JUNK = (
    "\0",
    "\ufeff",
    "\u202e",
    "\U0001f483",
    "\xa0",
    "{",
    "}",
    "[",
    "]",
    '"',
    ",",
    "#",
    ":",
    "\r",
    "\t",
    "\x1a",
    "\u2028",
)
_NUMBER = re.compile(rb"[-+]?\d+\.?\d*(?:[eE][-+]?\d+)?")


def flip(rng: random.Random, content: bytes) -> bytes:
    """Some bits turned over."""
    held = bytearray(content)
    for _ in range(rng.choice((1, 1, 3, 20))):
        if held:
            held[rng.randrange(len(held))] ^= 1 << rng.randrange(8)
    return bytes(held)


def truncate(rng: random.Random, content: bytes) -> bytes:
    """Cut short anywhere."""
    return content[: rng.randrange(len(content) + 1)]


def excise(rng: random.Random, content: bytes) -> bytes:
    """A stretch taken out, said twice, or filled with zeros."""
    start = rng.randrange(len(content) + 1)
    end = min(len(content), start + rng.choice((1, 4, 40, 400)))
    part = rng.choice((b"", 2 * content[start:end], b"\0" * (end - start), rng.randbytes(end - start)))
    return content[:start] + part + content[end:]


def lines(rng: random.Random, content: bytes) -> bytes:
    """Lines removed, said twice, exchanged, joined, or many times over."""
    held = content.split(b"\n")
    for _ in range(rng.choice((1, 1, 2, 5))):
        a, b = rng.randrange(len(held)), rng.randrange(len(held))
        kind = rng.randrange(5)
        if kind == 0 and len(held) > 1:
            del held[a]
        elif kind == 1:
            held.insert(b, held[a])
        elif kind == 2:
            held[a], held[b] = held[b], held[a]
        elif kind == 3:
            held[a] += b" " + held.pop(b) if a < b else b""
        else:
            held[a:a] = [held[a]] * rng.choice((10, 1000))
    return b"\n".join(held)


def words(rng: random.Random, content: bytes) -> bytes:
    """Words removed, said twice, exchanged, or replaced by ones that are no good."""
    held = re.split(rb"(\s+|,)", content)
    for _ in range(rng.choice((1, 1, 2, 5))):
        a, b = rng.randrange(len(held)), rng.randrange(len(held))
        kind = rng.randrange(4)
        held[a] = (b"", held[a] + b" " + held[a], held[b], rng.choice(WORDS).encode())[kind]
    return b"".join(held)


def numbers(rng: random.Random, content: bytes) -> bytes:
    """Numbers replaced by ones that no motion has."""
    found = list(_NUMBER.finditer(content))
    for match in sorted(rng.sample(found, min(len(found), rng.choice((1, 1, 2, 10)))), key=lambda m: -m.start()):
        content = content[: match.start()] + rng.choice(WORDS).encode() + content[match.end() :]
    return content


def junk(rng: random.Random, content: bytes) -> bytes:
    """Characters that do not belong there."""
    for _ in range(rng.choice((1, 3, 30))):
        place = rng.randrange(len(content) + 1)
        content = content[:place] + rng.choice(JUNK).encode() + content[place:]
    return content


def encoded(rng: random.Random, content: bytes) -> bytes:
    """The same text in another encoding, or with other line ends."""
    text = content.decode("utf-8", "replace")
    kinds = ("utf-16", "utf-8-sig", "utf-32", "cp037")
    changed = [text.encode(kind, "replace") for kind in kinds]
    return rng.choice([*changed, content.replace(b"\n", b"\r"), content.replace(b"\n", b"\r\n")])


BYTES: tuple[Damage, ...] = (flip, truncate, excise)
TEXT: tuple[Damage, ...] = (flip, truncate, excise, lines, words, numbers, junk, encoded, lines, words, numbers)
# files that are nothing, or the same thing without end
NOTHING = (b"", b"\n", b" \n\t\r\n", b"\0" * 100, b"\xff\xfe", b"[" * 100_000, b"{" * 100_000, b'{"a":' * 50_000, b"1 " * 200_000,
           b"\x80\x04", b"PK\x05\x06" + b"\0" * 18, b"x" * 1_000_000)  # fmt: skip
