"""Open a workspace: alone for work, beside others for a look."""

import errno
import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import msgspec

from functions.cli.companions import DESTINATION_VARIABLE, dicom_store, use_double
from shared.errors import (
    ConfigurationError,
    TokensMissing,
    WorkspaceBusy,
    WorkspaceMissing,
    WorkspaceUnusable,
)
from shared.wiring import EmbeddedWiring

if TYPE_CHECKING:
    from shared.ports.keys import TokenPair

DEFAULT_WORKSPACE = Path("airlock-workspace")
#: lies in every workspace
LOCK_NAME = "airlock.lock"
#: what Airlock itself keeps in a workspace
OWN_NAMES = frozenset(
    {
        ".airlock",
        LOCK_NAME,
        "bus",
        "clinical",
        "dicom",
        "double",
        "keys",
        "ledger",
        "log.jsonl",
        "released",
        "secrets",
    }
)
#: where people drop files while `airlock up --embedded` runs
INBOX = "inbox"
_DEMO_MARK = "DEMO"
_DEMO_NOTE = "`airlock demo` made this workspace and empties it whenever it is run again.\n"
DICOM_FOLDER = "dicom"
DOUBLE_FOLDER, _DOUBLE_PACKAGES = "double", ("flask", "numpy", "contourpy")
# Holds the place of the double's address until the double runs.
_NO_ADDRESS = "http://127.0.0.1:1"
_DOUBLE_WORKS = "the local double works in it, and its results are invented"
_NO_WORKSPACE = {
    errno.EACCES: "this user may not work in it",
    errno.EEXIST: "it is a file",
    errno.ENOTDIR: "it is a file",
    errno.EPERM: "this user may not work in it",
    errno.EROFS: "it is read-only",
}


def default_rulesets() -> Path:
    """The rulesets that come with Airlock."""
    return Path(str(files("rulesets")))


@contextmanager
def looked_at(workspace: Path, rulesets: Path | None = None) -> Iterator[EmbeddedWiring]:
    """Open an existing workspace to look into it, also while another process works there.

    Raises:
        WorkspaceMissing: there is none.
        WorkspaceUnusable: this user may not use it, or another version made it.
    """
    with usable():
        ledger = workspace / "ledger"
        if not ledger.is_dir():
            raise WorkspaceMissing
        if not os.access(ledger, os.W_OK):
            raise WorkspaceUnusable(problem="this user may not write to its ledgers")
    wiring = EmbeddedWiring(workspace, rulesets or default_rulesets())
    try:
        _require_this_version(wiring)
        yield wiring
    finally:
        wiring.close()


@contextmanager
def worked_in(
    workspace: Path,
    rulesets: Path | None = None,
    *,
    quiet_period: float = 0.0,
    profile: str | None = None,
    demo: bool = False,
    dicom_port: int | None = None,
) -> Iterator[EmbeddedWiring]:
    """Own a workspace alone, made if need be, with policies that are valid and a destination for every one.

    Args:
        workspace: the folder.
        rulesets: the folder of the rulesets; the shipped ones unless given.
        quiet_period: in seconds; none is needed where all files are there from the start.
        profile: the de-identification profile for every series, instead of the rulesets' own.
        demo: empty the workspace first, and let the double stand in whatever the environment says.
        dicom_port: serve a DICOM store at this port, a free one if 0; one that is there is served anyway.

    Raises:
        WorkspaceBusy: another process owns it.
        WorkspaceUnusable: it is no folder for work, or not for this work.
        ConfigurationError: a policy is invalid, or a destination cannot be talked to.
    """
    from functions.cli.engine import subscribe
    from shared import log

    policy = rulesets or default_rulesets()
    wiring = EmbeddedWiring(workspace, policy, quiet_period=quiet_period, profile=profile)
    doubled = load_policies(wiring, demo=demo)
    with ExitStack() as stack:
        with usable():
            if demo:
                _require_free_for_demo(workspace)
            require_destinations(wiring, doubled)
            workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
            stack.enter_context(_lock(workspace))
            if demo:
                _empty(workspace)
            log.configure(json=True, stream=stack.enter_context(_log_file(workspace)))
            stack.callback(log.reset)
        stack.callback(wiring.close)
        _require_this_version(wiring)
        if dicom_port is not None or (workspace / DICOM_FOLDER).is_dir():
            stack.enter_context(dicom_store(wiring, workspace / DICOM_FOLDER, dicom_port or 0))
        if doubled:
            use_double(wiring, doubled, workspace / DOUBLE_FOLDER, stack)
        subscribe(wiring.bus)
        wiring.recover()
        yield wiring


def destination_names(rulesets: Path | None) -> tuple[str, ...]:
    """The destinations that the rulesets describe.

    Raises:
        ConfigurationError: a policy is invalid.
    """
    wiring = EmbeddedWiring(DEFAULT_WORKSPACE, rulesets or default_rulesets())
    load_policies(wiring)
    return tuple(each.name for each in wiring.destination_settings)


