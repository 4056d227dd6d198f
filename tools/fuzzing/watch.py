"""Reading a damaged file under watch: in a process of its own, with limits on its memory and time; what came of it, as a row.

A refusal must be a MotionError of one line that names a file; what is accepted must be a sound Motion, and must stand being
resampled and retargeted. Everything else is a finding.
"""

import itertools
import multiprocessing
import random
import re
import resource
import signal
import tempfile
import time
import traceback
import warnings
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from fuzzing import seeds
from fuzzing.seeds import Files, Subject
from motionverse import retarget
from motionverse.errors import MotionError
from motionverse.motion import Motion

MEMORY = 1 << 30  # [bytes] of address space, program and libraries included
SECONDS = 5.0  # of processor time an input may take
WALL = 90.0  # [s] without an answer after which the process is given up
LONGEST = 600  # characters of a message


@dataclass(frozen=True)
class Row:
    """What came of one input. outcome: accepted, refused or finding; reason: of a refusal in few words, or what was found."""

    subject: str
    number: int
    outcome: str
    reason: str
    seconds: float = 0.0
    megabytes: float = 0.0


class _TooLong(BaseException):
    """Not an Exception, so that no reader takes it for a broken file."""


def files(subject: Subject, number: int) -> Files:
    """Input `number` of a subject: first the traps, one each; then damage drawn from the name and the number."""
    rng = random.Random(f"{subject.name} {number}")
    made = dict(rng.choice(subject.seeds))
    struck = rng.choice([name for name in made if name.endswith(subject.struck)])
    if number < len(subject.traps):
        made[next(iter(made)) if number % 4 else struck] = subject.traps[number]()
        return made
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        way = rng.choice(subject.ways)
        try:
            made[struck] = way(rng, made[struck])
        except Exception:  # what an earlier damage left has no such form any more
            made[struck] = rng.choice(seeds.damage.BYTES)(rng, made[struck])
    return made


def attempt(subject: Subject, number: int, given: Files) -> Row:
    """Read `given`, which is input `number` of a subject, and say what came of it. Needs the main thread."""
    started, before = time.process_time(), _peak()
    with tempfile.TemporaryDirectory(prefix="fuzz-") as folder:
        for name, content in given.items():
            (Path(folder) / name).write_bytes(content)
        signal.signal(signal.SIGPROF, _stop)
        signal.setitimer(signal.ITIMER_PROF, SECONDS)
        try:
            outcome, reason = _judged(subject, Path(folder) / next(iter(given)), list(given))
        except _TooLong:
            outcome, reason = "finding", f"more than {SECONDS:g} s"
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
    peak = _peak()  # it never falls: where it stays, this input needed no more than the page of memory says now
    if peak == before:
        peak = int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 2**20
    return Row(subject.name, number, outcome, reason, time.process_time() - started, peak)


