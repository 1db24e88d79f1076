"""Sends a synthetic series through a deployed installation, until each of its instances is accounted for.

    python -m infra.scripts.smoke_test [--outputs FILE] [--expect exported|accounted] [--seconds N]

The installation is the one that the environment describes (docs/reference/settings.md), or a file with what
`terraform output -json airlock` prints. What is sent is new each time and of an invented patient; it stays in
the clinical bucket until its lifecycle ends.

Ends with 0 if all is as expected, 1 if the balance is closed but the series was not exported, 2 if the
installation cannot be reached, 3 if something is still in flight when the time is over, 4 if the balance is
open.
"""

import argparse
import json
import os
import secrets
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple, Protocol

from shared.balance import Balance, balance
from shared.errors import AirlockError
from shared.identifiers import INTAKE_PREFIX
from shared.local.sample import make_sample
from shared.ports.blobs import Blobs
from shared.ports.ledger import ClinicalLedger, ReleasedLedger
from shared.wiring import wiring_from_environment

EXPORTED, HELD, UNFIT, IN_FLIGHT, OPEN = range(5)
#: the folder of the sample that is sent: one series that the shipped rulesets claim
_SERIES = "MR"
_ROOT = Path(__file__).resolve().parents[2]


class Installation(Protocol):
    """The ports that are needed; a wiring has them."""

    @property
    def clinical(self) -> Blobs:
        """The clinical bucket."""
        ...

    @property
    def ledger(self) -> ClinicalLedger:
        """The clinical ledger."""
        ...

    @property
    def jobs(self) -> ReleasedLedger:
        """The released ledger."""
        ...


class Waiting(NamedTuple):
    """How long is waited: in all, and between two looks, in seconds; and how that is done."""

    seconds: float
    look: float
    pause: Callable[[float], object] = threading.Event().wait


def environment_of(outputs: Mapping[str, Any]) -> dict[str, str]:
    """The variables that lead to the installation that Terraform's outputs describe."""
    return {
        "AIRLOCK_CLINICAL_BUCKET": outputs["buckets"]["clinical"],
        "AIRLOCK_RELEASED_BUCKET": outputs["buckets"]["released"],
        "AIRLOCK_CLINICAL_DATABASE": outputs["databases"]["clinical"],
        "AIRLOCK_RELEASED_DATABASE": outputs["databases"]["released"],
        "AIRLOCK_RULESETS": str(_ROOT / "rulesets"),
    }


def send(installation: Installation) -> tuple[str, int]:
    """Upload a series that nobody has sent before; return its objects' prefix, and how many they are."""
    prefix = f"{INTAKE_PREFIX}smoke-test/{secrets.token_hex(8)}/"
    with TemporaryDirectory() as scratch:
        folder = make_sample(Path(scratch), seed=secrets.randbits(32)).folder / _SERIES
        files = sorted(folder.iterdir())
        for file in files:
            with installation.clinical.create(f"{prefix}{file.name}", if_generation_match=0) as writer:
                writer.write(file.read_bytes())
    return prefix, len(files)


def follow(installation: Installation, prefix: str, sent: int, waiting: Waiting) -> Balance:
    """Look at the balance of what was sent, until it is closed with nothing in flight or the time is over."""
    deadline, before = time.monotonic() + waiting.seconds, None
    while True:
        counts = balance(installation.ledger, installation.jobs, installation.clinical, prefix)
        if counts != before:
            sys.stdout.write(f"{counts}\n")
            sys.stdout.flush()
        if (is_closed(counts, sent) and not counts.in_flight) or time.monotonic() >= deadline:
            return counts
        before = counts
        waiting.pause(waiting.look)


def is_closed(counts: Balance, sent: int) -> bool:
    """Whether all that was sent is counted, and once."""
    return counts.closed and counts.received == sent


def verdict(counts: Balance, sent: int, expected: str) -> int:
    """The exit code for a balance."""
    if not is_closed(counts, sent):
        return OPEN
    if counts.in_flight:
        return IN_FLIGHT
    return EXPORTED if expected == "accounted" or counts.exported == sent else HELD


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.scripts.smoke_test")
    parser.add_argument("--outputs", type=Path, help="what `terraform output -json airlock` printed")
    parser.add_argument("--expect", choices=("exported", "accounted"), default="exported")
    parser.add_argument("--seconds", type=float, default=2400.0, help="how long to wait")
    parser.add_argument("--look", type=float, default=15.0, help="seconds between two looks")
    return parser.parse_args(arguments)


def run(installation: Installation, waiting: Waiting, expected: str) -> int:
    """Send, follow, and judge."""
    prefix, sent = send(installation)
    counts = follow(installation, prefix, sent, waiting)
    code = verdict(counts, sent, expected)
    said = ("as expected", "closed, but not exported", "", "still in flight", "OPEN: instances are missing")
    sys.stdout.write(f"{sent} instances sent under {prefix}: {said[code]}\n")
    return code


def main(arguments: Sequence[str]) -> int:
    """Run the test on the installation that the environment, or the file of outputs, describes."""
    given = options(arguments)
    try:
        if given.outputs:
            os.environ.update(environment_of(json.loads(given.outputs.read_text(encoding="utf-8"))))
        wiring = wiring_from_environment()
        try:
            return run(wiring, Waiting(given.seconds, given.look), given.expect)
        finally:
            wiring.close()
    except AirlockError as error:
        sys.stderr.write(f"{error.code}: {error.cause}\n")
    except (KeyError, ValueError, OSError) as error:
        sys.stderr.write(f"the outputs are not those of an installation: {type(error).__name__}\n")
    return UNFIT


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