def store_tokens(workspace: Path, destination: str, tokens: "TokenPair") -> None:
    """Store the tokens of a destination, also beside a process that works there.

    Raises:
        WorkspaceUnusable: it is no folder for work, or the double works in it.
    """
    from shared.adapters.files import FileSecrets

    with usable():
        if (workspace / DOUBLE_FOLDER).is_dir():
            raise WorkspaceUnusable(problem=_DOUBLE_WORKS)
        workspace.mkdir(mode=0o700, parents=True, exist_ok=True)
    FileSecrets(workspace / "secrets").store_tokens(destination, tokens)


@contextmanager
def usable() -> Iterator[None]:
    """Say in words why a folder cannot be worked in; other failures of the disk pass.

    Raises:
        WorkspaceUnusable: it is no folder, or not one of this user.
    """
    try:
        yield
    except OSError as error:
        if error.errno not in _NO_WORKSPACE:
            raise
        raise WorkspaceUnusable(problem=_NO_WORKSPACE[error.errno]) from error


def load_policies(wiring: EmbeddedWiring, *, demo: bool = False) -> frozenset[str]:
    """Load all policies; return the destinations that the double stands in for, since they have no address.

    Raises:
        ConfigurationError: a policy is invalid.
    """
    no_address = demo or DESTINATION_VARIABLE not in wiring.environ
    if no_address:
        wiring.environ = {**wiring.environ, DESTINATION_VARIABLE: _NO_ADDRESS}
    for policy in ("intake", "rulesets", "destination_settings"):
        getattr(wiring, policy)
    # The bus waits for a destination: inside of a stage nobody would see it, and all others would wait, too.
    wiring.destination_settings = tuple(
        msgspec.structs.replace(settings, health_tries=0) for settings in wiring.destination_settings
    )
    doubled = (each.name for each in wiring.destination_settings if each.base_url == _NO_ADDRESS)
    return frozenset(doubled if no_address else ())


def require_destinations(wiring: EmbeddedWiring, doubled: frozenset[str]) -> frozenset[str]:
    """Check that every destination that a ruleset wants can be talked to; return those that are real.

    Raises:
        ConfigurationError: the double cannot stand in here.
        WorkspaceUnusable: the double works here, so no real destination may.
        TokensMissing: a real destination has none.
    """
    missing = [name for name in _DOUBLE_PACKAGES if find_spec(name) is None] if doubled else []
    if missing:
        raise ConfigurationError(missing_package=missing[0], unset_variable=DESTINATION_VARIABLE)
    double_was_here = (wiring.workspace / DOUBLE_FOLDER).is_dir()
    for name in doubled:
        if not double_was_here and (wiring.workspace / "secrets" / f"{name}.json").exists():
            problem = "this workspace works with the real destination"
            raise ConfigurationError(unset_variable=DESTINATION_VARIABLE, problem=problem)
    real = {ruleset.definition.destination for ruleset in wiring.rulesets} - doubled
    if real and double_was_here:
        raise WorkspaceUnusable(problem=_DOUBLE_WORKS)
    for name in sorted(real):
        _require_tokens(wiring, name)
    return frozenset(real)


def _require_tokens(wiring: EmbeddedWiring, name: str) -> None:
    from shared.adapters.files import FileSecrets

    try:
        FileSecrets(wiring.workspace / "secrets").tokens(name)
    except ConfigurationError as error:
        raise TokensMissing(destination=name, **error.details) from error


def _require_this_version(wiring: EmbeddedWiring) -> None:
    try:
        for ledger in ("ledger", "jobs"):
            getattr(wiring, ledger)
    except ConfigurationError as error:
        problem = "another version of Airlock made it"
        raise WorkspaceUnusable(problem=problem, **error.details) from error


def _require_free_for_demo(workspace: Path) -> None:
    if not workspace.exists() or (workspace / _DEMO_MARK).is_file():
        return
    if any(path.name != LOCK_NAME for path in workspace.iterdir()):
        raise WorkspaceUnusable(problem="it holds something that is not the demo's")


def _empty(workspace: Path) -> None:
    """Remove what an earlier demo left, not the lock that is held and not the mark that allows this."""
    (workspace / _DEMO_MARK).write_text(_DEMO_NOTE, encoding="ascii")
    for path in workspace.iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        elif path.name not in {LOCK_NAME, _DEMO_MARK}:
            path.unlink()


@contextmanager
def _lock(workspace: Path) -> Iterator[None]:
    with (workspace / LOCK_NAME).open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise WorkspaceBusy from error
        yield


@contextmanager
def _log_file(workspace: Path) -> Iterator[TextIO]:
    with (workspace / "log.jsonl").open("a", encoding="utf-8", buffering=1) as file:
        yield file
