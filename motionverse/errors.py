"""The one error and the one warning that people see: what is wrong with input, in one line that names the file and the fix."""

LONGEST = 500  # characters of a message; what files hold may be quoted in it, and files hold anything


class MotionError(ValueError):
    """Input that cannot be used. The message is a single line; command lines print it and exit with status 2.

    What is not printable in it is written as Python writes it (\\x00), and the middle of a very long one left out.
    """

    def __init__(self, message: str = "") -> None:
        super().__init__(_line(message))


class MotionWarning(UserWarning):
    """Input that can be used, though perhaps not as it was meant: a single line, as MotionError's. Command lines print it once."""

    def __init__(self, message: str = "") -> None:
        super().__init__(_line(message))


def _line(message: str) -> str:
    line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 205]} ... {line[-200:]}"
