"""Damage to DICOM files, made from a seed: to bytes, to the structure of data sets, and to what steers it."""

import random
from collections.abc import Callable, Iterator, Sequence
from struct import pack, pack_into
from typing import NamedTuple

from shared.dicom.read import read_header
from shared.dicom.scan import LONG_VRS, SHORT_VRS, Element, Limits
from shared.dicom.source import MemorySource
from shared.errors import AirlockError

_VRS = sorted(LONG_VRS | SHORT_VRS)
_LENGTHS = (0, 1, 3, 7, 0x7FFF, 0xFFFE, 0xFFFF, 0x10000, 0x7FFFFFFF, 0xFFFFFFFE, 0xFFFFFFFF)
_ITEM, _ITEM_END, _SEQUENCE_END = (pack("<HH", 0xFFFE, number) for number in (0xE000, 0xE00D, 0xE0DD))
#: what means something to a parser
_PIECES = (
    _ITEM + b"\0\0\0\0",
    _ITEM + b"\xff\xff\xff\xff",
    _ITEM_END + b"\0\0\0\0",
    _SEQUENCE_END + b"\0\0\0\0",
    b"\xe0\x7f\x10\0OW\0\0\xff\xff\xff\xff",
    b"\x08\0\x05\0CS\x04\0GBK ",
    b"\xff\xff\xff\xff",
    b"\0\0\0\0",
    b"SQ\0\0",
    b"UN\0\0\xff\xff\xff\xff",
    b"\\" * 40,
    b"\x1b$)A\x1b$B\x1b(I",
)
_CHARACTER_SETS = (
    b"ISO_IR 100",
    b"ISO_IR 192",
    b"GB18030",
    b"\\ISO 2022 IR 87",
    b"\\ISO 2022 IR 149",
    b"\\ISO 2022 IR 58",
    b"ISO 2022 IR 6\\ISO 2022 IR 999",
    b"ISO-2022-JP",
    b"ISO8859-1\\ISO_IR_100",
    b"utf-7",
    b"idna",
    b"punycode\\ISO 2022 IR 13",
    b"\xff\xfe\\\x1b",
    b"\\\\\\\\",
)


class Place(NamedTuple):
    """Where an element lies in a file; `depth` is 0 at the top level."""

    start: int
    value: int
    end: int
    depth: int


