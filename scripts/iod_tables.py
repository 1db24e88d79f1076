"""The attributes of PS3.3 and their Types, by SOP Class, from highdicom.

A SOP Class has modules, a module is one item of attributes, and a sequence among them contains another item.
Modules share macros, so most items occur many times: each is written once under a number, and modules under
their names. That makes 0.3 MB of 23.

highdicom's repository says that the data is of edition 2026b. It leaves out the attributes that pydicom did
not know then.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from scripts.package_data import json_of
from scripts.registry_tables import element_rows

EDITION = "2026b"

_CONTENT_SEQUENCE = "0040A730"
# A content item may contain further ones (Table C.17-6, Document Relationship Macro). The source stops at the
# first and forgets there what the macro itself says: Observation DateTime, Observation UID, Content Sequence.
_DOCUMENT_RELATIONSHIP = {"0040A032": "1C", "0040A171": "3", _CONTENT_SEQUENCE: "1C"}
_SAME_ITEM = "same"

_Row = tuple[str, str, str]


class _Item(NamedTuple):
    """The Types of a module's or a sequence item's attributes by tag, and what their sequences contain."""

    types: dict[str, str]
    inside: dict[str, "_Item"]


class _Items:
    """The distinct items that sequences contain, numbered in the order in which they are met."""

    def __init__(self) -> None:
        self._numbers: dict[tuple[_Row, ...], str] = {}

    def attributes(self, item: _Item) -> tuple[_Row, ...]:
        """Tag, Type and the number of the item inside, which is empty unless the attribute is a sequence."""
        return tuple((tag, kind, self._contained(tag, item)) for tag, kind in sorted(item.types.items()))

    def _contained(self, tag: str, item: _Item) -> str:
        inside = item.inside.get(tag)
        if inside is None:
            return ""
        rows = self.attributes(inside)
        if tag == _CONTENT_SEQUENCE:
            rows = _recursive(rows)
        return self._numbers.setdefault(rows, str(len(self._numbers) + 1))

    def rows(self) -> Iterator[tuple[str, ...]]:
        """Every numbered item, attribute by attribute."""
        for attributes, number in self._numbers.items():
            for tag, kind, contained in attributes:
                yield number, tag, kind, number if contained == _SAME_ITEM else contained


def _recursive(rows: Sequence[_Row]) -> tuple[_Row, ...]:
    """A content item that contains items like itself."""
    others = [row for row in rows if row[0] not in _DOCUMENT_RELATIONSHIP]
    macro = [
        (tag, kind, _SAME_ITEM if tag == _CONTENT_SEQUENCE else "")
        for tag, kind in _DOCUMENT_RELATIONSHIP.items()
    ]
    return tuple(sorted([*others, *macro]))


@cache
def _modules() -> Mapping[str, Sequence[Mapping[str, Any]]]:
    modules: Mapping[str, Sequence[Mapping[str, Any]]] = json_of(
        "highdicom", "_standard/module_attribute_map.json"
    )
    return modules


def iod_rows() -> list[tuple[str, str, str]]:
    """SOP Class UID, IOD and its modules, without IODs that have a module of which nothing is known."""
    module_map = json_of("highdicom", "_standard/iod_module_map.json")
    modules = {iod: [module["key"] for module in listed] for iod, listed in module_map.items()}
    sop_classes = json_of("highdicom", "_standard/sop_class_iod_map.json")
    return sorted(
        (uid, iod, " ".join(modules[iod]))
        for uid, iod in sop_classes.items()
        if all(module in _modules() for module in modules[iod])
    )


def attribute_rows() -> list[tuple[str, ...]]:
    """Item, tag, Type and contained item of each attribute; first the modules, then what they contain."""
    names = sorted({module for _, _, modules in iod_rows() for module in modules.split()})
    items, tags = _Items(), {keyword: tag for tag, _, keyword in element_rows()}
    modules = [(name, *row) for name in names for row in items.attributes(_module(name, tags))]
    return [*modules, *items.rows()]


def _module(name: str, tags: Mapping[str, str]) -> _Item:
    root = _Item({}, {})
    for attribute in _modules()[name]:
        item = root
        for keyword in attribute["path"]:
            item = item.inside.setdefault(tags[keyword], _Item({}, {}))
        item.types[tags[attribute["keyword"]]] = attribute["type"]
    return root
