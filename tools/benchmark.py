"""Measure a hot path as a ratio against a named baseline in the same run.

    python tools/benchmark.py                      # which cases there are
    python tools/benchmark.py generate [--json] [arguments of the case]

Machines are noisy and differ: absolute times are printed for orientation, only ratios are claims.
"""

import argparse
import importlib
import json
import pkgutil
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))


def cases() -> dict[str, str]:
    """Case name -> first line of its help."""
    import benchmarks

    names = [module.name for module in pkgutil.iter_modules(benchmarks.__path__)]
    return {name: (_module(name).__doc__ or "").strip().splitlines()[0] for name in names}


def _module(name: str) -> Any:
    return importlib.import_module(f"benchmarks.{name}")


def lines(result: Mapping[str, Any], indent: str = "") -> list[str]:
    """A result as aligned text; nested mappings are indented, lists of mappings become rows."""
    text = []
    for key, value in result.items():
        if isinstance(value, Mapping):
            text += [f"{indent}{key}", *lines(value, indent + "  ")]
        elif isinstance(value, list) and value and isinstance(value[0], Mapping):
            text.append(f"{indent}{key}")
            text += [indent + "  " + "  ".join(f"{k} {_number(v)}" for k, v in row.items()) for row in value]
        else:
            text.append(f"{indent}{key:<{max(44 - len(indent), 1)}} {_number(value)}")
    return text


def _number(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("case", nargs="?", help="which case; none: list them")
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    options, rest = parser.parse_known_args()
    known = cases()
    if options.case is None:
        print(json.dumps(known, indent=2) if options.json else "\n".join(f"{n:12} {t}" for n, t in known.items()))
        return 0
    if options.case not in known:
        print(f"no benchmark {options.case!r}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    result = _module(options.case).run(rest)
    print(json.dumps(result, indent=2) if options.json else "\n".join(lines(result)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
