"""Run the store alone: `python -m shared.local.dicom_store --folder DIR [--port N] [--store NAME]`."""

import argparse
import os
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from shared.local.dicom_store.names import StoreName
from shared.local.dicom_store.server import INSTANCE_BYTES, LocalDicomStore
from shared.local.publishing import PubsubPublisher
from shared.local.serving import end_with_stdin, until_signal


def main(arguments: Sequence[str], *, end: threading.Event) -> int:
    """Serve until `end` is set; print the address, then that of each store, one `name=value` a line."""
    options = _parser().parse_args(arguments)
    if options.while_stdin_is_open:
        end_with_stdin(end)
    resource = {"notificationConfigs": [{"pubsubTopic": options.topic}]} if options.topic else {}
    stores = {str(name): resource for name in options.store}
    with LocalDicomStore(
        options.folder,
        stores=stores,
        publish=PubsubPublisher(options.pubsub_host) if options.pubsub_host else None,
        port=options.port,
        instance_bytes=options.instance_bytes,
    ) as server:
        sys.stdout.write(f"base_url={server.base_url}\n")
        sys.stdout.writelines(f"dicomweb_url={server.dicomweb_url(name)}\n" for name in stores)
        sys.stdout.flush()
        end.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.local.dicom_store", description=__doc__)
    add = parser.add_argument
    add("--folder", type=Path, required=True, help="where instances and their index are kept")
    add("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    add(
        "--store",
        type=StoreName.parse,
        action="append",
        default=[],
        help="a DICOM store to have from the start",
    )
    add("--topic", help="the topic that the stores of --store notify, projects/P/topics/T")
    add(
        "--pubsub-host",
        default=os.environ.get("PUBSUB_EMULATOR_HOST"),
        help="host:port of the Pub/Sub emulator; PUBSUB_EMULATOR_HOST unless given",
    )
    add("--instance-bytes", type=int, default=INSTANCE_BYTES, help="the size of the largest instance")
    add("--while-stdin-is-open", action="store_true", help="end with the process that holds the other end")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], end=until_signal()))
