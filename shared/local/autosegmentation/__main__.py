"""Run the double alone: `python -m shared.local.autosegmentation --folder DIR [--port N]`."""

import argparse
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.local.serving import end_with_stdin, until_signal


def main(arguments: Sequence[str], *, end: threading.Event) -> int:
    """Serve until `end` is set; print the address and a new token pair, one `name=value` a line."""
    parser = argparse.ArgumentParser(prog="python -m shared.local.autosegmentation", description=__doc__)
    parser.add_argument(
        "--folder", type=Path, required=True, help="where packages, results and tokens are kept"
    )
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    parser.add_argument(
        "--while-stdin-is-open", action="store_true", help="end with the process that holds the other end"
    )
    options = parser.parse_args(arguments)
    if options.while_stdin_is_open:
        end_with_stdin(end)
    with AutosegmentationDouble(options.folder, port=options.port) as double:
        tokens = double.issue_tokens()
        lines = {
            "base_url": double.base_url,
            "access_token": tokens.access_token,
            "refresh_token": tokens.refresh_token,
            "expires_at": tokens.expires_at,
        }
        sys.stdout.writelines(f"{name}={value}\n" for name, value in lines.items())
        sys.stdout.flush()
        end.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], end=until_signal()))
