"""Write elements, items and the File Meta Information (PS3.5 section 7.1, PS3.10 section 7.1)."""

from functools import lru_cache
from struct import pack
from typing import NamedTuple, Self

from shared.deid.readings.words import words_of
from shared.dicom.dictionary import keyword_of
from shared.dicom.scan import EXPLICIT_LITTLE, LONG_VRS, UNDEFINED_LENGTH, Encoding
from shared.errors import ValueInvalid

#: Airlock's own Implementation Class UID, made from a UUID (PS3.5 Annex B.2)
IMPLEMENTATION_CLASS_UID = "2.25.33512396455429783643503182750149907255"
IMPLEMENTATION_VERSION_NAME = "AIRLOCK_1"

_LONGEST_SHORT_VALUE = 0xFFFE
#: preamble, prefix, and the header of File Meta Information Group Length
_PREFIX = bytes(128) + b"DICM" + pack("<HH2sH", 2, 0, b"UL", 4)
_ITEM = 0xE000
_ITEM_END = 0xE00D
_SEQUENCE_END = 0xE0DD


def element(tag: int, vr: str, value: bytes, encoding: Encoding, *, undefined: bool = False) -> bytes:
    """Encode one element; the value is padded to an even length.

    Raises:
        ValueInvalid: the value is longer than its explicit Value Representation can be.
    """
    if len(value) % 2:
        value += b"\0" if vr in {"UI", "OB", "UN"} else b" "
    return element_begins(tag, vr, UNDEFINED_LENGTH if undefined else len(value), encoding) + value


def element_begins(tag: int, vr: str, length: int, encoding: Encoding) -> bytes:
    """Encode all of an element but its value.

    Raises:
        ValueInvalid: the value is longer than its explicit Value Representation can be.
    """
    order = encoding.byte_order
    if not encoding.explicit:
        return pack("<HHI", tag >> 16, tag & 0xFFFF, length)
    if vr in LONG_VRS:
        return pack(order + "HH2sHI", tag >> 16, tag & 0xFFFF, vr.encode(), 0, length)
    if length > _LONGEST_SHORT_VALUE:
        raise ValueInvalid(attribute=keyword_of(tag), reason="too long for its Value Representation")
    return pack(order + "HH2sH", tag >> 16, tag & 0xFFFF, vr.encode(), length)


def item_begins(encoding: Encoding, length: int = UNDEFINED_LENGTH) -> bytes:
    """Encode the start of an item; with undefined length `item_ends` follows its content."""
    return pack(encoding.byte_order + "HHI", 0xFFFE, _ITEM, length)


def item_ends(encoding: Encoding) -> bytes:
    """Encode the end of an item of undefined length."""
    return pack(encoding.byte_order + "HHI", 0xFFFE, _ITEM_END, 0)


def sequence_ends(encoding: Encoding) -> bytes:
    """Encode the end of a sequence of undefined length."""
    return pack(encoding.byte_order + "HHI", 0xFFFE, _SEQUENCE_END, 0)


def item(content: bytes, encoding: Encoding) -> bytes:
    """Encode one item of a sequence."""
    return item_begins(encoding, len(content)) + content


def sequence(tag: int, content: bytes, encoding: Encoding) -> bytes:
    """Encode a sequence from its encoded items."""
    return element(tag, "SQ", content, encoding)


class FileMeta(NamedTuple):
    """A clean preamble and File Meta Information: nothing of the original's survives in them.

    Many instances have all but the UID in common.
    """

    before: bytes
    uid: bytes
    behind: bytes

    @classmethod
    def of(cls, sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> Self:
        """Encode them."""
        uid = sop_instance_uid.encode()
        before, behind = _around_uid(sop_class_uid, len(uid), transfer_syntax_uid)
        return cls(before, uid, behind)

    @property
    def words_around(self) -> frozenset[bytes]:
        """The words of all but the UID, beside whose edges no letter or digit stands."""
        return _words_of_both(self.before, self.behind)

    @property
    def letters_around(self) -> frozenset[bytes]:
        """Those of them that are no numbers."""
        return _letters_of_both(self.before, self.behind)


def file_meta(sop_class_uid: str, sop_instance_uid: str, transfer_syntax_uid: str) -> bytes:
    """The bytes of `FileMeta`."""
    return b"".join(FileMeta.of(sop_class_uid, sop_instance_uid, transfer_syntax_uid))


@lru_cache(maxsize=256)
def _around_uid(sop_class_uid: str, length: int, transfer_syntax_uid: str) -> tuple[bytes, bytes]:
    """What stands before and behind the value of Media Storage SOP Instance UID, which is so long."""
    padding = length % 2
    first = _meta_elements((0x00020001, "OB", b"\0\1"), (0x00020002, "UI", sop_class_uid.encode()))
    first += element_begins(0x00020003, "UI", length + padding, EXPLICIT_LITTLE)
    last = bytes(padding) + _meta_elements(
        (0x00020010, "UI", transfer_syntax_uid.encode()),
        (0x00020012, "UI", IMPLEMENTATION_CLASS_UID.encode()),
        (0x00020013, "SH", IMPLEMENTATION_VERSION_NAME.encode()),
    )
    return _PREFIX + pack("<I", len(first) + length + len(last)) + first, last


@lru_cache(maxsize=256)
def _words_of_both(before: bytes, behind: bytes) -> frozenset[bytes]:
    return frozenset(words_of(before.lower()) + words_of(behind.lower()))


@lru_cache(maxsize=256)
def _letters_of_both(before: bytes, behind: bytes) -> frozenset[bytes]:
    return frozenset(word for word in _words_of_both(before, behind) if not word.isdigit())


def _meta_elements(*elements: tuple[int, str, bytes]) -> bytes:
    return b"".join(element(tag, vr, value, EXPLICIT_LITTLE) for tag, vr, value in elements)
