"""motionverse lint | view | render: the commands that look at motions. Handlers import late."""

import argparse
from pathlib import Path
from typing import Any

from motionverse.cli import convert
from motionverse.errors import MotionError
from motionverse.files import check_writable
from motionverse.terminal import Bar, command, show_json, show_table


def add(commands: Any) -> None:
    """Add the three subcommands."""
    _add_lint(commands)
    _add_view(commands)
    _add_render(commands)


def _add_lint(commands: Any) -> None:
    made = command(
        commands, "lint", lint, "say what is wrong with motions; exit code 1 where one should not be used",
        "  motionverse lint walk.bvh\n  motionverse lint folder --json > report.json\n"
        "  motionverse lint store --strict   # warnings fail too\n  motionverse lint --checks",
    )  # fmt: skip
    made.add_argument("path", type=Path, nargs="?", metavar="FILE|DIR|STORE")
    made.add_argument("--strict", action="store_true", help="warnings fail too")
    made.add_argument("--checks", action="store_true", help="list the checks, their thresholds and what is usual")
    made.add_argument(
        "--most", type=int, default=3, metavar="N", help="findings shown of one check in a motion (default 3)"
    )


def _add_view(commands: Any) -> None:
    made = command(
        commands, "view", view, "play motions in the browser: one page that holds everything",
        "  motionverse view walk.bvh\n  motionverse view real.bvh generated.bvh --title 'real and generated'\n"
        "  motionverse view store --clip 12 --clip walk_01 -o page.html --no-open",
    )  # fmt: skip
    made.add_argument("paths", type=Path, nargs="+", metavar="FILE|STORE")
    made.add_argument(
        "--clip",
        action="append",
        default=[],
        metavar="NAME",
        help="a clip of a store, by name or number (may be repeated)",
    )
    made.add_argument("--captions", type=Path, metavar="TABLE", help=".csv or .jsonl with file, text, start, end [s]")
    made.add_argument("-o", "--out", type=Path, metavar="PAGE", help="the .html to write (default: a temporary one)")
    made.add_argument("--no-open", action="store_true", help="write the page, open no browser")
    made.add_argument("--title", default="", help="of the page (default: the motions' names)")
    made.add_argument(
        "--body", metavar="MODEL", help="smplx:FILE, smplh:FILE, smpl:FILE: your own model file (default: free)"
    )
    made.add_argument("--no-body", action="store_true", help="skeletons and capsules alone: a smaller page")
    made.add_argument("--fps", type=float, metavar="F", help="frame rate of the page (default: each motion's own)")
    made.add_argument("--scale", type=float, metavar="M", help="metres in one unit of the files (default: found out)")
    made.add_argument("--up", metavar="AXIS", help="vertical axis of the files: X, Y, Z, -Y ... (default: found out)")


def _add_render(commands: Any) -> None:
    made = command(
        commands, "render", render, "draw a motion",
        "  motionverse render walk.bvh walk.mp4 --title 'a person walks'\n  motionverse render walk.npz sheet.png\n"
        "  motionverse render walk.npz walk.mp4 --body smplx:models/SMPLX_NEUTRAL.npz",
    )  # fmt: skip
    convert.reading(made, several=False)
    convert.bodies(made)
    made.add_argument("output", type=Path, metavar="OUT", help=".mp4 .gif .png (a sheet of poses)")
    made.add_argument(
        "--body", metavar="MODEL", help="smplx:FILE, smplh:FILE, smpl:FILE: your own model file (default: free)"
    )
    made.add_argument("--title", default="", help="words on top of the picture")
    made.add_argument("--size", type=_size, metavar="WxH", help="pixels, e.g. 640x640")


def _size(text: str) -> tuple[int, int]:
    try:
        width, height = (int(side) for side in text.lower().split("x"))
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is not a size such as 640x640") from None
    return width, height


def lint(chosen: argparse.Namespace) -> int:
    """Say what is wrong with motions; 1 where something is refused."""
    from motionverse import sweep

    if chosen.checks:
        show_json(sweep.checks()) if chosen.json else show_table(sweep.checks())
        return 0
    if chosen.path is None:
        raise MotionError("lint: nothing to look at; give a motion file, a folder or a store, or --checks")
    examined = []
    for one in sweep.examine(chosen.path, progress=Bar("lint", quiet=chosen.json)):
        examined.append(one)
        if not chosen.json:
            print(*sweep.lines(one, chosen.most), sep="\n", end="\n" if one.reasons else "")
    if chosen.json:
        show_json({"summary": sweep.summary(examined), "motions": [one.as_dict() for one in examined]})
    else:
        print(sweep.in_words(sweep.summary(examined)))
    return int(any(sweep.failed(one, chosen.strict) for one in examined))


def view(chosen: argparse.Namespace) -> None:
    """Write a page that plays motions, and open it."""
    import tempfile

    from motionverse import playlist
    from motionverse.view import player, smpl

    if chosen.fps is not None and not 1 <= chosen.fps <= 240:
        raise MotionError(f"--fps {chosen.fps:g}; allowed are 1 to 240 frames a second")
    if chosen.out is not None:
        if chosen.out.suffix.lower() not in (".html", ".htm"):
            raise MotionError(f"{chosen.out}: a page is an .html file; name it so")
        check_writable(chosen.out)
    shown = playlist.gather(chosen.paths, chosen.clip, chosen.captions, chosen.fps, chosen.scale, chosen.up)
    player.check(shown)
    model = smpl.load(chosen.body) if chosen.body else None
    out = chosen.out or Path(tempfile.mkdtemp(prefix="motionverse-")) / "motions.html"
    player.write(shown, out, chosen.title, not chosen.no_body, model)
    opened = not chosen.no_open and playlist.open_in_browser(out)
    if chosen.json:
        return show_json(
            {"output": str(out), "bytes": out.stat().st_size, "motions": [one.name for one in shown], "opened": opened}
        )
    print(f"wrote {out}: {len(shown)} motions, {out.stat().st_size / 2**20:.1f} MiB")
    if model is not None:
        print(f"the page holds the mesh of {chosen.body}: its licence says whom you may give it to")
    if not opened and not chosen.no_open:
        print(f"no browser found here; open {out.resolve().as_uri()} in one")
    return None


def render(chosen: argparse.Namespace) -> None:
    """Read a motion, draw it."""
    from motionverse import view

    view.check(chosen.output)
    body = view.load_body(chosen.body) if chosen.body else None
    motion = convert.read(chosen, chosen.input)
    view.render(motion, chosen.output, chosen.title, chosen.size, progress=Bar("render", quiet=chosen.json), body=body)
    convert.told(chosen, motion)
