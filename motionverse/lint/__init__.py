"""What is wrong with a motion: `lint(motion)` gives findings, each one row of the table `CHECKS` exceeded; `gate` refuses.

checks: the table and the one function; body, ground, movement: what is measured; take: joints over time.
"""

from motionverse.lint.checks import CHECKS, ERROR, WARNING, Check, Finding, Refused, gate, lint
from motionverse.lint.take import Take, watched

__all__ = ["CHECKS", "ERROR", "WARNING", "Check", "Finding", "Refused", "Take", "gate", "lint", "watched"]
