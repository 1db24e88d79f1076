"""Typed YAML documents: what is not understood to the last key is refused, with its place, not its value."""

import re
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import msgspec

from shared.errors import RulesetInvalid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import yaml

_QUOTED_VALUE = re.compile(r" '.*'", re.DOTALL)

T = TypeVar("T")


def load_document(path: Path, kind: type[T]) -> T:
    """Load one file; errors call it by its name and its folder's.

    Raises:
        RulesetInvalid: it is missing, no YAML, or not of this kind.
    """
    file = f"{path.parent.name}/{path.name}"
    try:
        content = path.read_bytes()
    except FileNotFoundError as error:
        raise RulesetInvalid(file=file, problem="this file is missing") from error
    return parse_document(content, kind, file)


def parse_document(content: bytes, kind: type[T], file: str) -> T:
    """Read one document; `file` is what an error calls it.

    Raises:
        RulesetInvalid: it is no YAML, gives a key twice, or is not of this kind.
    """
    import yaml

    try:
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        _require_unique_keys(root, file)
        return msgspec.convert(yaml.safe_load(content), kind)
    except msgspec.ValidationError as exc:
        raise _invalid(exc, file) from exc
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        place = f"line {mark.line + 1}, column {mark.column + 1}" if mark else "unknown"
        raise RulesetInvalid(file=file, place=place, problem="this is not YAML") from exc
    except (yaml.YAMLError, ValueError) as exc:
        raise RulesetInvalid(file=file, place="unknown", problem="this is not YAML") from exc


def _invalid(exc: msgspec.ValidationError, file: str) -> RulesetInvalid:
    """Say what is expected and where, without the value that msgspec quotes for an enumeration."""
    problem, _, place = str(exc).partition(" - at ")
    return RulesetInvalid(
        file=file, place=place.replace("`", "") or "$", problem=_QUOTED_VALUE.sub("", problem)
    )


def _require_unique_keys(root: "yaml.Node | None", file: str) -> None:
    """Refuse what YAML forbids and PyYAML accepts: one key twice, of which the last would win."""
    for mapping in _mappings(root):
        seen: set[str] = set()
        for key, _ in mapping.value:
            if str(key.value) in seen:
                place = f"line {key.start_mark.line + 1}, column {key.start_mark.column + 1}"
                raise RulesetInvalid(file=file, place=place, problem="this key is given twice")
            seen.add(str(key.value))


def _mappings(root: "yaml.Node | None") -> "Iterator[yaml.MappingNode]":
    """Every mapping of a document, once, however often an alias names it."""
    import yaml

    waiting, seen = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if not isinstance(node, yaml.CollectionNode) or id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, yaml.MappingNode):
            yield node
            waiting.extend(value for _, value in node.value)
        else:
            waiting.extend(node.value)
