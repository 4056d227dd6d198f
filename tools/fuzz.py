"""Thousands of damaged files, each read under watch: none may crash, hang or fill the memory, and refusals say why.

    python tools/fuzz.py                          # 10,000 inputs, all formats by turns
    python tools/fuzz.py -n 500 --only .bvh .npz  # fewer, of some
    python tools/fuzz.py --show .bvh 17 -o bad    # write input 17 of .bvh into the folder bad, and say what comes of it

The inputs are drawn from the format's name and a number: the same everywhere. Exits with 1 where there are findings.
"""

import argparse
import sys
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))


def table(rows: list) -> list[str]:
    """A line a format, and its commonest reasons of refusal below it."""
    from fuzzing import watch

    text = [f"{'format':16}{'inputs':>8}{'accepted':>10}{'refused':>9}{'findings':>10}{'slowest':>10}{'memory':>9}"]
    for name in dict.fromkeys(row.subject for row in rows):
        mine = [row for row in rows if row.subject == name]
        count = Counter(row.outcome for row in mine)
        text.append(
            f"{name:16}{len(mine):8}{count['accepted']:10}{count['refused']:9}{count['finding']:10}"
            f"{max(row.seconds for row in mine):8.2f} s{max(row.megabytes for row in mine):6.0f} MB"
        )
        reasons = Counter(watch.reason(row.reason) for row in mine if row.outcome == "refused")
        text += [f"    {times:5}  {reason}" for reason, times in reasons.most_common(5)]
        text += [f"    and {len(reasons) - 5} other reasons"] * (len(reasons) > 5)
    return text


def main() -> int:
    from fuzzing import seeds, watch

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-n", "--count", type=int, default=10_000, help="inputs (default 10000)")
    parser.add_argument(
        "--only", nargs="+", metavar="FORMAT", choices=list(seeds.subjects()), help="these formats alone"
    )
    parser.add_argument("--start", type=int, default=0, help="begin with this input, to run in pieces")
    parser.add_argument(
        "--show", nargs=2, metavar=("FORMAT", "NUMBER"), help="write one input and say what comes of it"
    )
    parser.add_argument("-o", "--out", type=Path, default=Path("fuzz_input"), help="folder for --show")
    options = parser.parse_args()
    known = seeds.subjects()
    if options.show:
        name, number = options.show[0], int(options.show[1])
        options.out.mkdir(parents=True, exist_ok=True)
        for file, content in watch.files(known[name], number).items():
            (options.out / file).write_bytes(content)
        print(*watch.run([(name, number)]), sep="\n")
        return 0
    rows = []
    for row in watch.run(watch.spread(options.count, options.only or known)[options.start :]):
        rows.append(row)
        if row.outcome == "finding":
            print(f"{row.subject} {row.number}: {row.reason}", flush=True)
    print("\n".join(table(rows)))
    findings = sum(row.outcome == "finding" for row in rows)
    print(f"{len(rows)} inputs, {findings} findings, peak {max(row.megabytes for row in rows):.0f} MB")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
