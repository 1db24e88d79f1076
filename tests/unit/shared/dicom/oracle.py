"""What the scanner finds and what pydicom finds in the same bytes, in the same words."""

import warnings
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import NamedTuple

from pydicom import dcmread
from pydicom.datadict import dictionary_VR
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue
from pydicom.tag import BaseTag

from shared.dicom.read import DataSetStart, Header, find_data_set, read_header
from shared.dicom.scan import UNDEFINED_LENGTH, Element, Encoding, Limits
from shared.dicom.source import MemorySource
from shared.dicom.stream import Bulk, ItemBegins, SequenceBegins, Step, Value, Walk


class Found(NamedTuple):
    """One element: where it stands (tags and item numbers), its VR, its value or the number of its items."""

    path: tuple[int, ...]
    vr: str
    undefined: bool
    content: bytes | int


def found_by_scanner(content: bytes) -> list[Found]:
    """Every element at every depth, Pixel Data included, sorted by path."""
    header = read_header(MemorySource(content), force=True)
    levels = [(header.buffer, header.elements), (header.trailer, header.trailing)]
    found = [each for buffer, elements in levels for each in _scanned(buffer, elements, ())]
    return sorted(found + _scanned_pixels(header))


def found_by_walk(content: bytes) -> list[Found]:
    """The same by walking, one step at a time; it does not tell whether a length was undefined."""
    start = find_data_set(MemorySource(content), Limits(), force=True)
    return sorted(_walked(iter(Walk(start, Limits())), start, ()))


def _walked(steps: Iterator[Step], where: DataSetStart, path: tuple[int, ...]) -> Iterator[Found]:
    """One level, up to its end."""
    for step in steps:
        match step:
            case Value(tag, vr, raw):
                yield Found((*path, tag), vr, undefined=False, content=_unpadded(tag, raw))
            case Bulk(tag, vr, start, end):
                element = where.source.read(start, end - start)
                yield Found((*path, tag), vr, undefined=False, content=_bulk(element, where.encoding))
            case SequenceBegins(tag):
                number = 0
                while isinstance(next(steps), ItemBegins):
                    yield from _walked(steps, where, (*path, tag, number))
                    number += 1
                yield Found((*path, tag), "SQ", undefined=False, content=number)
            case _:
                return


def _bulk(element: bytes, encoding: Encoding) -> bytes:
    """The value of an element that is Pixel Data or the like, without the delimiter that may end it."""
    undefined = UNDEFINED_LENGTH.to_bytes(4)
    head = 12 if encoding.explicit else 8
    return element[head:-8] if element[head - 4 : head] == undefined else element[head:]


def meta_found_by_scanner(content: bytes) -> list[Found]:
    """The elements of the File Meta Information but its length, UIDs without padding."""
    header = read_header(MemorySource(content), force=True)
    return sorted(_meta(_scanned(header.buffer, header.meta, ())))


def _scanned(buffer: bytes, elements: Iterable[Element], path: tuple[int, ...]) -> Iterator[Found]:
    for element in elements:
        here = (*path, element.tag)
        if element.items is None:
            value = _value(buffer, element)
            yield Found(here, element.vr, element.undefined, _unpadded(element.tag, value))
            continue
        yield Found(here, "SQ", element.undefined, len(element.items))
        for number, item in enumerate(element.items):
            yield from _scanned(buffer, item.elements, (*here, number))


def _value(buffer: bytes, element: Element) -> bytes:
    """The bytes of a value; like pydicom without the delimiter that ends one of undefined length."""
    return buffer[element.value : element.end - 8 if element.undefined else element.end]


def _unpadded(tag: int, value: bytes) -> bytes:
    """What pydicom keeps of Specific Character Set, which it interprets as soon as it sees it."""
    return value.strip(b" \0") if tag == 0x00080005 else value


def _scanned_pixels(header: Header) -> list[Found]:
    pixels = header.pixel_data
    if pixels is None:
        return []
    undefined = pixels.fragments is not None
    length = pixels.end - pixels.value - (8 if undefined else 0)
    return [Found((pixels.tag,), pixels.vr, undefined, header.source.read(pixels.value, length))]


def found_by_pydicom(content: bytes) -> list[Found]:
    """The same by pydicom's raw reading."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sorted(_read(dcmread(BytesIO(content), force=True), ()))


def meta_found_by_pydicom(content: bytes) -> list[Found]:
    """The File Meta Information by pydicom."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return sorted(_meta(_read(dcmread(BytesIO(content), force=True).file_meta, ())))


def _meta(found: Iterable[Found]) -> Iterator[Found]:
    """What can be compared: pydicom interprets some of the File Meta Information, and counts its length."""
    for each in found:
        if each.path != (0x00020000,):
            assert isinstance(each.content, bytes)
            yield each._replace(content=each.content.rstrip(b"\0") if each.vr == "UI" else each.content)


def _read(data_set: Dataset, path: tuple[int, ...]) -> Iterator[Found]:
    # All raw elements first: looking into one makes pydicom interpret others.
    for tag, raw in list(data_set._dict.items()):
        here = (*path, int(tag))
        vr = raw.VR or _dictionary_vr(tag)
        if vr in {"SQ", "UN"} and (vr == "SQ" or _is_undefined(raw)):
            items = data_set[tag].value
            yield Found(here, "SQ", _is_undefined(raw), len(items))
            for number, item in enumerate(items):
                yield from _read(item, (*here, number))
            continue
        if tag.is_private and not isinstance(raw, RawDataElement):
            # Looked up in the private dictionary already.
            vr = "UN"
        yield Found(here, vr, _is_undefined(raw), _unpadded(tag, _bytes(raw.value)))


def _is_undefined(raw: object) -> bool:
    if isinstance(raw, RawDataElement):
        return raw.length == 0xFFFFFFFF
    return bool(getattr(raw, "is_undefined_length", False))


def _bytes(value: object) -> bytes:
    """The bytes of a value, and of those few that pydicom interprets while it reads."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return value.to_bytes(2, "little")
    texts = value if isinstance(value, list | MultiValue) else [value or ""]
    return "\\".join(map(str, texts)).encode()


def _dictionary_vr(tag: BaseTag) -> str:
    """The VR that implicit encoding leaves to the dictionary; the first where it allows several."""
    if tag.is_private_creator:
        return "LO"
    if tag.element == 0:
        return "UL"
    try:
        return "UN" if tag.is_private else dictionary_VR(tag).partition(" or ")[0]
    except KeyError:
        return "UN"
