"""Read a stored instance: its header and pixels by range, its metadata, its bulk data."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from shared.dicom.dataset import DataSet
from shared.dicom.read import Header, read_accepted
from shared.dicom.scan import Element
from shared.dicom.source import ByteSource
from shared.local.dicom_store.byte_order import little_endian
from shared.local.dicom_store.json_model import JsonDataSet, Linker, json_of, tag_text
from shared.local.dicom_store.multipart import CHUNK
from shared.local.dicom_store.refusal import not_found
from shared.local.dicom_store.source import FileSource


class Opened(NamedTuple):
    """A stored instance while its file is open."""

    header: Header
    data_set: DataSet


@contextmanager
def opened(path: Path) -> Iterator[Opened]:
    """Open the file of an instance that was accepted.

    Raises:
        FileNotFoundError: it was deleted meanwhile.
    """
    with FileSource(path) as source:
        header = read_accepted(source)
        yield Opened(header, DataSet.of(header))


def metadata(path: Path, link: Linker) -> JsonDataSet:
    """All attributes of an instance; `link` makes the URI of a bulk data item (PS3.18 section 10.4.1.1.2)."""
    with opened(path) as (header, data_set):
        attributes = dict(json_of(data_set, link))
        if header.pixel_data is not None:
            tag = tag_text(header.pixel_data.tag)
            attributes[tag] = {"vr": header.pixel_data.vr, "BulkDataURI": link(tag)}
        trailing = DataSet(header.trailer, header.trailing, header.encoding, data_set.character_sets)
        return attributes | dict(json_of(trailing, link))


def bulk_data(path: Path, item: str) -> Iterator[bytes]:
    """Yield the value that metadata links to, in chunks; encapsulated pixels as they are encapsulated.

    The first chunk is empty: with it the value is found, and what follows is only read.

    Raises:
        Refusal: 404, there is no such value.
    """
    with opened(path) as (header, data_set):
        pixels = header.pixel_data
        if pixels is not None and item == tag_text(pixels.tag):
            yield b""
            swapped = "" if header.encoding.little else pixels.vr
            for chunk in stream(header.source, pixels.value, pixels.end):
                yield little_endian(chunk, swapped)
            return
        content, element = _element(header, data_set, item)
        yield b""
        value = content[element.value : element.end]
        yield value if header.encoding.little else little_endian(value, element.vr)


def _element(header: Header, data_set: DataSet, item: str) -> tuple[bytes, Element]:
    *steps, last = item.split("/")
    if len(last) != 8 or len(steps) % 2:
        raise not_found("bulk data")
    trailing = DataSet(header.trailer, header.trailing, header.encoding)
    for level in (data_set, trailing):
        found = _descend(level, steps)
        element = found.element(_number(last, 16)) if found else None
        if found and element and element.items is None:
            return found.buffer, element
    raise not_found("bulk data")


def _descend(level: DataSet, steps: list[str]) -> DataSet | None:
    """Go down from item to item: a tag and a number, from 0, for each."""
    for tag, number in zip(steps[::2], steps[1::2], strict=True):
        items = list(level.items(_number(tag, 16)))
        position = _number(number, 10)
        if position >= len(items):
            return None
        level = items[position]
    return level


def _number(text: str, base: int) -> int:
    try:
        return int(text, base)
    except ValueError as error:
        raise not_found("bulk data") from error


def stream(source: ByteSource, start: int, end: int) -> Iterator[bytes]:
    """Yield the bytes from `start` to `end` in chunks."""
    for position in range(start, end, CHUNK):
        yield source.read(position, min(CHUNK, end - position))
