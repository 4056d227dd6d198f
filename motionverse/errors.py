"""The one error that people see: bad input, said in one line that names the file, the value and the fix."""

LONGEST = 500  # characters of a message; what files hold may be quoted in it, and files hold anything


class MotionError(ValueError):
    """Input that cannot be used. The message is a single line; command lines print it and exit with status 2.

    What is not printable in it is written as Python writes it (\\x00), and the middle of a very long one left out.
    """

    def __init__(self, message: str = "") -> None:
        line = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in message)
        super().__init__(line if len(line) <= LONGEST else f"{line[: LONGEST - 205]} ... {line[-200:]}")
