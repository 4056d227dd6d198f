"""The one corridor from files to a store: source -> whole body -> standing place -> checks -> split -> writer, statistics.

A clip that cannot be used is left out and named in the report; the build goes on. Statistics are over training clips only,
at several frame rates, because features are always computed at the rate that a model asks for.

corridor   one clip, and what became of its frames
account    frames added up by source; nothing may be missing
plan       the clips in chunks, each with a key that says all that its result depends on
work       a chunk in, a part out
part       a chunk's result as a file
engine     who computes: processes, on_ray
folder     the build folder beside the store, and what a killed build leaves in it
report     what is said of it all
builder    `build`
"""

from motionverse.build.account import Account, ClipRow
from motionverse.build.builder import build
from motionverse.build.corridor import Frames, clean_stretch, moments, prepare, rest_frames
from motionverse.build.report import BuildReport, read_rows

__all__ = [
    "Account", "BuildReport", "ClipRow", "Frames", "build", "clean_stretch", "moments", "prepare", "read_rows", "rest_frames",
]  # fmt: skip
