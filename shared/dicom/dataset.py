"""A scanned data set as values: text is decoded, numbers are written out, items are data sets again."""

import re
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property
from struct import Struct
from typing import Self

from shared.dicom.charset import CHARSET_VRS, SPECIFIC_CHARACTER_SET, decode, terms
from shared.dicom.read import Header
from shared.dicom.scan import Element, Encoding
from shared.errors import LimitExceeded

_SINGLE_VALUED_VRS = frozenset({"LT", "ST", "UT", "UR"})
_NUMBERS = {"US": "H", "SS": "h", "UL": "I", "SL": "i", "UV": "Q", "SV": "q", "FL": "f", "FD": "d"}
# An IS has at most twelve characters (PS3.5 section 6.2); an unsigned 64-bit number has twenty digits.
_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,20}")
# What is longer is no list of values that anybody asks for, but would take many times its size in memory.
_LONGEST_VALUE = 16 << 20
_LONGEST_CHARACTER_SETS = 4 << 10
_BINARY_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "UN", "SQ"})


class DataSet:
    """The elements of one level, with their bytes; lookups by tag as an integer such as 0x00100020."""

    def __init__(
        self,
        buffer: bytes,
        elements: Sequence[Element],
        encoding: Encoding,
        character_sets: tuple[str, ...] = (),
        *,
        by_tag: Mapping[int, Element] | None = None,
    ) -> None:
        """Take the scanned elements of `buffer`.

        Args:
            buffer: what the elements lie in.
            elements: those of one level.
            encoding: of the level.
            character_sets: those of the enclosing data set.
            by_tag: the elements by their tags, if that is known.
        """
        self.buffer = buffer
        self.elements = elements
        self.encoding = encoding
        self._inherited = character_sets
        self._by_tag = {each.tag: each for each in elements} if by_tag is None else by_tag
        self._values: dict[int, tuple[str, ...] | None] = {}

    @classmethod
    def of(cls, header: Header) -> Self:
        """The top-level data set of a file."""
        return cls(header.buffer, header.elements, header.encoding, by_tag=header.elements.by_tag)

    def with_buffer(self, buffer: bytes) -> "DataSet":
        """Another data set whose elements lie in the same places."""
        return DataSet(buffer, self.elements, self.encoding, self._inherited, by_tag=self._by_tag)

    @cached_property
    def character_sets(self) -> tuple[str, ...]:
        """The values of Specific Character Set, or the enclosing data set's.

        Raises:
            LimitExceeded: they are longer than any that means something.
        """
        raw = self.raw(SPECIFIC_CHARACTER_SET)
        if not raw:
            return self._inherited
        if len(raw) > _LONGEST_CHARACTER_SETS:
            raise LimitExceeded(limit="value_bytes", allowed=_LONGEST_CHARACTER_SETS)
        return terms(raw)

    @property
    def tags(self) -> AbstractSet[int]:
        """The tags of its elements."""
        return self._by_tag.keys()

    def __contains__(self, tag: int) -> bool:
        return tag in self._by_tag

    def element(self, tag: int) -> Element | None:
        """The element with this tag, None if there is none."""
        return self._by_tag.get(tag)

    def raw(self, tag: int) -> bytes | None:
        """The value's bytes without trailing padding, None if there is no such element."""
        element = self._by_tag.get(tag)
        return None if element is None else self.buffer[element.value : element.end].rstrip(b"\0 ")

    def text(self, tag: int) -> str:
        """All values joined by backslashes; empty if there is no such element."""
        return "\\".join(self.values(tag) or ())

    def values(self, tag: int) -> tuple[str, ...] | None:
        """The values as text without padding; `()` if empty or binary, None if there is no such element."""
        if tag not in self._values:
            element = self._by_tag.get(tag)
            self._values[tag] = None if element is None else self.values_of(element)
        return self._values[tag]

    def values_of(self, element: Element) -> tuple[str, ...]:
        """The values of one element of this level as text; `()` if it is empty or binary.

        Raises:
            LimitExceeded: it is longer than any that has values to ask for.
        """
        vr = element.vr
        if vr in _BINARY_VRS:
            return ()
        if element.end - element.value > _LONGEST_VALUE:
            raise LimitExceeded(limit="value_bytes", allowed=_LONGEST_VALUE)
        raw = self.buffer[element.value : element.end]
        if code := _NUMBERS.get(vr):
            return self._numbers(raw, code)
        if vr == "AT":
            halves = iter(self._numbers(raw, "H"))
            return tuple(f"{int(group):04X}{int(next(halves, 0)):04X}" for group in halves)
        raw = raw.rstrip(b"\0 ")
        if not raw:
            return ()
        text = decode(raw, self.character_sets if vr in CHARSET_VRS else ())
        return (text,) if vr in _SINGLE_VALUED_VRS else tuple(part.strip(" \0") for part in text.split("\\"))

    def _numbers(self, raw: bytes, code: str) -> tuple[str, ...]:
        layout = Struct(self.encoding.byte_order + code)
        usable = len(raw) - len(raw) % layout.size
        numbers = (number for (number,) in layout.iter_unpack(raw[:usable]))
        return tuple(str(each) if isinstance(each, int) else _written(each) for each in numbers)

    def number(self, tag: int) -> int | None:
        """The first value as a whole number, None if there is none."""
        values = self.values(tag)
        return int(values[0]) if values and _WHOLE_NUMBER.fullmatch(values[0]) else None

    def items(self, tag: int) -> Iterator["DataSet"]:
        """Yield the items of a sequence as data sets."""
        element = self._by_tag.get(tag)
        if element is not None:
            yield from self.items_of(element)

    def items_of(self, element: Element) -> Iterator["DataSet"]:
        """Yield the items of one sequence element of this level."""
        encoding = self.encoding.inside(element.vr)
        for item in element.items or ():
            yield DataSet(self.buffer, item.elements, encoding, self.character_sets)

    def walk(self) -> Iterator[tuple["DataSet", Element]]:
        """Yield every element at every depth with the data set that it stands in."""
        for element in self.elements:
            yield self, element
            if element.items:
                for item in self.items_of(element):
                    yield from item.walk()

    def at(self, path: tuple[int, ...]) -> tuple[str, ...] | None:
        """The values at a path of sequence tags and a last tag, of all items; None if it is nowhere."""
        if len(path) == 1:
            return self.values(path[0])
        found = [values for item in self.items(path[0]) if (values := item.at(path[1:])) is not None]
        return tuple(value for values in found for value in values) if found else None


def _written(number: float) -> str:
    """A number as the shortest text that means exactly it; whole ones without a point."""
    text = f"{number:.15g}"
    return text if float(text) == number else repr(number)
