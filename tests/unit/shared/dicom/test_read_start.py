"""How a file starts: preamble, File Meta Information, or neither."""

import pytest

from shared.dicom.read import encoding_of, is_media_directory, looks_like_dicom
from shared.dicom.scan import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE
from shared.dicom.validate import validate
from shared.errors import (
    FileMetaMissing,
    NotDicom,
    TransferSyntaxUnknown,
)
from tests.unit.shared.dicom.instances import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_BASELINE,
    Tag,
    bare,
    document,
    header_of,
    image,
    meta,
    meta_for,
    tags,
    written,
)

PADDING = Tag(0xFFFCFFFC, "OB", bytes(12)).encode()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x08",
        b"\x08\0\5\0CS\n",
        b"%PDF-1.7\n" * 40,
        b"PK\3\4" + bytes(200),
        bytes(500),
        bytes(128) + b"DICM",
        bytes(128) + b"DICM" + b"something else entirely",
        bytes(128) + b"DICX" + written(document())[132:],
        b" " + bare(document(), implicit=False),
        b"FORMAT dicom\n" * 30,
    ],
)
@pytest.mark.parametrize("force", [False, True])
def test_what_is_not_dicom(content: bytes, *, force: bool) -> None:
    """A file that starts like no DICOM file is no DICOM, forced or not."""
    with pytest.raises(NotDicom):
        header_of(content, force=force)


@pytest.mark.parametrize("implicit", [False, True])
@pytest.mark.parametrize("preamble", [b"", bytes(128) + b"DICM"])
def test_a_data_set_without_file_meta_information(preamble: bytes, *, implicit: bool) -> None:
    """Without File Meta Information a file is refused with a code of its own, and read if that is forced."""
    content = preamble + bare(image(), implicit=implicit)
    with pytest.raises(FileMetaMissing):
        header_of(content)

    header = header_of(content, force=True)
    assert header.meta == ()
    assert header.encoding == (IMPLICIT_LITTLE if implicit else EXPLICIT_LITTLE)
    assert header.pixel_data is not None
    assert validate(header, frame_bytes_limit=1 << 30).modality == "CT"


@pytest.mark.parametrize("name", [b"DICM", b"DICMA1", b"DICM\2\1xx"])
def test_the_prefix_may_stand_in_a_data_set_by_chance(name: bytes) -> None:
    """`DICM` where the prefix would stand does not hide a data set that starts at the first byte."""
    first = Tag(0x00080005, "CS", b"ISO_IR 100").encode()
    filler = Tag(0x00080070, "LO", b"x" * (128 - len(first) - 16)).encode()
    content = first + filler + Tag(0x00081010, "SH", name).encode()

    assert content[128:132] == b"DICM"
    assert tags(header_of(content, force=True)) == [0x00080005, 0x00080070, 0x00081010]


def test_a_file_may_lack_the_preamble() -> None:
    """File Meta Information at the first byte is read."""
    header = header_of(written(image())[132:])

    assert header.transfer_syntax_uid == EXPLICIT
    assert header.pixel_data is not None


@pytest.mark.parametrize(
    ("elements", "reason"),
    [
        ([Tag(0x00020002, "UI", b"1.2.3\0")], "missing"),
        ([Tag(0x00020010, "UI", b"")], "not registered"),
        ([Tag(0x00020010, "UI", b"1.2.840.10008.5.1.4.1.1.2\0")], "not registered"),
        ([Tag(0x00020010, "UI", b"1.2.840.113619.5.2")], "not registered"),
        ([Tag(0x00020010, "UI", b"1.2.840.10008.1.2.1 2")], "not registered"),
        ([Tag(0x00020010, "UI", b"\xff\xfe")], "not registered"),
    ],
)
def test_an_unknown_transfer_syntax_is_refused(elements: list[Tag], reason: str) -> None:
    """A Transfer Syntax UID that is missing or not registered is refused, its value not shown."""
    with pytest.raises(TransferSyntaxUnknown) as raised:
        header_of(meta(*elements) + bare(document(), implicit=False))

    assert raised.value.details == {"reason": reason}


