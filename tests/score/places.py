"""Places in data sets: keywords and numbers of items, and private attributes by their creators."""

from collections.abc import Iterator

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset

#: such as ("ContentSequence", "0", "TextValue") or ("(0019,SIEMENS MR HEADER,0C)",)
Place = tuple[str, ...]


def shown(place: Place) -> str:
    """A place as people write it."""
    return ".".join(place)


def walked(data_set: Dataset, above: Place = ()) -> Iterator[tuple[Place, DataElement]]:
    """Yield every element at every depth with its place."""
    for element in data_set:
        place = (*above, name_of(element))
        yield place, element
        for number, inner in enumerate(element.value if element.VR == "SQ" else ()):
            yield from walked(inner, (*place, str(number)))


def name_of(element: DataElement) -> str:
    """The keyword, or for a private attribute its group, creator and number in the block."""
    tag = element.tag
    if tag.is_private and not tag.is_private_creator:
        return f"({tag.group:04X},{element.private_creator},{tag.element & 0xFF:02X})"
    return element.keyword or f"({tag.group:04X},{tag.element:04X})"


def values_of(data_set: Dataset) -> dict[Place, str]:
    """The text of every element but sequences, by its place."""
    return {place: text_of(element) for place, element in walked(data_set) if element.VR != "SQ"}


def text_of(element: DataElement) -> str:
    """The values of an element as text, joined by backslashes."""
    value = element.value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return value.decode("latin_1")
    if isinstance(value, str) or element.VM == 1 or not hasattr(value, "__iter__"):
        return str(value)
    return "\\".join(map(str, value))
