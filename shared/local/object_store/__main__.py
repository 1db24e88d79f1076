"""Run the store alone: `python -m shared.local.object_store --folder DIR [--port N] [--pubsub-host HOST]`."""

import argparse
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from shared.local.object_store.server import LocalObjectStore
from shared.local.publishing import PubsubPublisher
from shared.local.serving import end_with_stdin, until_signal


def main(arguments: Sequence[str], *, end: threading.Event) -> int:
    """Serve until `end` is set; print the address as `base_url=...` when it is ready."""
    options = _parser().parse_args(arguments)
    if options.while_stdin_is_open:
        end_with_stdin(end)
    publish = PubsubPublisher(options.pubsub_host) if options.pubsub_host else None
    with LocalObjectStore(options.folder, publish=publish, port=options.port) as store:
        sys.stdout.write(f"base_url={store.base_url}\n")
        sys.stdout.flush()
        end.wait()
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m shared.local.object_store", description=__doc__)
    parser.add_argument("--folder", type=Path, required=True, help="where buckets and catalog are kept")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument("--pubsub-host", help="where notifications go, as in PUBSUB_EMULATOR_HOST")
    parser.add_argument(
        "--while-stdin-is-open", action="store_true", help="end with the process that holds the other end"
    )
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], end=until_signal()))
