"""The system as a service on this machine: on the emulators, or embedded in one process and one folder."""

import io
import os
import shlex
import tempfile
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

from functions.cli.engine import Engine
from functions.cli.inbox import Inbox
from functions.cli.intake import is_own
from functions.cli.live import LiveScreen
from functions.cli.options import messages, print_text
from functions.cli.workspace import INBOX, default_rulesets, usable, worked_in
from functions.pipeline import PIPELINE
from shared import log
from shared.balance import balance
from shared.errors import ConfigurationError
from shared.ports.clock import Clock
from shared.wiring import EmbeddedWiring
from shared.wiring.cloud import CloudWiring
from shared.wiring.embedded import EMBEDDED_STORE

_STAGES = tuple(stage.name for stage in PIPELINE)
#: between two looks at the inbox and at what is due, and between two ticks; in seconds
_LOOK_SECONDS, _TICK_SECONDS = 0.5, 5.0
_PACKAGES = (
    "functions_framework",
    "google.cloud.firestore_v1",
    "google.pubsub_v1",
    "flask",
    "numpy",
    "contourpy",
)


def up_emulated(rulesets: Path | None, *, quiet_period: float, stop: threading.Event) -> None:
    """Run every function in a process of its own on the emulators until `stop` is set; nothing is kept.

    Raises:
        ConfigurationError: a package or an emulator is not on this machine, or something did not start.
    """
    _require_packages()
    from functions.cli.emulated import CLINICAL, Ticking, emulated_system

    lines = _Lines()
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="airlock-")))
        system = stack.enter_context(
            emulated_system(folder, rulesets or default_rulesets(), line=lines, quiet_period=quiet_period)
        )
        addresses = {
            "DICOMweb": system.dicomweb_url,
            "bucket": f"gs://{CLINICAL}/intake/ at {system.environment['STORAGE_EMULATOR_HOST']}",
            "Pub/Sub": system.environment["PUBSUB_EMULATOR_HOST"],
            "Firestore": system.environment["FIRESTORE_EMULATOR_HOST"],
            "destination (double)": system.environment["AUTOSEGMENTATION_URL"],
            **{name: function.url for name, function in system.functions.items()},
        }
        lines.screen = stack.enter_context(_screen(addresses, system.wiring))
        stack.enter_context(Ticking(system, _tick_seconds(quiet_period)))
        stop.wait()


def emulators(*, stop: threading.Event) -> None:
    """Run the emulators and the local stores alone; print the environment that leads to them."""
    _require_packages()
    from functions.cli.emulated import emulated_servers

    with (
        tempfile.TemporaryDirectory(prefix="airlock-") as folder,
        emulated_servers(Path(folder), default_rulesets(), quiet_period=0.0) as servers,
    ):
        new = servers.environment.items() - os.environ.items()
        print_text("".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(new)))
        messages().print("All answer. Ctrl-C stops them.", style="dim")
        stop.wait()


def up_embedded(
    workspace: Path,
    rulesets: Path | None,
    inbox: Path | None,
    *,
    port: int,
    quiet_period: float,
    stop: threading.Event,
) -> None:
    """Run the pipeline in one process on a workspace until `stop` is set, with a DICOM store and an inbox.

    Raises:
        WorkspaceBusy: another process works in the workspace.
        WorkspaceUnusable: this user may not work in it, or in the inbox.
        ConfigurationError: a policy is invalid, no destination can be talked to,
            or the inbox is no place for one.
    """
    folder = inbox or workspace / INBOX
    _require_outside(folder, workspace)
    with ExitStack() as stack:
        wiring = stack.enter_context(
            worked_in(workspace, rulesets, quiet_period=quiet_period, dicom_port=port)
        )
        with usable():
            source = Inbox(folder, wiring.clinical, wiring.clock, quiet_period=quiet_period)
        screen = _screen(
            {
                "DICOMweb": f"{wiring.dicom_store_url}/v1/{EMBEDDED_STORE}/dicomWeb",
                "inbox": str(folder.resolve()),
                "workspace": str(workspace.resolve()),
            },
            wiring,
        )
        file = stack.enter_context((workspace / "log.jsonl").open("a", encoding="utf-8", buffering=1))
        log.configure(json=True, stream=_Shown(file, screen))
        stack.enter_context(screen)
        _work(wiring, source, stop, _tick_seconds(quiet_period))


def _work(wiring: EmbeddedWiring, inbox: Inbox, stop: threading.Event, tick_seconds: float) -> None:
    engine, clock = Engine(wiring), wiring.clock
    next_tick = clock.now()
    while not stop.wait(_LOOK_SECONDS):
        inbox.look()
        if clock.now() >= next_tick:
            engine.tick()
            next_tick = clock.now() + tick_seconds
        # While more and more arrives there is no end to it, and what is due has to be done all the same.
        engine.drain(until=partial(_is_over, stop, clock, next_tick))


def _is_over(stop: threading.Event, clock: Clock, at: float) -> bool:
    return stop.is_set() or clock.now() >= at


def _tick_seconds(quiet_period: float) -> float:
    """A minute of the scheduler, which is no longer than the patience of whoever waits."""
    return min(_TICK_SECONDS, max(quiet_period, _LOOK_SECONDS))


def _require_outside(inbox: Path, workspace: Path) -> None:
    """What Airlock itself writes into an inbox would come in again and again."""
    if is_own(inbox.resolve(), workspace.resolve()):
        raise ConfigurationError(problem="the inbox is the workspace, or what Airlock keeps in it")


class _Lines:
    """Passes lines on to the screen, once there is one."""

    screen: LiveScreen | None = None

    def __call__(self, stage: str, text: str) -> None:
        if self.screen is not None:
            self.screen.line(stage, text)


class _Shown(io.StringIO):
    """A log file whose lines are shown as well."""

    def __init__(self, file: TextIO, screen: LiveScreen) -> None:
        super().__init__()
        self._file = file
        self._screen = screen

    def write(self, text: str) -> int:
        """Write a line, and show it."""
        self._screen.line("", text)
        return self._file.write(text)

    def flush(self) -> None:
        """Write what waits."""
        self._file.flush()


def _screen(addresses: Mapping[str, str], wiring: EmbeddedWiring | CloudWiring) -> LiveScreen:
    return LiveScreen(
        messages(), addresses, _STAGES, lambda: balance(wiring.ledger, wiring.jobs, wiring.clinical)
    )


def _require_packages() -> None:
    missing = [name for name in _PACKAGES if not _is_there(name)]
    if missing:
        raise ConfigurationError(missing_package=missing[0], problem="install Airlock with [cloud,local]")


def _is_there(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
