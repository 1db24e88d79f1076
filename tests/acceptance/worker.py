"""A process that runs files in an installation and writes a line for whatever it has done."""

import os
import sys
from pathlib import Path

from functions.cli.engine import Engine
from functions.cli.intake import sources, take_in
from shared import log
from shared.wiring import EmbeddedWiring


def main(workspace: str, policy: str, base_url: str, folder: str) -> None:
    """Run the files of a folder to the end; a line for each file taken in, each outcome, and the end."""
    with Path(os.devnull).open("w") as nowhere:
        log.configure(json=True, stream=nowhere)
        environ = {"AUTOSEGMENTATION_URL": base_url}
        wiring = EmbeddedWiring(Path(workspace), Path(policy), environ=environ)
        engine = Engine(wiring, observe=lambda stage, _outcome: say(stage))
        wiring.recover()
        for source in sources([Path(folder)]):
            take_in(source, wiring.clinical)
            say("taken")
        say("settled" if engine.settle(poll_seconds=0.01, wait_seconds=60) else "unsettled")
        wiring.close()


def say(line: str) -> None:
    """Write a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*sys.argv[1:])
