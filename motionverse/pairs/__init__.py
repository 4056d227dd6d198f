"""Motion beside sound that it was not made to: warped in time until its beats fall on those of the recording.

beats      when a motion keeps time: where it pauses, where a hand strikes
warp       which beat falls on which, and the smooth time between them
recordings folders of sound: who made it, under what licence, on which side of the split
acts       which clips are paired with what
account    what came of it
pairing    clips and recordings drawn, joined, checked, written
"""

from motionverse.pairs.account import Told
from motionverse.pairs.pairing import Asked, pair

__all__ = ["Asked", "Told", "pair"]
