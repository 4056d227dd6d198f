"""Clips of other corpora that are CMU trials, or copies of each other, found by comparing the motion itself."""

PERFORMANCE: dict[str, str] = {}
