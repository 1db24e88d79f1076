"""Encoded elements that Hypothesis makes: any tag, any VR, any bytes; explicit VR little endian."""

from collections.abc import Mapping
from struct import pack

from hypothesis import strategies as st

from shared.dicom.dictionary import _entries
from tests.images import ct_image, header_of, part10

_LONG_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})
#: what a value of text, a number or a date can be wrong in
_ODD_TEXT = (
    *("", " ", "\\", "\\\\", "\\ \\", "=", "^", "\0", "\x1b$B", "\x1b(J", "é", "٣", "王"),
    *("..", "-", "1e400", "NaN", "00", "20200230", "999Y", "1.2..3", "1.2.840.10008.", "QUARRINGTON"),
)
_FIRST_GROUP = 0x0008
_DEFINED = {tag: entry.vr for tag, entry in _entries().items() if tag >> 16 >= _FIRST_GROUP}
_LEAF_VRS = sorted({*_DEFINED.values(), "UN"} - {"SQ", ""})

Encoded = tuple[int, bytes]

_private_tags = st.builds(
    lambda group, element: (2 * group + 1) << 16 | element, st.integers(4, 40), st.integers(0x10, 0x11FF)
)
_tags = st.sampled_from(sorted(_DEFINED)) | _private_tags | st.integers(0x00080000, 0xFFFCFFFF)
_texts = st.lists(st.sampled_from(_ODD_TEXT) | st.text(max_size=8), max_size=4).map("".join)
_values = st.binary(max_size=24) | _texts.map(lambda text: text.encode("utf-8", "replace"))


def encoded(tag: int, vr: str, value: bytes) -> bytes:
    """One element."""
    value += b"\0" * (len(value) % 2)
    begins = pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    return begins + (pack("<HI", 0, len(value)) if vr in _LONG_VRS else pack("<H", len(value))) + value


def joined(elements: Mapping[int, bytes]) -> bytes:
    """A data set: the elements by rising tag."""
    return b"".join(each for _, each in sorted(elements.items()))


def _sequence(tag: int, vr: str, items: list[bytes]) -> Encoded:
    content = b"".join(pack("<HHI", 0xFFFE, 0xE000, len(each)) + each for each in items)
    return tag, encoded(tag, vr, content)


def _around(inner: st.SearchStrategy[Encoded]) -> st.SearchStrategy[Encoded]:
    """Sequences of what is inside; in VR UN, too, and under tags that are none of a sequence."""
    tags = st.sampled_from(sorted(tag for tag, vr in _DEFINED.items() if vr == "SQ"))
    items = st.lists(st.lists(inner, max_size=4).map(dict).map(joined), max_size=3)
    return st.builds(_sequence, tags | _tags, st.sampled_from(["SQ", "SQ", "UN"]), items)


_leaves = st.builds(
    lambda tag, vr, value: (tag, encoded(tag, vr, value)), _tags, st.sampled_from(_LEAF_VRS), _values
)
#: elements by their tag; equal ones take each other's place
data_sets = st.lists(st.recursive(_leaves, _around, max_leaves=12), max_size=12).map(dict)


def file_with(elements: Mapping[int, bytes]) -> bytes:
    """A CT image in which these elements stand besides, or in place of its own."""
    image = part10(ct_image())
    header = header_of(image)
    own = {each.tag: header.buffer[each.start : each.end] for each in header.elements}
    meta = image[: 144 + int.from_bytes(image[140:144], "little")]
    return meta + joined({**own, **elements})
