"""The on-disk contract of MotionVerse: a folder of compact, checksummed, memory-mapped motion.

`layout` is the only place that knows names, versions and byte counts; `packing` turns rotations into 48 bits; `Writer` and
`Store` are the two ends. A store knows clips, not features: those are computed when windows are drawn (motionverse.dataset).
"""

from motionverse.store.appender import Appender
from motionverse.store.encoding import Encoded, encode_clip
from motionverse.store.layout import ClipRecord
from motionverse.store.reader import Store
from motionverse.store.writer import Writer

__all__ = ["Appender", "ClipRecord", "Encoded", "Store", "Writer", "encode_clip"]