class Damaged:
    """A file on its way to ruin; every method does one kind of damage to `content`."""

    def __init__(self, content: bytes, places: Sequence[Place], rng: random.Random) -> None:
        """Take the file, where its elements lie, and what decides."""
        self.content = bytearray(content)
        self._places = places
        self._rng = rng

    def damage(self) -> None:
        """Do one kind of damage."""
        if self.content:
            self._rng.choice(_DAMAGES)(self)

    @property
    def _anywhere(self) -> int:
        return self._rng.randrange(len(self.content))

    @property
    def _place(self) -> Place:
        """Where an element lay in the original, somewhere else once the content has moved."""
        if self._places and self._rng.random() < 0.9:
            return self._rng.choice(self._places)
        at = self._anywhere
        return Place(at, at + 8, at + 8, 0)

    def flip(self) -> None:
        """Change some bytes."""
        for _ in range(self._rng.randint(1, 8)):
            self.content[self._anywhere] = self._rng.randrange(256)

    def cut_off(self) -> None:
        """Leave the end out."""
        del self.content[self._rng.choice([self._anywhere, self._place.start, self._place.value]) :]

    def change_length(self) -> None:
        """Say that an element is longer or shorter than it is."""
        place, length = self._place, self._rng.choice([*_LENGTHS, self._rng.randrange(1 << 12)])
        size = self._rng.choice([2, 4])
        self._put(place.value - size, length.to_bytes(4, "little")[:size])

    def change_tag(self) -> None:
        """Put another element's tag in place of one, or any tag."""
        other = self._place.start
        tag = bytes(self.content[other : other + 4])
        self._put(self._place.start, self._rng.choice([tag, self._rng.randbytes(4)]))

    def change_vr(self) -> None:
        """Say that a value is of another Value Representation."""
        vr = self._rng.choice([self._rng.choice(_VRS).encode(), self._rng.randbytes(2), b"\0\0"])
        self._put(self._place.start + 4, vr)

    def change_value(self) -> None:
        """Fill a value with what does not belong there."""
        place = self._place
        piece = self._rng.choice([*_PIECES, *_CHARACTER_SETS, self._rng.randbytes(16)])
        length = max(place.end - place.value, 0)
        self._put(place.value, (piece * (length // len(piece) + 1))[:length])

    def insert(self) -> None:
        """Insert what means something to a parser."""
        at = self._place.start
        self.content[at:at] = self._rng.choice(_PIECES)

    def leave_out(self) -> None:
        """Leave out an element, its header, its value, or a delimiter."""
        place = self._place
        kind = self._rng.randrange(4)
        if kind == 3:
            self._leave_out_delimiter()
            return
        start, end = ((place.start, place.end), (place.start, place.value), (place.value, place.end))[kind]
        del self.content[start:end]

    def _leave_out_delimiter(self) -> None:
        delimiter = self._rng.choice([_ITEM, _ITEM_END, _SEQUENCE_END])
        at = self.content.find(delimiter, self._anywhere)
        if at >= 0:
            del self.content[at : at + 8]

    def repeat(self) -> None:
        """Let an element, or some bytes, come again, there or elsewhere."""
        place = self._place
        copied = self.content[place.start : min(place.end, place.start + 4096)]
        at = self._rng.choice([place.start, self._place.start])
        self.content[at:at] = copied * self._rng.choice([1, 1, 2, 20])

    def swap(self) -> None:
        """Let two elements change places."""
        first, second = sorted([self._place, self._place])
        if first.end <= second.start:
            parts = (second.start, second.end), (first.end, second.start), (first.start, first.end)
            self.content[first.start : second.end] = b"".join(self.content[a:b] for a, b in parts)

    def nest(self) -> None:
        """Put an element into items of items, of undefined or of wrong length."""
        place, depth = self._place, self._rng.choice([1, 3, 31, 32, 33, 200])
        length = self._rng.choice([0xFFFFFFFF, 0xFFFFFFFF, 8, 0])
        tag = self._rng.choice([b"\x40\0\x30\xa7", b"\x08\0\x40\x11", b"\x09\0\x01\x10"])
        begins = tag + b"SQ\0\0" + pack("<I", length) + _ITEM + pack("<I", length)
        ends = (_ITEM_END + bytes(4) + _SEQUENCE_END + bytes(4)) if length == 0xFFFFFFFF else b""
        inner = self.content[place.start : min(place.end, place.start + 4096)]
        self.content[place.start : place.end] = begins * depth + inner + ends * depth

    def make_undefined(self) -> None:
        """Give an element undefined length, with items or without, with an end or without."""
        place = self._place
        self._put(place.value - 4, b"\xff\xff\xff\xff")
        items = self._rng.choice([b"", _ITEM + bytes(4), (_ITEM + bytes(4)) * 50, _ITEM + b"\xff" * 4])
        self.content[place.value : place.value] = items
        if self._rng.random() < 0.7:
            end = place.end + len(items)
            self.content[end:end] = _SEQUENCE_END + bytes(4)

    def change_character_set(self) -> None:
        """Declare another character set, and put bytes of many into texts."""
        value = self._rng.choice(_CHARACTER_SETS)
        value += b" " * (len(value) % 2)
        element = pack("<HH2sH", 8, 5, b"CS", len(value)) + value
        at = self._place.start
        self.content[at:at] = element
        for _ in range(3):
            place = self._place
            garbage = self._rng.choice([b"\x1b$B", b"\x1b$)C", b"\x83\x36\xc7\x38", b"\xed\xa0\x80", b"\xff"])
            self._put(place.value, garbage[: max(place.end - place.value, 0)])

    def _put(self, at: int, piece: bytes) -> None:
        if 0 <= at <= len(self.content) - len(piece):
            pack_into(f"{len(piece)}s", self.content, at, piece)


_DAMAGES: tuple[Callable[[Damaged], None], ...] = (
    Damaged.flip,
    Damaged.cut_off,
    Damaged.change_length,
    Damaged.change_tag,
    Damaged.change_vr,
    Damaged.change_value,
    Damaged.insert,
    Damaged.leave_out,
    Damaged.repeat,
    Damaged.swap,
    Damaged.nest,
    Damaged.make_undefined,
    Damaged.change_character_set,
)


def places_in(content: bytes) -> list[Place]:
    """Where the elements of a file lie, at every depth; none if it cannot be read or is deflated."""
    try:
        header = read_header(MemorySource(content), Limits(), force=True)
    except AirlockError:
        return []
    if header.source.read(0, 1 << 30) != content:
        return []
    return [*_placed(header.meta, 0), *_placed(header.elements, 0)]


def _placed(elements: Sequence[Element], depth: int) -> Iterator[Place]:
    for element in elements:
        yield Place(element.start, element.value, element.end, depth)
        for item in element.items or ():
            yield from _placed(item.elements, depth + 1)


def mutants(content: bytes, seed: str, count: int) -> Iterator[bytes]:
    """Yield damaged copies of a file, the same for the same seed."""
    rng = random.Random(seed)
    places = places_in(content)
    for _ in range(count):
        damaged = Damaged(content, places, rng)
        for _ in range(rng.choice([1, 1, 2, 3])):
            damaged.damage()
        yield bytes(damaged.content)
