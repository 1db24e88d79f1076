"""From implicit to explicit VR."""

from pathlib import Path
from struct import pack

import pytest
from pydicom.uid import ImplicitVRLittleEndian

from shared.dicom.read import EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, Header
from shared.local.dicom_store.transcoding import file_in, sent_syntax
from tests.dicomweb import instance
from tests.images import PIXELS, header_of, read

_LONG = b"x" * 70_000
#: of a private sequence that implicit VR does not call one
_ITEMS = pack("<HHI", 0xFFFE, 0xE000, 8) + pack("<HHI", 0x0009, 0x1002, 0) + pack("<HHI", 0xFFFE, 0xE0DD, 0)


def element(tag: int, value: bytes, length: int | None = None) -> bytes:
    """An element in implicit VR."""
    return pack("<HHI", tag >> 16, tag & 0xFFFF, len(value) if length is None else length) + value


def converted(tmp_path: Path, *before: bytes, behind: bytes = b"") -> bytes:
    """An image in implicit VR with more elements at both ends, in explicit VR."""
    content = instance(1, ImplicitVRLittleEndian)
    start = 144 + int.from_bytes(content[140:144], "little")
    path = tmp_path / "file.dcm"
    path.write_bytes(content[:start] + b"".join(before) + content[start:] + behind)
    return b"".join(file_in(path, IMPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN))


def found(header: Header, tag: int) -> tuple[str, bytes]:
    """The VR and the value of an element."""
    (one,) = [each for each in (*header.elements, *header.trailing) if each.tag == tag]
    buffer = header.trailer if one in header.trailing else header.buffer
    return one.vr, buffer[one.value : one.end]


@pytest.mark.parametrize(
    ("tag", "value", "length", "expected"),
    [
        (0x00081030, b"Head", None, ("LO", b"Head")),
        (0x00081030, _LONG, None, ("UN", _LONG)),
        (0x00091001, b"\1\2", None, ("UN", b"\1\2")),
        (0x00091001, _ITEMS, 0xFFFFFFFF, ("UN", _ITEMS)),
        (0x00283006, b"\1\2", None, ("OW", b"\1\2")),
        (0x00280106, b"\1\2", None, ("US", b"\1\2")),
        (0x00081140, b"", None, ("SQ", b"")),
    ],
)
def test_every_value_stays_what_it_is(
    tmp_path: Path, tag: int, value: bytes, length: int | None, expected: tuple[str, bytes]
) -> None:
    """With the VR of the dictionary, or UN where there is none or the value is too long for its own."""
    content = converted(tmp_path, element(tag, value, length))

    assert found(header_of(content), tag) == expected
    assert read(content).PixelData == PIXELS


def test_group_lengths_are_left_out(tmp_path: Path) -> None:
    """They would be wrong; that of the File Meta Information is right."""
    content = converted(tmp_path, element(0x00080000, pack("<I", 99)))
    header = header_of(content)

    assert 0x00080000 not in {each.tag for each in header.elements}
    assert content[144 + int.from_bytes(content[140:144], "little") :][:2] == b"\x08\0"


def test_what_stands_behind_the_pixels_is_kept(tmp_path: Path) -> None:
    """Padding, for one."""
    content = converted(tmp_path, behind=element(0xFFFCFFFC, b"\1" * 6))

    assert found(header_of(content), 0xFFFCFFFC) == ("OB", b"\1" * 6)


@pytest.mark.parametrize(
    ("stored", "wanted", "expected"),
    [
        ("1.2.840.10008.1.2.4.90", "*", "1.2.840.10008.1.2.4.90"),
        ("1.2.840.10008.1.2.4.90", "", None),
        ("1.2.840.10008.1.2.2", EXPLICIT_VR_LITTLE_ENDIAN, None),
        (IMPLICIT_VR_LITTLE_ENDIAN, "", EXPLICIT_VR_LITTLE_ENDIAN),
        (IMPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN),
        (EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, None),
    ],
)
def test_what_is_sent(stored: str, wanted: str, expected: str | None) -> None:
    """What is stored, or explicit VR for native files."""
    assert sent_syntax(stored, wanted) == expected
