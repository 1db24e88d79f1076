"""Read a YAML document as it is written: scalars stay text, so `YES` and `20240101` are no traps."""

from collections.abc import Iterator
from typing import Any

import yaml

from shared.rules.place import Place

#: deeper nesting is a mistake, and the bound keeps reading free of surprises
MAX_DEPTH = 32
# The one by libyaml is ten times as fast; it is missing where PyYAML was built without.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Node = str | list["Node"] | dict[str, "Node"]


def read_document(text: str, place: Place) -> Node:
    """Read one YAML document of mappings, lists and plain text.

    A key that stands twice, an alias, a tag and a second document are refused: each can say something else
    than it seems to.

    Raises:
        RulesetInvalid: `text` is not such a document.
    """
    events = yaml.parse(text, Loader=_LOADER)
    try:
        return _document(events, place)
    except yaml.MarkedYAMLError as error:
        raise _refusal(place, error.problem_mark, str(error.problem)) from error
    except yaml.YAMLError as error:
        raise place.error("holds a character that YAML does not allow") from error


def _document(events: Iterator[Any], place: Place) -> Node:
    _expect(events, yaml.StreamStartEvent, place)
    _expect(events, yaml.DocumentStartEvent, place)
    node = _node(next(events), events, place, depth=1)
    _expect(events, yaml.DocumentEndEvent, place)
    _expect(events, yaml.StreamEndEvent, place)
    return node


def _expect(events: Iterator[Any], kind: type[yaml.Event], place: Place) -> None:
    event = next(events)
    if not isinstance(event, kind):
        raise _refusal(place, event.start_mark, "expected exactly one document")


def _node(event: Any, events: Iterator[Any], place: Place, depth: int) -> Node:
    if isinstance(event, yaml.AliasEvent) or event.anchor or event.tag:
        raise _refusal(place, event.start_mark, "anchors, aliases and tags are not allowed")
    if depth > MAX_DEPTH:
        raise _refusal(place, event.start_mark, f"nested deeper than {MAX_DEPTH} levels")
    if isinstance(event, yaml.MappingStartEvent):
        return _mapping(events, place, depth)
    if isinstance(event, yaml.SequenceStartEvent):
        return _sequence(events, place, depth)
    return str(event.value)


def _sequence(events: Iterator[Any], place: Place, depth: int) -> list[Node]:
    nodes = []
    while not isinstance(event := next(events), yaml.SequenceEndEvent):
        nodes.append(_node(event, events, place, depth + 1))
    return nodes


def _mapping(events: Iterator[Any], place: Place, depth: int) -> dict[str, Node]:
    nodes: dict[str, Node] = {}
    while not isinstance(event := next(events), yaml.MappingEndEvent):
        key = _node(event, events, place, depth + 1)
        if not isinstance(key, str):
            raise _refusal(place, event.start_mark, "a key must be plain text")
        if key in nodes:
            raise _refusal(place, event.start_mark, f"the key {key!r} stands twice")
        nodes[key] = _node(next(events), events, place, depth + 1)
    return nodes


def _refusal(place: Place, mark: yaml.Mark | None, problem: str) -> Exception:
    return place.error(problem if mark is None else f"line {mark.line + 1}: {problem}")