def _peak() -> float:
    """Megabytes that this process has had in memory at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _stop(*_: Any) -> None:
    raise _TooLong


def _judged(subject: Subject, path: Path, names: list[str]) -> tuple[str, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = subject.read(path)
        except MotionError as error:
            return _refusal(str(error), path, names)
        except Exception as error:
            return "finding", f"{type(error).__name__} in reading: {_place(error)}"
        try:
            for motion in found if isinstance(found, list) else [found]:
                if isinstance(motion, Motion):
                    _used(motion)
        except Exception as error:
            return "finding", f"{type(error).__name__} in use: {_place(error)}"
    return "accepted", ""


def _refusal(message: str, path: Path, names: list[str]) -> tuple[str, str]:
    shown = message.replace(str(path.parent) + "/", "").replace(str(path.parent), path.parent.name)
    if len(shown.splitlines()) != 1 or not shown.isprintable():
        return "finding", f"message is not one printable line: {shown!r:.200}"
    if not any(name in shown for name in names) and path.parent.name not in shown:
        return "finding", f"message names no file: {shown:.200}"
    if len(shown) > LONGEST:
        return "finding", f"message of {len(shown)} characters: {shown:.100}"
    if "llocate" in shown or "MemoryError" in shown:
        return "finding", f"memory was asked for first: {shown:.200}"
    return "refused", shown


def _used(motion: Motion) -> None:
    """AssertionError for a motion that is not sound; whatever else using it raises, but for a MotionError."""
    assert np.isfinite(motion.rotations).all() and np.isfinite(motion.root).all() and len(motion) >= 1, "not finite"
    assert 0 < motion.fps < np.inf and np.isfinite(motion.joints()).all(), "joints are not finite"
    lengths = np.linalg.norm(motion.rotations, axis=-1)
    assert np.abs(lengths - 1).max() < 1e-3, "rotations are none"
    for use in (lambda: motion.resample(30.0), lambda: retarget.retarget(motion)[0]):
        try:
            made = use()
        except MotionError as error:
            assert len(str(error).splitlines()) == 1, f"message of several lines {error!r:.200}"
        else:
            assert np.isfinite(made.joints()).all(), "not finite afterwards"


def _place(error: BaseException) -> str:
    where = [
        f for f in traceback.extract_tb(error.__traceback__) if "motionverse" in f.filename
    ] or traceback.extract_tb(error.__traceback__)
    return f"{Path(where[-1].filename).name}:{where[-1].lineno} {where[-1].name}: {' '.join(str(error).split())[:160]}"


def reason(message: str) -> str:
    """A refusal's kind: the message without the file's name, numbers and quoted words."""
    text = re.sub(r"^\S*?seed\S*: |^\S*captions\S*: |^fuzz-\w+: ", "", message)
    text = re.sub(r"'[^']*'|\"[^\"]*\"", "Q", re.sub(r"\([^()]*\)|\[[^\]]*\]", "", text))
    return " ".join(re.sub(r"[-+]?\d[\d.,e+-]*", "N", text).split(";")[0].split()[:7])


def _work(tasks: list[tuple[str, int]], told: Connection) -> None:
    known = seeds.subjects()
    for subject in known.values():  # whatever is imported late is imported now
        attempt(subject, -1, dict(subject.seeds[0]))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    for name, number in tasks:
        told.send(attempt(known[name], number, files(known[name], number)))
    told.close()


def run(tasks: Iterable[tuple[str, int]], batch: int = 250) -> Iterator[Row]:
    """The rows of (subject, number) inputs, in order; each batch in a process of its own, replaced where it dies or hangs."""
    left = list(tasks)
    while left:
        now, rows = left[:batch], 0
        for row in _batch(now):
            rows += 1
            yield row
        left = left[rows:]


def _batch(tasks: list[tuple[str, int]]) -> Iterator[Row]:
    context = multiprocessing.get_context("spawn")
    heard, told = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(tasks, told), daemon=True)
    process.start()
    told.close()
    try:
        for name, number in tasks:
            try:
                yield (
                    heard.recv()
                    if heard.poll(WALL)
                    else Row(name, number, "finding", f"no answer for {WALL:g} s", WALL)
                )
                continue
            except EOFError:
                process.join()
            yield Row(name, number, "finding", f"the process died ({process.exitcode})")
            return
    finally:
        process.kill()
        process.join()


def spread(count: int, names: Iterable[str]) -> list[tuple[str, int]]:
    """The first `count` inputs: number 0 of every subject, then number 1, and so on; slow readers have fewer turns."""
    order, made = [seeds.subjects()[name] for name in names], list[tuple[str, int]]()
    for turn in itertools.count():
        if len(made) >= count:
            return made[:count]
        made += [(one.name, turn // one.every) for one in order if turn % one.every == 0]
    raise AssertionError


def digest(subject: Subject, number: int) -> int:
    """A checksum of an input, to see that it is the same everywhere."""
    return zlib.crc32(b"".join(files(subject, number).values()))
