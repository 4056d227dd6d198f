"""How faithful TOMATO is on every clip of a store: python tools/representation.py STORE [--every N] [--json].

Prints the largest error of decode(encode(clip)), and for each frame rate and field how far encoding and resampling are
from commuting, in percent of the field's RMS (see motionverse.tomato.fidelity).
"""

import argparse
import json
import sys

from tqdm import tqdm

from motionverse.errors import MotionError
from motionverse.store import Store
from motionverse.tomato import fidelity


def main() -> None:
    parser = argparse.ArgumentParser(description="Round-trip error and commutation of TOMATO on the clips of a store.")
    parser.add_argument("store")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="look at every Nth clip only")
    parser.add_argument("--json", action="store_true")
    args = parser.parse_args()
    try:
        store = Store(args.store)
        chosen = range(0, len(store), max(args.every, 1))
        clips = ((store.records[i].name, store.motion(i)) for i in tqdm(chosen, unit="clip", disable=None))
        report = fidelity.survey(clips)
    except MotionError as error:
        print(f"representation: {error}", file=sys.stderr)
        sys.exit(2)
    if args.json:
        print(json.dumps(report, indent=1))
        return
    trip = report["round_trip"]
    print(f"{report['clips']} clips: decode(encode(m)) within {trip['mm']:.5f} mm ({trip['mm_clip']})", end=" ")
    print(f"and {trip['degrees']:.6f} degrees ({trip['degrees_clip']})")
    for kind, rates in report["commutation"].items():
        print(f"\ncommutation, {kind}: % of RMS pooled / median clip / worst clip, share of clips within 1 %")
        for fps, fields in rates.items():
            for field, s in fields.items():
                figures = f"{s['pooled']:7.3f} / {s['median']:7.3f} / {s['worst']:7.3f}   {s['within_1']:6.1%}"
                print(f"{fps:>5} fps  {field:16} {figures}   {s['worst_clip']}")


if __name__ == "__main__":
    main()
