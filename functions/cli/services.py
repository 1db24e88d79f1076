"""The commands that run until they are stopped."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from functions.cli.options import RulesetsOption, WorkspaceOption
from functions.cli.workspace import DEFAULT_WORKSPACE


def up(
    embedded: Annotated[
        bool, typer.Option("--embedded", help="One process, one folder, no emulator.")
    ] = False,
    workspace: WorkspaceOption = DEFAULT_WORKSPACE,
    rulesets: RulesetsOption = None,
    inbox: Annotated[
        Path | None, typer.Option(help="With --embedded: the folder to drop files in; WORKSPACE/inbox.")
    ] = None,
    port: Annotated[
        int,
        typer.Option(min=0, max=65535, help="With --embedded: the DICOM store's port; 0 takes a free one."),
    ] = 0,
    quiet: Annotated[
        float, typer.Option(min=0, help="Seconds without a change until a file or a series is complete.")
    ] = 10.0,
) -> None:
    """Run the system until Ctrl-C: on Google's emulators, every function a process, or embedded.

    It prints the addresses that it serves: push DICOM there, or drop files. The emulators keep nothing.

    Example: airlock up --embedded --workspace /data/airlock
    """
    from functions.cli import up as system

    with _stopped_by_signal() as stop:
        if embedded:
            system.up_embedded(workspace, rulesets, inbox, port=port, quiet_period=quiet, stop=stop)
        else:
            system.up_emulated(rulesets, quiet_period=quiet, stop=stop)


def emulators() -> None:
    """Run Google's emulators and the local stores until Ctrl-C; print the environment that leads to them.

    Example: airlock emulators
    """
    from functions.cli import up as system

    with _stopped_by_signal() as stop:
        system.emulators(stop=stop)


@contextmanager
def _stopped_by_signal() -> Iterator[threading.Event]:
    """An event that Ctrl-C, or a stop by the system, sets: what runs ends in order.

    A second one does not wait for that; what is under way is then done again the next time.
    """
    stop = threading.Event()

    def ask(*_: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, ask) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
