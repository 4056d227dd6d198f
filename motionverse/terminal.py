"""What both command lines share: one-line errors with exit code 2, progress on stderr, JSON on stdout. Imports nothing slow."""

import argparse
import contextlib
import json
import os
import sys
import time
import traceback
import warnings
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

from motionverse.errors import MotionError, MotionWarning

Command = Callable[[argparse.Namespace], int | None]  # the exit code, None: 0
BAD_INPUT, FAULT, INTERRUPTED = 2, 1, 130


class Parser(argparse.ArgumentParser):
    """argparse that says what is wrong in one line, and keeps the layout of examples in the help text."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("formatter_class", argparse.RawDescriptionHelpFormatter)
        kwargs.setdefault("allow_abbrev", False)  # --second would be taken for --seconds
        self.nested = False  # a subcommand's parser
        super().__init__(*args, **kwargs)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:  # type: ignore[override]
        """As argparse's, but the value of `--up -Y` is not taken for an option."""
        given: list[str] = []
        for word in sys.argv[1:] if args is None else args:
            axis = given and given[-1] == "--up" and word[:1] == "-" and len(word) == 2
            given[len(given) - bool(axis) :] = [f"--up={word}" if axis else word]
        found, rest = super().parse_known_args(given, namespace)
        if rest and self.nested:  # said here, where the options are known, and not by the command above
            self.error(f"unrecognized arguments: {' '.join(rest)}{self._meant(rest)}")
        return found, rest

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        try:
            super()._check_value(action, value)
        except argparse.ArgumentError as error:
            if near := nearest(str(value), [str(choice) for choice in action.choices or ()]):
                error.message = f"invalid choice: {value!r}; did you mean {near}?"
            raise

    def _meant(self, words: list[str]) -> str:
        """What was probably meant by the first of some unknown options, "" for nothing near."""
        unknown = next((word[2:].partition("=")[0] for word in words if word.startswith("--")), "")
        near = nearest(unknown, [option[2:] for option in self._option_string_actions if option.startswith("--")])
        return f"; did you mean --{near}?" if near else ""

    def error(self, message: str) -> NoReturn:
        self.exit(BAD_INPUT, f"{self.prog}: {' '.join(message.split())}; see {self.prog} --help\n")


def nearest(word: str, known: list[str]) -> str:
    """The known word that is most like this one, "" where none is."""
    if not word:
        return ""
    import difflib

    return next(iter(difflib.get_close_matches(word, known, 1)), "")


class _Version(argparse.Action):
    """Prints the installed package's version; looked up only when asked for."""

    def __init__(self, option_strings: list[str], dest: str, **kwargs: Any) -> None:
        super().__init__(option_strings, dest, nargs=0, default=argparse.SUPPRESS, **kwargs)

    def __call__(self, parser: argparse.ArgumentParser, *_: Any) -> None:
        from importlib import metadata

        print(f"{parser.prog} {metadata.version('large-motion-model')}")
        parser.exit()


def add_version(parser: argparse.ArgumentParser) -> None:
    """Add --version to a command."""
    parser.add_argument("--version", action=_Version, help="print the version")


def run(parser: argparse.ArgumentParser, arguments: list[str] | None) -> int:
    """Parse and call the chosen subcommand's `command`; returns the exit code, 0 unless the command says another.

    MotionError: one line on stderr, 2. Ctrl-C: 130. Any other error is a fault of ours: one line, 1; --debug shows where.
    A MotionWarning is a line on stderr and changes no exit code.
    """
    chosen = parser.parse_args(arguments)
    try:
        with warnings_said(parser.prog):
            code = chosen.command(chosen)
        sys.stdout.flush()
    except KeyboardInterrupt:
        print(f"{parser.prog}: interrupted", file=sys.stderr)
        return INTERRUPTED
    except (
        BrokenPipeError
    ):  # the reader of our output went away: not an error, but the interpreter must not flush again
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except Exception as error:
        if chosen.debug:
            traceback.print_exc()
            return BAD_INPUT if isinstance(error, MotionError) else FAULT
        said = " ".join(str(error).split())
        if isinstance(error, MotionError):
            print(f"{parser.prog}: {said}", file=sys.stderr)
            return BAD_INPUT
        print(f"{parser.prog}: unexpected {type(error).__name__}: {said}; run again with --debug", file=sys.stderr)
        return FAULT
    return code or 0


@contextlib.contextmanager
def warnings_said(program: str) -> Iterator[None]:
    """MotionWarnings are lines on stderr, the same one once."""
    with warnings.catch_warnings():
        warnings.simplefilter("default", MotionWarning)
        others = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
            if issubclass(category, MotionWarning):
                print(f"{program}: warning: {message}", file=sys.stderr)
            else:
                others(message, category, *where)

        warnings.showwarning = show
        yield


def command(subcommands: Any, name: str, work: Command, about: str, examples: str = "") -> argparse.ArgumentParser:
    """Add a subcommand with the options that all have."""
    made = subcommands.add_parser(name, help=about, description=about, epilog=examples and f"examples:\n{examples}")
    made.nested = True
    made.set_defaults(command=work)
    made.add_argument("--json", action="store_true", help="print the result as JSON")
    made.add_argument("--debug", action="store_true", help="show the traceback of an error")
    return made


def show_json(value: Any) -> None:
    """A value on stdout as JSON."""
    print(json.dumps(value, indent=2, ensure_ascii=False))


def show_table(rows: list[dict[str, Any]]) -> None:
    """Rows of equal keys on stdout, columns aligned, numbers to the right."""
    if not rows:
        return
    text = [[f"{v:.1f}" if isinstance(v, float) else str(v) for v in row.values()] for row in rows]
    wide = [max(len(cell) for cell in column) for column in zip(list(rows[0]), *text, strict=True)]
    right = [isinstance(v, int | float) for v in rows[0].values()]
    for line in [list(rows[0]), *text]:
        cells = (cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, wide, right, strict=True))
        print("  ".join(cells).rstrip())


class Bar:
    """A progress bar on stderr, only where a person is looking. Call it with (done, total, optional words).

    What the first call says is done was done before (work that is resumed), and says nothing about the time that is left.
    """

    def __init__(self, what: str, quiet: bool = False) -> None:
        self.what, self.shown = what, 0.0
        self.began, self.before = 0.0, -1
        self.on = not quiet and sys.stderr.isatty()

    def __call__(self, done: int, total: int, words: str = "") -> None:
        now = time.monotonic()
        if not self.on or (done < total and now - self.shown < 0.1):
            return
        if self.before < 0:
            self.began, self.before = now, done
        self.shown = now
        filled = round(24 * done / max(total, 1))
        left = (now - self.began) * (total - done) / max(done - self.before, 1)
        time_left = f", {left:.0f} s left" if done > self.before else ""
        line = f"{self.what} [{'#' * filled}{'.' * (24 - filled)}] {done}/{total}{time_left} {words[:40]}"
        print(f"\r{line:<100}", end="\n" if done >= total else "", file=sys.stderr, flush=True)
