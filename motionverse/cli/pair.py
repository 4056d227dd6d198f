"""motionverse pair: motion beside music and speech that it was not made to. Its handler imports late."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from motionverse.errors import MotionError
from motionverse.terminal import Bar, command, show_json, show_table

if TYPE_CHECKING:
    from motionverse.pairs import Told

ABOUT = """
Clips that dance, keep time or gesture are bent in time, smoothly and by at most a third, so that their beats fall on the beats of
real recordings, where time lingers a little, and their strokes on the stresses of speech; what does not fit is refused, and
counted. Who made a recording, and under what licence, is read from a tracks.jsonl in its folder or the one above: {"file": ...,
"author": ..., "licence": ...}."""


def add(commands: Any) -> None:
    """Add the subcommand."""
    made = command(
        commands, "pair", pair, "put a store's motions beside recordings of music and speech",
        "  motionverse pair store --music songs -o pairs\n"
        "  motionverse pair store --music songs --speech talks --hours 2 --speech-hours 0.5 --cache cache -o pairs\n"
        "  motionverse merge store pairs -o both            # to train on",
    )  # fmt: skip
    made.description = f"{made.description}\n{ABOUT}"
    made.add_argument("store", type=Path, metavar="STORE")
    made.add_argument("--music", type=Path, metavar="DIR", help="folder of songs")
    made.add_argument("--speech", type=Path, metavar="DIR", help="folder of people talking")
    made.add_argument("-o", "--out", type=Path, required=True, metavar="STORE", help="folder to write")
    made.add_argument(
        "--hours", type=float, default=1.5, metavar="H", help="of pairs with music, at most (default 1.5)"
    )
    made.add_argument("--speech-hours", type=float, default=0.5, metavar="H", help="with speech (default 0.5)")
    made.add_argument("--seed", type=int, default=0, metavar="N", help="of which goes with which (default 0)")
    made.add_argument(
        "--cache", type=Path, metavar="FOLDER", help="where what is heard is kept, as `features` keeps it"
    )
    made.add_argument("--sounds", action="store_true", help="copy the recordings into the store, so that it can travel")


def pair(chosen: argparse.Namespace) -> None:
    """Write a store of pairs, and say what came of it."""
    from motionverse import pairs

    given = (
        ("music", chosen.music, chosen.hours, "--hours"),
        ("speech", chosen.speech, chosen.speech_hours, "--speech-hours"),
    )
    asked = [pairs.Asked(kind, folder, hours) for kind, folder, hours, _ in given if folder is not None]
    if not asked:
        raise MotionError("pair: nothing to pair with; give --music DIR, --speech DIR or both")
    for _, folder, hours, option in given:
        if folder is not None and not 0 < hours <= 1000:
            raise MotionError(f"{option} {hours:g}; give a number above 0")
    if chosen.seed < 0:
        raise MotionError(f"--seed {chosen.seed}; give at least 0")
    bars: dict[str, Bar] = {}

    def progress(done: int, total: int, words: str) -> None:
        what = words.partition(":")[0]
        bars.setdefault(what, Bar(what, quiet=chosen.json))(done, total, words.partition(": ")[2])

    told = pairs.pair(chosen.store, asked, chosen.out, chosen.seed, chosen.sounds, chosen.cache, progress)
    if chosen.json:
        return show_json({"store": str(chosen.out), "kinds": [one.to_json() for one in told]})
    for one in told:
        _show(one)
    print(f"wrote {chosen.out}")
    return None


def _show(told: "Told") -> None:
    show_table(told.table())
    fit = told.fit()
    if fit is not None:
        print(
            f"{told.kind}: beats {1000 * fit.miss:.0f} ms from the nearest in the mean, {1000 * fit.chance:.0f} by chance; "
            f"bent by {100 * fit.stretch:.0f} % in the mean"
        )
    if told.refused:
        print("refused: " + ", ".join(f"{reason} {count}" for reason, count in told.refused.most_common()))
