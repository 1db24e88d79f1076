"""Announces again what has arrived, so that a lost ledger is built anew.

    python -m infra.scripts.announce [--prefix intake/SOMETHING | --dicom-stores] [--yes]

counts the objects of the bucket's intake, or the instances of the DICOM stores, and with `--yes` publishes a
notification of each, as the bucket or the store did when it came. What the ledger knows already changes
nothing. The installation is the one that the environment describes (docs/reference/settings.md).
"""

import argparse
import sys
from collections.abc import Iterable, Iterator, Sequence

from shared.errors import AirlockError
from shared.events import BlobFinalized
from shared.identifiers import INTAKE_PREFIX, BlobRef
from shared.ports.blobs import Blobs
from shared.ports.bus import Bus
from shared.wiring import wiring_from_environment

Notification = tuple[bytes, dict[str, str]]


def of_objects(clinical: Blobs, prefix: str) -> Iterator[Notification]:
    """Cloud Storage's notification of each object under a prefix: all is in the attributes."""
    return ((b"", _attributes(stat.ref)) for stat in clinical.list(prefix))


def of_instances(paths: Iterable[str]) -> Iterator[Notification]:
    """The DICOM store's notification of each instance, its path alone: whoever receives it dates it."""
    return ((path.encode(), {}) for path in paths)


def _attributes(blob: BlobRef) -> dict[str, str]:
    return {
        "eventType": "OBJECT_FINALIZE",
        "payloadFormat": "NONE",
        "bucketId": blob.bucket,
        "objectId": blob.name,
        "objectGeneration": str(blob.generation),
    }


def announce(arrived: Iterable[Notification], bus: Bus, *, publish: bool) -> int:
    """Publish notifications, or only count them; return how many."""
    count = 0
    for data, attributes in arrived:
        if publish:
            bus.publish(BlobFinalized.TOPIC, data, attributes)
        count += 1
    return count


def main(arguments: Sequence[str]) -> int:
    """Announce what the command line names; ends with 1 if there is nothing, with 2 if it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m infra.scripts.announce")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--prefix", default=INTAKE_PREFIX, help="of the objects' names, within intake/")
    what.add_argument("--dicom-stores", action="store_true", help="the instances in the DICOM stores instead")
    parser.add_argument("--yes", action="store_true", help="publish, instead of counting")
    given = parser.parse_args(arguments)
    if not given.prefix.startswith(INTAKE_PREFIX):
        parser.error(f"what arrives lies under {INTAKE_PREFIX}")
    try:
        wiring = wiring_from_environment()
        try:
            if given.dicom_stores:
                arrived = of_instances(wiring.dicom_stores.paths())
            else:
                arrived = of_objects(wiring.clinical, given.prefix)
            count = announce(arrived, wiring.bus, publish=given.yes)
        finally:
            wiring.close()
    except AirlockError as error:
        sys.stderr.write(f"{error.code}: {error.cause}\n")
        return 2
    kind = "instances" if given.dicom_stores else "objects"
    sys.stdout.write(f"{count} {kind} {'announced' if given.yes else 'to announce: say --yes to do it'}\n")
    return 0 if count else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