@pytest.mark.parametrize(
    ("uid", "encoding"),
    [
        (IMPLICIT, IMPLICIT_LITTLE),
        (EXPLICIT, EXPLICIT_LITTLE),
        (DEFLATED, EXPLICIT_LITTLE),
        (BIG_ENDIAN, EXPLICIT_BIG),
        (JPEG_BASELINE, EXPLICIT_LITTLE),
    ],
)
def test_the_encoding_of_a_transfer_syntax(uid: str, encoding: object) -> None:
    """Only Implicit VR Little Endian has no VRs, only Explicit VR Big Endian is big endian."""
    assert encoding_of(uid) == encoding


@pytest.mark.parametrize("end", [b"", b"\0", b" ", b"\0\0"])
def test_the_padding_of_a_uid_does_not_count(end: bytes) -> None:
    """A Transfer Syntax UID may be padded by a zero byte, and by a space, which is wrong but common."""
    content = meta(Tag(0x00020010, "UI", EXPLICIT.encode() + end)) + bare(image(), implicit=False)

    assert header_of(content).transfer_syntax_uid == EXPLICIT


def test_a_file_meta_information_group_length_is_not_needed() -> None:
    """The end of the File Meta Information is where its group ends, whatever its length says."""
    wrong = Tag(0x00020000, "UL", (5).to_bytes(4, "little"))
    uid = Tag(0x00020010, "UI", EXPLICIT.encode() + b"\0")

    assert tags(header_of(meta(wrong, uid) + bare(document(), implicit=False)))[0] == 0x00080005


# Sniffing


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (written(document()), True),
        (written(document())[132:], True),
        (bare(document(), implicit=False), True),
        (bare(document(), implicit=True), True),
        (b"\x08\0\0\0\4\0\0\0", True),
        (b"\x08\0\x08\0CS\4\0AXIAL", True),
        (b"\x08\0\x16\0\x1a\0\0\0", True),
        (b"", False),
        (b"\x08\0", False),
        (b"PK\3\4", False),
        (b"%PDF-1.7", False),
        (b"{}", False),
        (bytes(300), False),
        (b"\x08\0\x12\x34", False),
    ],
)
def test_what_may_be_dicom(head: bytes, *, expected: bool) -> None:
    """A member of an archive is taken for DICOM by its first bytes, as liberally as the reader takes it."""
    assert looks_like_dicom(head[:256]) is expected


def test_what_can_be_read_looks_like_dicom() -> None:
    """Whatever the reader reads, the first bytes announce: nothing is left out of an archive by mistake."""
    first = Tag(0x00080018, "UI", b"1.2.3\0").encode()
    readable = [first + bytes(200), meta_for(EXPLICIT + "\0") + first, written(image(), BIG_ENDIAN)]

    assert [looks_like_dicom(each[:256]) for each in readable] == [True] * 3


@pytest.mark.parametrize(
    ("uid", "expected"),
    [(b"1.2.840.10008.1.3.10", True), (b"1.2.840.10008.5.1.4.1.1.2\0", False)],
)
def test_a_media_directory(uid: bytes, *, expected: bool) -> None:
    """A DICOMDIR is known by its Media Storage SOP Class UID."""
    content = meta(Tag(0x00020002, "UI", uid), Tag(0x00020010, "UI", EXPLICIT.encode() + b"\0"))

    assert is_media_directory(content) is expected
    assert (header_of(content).media_storage_sop_class_uid == "1.2.840.10008.1.3.10") is expected


def test_a_preamble_makes_no_media_directory() -> None:
    """It may hold anything, also what looks like the element that tells one."""
    content = meta(Tag(0x00020002, "UI", b"1.2.840.10008.5.1.4.1.1.2\0"))
    told = Tag(0x00020002, "UI", b"1.2.840.10008.1.3.10").encode()

    assert not is_media_directory(told.ljust(128, b"\0") + content[128:])


def test_no_meta_information_no_media_storage_class() -> None:
    """Without File Meta Information there is no Media Storage SOP Class UID."""
    assert header_of(bare(document(), implicit=True), force=True).media_storage_sop_class_uid == ""
