"""The TED gesture sets as published (LMDB of pyarrow 0.14) to pickles that motionverse reads: one video a file, VIDEO.CLIPS.pickle.

    pip install "pyarrow==0.14.1" "lmdb<1" numpy      # in an environment of its own, Python 3.7 or older
    python ted_to_pickle.py lmdb_train train          # and so for lmdb_val val, lmdb_test test

Only on the sets' own files: what pyarrow of that age reads may run code. Needs nothing of this repository.
Tested with another deserialize in pyarrow's place; not with pyarrow 0.14 itself, as no Python of its age was at hand.
"""

import pickle
import sys
from pathlib import Path


def main(source: str, out: str) -> int:
    """Write out/VIDEO.CLIPS.pickle for every video of the LMDB `source`; returns the exit code."""
    import lmdb
    import pyarrow  # pyright: ignore[reportMissingImports]  it lives in an older Python

    deserialize = getattr(pyarrow, "deserialize", None)
    if deserialize is None:
        print(f"pyarrow {pyarrow.__version__} is too new; install 0.14.1 in an environment of its own", file=sys.stderr)
        return 2
    folder = Path(out)
    folder.mkdir(parents=True, exist_ok=True)
    with lmdb.open(source, readonly=True, lock=False).begin() as transaction:
        for key, value in transaction.cursor():
            video = deserialize(value)
            name = str(video.get("vid") or key.decode("ascii"))
            path = folder / f"{name}.{len(video['clips'])}.pickle"
            path.write_bytes(pickle.dumps(video, protocol=4))
    print(f"wrote {len(list(folder.iterdir()))} videos to {folder}")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 3:
        raise SystemExit(__doc__)
    raise SystemExit(main(sys.argv[1], sys.argv[2]))
