"""Build the release: train a recipe to its end, then publish its averaged weights with curve, licences and card.

python tools/train.py configs/nano.yaml --publish assets/weights/nano data.store=data/store run.minutes=100
python tools/train.py --only-publish runs/nano assets/weights/nano
"""

import argparse
import os
import sys
from pathlib import Path

from lmm import zoo
from lmm.train.recipe import read
from motionverse.errors import MotionError


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", type=Path, nargs="?", help="recipe, YAML")
    parser.add_argument("overrides", nargs="*", metavar="key=value|FILE.yaml", help="what differs from the recipe")
    parser.add_argument(
        "--publish", type=Path, metavar="FOLDER", help="publish the weights here when the run has ended"
    )
    parser.add_argument(
        "--only-publish", type=Path, nargs=2, metavar=("RUN", "FOLDER"), help="publish a run's last checkpoint"
    )
    parser.add_argument("--local_rank", help=argparse.SUPPRESS)  # put there by the deepspeed launcher
    asked = parser.parse_intermixed_args(arguments)
    try:
        if asked.only_publish:
            print(zoo.publish(*asked.only_publish))
            return 0
        if asked.config is None:
            parser.error("name a recipe, or --only-publish RUN FOLDER")
        from lmm.train.loop import train

        run = train(read(asked.config, asked.overrides))
        if os.environ.get("RANK", "0") == "0":
            print(zoo.publish(run, asked.publish) if asked.publish else run)
    except MotionError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
