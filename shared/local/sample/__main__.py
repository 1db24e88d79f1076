"""`python -m shared.local.sample FOLDER` writes the sample and prints what it holds, in counts alone."""

import argparse
import sys
from pathlib import Path

from shared.local.sample.files import make_sample


def main() -> None:
    """Read the command line, write the sample, print its counts."""
    parser = argparse.ArgumentParser(prog="python -m shared.local.sample", description=__doc__)
    parser.add_argument("folder", type=Path, help="where to write; it is created if need be")
    parser.add_argument("--seed", type=int, default=0, help="the same seed gives the same bytes")
    arguments = parser.parse_args()
    sample = make_sample(arguments.folder, seed=arguments.seed)
    sys.stdout.write(
        f"{sample.instance_count} instances, {sample.bad_count} bad files, {sample.other_count} other archive"
        f" members, {len(sample.identifiers)} planted identifiers\n"
    )


if __name__ == "__main__":
    main()
