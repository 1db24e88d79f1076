"""The output of a block while it is put together: what is copied, written anew, or Airlock's own."""

from collections.abc import Iterator
from itertools import pairwise

import msgspec

from shared.deid.header.layout import Segment
from shared.deid.header.memos import Copied, Copy, Literal, Place
from shared.deid.header.writing import WriteKey
from shared.deid.readings.words import FREE_TEXT_VRS
from shared.dicom.pattern import Span
from shared.dicom.scan import Element

NOWHERE = (0, 0)
# Only in free text is something shorter a residue.
_SHORTEST_TOKEN = 4


class Segments:
    """The output of a level while it is put together; neighbours that are copied become one run."""

    def __init__(self) -> None:
        self.parts: list[_Part] = []

    def literal(self, content: bytes) -> None:
        """Add bytes of Airlock's own."""
        self.parts.append(_Part(NOWHERE, content))

    def write(self, key: WriteKey, span: Span) -> None:
        """Add an element that is written anew."""
        self.parts.append(_Part(NOWHERE if key.is_constant else span, key=key))

    def copy(self, element: Element, copied: Copied) -> None:
        """Add an element that stays."""
        run = self._run(element)
        value, end = element.value, element.end
        if end - value >= _SHORTEST_TOKEN or element.vr in FREE_TEXT_VRS:
            start = run.span[0]
            run.places.append((value - start, end - start, copied))

    def copy_whole(self, element: Element, inner: "Segments") -> None:
        """Add a sequence whose items stay, each in its own encoding."""
        run = self._run(element)
        for part in inner.parts:
            distance = part.span[0] - run.span[0]
            run.places += [(start + distance, end + distance, copied) for start, end, copied in part.places]

    def _run(self, element: Element) -> "_Part":
        """The run that the element goes on, or a new one."""
        last = self.parts[-1] if self.parts else None
        if last is not None and last.span[1] == element.start and last.is_copied:
            last.span = last.span[0], element.end
            return last
        run = _Part((element.start, element.end))
        self.parts.append(run)
        return run

    def extend(self, inner: "Segments") -> None:
        """Add what was put together for the items of a sequence."""
        self.parts += inner.parts

    def is_untouched(self, element: Element) -> bool:
        """Whether nothing but copies of all elements of the items is here, in their order."""
        copied = [part for part in self.parts if part.is_copied]
        if len(copied) + sum(1 for part in self.parts if part.content) != len(self.parts):
            return False
        kept = sum(part.span[1] - part.span[0] for part in copied)
        leaves = sum(each.end - each.start for item in element.items or () for each in item.elements)
        in_order = all(one.span[1] <= other.span[0] for one, other in pairwise(copied))
        return kept == leaves and in_order

    def finished(self) -> list[Segment]:
        """The segments; neighbouring literals become one."""
        return list(self._joined())

    def _joined(self) -> Iterator[Segment]:
        literals: list[bytes] = []
        for part in self.parts:
            if part.content:
                literals.append(part.content)
                continue
            if literals:
                yield Segment(NOWHERE, Literal(b"".join(literals)))
                literals.clear()
            yield part.segment()
        if literals:
            yield Segment(NOWHERE, Literal(b"".join(literals)))


class _Part(msgspec.Struct, gc=False):
    """A literal, an element to write, or a run to copy with the places of its values in it."""

    span: Span
    content: bytes = b""
    key: WriteKey | None = None
    places: list[Place] = []

    @property
    def is_copied(self) -> bool:
        return not self.content and self.key is None

    def segment(self) -> Segment:
        return Segment(self.span, self.key or Copy(self.places))
