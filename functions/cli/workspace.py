"""Open a workspace: alone for work, beside others for a look."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TextIO

import msgspec

from shared import log
from shared.errors import ConfigurationError, WorkspaceBusy, WorkspaceMissing
from shared.wiring import EmbeddedWiring

DEFAULT_WORKSPACE = Path("airlock-workspace")
#: where the destination's address is looked for; without it the local double stands in
DESTINATION_VARIABLE = "AUTOSEGMENTATION_URL"
_DOUBLE_PACKAGES = ("flask", "numpy", "contourpy")


def default_rulesets() -> Path:
    """The rulesets that come with Airlock."""
    return Path(str(files("rulesets")))


@contextmanager
def looked_at(workspace: Path, rulesets: Path | None = None) -> Iterator[EmbeddedWiring]:
    """Open an existing workspace to read from it.

    Raises:
        WorkspaceMissing: there is none.
    """
    if not (workspace / "ledger").is_dir():
        raise WorkspaceMissing
    wiring = EmbeddedWiring(workspace, rulesets or default_rulesets())
    try:
        yield wiring
    finally:
        wiring.close()


@contextmanager
def worked_in(
    workspace: Path, rulesets: Path | None = None, *, quiet_period: float = 0.0, profile: str | None = None
) -> Iterator[EmbeddedWiring]:
    """Own a workspace alone, made if need be, with a destination that answers.

    Raises:
        WorkspaceBusy: another process owns it.
        ConfigurationError: a ruleset is invalid, or there is no destination.
    """
    workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(_lock(workspace))
        log.configure(json=True, stream=stack.enter_context(_log_file(workspace)))
        wiring = EmbeddedWiring(
            workspace, rulesets or default_rulesets(), quiet_period=quiet_period, profile=profile
        )
        stack.callback(wiring.close)
        if DESTINATION_VARIABLE not in os.environ:
            _use_double(wiring, stack)
        wiring.recover()
        yield wiring


@contextmanager
def _lock(workspace: Path) -> Iterator[None]:
    with (workspace / "airlock.lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusy from error
        yield


@contextmanager
def _log_file(workspace: Path) -> Iterator[TextIO]:
    with (workspace / "log.jsonl").open("a", encoding="utf-8", buffering=1) as file:
        yield file


def _use_double(wiring: EmbeddedWiring, stack: ExitStack) -> None:
    """Let the local double of the autosegmentation service stand in for the real one."""
    missing = [name for name in _DOUBLE_PACKAGES if find_spec(name) is None]
    if missing:
        raise ConfigurationError(missing_package=missing[0], missing_variable=DESTINATION_VARIABLE)
    from shared.local.autosegmentation.server import AutosegmentationDouble

    double = stack.enter_context(AutosegmentationDouble(wiring.workspace / "double"))
    wiring.environ = {**wiring.environ, DESTINATION_VARIABLE: double.base_url}
    for settings in wiring.destination_settings:
        wiring.secrets.store_tokens(settings.name, double.issue_tokens())
    # The double answers a package that it has already with the same transaction, so a resend is safe.
    wiring.destination_settings = tuple(
        msgspec.structs.replace(settings, resend="deduplicated") for settings in wiring.destination_settings
    )
