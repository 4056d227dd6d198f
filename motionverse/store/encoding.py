"""A clip as bytes and back: what `layout` says, done."""

import functools
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from motionverse.clip import Audio, Clip
from motionverse.errors import MotionError
from motionverse.licence import LICENCES
from motionverse.motion import FACE_WIDTH, Motion
from motionverse.skeleton import Skeleton
from motionverse.store import layout, packing, points
from motionverse.store.files import Span
from motionverse.store.manifest import skeleton_key, skeleton_row


@dataclass(frozen=True)
class Encoded:
    """A clip as a store holds it, on its way to a Writer; plain values, so that it crosses to another process or machine.

    record: what is known of it, its place (`shard`, `offset`) still open; data: its bytes; skeleton: a row of
    `manifest.skeleton_row`, filed under `record.skeleton`.
    """

    record: layout.ClipRecord
    data: bytes
    skeleton: Mapping[str, Any]


def encode_clip(clip: Clip) -> Encoded:
    """A clip as it will lie in a store, whichever: the costly part of writing, for worker processes.

    Sound files are read for their checksums, where they are there.
    Raises MotionError for a licence not in the ledger and a face beyond float16.
    """
    if clip.licence not in LICENCES:
        raise MotionError(
            f"{clip.name}: licence {clip.licence!r} is not in the ledger; use one of {', '.join(LICENCES)}"
        )
    motion, row, seen = (
        clip.motion,
        skeleton_row(clip.motion.skeleton),
        [points.encode(each) for each in clip.keypoints],
    )
    data = encode_motion(motion) + b"".join(each for _, each in seen)
    record = layout.ClipRecord(
        name=clip.name,
        source=clip.source,
        licence=clip.licence,
        performance=clip.performance,
        split=clip.split,
        fps=motion.fps,
        frames=len(motion),
        skeleton=skeleton_key(row),
        observed=tuple(int(j) for j in np.flatnonzero(motion.present)),
        length=len(data),
        captions=tuple(layout.CaptionRecord(c.text, c.start, c.end, c.origin) for c in clip.captions),
        action=clip.action,
        style=clip.style,
        subject=clip.subject,
        face=motion.face is not None,
        rotation_source=motion.rotation_source,
        audio=tuple(map(_sound, clip.audio)),
        words=clip.words,
        keypoints=tuple(each for each, _ in seen),
        face_source=motion.face_source,
    )
    return Encoded(record, data, row)


def encode_motion(motion: Motion) -> bytes:
    """A motion's bytes at rest; the inverse is `decode_motion`."""
    parts = [motion.root.astype(layout.ROOT).tobytes(), packing.pack(motion.rotations[:, motion.present]).tobytes()]
    if motion.face is not None:
        face = motion.face.astype(layout.FACE)
        if not np.isfinite(face).all():
            raise MotionError("store: a face coefficient is not finite or beyond 65504; check the source's units")
        parts.append(face.tobytes())
    return b"".join(parts)


def motion_spans(record: layout.ClipRecord, first: int, stop: int) -> list[Span]:
    """Where frames first..stop of root, rotations and face lie in a clip's bytes."""
    return _spans(0, record.frames, layout.frame_sections(len(record.observed), record.face), first, stop)


def points_spans(record: layout.ClipRecord, camera: int, first: int, stop: int) -> list[Span]:
    """Where rows first..stop of a camera's keypoints lie in a clip's bytes, section by section."""
    start = record.frames * record.frame_bytes + sum(seen.total_bytes for seen in record.keypoints[:camera])
    seen = record.keypoints[camera]
    return _spans(start, seen.rows, seen.sections, first, stop)


def _spans(start: int, rows: int, widths: Sequence[int], first: int, stop: int) -> list[Span]:
    spans = []
    for width in widths:
        spans.append((start + first * width, start + stop * width))
        start += rows * width
    return spans


def decode_motion(record: layout.ClipRecord, skeleton: Skeleton, parts: Sequence[bytes]) -> Motion:
    """Frames back from their bytes in each span of `motion_spans`; joints that were not observed rest."""
    root = np.frombuffer(parts[0], layout.ROOT).reshape(-1, 3)
    words = np.frombuffer(parts[1], packing.WORD).reshape(len(root), len(record.observed), packing.WORDS)
    face = np.frombuffer(parts[2], layout.FACE).reshape(-1, FACE_WIDTH).astype(np.float64) if record.face else None
    observed = np.zeros(len(skeleton), bool)
    observed[list(record.observed)] = True
    return Motion(
        rotations=_spread(packing.unpack(words), observed),
        root=root.astype(np.float64),
        fps=record.fps,
        skeleton=skeleton,
        face=face,
        observed=None if observed.all() else observed,
        rotation_source=record.rotation_source,
        face_source=record.face_source,
    )


def _spread(rotations: np.ndarray, observed: np.ndarray) -> np.ndarray:
    """Rotations (T, K, 3, 3) of the observed joints among all (T, J, 3, 3), the identity elsewhere."""
    if observed.all():
        return rotations
    out = np.zeros((len(rotations), len(observed), 9))
    out[..., ::4] = 1.0  # the diagonal
    count = rotations.shape[1]
    leading = observed[:count].all()  # a body without hands: a slice, several times faster than an index list
    out[:, slice(count) if leading else observed] = rotations.reshape(len(rotations), count, 9)
    return out.reshape(*out.shape[:2], 3, 3)


def _sound(audio: Audio) -> layout.SoundRecord:
    path = "" if audio.path is None else str(Path(audio.path).absolute())  # stores are read from anywhere
    return layout.SoundRecord(
        audio.kind, audio.name, path, audio.start, audio.tempo, file_sum(path), "", audio.licence, audio.credit
    )


def file_sum(path: str) -> str:
    """The SHA-256 of a file, "" where there is none."""
    try:
        facts = Path(path).stat()
    except OSError:
        return ""
    return _sum(path, facts.st_mtime_ns, facts.st_size) if path else ""


@functools.lru_cache(maxsize=4096)
def _sum(path: str, _changed: int, _size: int) -> str:
    with Path(path).open("rb") as stream:  # many clips share a song: it is read once
        return hashlib.file_digest(stream, "sha256").hexdigest()
