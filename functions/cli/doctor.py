"""Is this installation fit to work?"""

import os
import re
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path

import msgspec

from functions.cli.companions import DESTINATION_VARIABLE
from functions.cli.workspace import (
    default_rulesets,
    load_policies,
    looked_at,
    require_destinations,
)
from shared.adapters.files import FileKeys
from shared.errors import AirlockError, WorkspaceMissing
from shared.wiring import EmbeddedWiring

_PROJECT = "airlock-dicom"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_LEAST_PYTHON = (3, 11)
_LEAST_SQLITE = (3, 24)
_LEAST_FREE_BYTES = 2 << 30
_MISSING = "missing: install the project again with its requirements"


class Finding(msgspec.Struct, frozen=True):
    """One check: what was looked at, whether it is fit, and what was found or is to be done."""

    check: str
    fit: bool
    detail: str


def examine(workspace: Path, rulesets: Path | None = None) -> Iterator[Finding]:
    """Check versions, rulesets, workspace, key, destinations and the disk.

    Nothing is changed; a real destination is asked for its health, without a token.
    """
    found = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= _LEAST_PYTHON, found)
    yield Finding("SQLite", sqlite3.sqlite_version_info >= _LEAST_SQLITE, sqlite3.sqlite_version)
    yield _packages()
    wiring = EmbeddedWiring(workspace, rulesets or default_rulesets())
    doubled = _doubled(wiring)
    yield from _policies(wiring)
    yield _workspace(workspace)
    yield _key(workspace)
    if doubled is not None:
        yield from _destinations(wiring, doubled)
    yield _disk(workspace)


def _packages() -> Finding:
    """The project's own requirements, those of its extras left out."""
    try:
        project, lines = version(_PROJECT), requires(_PROJECT) or []
    except PackageNotFoundError:
        return Finding("Packages", False, f"{_PROJECT} {_MISSING}")
    names = [match[0] for line in lines if ";" not in line and (match := _NAME.match(line))]
    absent = [name for name in names if not _installed(name)]
    if absent:
        return Finding("Packages", False, f"{', '.join(absent)} {_MISSING}")
    return Finding("Packages", True, f"{_PROJECT} {project} and {len(names)} more")


def _installed(name: str) -> bool:
    try:
        return bool(version(name))
    except PackageNotFoundError:
        return False


def _doubled(wiring: EmbeddedWiring) -> frozenset[str] | None:
    """The destinations without an address; None if the policies are not valid, which each says by itself."""
    try:
        return load_policies(wiring)
    except AirlockError:
        return None


def _policies(wiring: EmbeddedWiring) -> Iterator[Finding]:
    yield _loaded("Intake policy", lambda: wiring.intake.name)
    yield _listed("Profiles", lambda: wiring.profiles)
    yield _listed("Pixel rules", lambda: wiring.imaging.policies)
    yield _listed("Templates", lambda: wiring.templates)
    yield _listed("Destinations", lambda: [each.name for each in wiring.destination_settings])
    yield _listed("Rulesets", lambda: [each.name for each in wiring.rulesets])


def _listed(check: str, load: Callable[[], Iterable[str]]) -> Finding:
    """A folder of the rulesets; without a file in it nothing would ever be done."""
    found = _loaded(check, lambda: ", ".join(load()))
    return found if found.detail else Finding(check, False, "there is none in the folder of the rulesets")


def _loaded(check: str, load: Callable[[], str]) -> Finding:
    try:
        return Finding(check, True, load())
    except AirlockError as error:
        return _unfit(check, error)


def _unfit(check: str, error: AirlockError) -> Finding:
    return Finding(check, False, f"{error.code}: {error.cause} {error.remedy}")


def _workspace(workspace: Path) -> Finding:
    def look() -> str:
        try:
            with looked_at(workspace) as wiring:
                return f"{sum(1 for _ in wiring.ledger.generations())} series"
        except WorkspaceMissing:
            return "none yet: the first run makes it"

    if workspace.exists() and not workspace.is_dir():
        return Finding("Workspace", False, "it is a file: choose another folder with --workspace")
    return _loaded("Workspace", look)


def _key(workspace: Path) -> Finding:
    path = workspace / "keys" / "deidentification.key"
    if not path.exists():
        return Finding("Key", True, "none yet: it is made with the first run; keep a backup of it then")
    return _loaded("Key", lambda: "readable, private" if FileKeys(path).derive("doctor") else "")


def _destinations(wiring: EmbeddedWiring, doubled: frozenset[str]) -> Iterator[Finding]:
    try:
        real = require_destinations(wiring, doubled)
    except AirlockError as error:
        yield _unfit("Destination", error)
        return
    if doubled:
        yield Finding("Destination", True, f"the local double: {DESTINATION_VARIABLE} is not set")
    for name in sorted(real):
        yield _loaded("Destination", partial(_asked, wiring, name))


def _asked(wiring: EmbeddedWiring, name: str) -> str:
    wiring.destinations(name).wait_until_ready()
    return f"{name} answers, and there are tokens for it"


def _disk(workspace: Path) -> Finding:
    place = next(each for each in (workspace.absolute(), *workspace.absolute().parents) if each.exists())
    free = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK)
    detail = f"{free >> 30} GiB free" + ("" if writable else ", not writable")
    return Finding("Disk", free >= _LEAST_FREE_BYTES and writable, detail)
