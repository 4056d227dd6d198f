"""The house rules, run: lint, layout, types, who may import whom, what start-up may cost, how long a file may be."""

import ast
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

HOUSE = Path(__file__).parents[1]
FILES = sorted(path for folder in ("motionverse", "lmm", "tools", "tests") for path in (HOUSE / folder).rglob("*.py"))
FILE_LINES, FUNCTION_LINES = 350, 60
ROOMS_WITHOUT_A_NAME = {"utils", "util", "misc", "common", "helpers", "helper"}
SLOW = (
    "torch scipy sentence_transformers transformers tokenizers diffusers pyrender av trimesh matplotlib PIL omegaconf "
    "safetensors"
)


def exits_0(*command: str) -> None:
    """Run a checker of this environment in the repository's root; what it found is the failure's message."""
    place = Path(sys.executable).with_name(command[0])
    assert place.exists(), f"{command[0]} is not in this environment: pip install -e '.[dev]'"
    done = subprocess.run([place, *command[1:]], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)} exited with {done.returncode}:\n{done.stdout}{done.stderr}"


def test_lint():
    exits_0("ruff", "check", "--no-cache", ".")


def test_format():
    exits_0("ruff", "format", "--check", "--no-cache", ".")


def test_types():
    exits_0("pyright")


def test_who_may_import_whom():
    exits_0("lint-imports", "--no-cache")


def test_nothing_of_torch_that_does_not_fit():
    """The CPU build needs no CUDA packages; torchvision and torchaudio do not fit it and break whoever probes for them."""
    installed = {str(found.metadata["Name"]).lower().replace("_", "-") for found in metadata.distributions()}
    wrong = sorted(
        name for name in installed if name in ("torchvision", "torchaudio", "triton") or name.startswith("nvidia-")
    )
    assert not wrong, f"uninstall {', '.join(wrong)}; torch must be the CPU build: make env"


@pytest.mark.parametrize(
    "code",
    ["import motionverse", "import lmm", "from lmm.cli import main; main(['--help'])",
     "from lmm.cli import main; main(['generate', '--help'])", "from motionverse.cli import main; main(['--help'])"],
)  # fmt: skip
def test_start_up_imports_nothing_slow(code):
    check = f"import sys\ntry:\n    {code}\nexcept SystemExit as stop:\n    assert not stop.code\n"
    check += f"print(*(name for name in {SLOW.split()} if name in sys.modules), file=sys.stderr)"
    told = subprocess.run([sys.executable, "-c", check], cwd=HOUSE, capture_output=True, text=True, check=False)
    assert told.returncode == 0 and told.stderr.strip() == "", f"{code} imports {told.stderr}"


def test_no_file_and_no_function_is_too_long():
    """But for those that docs/architecture.md names, with the reason, as `path` or `path::function`."""
    allowed = (HOUSE / "docs" / "architecture.md").read_text(encoding="utf-8").split("## Measures")[-1]
    long = [f"{name}: {lines} lines" for name, lines in measured() if f"`{name}`" not in allowed]
    assert not long, "split these, or give the reason in docs/architecture.md, Measures: " + "; ".join(long)


def measured():
    """(name, lines) of everything over the measures."""
    for path in FILES:
        name, text = path.relative_to(HOUSE).as_posix(), path.read_text(encoding="utf-8")
        if (lines := len(text.splitlines())) > FILE_LINES:
            yield name, lines
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = (node.end_lineno or node.lineno) - node.lineno + 1
                if lines > FUNCTION_LINES:
                    yield f"{name}::{node.name}", lines


def test_every_room_has_a_name():
    """A file is called after what it knows."""
    wrong = [str(path.relative_to(HOUSE)) for path in FILES if {path.stem, path.parent.name} & ROOMS_WITHOUT_A_NAME]
    assert not wrong, f"name these after what they hold: {wrong}"
