"""The levels of a data set that describe its images: the top, some sequences, functional groups."""

from collections.abc import Iterator
from typing import NamedTuple

from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of
from shared.dicom.read import Header

SHARED_FUNCTIONAL_GROUPS = 0x52009229
PER_FRAME_FUNCTIONAL_GROUPS = 0x52009230
#: classic PET images describe the radiopharmaceutical and the energy window in items (PS3.3 C.8.9.1, C.8.9.2)
_OPENED = (0x00540016, 0x00540013)


class Instance(NamedTuple):
    """One header as the levels that describe its images.

    Attributes:
        header: the instance.
        top: its data set.
        shared: the functional groups of all frames.
    """

    header: Header
    top: DataSet
    shared: tuple[DataSet, ...]

    @classmethod
    def of(cls, header: Header) -> "Instance":
        """Open the top of a data set and the functional groups of all frames."""
        top = DataSet.of(header)
        return cls(header, top, tuple(_groups(top.items(SHARED_FUNCTIONAL_GROUPS))))

    def common_levels(self) -> Iterator[DataSet]:
        """Yield the levels that hold for all frames."""
        yield self.top
        for tag in _OPENED:
            yield from self.top.items(tag)
        yield from self.shared

    def frames(self) -> Iterator["Frame"]:
        """Yield the frames that have functional groups of their own; otherwise the instance as one frame."""
        items = tuple(self.top.items(PER_FRAME_FUNCTIONAL_GROUPS))
        for number, item in enumerate(items):
            yield Frame(self, number, tuple(_groups(iter((item,)))))
        if not items:
            yield Frame(self, 0, ())

    def group_keywords(self) -> tuple[frozenset[str], frozenset[str]]:
        """The keywords of the functional groups of all frames, and of those that frames have of their own."""
        return (
            _sequences(self.top.items(SHARED_FUNCTIONAL_GROUPS)),
            _sequences(self.top.items(PER_FRAME_FUNCTIONAL_GROUPS)),
        )


class Frame(NamedTuple):
    """One frame, or the one image of an instance.

    Attributes:
        instance: the instance that it belongs to.
        number: counts from zero.
        own: the functional groups that the frame has of its own.
    """

    instance: Instance
    number: int
    own: tuple[DataSet, ...]

    @property
    def levels(self) -> tuple[DataSet, ...]:
        """Where the frame's attributes stand, the nearest level first."""
        return (*self.own, *self.instance.shared, self.instance.top)

    def values(self, tag: int) -> tuple[str, ...] | None:
        """The values of the nearest element with this tag; `()` if it is empty, None if there is none."""
        level = next((level for level in self.levels if tag in level), None)
        return level.values(tag) if level else None

    def text(self, tag: int) -> str:
        """All values joined by backslashes; empty if there is no such element."""
        return "\\".join(self.values(tag) or ())


def _groups(items: Iterator[DataSet]) -> Iterator[DataSet]:
    """Yield the items of every functional group in `items` (PS3.3 C.7.6.16)."""
    for item in items:
        for element in item.elements:
            yield from item.items_of(element)


def _sequences(items: Iterator[DataSet]) -> frozenset[str]:
    return frozenset(
        keyword_of(element.tag) for item in items for element in item.elements if element.items is not None
    )
