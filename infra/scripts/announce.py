"""Lets the bucket announce again what lies in its intake, so that a lost ledger is built anew.

    python -m infra.scripts.announce [--prefix intake/SOMETHING] [--yes]

counts the objects, and with `--yes` publishes a notification of each, as Cloud Storage did when it came. What
the ledger knows already is a duplicate and changes nothing. The installation is the one that the environment
describes (docs/reference/settings.md). Instances of DICOM stores are not announced.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Protocol

from shared.errors import AirlockError
from shared.events import BlobFinalized
from shared.identifiers import INTAKE_PREFIX, BlobRef
from shared.ports.blobs import Blobs
from shared.ports.bus import Bus
from shared.wiring import wiring_from_environment


class Installation(Protocol):
    """The ports that are needed; a wiring has them."""

    @property
    def clinical(self) -> Blobs:
        """The clinical bucket."""
        ...

    @property
    def bus(self) -> Bus:
        """Where arrivals are published."""
        ...


def notification(blob: BlobRef) -> dict[str, str]:
    """The attributes of Cloud Storage's notification of an object."""
    return {
        "eventType": "OBJECT_FINALIZE",
        "payloadFormat": "NONE",
        "bucketId": blob.bucket,
        "objectId": blob.name,
        "objectGeneration": str(blob.generation),
    }


def announce(installation: Installation, prefix: str, *, publish: bool) -> int:
    """Publish a notification of each object under a prefix, or only count them; return how many."""
    count = 0
    for stat in installation.clinical.list(prefix):
        if publish:
            installation.bus.publish(BlobFinalized.TOPIC, b"", notification(stat.ref))
        count += 1
    return count


def main(arguments: Sequence[str]) -> int:
    """Announce what the command line names; ends with 1 if there is nothing, with 2 if it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m infra.scripts.announce")
    parser.add_argument("--prefix", default=INTAKE_PREFIX, help="of the objects' names, within intake/")
    parser.add_argument("--yes", action="store_true", help="publish, instead of counting")
    given = parser.parse_args(arguments)
    if not given.prefix.startswith(INTAKE_PREFIX):
        parser.error(f"what arrives lies under {INTAKE_PREFIX}")
    try:
        wiring = wiring_from_environment()
        try:
            count = announce(wiring, given.prefix, publish=given.yes)
        finally:
            wiring.close()
    except AirlockError as error:
        sys.stderr.write(f"{error.code}: {error.cause}\n")
        return 2
    sys.stdout.write(f"{count} objects {'announced' if given.yes else 'to announce: say --yes to do it'}\n")
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
