"""What a run says: JSON lines in a file, TensorBoard's where asked, a bar on a terminal, the curve as a picture."""

import json
import sys
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from motionverse.errors import MotionError, MotionWarning
from motionverse.files import atomic_path


class Log:
    """Appends one JSON object a line to `path`; every line has `step` and `elapsed` [s]. `line` is on disk when it returns.

    board: takes the lines too.
    """

    def __init__(self, path: Path, step: int, board: "Board | None" = None) -> None:
        self.path, self._board = path, board
        if path.exists():
            _cut(path, step)
        try:
            self._file = path.open("a", encoding="utf-8")
        except OSError as error:
            raise MotionError(f"{path}: cannot be written ({error.strerror})") from None

    def line(self, step: int, elapsed: float, **values: Any) -> None:
        rounded = {k: float(f"{v:.6g}") if isinstance(v, float) else v for k, v in values.items()}
        self._file.write(json.dumps({"step": step, "elapsed": round(elapsed, 2), **rounded}) + "\n")
        self._file.flush()
        if self._board:
            self._board.line(step, rounded)

    def close(self) -> None:
        self._file.close()
        if self._board:
            self._board.close()


class Board:
    """The log's numbers for TensorBoard, in the run's folder. Not installed: said once, and left out."""

    def __init__(self, folder: Path) -> None:
        self._writer: Any = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            said = "run.tensorboard: not installed, left out; pip install 'large-motion-model[tensorboard]'"
            warnings.warn(said, MotionWarning, stacklevel=2)
        else:
            self._writer = SummaryWriter(str(folder))

    def line(self, step: int, values: Mapping[str, Any]) -> None:
        """A line's numbers, each a curve."""
        if self._writer is not None:
            for name, value in values.items():
                if isinstance(value, int | float):
                    self._writer.add_scalar(name, value, step)

    def close(self) -> None:
        if self._writer is not None:
            self._writer.close()


class Progress:
    """A bar over the run's progress (0 to 1) with the time left, on stderr; silent where that is no terminal."""

    def __init__(self, quiet: bool = False) -> None:
        from tqdm import tqdm

        form = "{percentage:5.1f}%|{bar:24}| {elapsed}<{remaining} {postfix}"
        self._bar = tqdm(total=1.0, bar_format=form, disable=quiet or not sys.stderr.isatty(), file=sys.stderr)

    def show(self, progress: float, step: int, **values: float) -> None:
        said = {"step": str(step)} | {k: f"{v:.4g}" for k, v in values.items()}
        self._bar.set_postfix(said, refresh=False)
        self._bar.update(progress - self._bar.n)

    def close(self) -> None:
        self._bar.close()


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of a log. Raises MotionError naming the line that is not JSON."""
    lines = []
    for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            lines.append(json.loads(text))
        except json.JSONDecodeError:
            raise MotionError(f"{path}, line {number}: not a log line; remove it") from None
    return lines


def draw_curve(path: Path, picture: Path) -> None:
    """Training loss and validation loss over steps, from the log at `path`, into a PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    lines = read(path)
    figure = Figure(figsize=(7, 4))
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    for key in ("loss", "validation"):
        points = [(line["step"], line[key]) for line in lines if key in line]
        if points:
            axes.plot(*zip(*points, strict=True), label=key, linewidth=1)
    axes.set(xlabel="step", ylabel="loss", yscale="log")
    if axes.has_data():  # a run may end before it logged anything
        axes.legend()
    with atomic_path(picture) as temporary:
        figure.savefig(temporary, dpi=110, bbox_inches="tight")


def _cut(path: Path, step: int) -> None:
    """Drop the lines after `step`: those of a run that was killed later than its last checkpoint, and a torn last line."""
    kept = []
    for text in path.read_text(encoding="utf-8").splitlines():
        try:
            if json.loads(text)["step"] <= step:
                kept.append(text)
        except (json.JSONDecodeError, KeyError, TypeError):
            continue
    with atomic_path(path) as temporary:
        temporary.write_text("".join(f"{text}\n" for text in kept), encoding="utf-8")
