"""The data files of installed packages, found without importing the packages and what they depend on."""

import csv
import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def text_of(package: str, path: str) -> str:
    """The text of a package's file.

    Raises:
        ModuleNotFoundError: the package is not installed.
    """
    spec = find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ModuleNotFoundError(f"{package} is not installed")
    return Path(spec.submodule_search_locations[0], path).read_text(encoding="utf-8-sig")


def json_of(package: str, path: str) -> Any:
    """The content of a package's JSON file."""
    return json.loads(text_of(package, path))


def rows_of(package: str, path: str) -> list[Mapping[str, str]]:
    """The rows of a package's CSV file."""
    return list(csv.DictReader(text_of(package, path).splitlines()))
