"""`python -m lmm`, and what the command `lmm` starts: Ctrl-C while the rest is being imported is one line too."""

import sys


def main() -> int:
    """The command line of lmm.cli; returns its exit code, 130 where Ctrl-C ended it."""
    try:
        from lmm.cli import main as command

        return command()
    except KeyboardInterrupt:
        print("lmm: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
