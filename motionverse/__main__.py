"""`python -m motionverse`, and what the command `motionverse` starts: Ctrl-C while the rest is being imported is one line too."""

import sys


def main() -> int:
    """The command line of motionverse.cli; returns its exit code, 130 where Ctrl-C ended it."""
    try:
        from motionverse.cli import main as command

        return command()
    except KeyboardInterrupt:
        print("motionverse: interrupted", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
