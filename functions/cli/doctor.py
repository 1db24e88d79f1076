"""Is this installation fit to work?"""

import os
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from functions.cli.workspace import DESTINATION_VARIABLE
from shared.adapters.files import FileKeys
from shared.errors import AirlockError
from shared.wiring import EmbeddedWiring

_PACKAGES = ("airlock-dicom", "cryptography", "google-crc32c", "httpx", "msgspec", "pydicom")
_LEAST_PYTHON = (3, 11)
_LEAST_SQLITE = (3, 24)
_LEAST_FREE_BYTES = 2 << 30


class Finding(NamedTuple):
    """One check: what was looked at, whether it is fit, and what was found or is to be done."""

    check: str
    fit: bool
    detail: str


def examine(workspace: Path, rulesets: Path) -> Iterator[Finding]:
    """Check versions, rulesets, the key, the destination and the disk; changes nothing."""
    found = ".".join(map(str, sys.version_info[:3]))
    yield Finding("Python", sys.version_info >= _LEAST_PYTHON, found)
    yield Finding("SQLite", sqlite3.sqlite_version_info >= _LEAST_SQLITE, sqlite3.sqlite_version)
    yield from (_package(name) for name in _PACKAGES)
    yield from _rulesets(workspace, rulesets)
    yield _key(workspace)
    url = os.environ.get(DESTINATION_VARIABLE)
    yield Finding("Destination", True, "set in the environment" if url else "the local double stands in")
    yield _disk(workspace)


def _package(name: str) -> Finding:
    try:
        return Finding(name, True, version(name))
    except PackageNotFoundError:
        return Finding(name, False, "missing: install the project again with its requirements")


def _rulesets(workspace: Path, rulesets: Path) -> Iterator[Finding]:
    environ = {DESTINATION_VARIABLE: "http://127.0.0.1:1", **os.environ}
    wiring = EmbeddedWiring(workspace, rulesets, environ=environ)
    yield _loaded("Intake policy", lambda: wiring.intake.name)
    yield _loaded("De-identification profiles", lambda: ", ".join(wiring.profiles))
    yield _loaded("Templates", lambda: ", ".join(wiring.templates))
    yield _loaded("Destinations", lambda: ", ".join(each.name for each in wiring.destination_settings))
    yield _loaded("Matching rulesets", lambda: ", ".join(each.name for each in wiring.rulesets))


def _loaded(check: str, load: Callable[[], str]) -> Finding:
    try:
        return Finding(check, True, load())
    except AirlockError as error:
        return Finding(check, False, f"{error.code}: {error.cause} {error.remedy}")


def _key(workspace: Path) -> Finding:
    path = workspace / "keys" / "deidentification.key"
    if not path.exists():
        return Finding("Key", True, "none yet: it is made with the first run; keep a backup of it then")
    return _loaded("Key", lambda: "readable, private" if FileKeys(path).derive("doctor") else "")


def _disk(workspace: Path) -> Finding:
    place = next(each for each in (workspace.absolute(), *workspace.absolute().parents) if each.exists())
    free = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK)
    detail = f"{free >> 30} GiB free" + ("" if writable else ", not writable")
    return Finding("Disk", free >= _LEAST_FREE_BYTES and writable, detail)
