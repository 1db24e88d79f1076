"""Gather what the instances of a series state, and notice where they differ; one pass, bounded memory."""

from bisect import insort
from typing import Any, TypeVar

import msgspec

from shared.dicom.dataset import DataSet
from shared.dicom.metadata.attributes import Field, Value, decides, fields_of, value_of
from shared.dicom.scan import Element

_MOST_VALUES = 16

Struct = TypeVar("Struct", bound=msgspec.Struct)


class Variation(msgspec.Struct, frozen=True, kw_only=True):
    """How a field varies over the instances of a series.

    Attributes:
        minimum: the smallest value, in the unit of the field
        maximum: the greatest value, in the unit of the field
        values: the distinct values in ascending order, the smallest 16 if there are more
    """

    minimum: Value
    maximum: Value
    values: tuple[Value, ...]


class _Track:
    """The distinct values of one field: the smallest ones and the greatest."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.values: list[Any] = []
        self.greatest: Any = None
        self._last: tuple[bytes, tuple[object, ...]] | None = None

    def read(self, data_set: DataSet, element: Element) -> None:
        """Take the value of an element; equal bytes are not decoded twice."""
        raw = data_set.buffer[element.value : element.end]
        same = raw, decides(data_set, element)
        if same != self._last:
            self._last = same
            self.add(value_of(self.field, data_set, element))

    def add(self, value: Value | None) -> None:
        if value is None or value in self.values:
            return
        insort(self.values, value)
        del self.values[_MOST_VALUES:]
        self.greatest = value if self.greatest is None else max(self.greatest, value)

    @property
    def varies(self) -> bool:
        return len(self.values) > 1


class Collector:
    """Gathers the fields of some structs that are named after keywords."""

    def __init__(self, *structs: type[msgspec.Struct]) -> None:
        fields = [field for struct in structs for field in fields_of(struct)]
        self._tracks = {field.name: _Track(field) for field in fields}
        self._by_tag = {track.field.tag: track for track in self._tracks.values()}
        self._enhanced = {
            track.field.enhanced_tag: track
            for track in self._tracks.values()
            if track.field.enhanced_tag is not None
        }

    def add(self, data_set: DataSet) -> None:
        """Take what the elements of one level state; an enhanced attribute only for want of the plain one."""
        for element in data_set.elements:
            track = self._by_tag.get(element.tag)
            if track is None:
                track = self._enhanced.get(element.tag)
                if track is None or track.field.tag in data_set:
                    continue
            track.read(data_set, element)

    def add_nearest(self, levels: tuple[DataSet, ...]) -> None:
        """Take of each attribute only what the nearest level states."""
        for tag, track in self._by_tag.items():
            for level in levels:
                element = level.element(tag)
                if element is not None:
                    track.read(level, element)
                    break

    def note(self, name: str, value: Value) -> None:
        """Take a value of the field `name` that no element holds."""
        self._tracks[name].add(value)

    def values(self, name: str) -> tuple[Any, ...]:
        """The distinct values of the field `name`, ascending."""
        return tuple(self._tracks[name].values)

    def build(self, struct: type[Struct], **computed: Any) -> Struct:
        """Make `struct` of the values that all instances share, and of `computed` ones."""
        shared = {
            field.name: values[0]
            for field in fields_of(struct)
            if len(values := self._tracks[field.name].values) == 1
        }
        return struct(**shared, **computed)

    def variations(self) -> dict[str, Variation]:
        """The fields that vary, by name."""
        return {
            name: Variation(minimum=track.values[0], maximum=track.greatest, values=tuple(track.values))
            for name, track in sorted(self._tracks.items())
            if track.varies
        }
