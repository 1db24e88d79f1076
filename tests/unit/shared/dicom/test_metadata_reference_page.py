"""docs/reference/metadata.md against the structs."""

import inspect
import json
import re
import typing
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shared.dicom.dictionary import tag_for_keyword
from shared.dicom.metadata import SeriesMetadata
from shared.dicom.metadata.attributes import keyword_of_field
from shared.dicom.metadata.collect import Variation
from shared.dicom.metadata.structure_set import ReferencedSeries

PAGE = (Path(__file__).parents[4] / "docs" / "reference" / "metadata.md").read_text(encoding="utf-8")
Struct = type[msgspec.Struct]


def structs(struct: Struct, path: str = "") -> Iterator[tuple[str, Struct]]:
    """The struct and those in its fields, by where they stand in the document."""
    yield path, struct
    for field in msgspec.structs.fields(struct):
        kind = str(field.type)
        mark = "[]" if "tuple[" in kind else ".*" if "dict[" in kind else ""
        for inner in inner_structs(field.type):
            yield from structs(inner, f"{path}.{field.name}{mark}".lstrip("."))


def inner_structs(annotation: typing.Any) -> Iterator[Struct]:
    """The structs that an annotation names."""
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for argument in typing.get_args(annotation):
        yield from inner_structs(argument)


def rows(struct: Struct) -> list[str]:
    """The rows that the page has to have on a struct: what its docstring says of each field."""
    documented = dict(re.findall(r"^    (\w+): (.*)$", inspect.getdoc(struct) or "", re.MULTILINE))
    return [row(struct, field.name, documented[field.name]) for field in msgspec.structs.fields(struct)]


def row(struct: Struct, name: str, text: str) -> str:
    """A row of the page: field, meaning, unit, attribute."""
    meaning, _, unit = text.partition("; ")
    tag = None if struct is ReferencedSeries else tag_for_keyword(keyword_of_field(name))
    attribute = f"{keyword_of_field(name)} ({tag >> 16:04X},{tag & 0xFFFF:04X})" if tag else "computed"
    return f"| `{name}` | {meaning} | {unit} | {attribute} |".replace("|  |", "| |")


DOCUMENTED = list(structs(SeriesMetadata))


@pytest.mark.parametrize(("path", "struct"), DOCUMENTED, ids=[path or "document" for path, _ in DOCUMENTED])
def test_every_field_has_its_row(path: str, struct: Struct) -> None:
    """Each struct has a section whose rows are its fields, with meaning, unit and attribute, and no more."""
    heading = f"### `{path}`" if path else "### The whole document"
    section = PAGE.split(f"{heading}\n", 1)[1].split("\n### ", 1)[0]

    assert [line for line in section.splitlines() if line.startswith("| `")] == rows(struct)


def test_the_page_has_no_section_more() -> None:
    """The page describes nothing that the document does not have."""
    assert re.findall(r"^### `(.*)`$", PAGE, re.MULTILINE) == [path for path, _ in DOCUMENTED if path]


def test_the_example_is_possible() -> None:
    """The example of a value that varies is JSON of the document's own form."""
    example = re.findall(r"^  ```json\n(.*?)^  ```", PAGE, re.MULTILINE | re.DOTALL)
    varying = json.loads(example[0])["varying"]

    assert len(example) == 1
    assert msgspec.convert(varying["x_ray_tube_current"], Variation).minimum == 110.0
