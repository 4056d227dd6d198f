"""The one error that people see: bad input, said in one line that names the file, the value and the fix."""


class MotionError(ValueError):
    """Input that cannot be used. The message is a single line; command lines print it and exit with status 2."""
