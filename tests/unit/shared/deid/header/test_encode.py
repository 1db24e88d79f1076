"""What is written is what pydicom reads."""

import io
from struct import unpack

import pytest
from pydicom import dcmread
from pydicom.filebase import DicomBytesIO
from pydicom.filereader import read_dataset

from shared.deid.header import encode
from shared.deid.readings.words import words_of
from shared.dicom.scan import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from shared.errors import ValueInvalid
from tests.encoded import encoded_item, encoded_sequence

ENCODINGS = {"implicit": IMPLICIT_LITTLE, "explicit": EXPLICIT_LITTLE, "big endian": EXPLICIT_BIG}
encodings = pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=list(ENCODINGS))


def read(content: bytes, encoding: Encoding) -> dict[str, object]:
    """The values of a data set by keyword."""
    source = DicomBytesIO(content)
    data_set = read_dataset(source, not encoding.explicit, encoding.little)
    return {element.keyword: element.value for element in data_set}


@encodings
def test_elements_of_short_and_long_vrs(encoding: Encoding) -> None:
    """Text is padded with a space, UIDs and bytes with NUL, all to even length (PS3.5 section 6.2)."""
    content = (
        encode.element(0x00080018, "UI", b"1.2.3", encoding)
        + encode.element(0x00100010, "PN", b"A^B", encoding)
        + encode.element(0x00420011, "OB", b"\1\2\3", encoding)
        + encode.element(0x0040A160, "UT", b"text!", encoding)
    )

    assert len(content) % 2 == 0
    values = read(content, encoding)
    assert values["SOPInstanceUID"] == "1.2.3"
    assert str(values["PatientName"]) == "A^B"
    assert values["EncapsulatedDocument"] == b"\1\2\3\0"
    assert values["TextValue"] == "text!"


@encodings
@pytest.mark.parametrize("undefined_sequence", [True, False])
@pytest.mark.parametrize("undefined_item", [True, False])
def test_sequences(encoding: Encoding, *, undefined_sequence: bool, undefined_item: bool) -> None:
    """Sequences and items of defined and undefined length, and an element behind them."""
    uid = encode.element(0x00081155, "UI", b"1.2.3.4", encoding)
    items = encoded_item(uid, encoding, undefined=undefined_item) + encoded_item(b"", encoding)
    content = encoded_sequence(0x00081140, items, encoding, undefined=undefined_sequence)
    values = read(content + encode.element(0x00100020, "LO", b"ID", encoding), encoding)

    first, second = values["ReferencedImageSequence"]  # type: ignore[misc]
    assert first.ReferencedSOPInstanceUID == "1.2.3.4"
    assert len(second) == 0
    assert values["PatientID"] == "ID"


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, EXPLICIT_BIG])
def test_a_value_too_long_for_its_vr_is_refused(encoding: Encoding) -> None:
    """Sixteen bits of length end at 65,534 bytes (PS3.5 section 7.1.2)."""
    encode.element(0x00081155, "UI", b"1" * 65_534, encoding)

    with pytest.raises(ValueInvalid) as caught:
        encode.element(0x00081155, "UI", b"1" * 65_535, encoding)
    assert caught.value.details["attribute"] == "ReferencedSOPInstanceUID"


def test_the_file_meta_information_is_complete_and_clean() -> None:
    """Type 1 elements of PS3.10 Table 7.1-1 and the version name, a right group length, an empty preamble."""
    content = encode.file_meta("1.2.840.10008.5.1.4.1.1.2", "1.2.3", "1.2.840.10008.1.2.1")

    meta = dcmread(io.BytesIO(content)).file_meta
    assert content[:132] == bytes(128) + b"DICM"
    assert unpack("<I", content[140:144])[0] == len(content) - 144
    assert [element.keyword for element in meta] == [
        "FileMetaInformationGroupLength",
        "FileMetaInformationVersion",
        "MediaStorageSOPClassUID",
        "MediaStorageSOPInstanceUID",
        "TransferSyntaxUID",
        "ImplementationClassUID",
        "ImplementationVersionName",
    ]
    assert meta.FileMetaInformationVersion == b"\0\1"
    assert meta.MediaStorageSOPInstanceUID == "1.2.3"
    assert meta.ImplementationClassUID == encode.IMPLEMENTATION_CLASS_UID


@pytest.mark.parametrize("length", range(1, 65))
def test_the_words_around_the_uid_and_its_own_are_those_of_the_whole(length: int) -> None:
    """The release gate looks at both apart, for all but the UID is the same in many instances."""
    uid = ("1.23.456" * 8)[:length]
    meta = encode.FileMeta.of("1.2.840.10008.5.1.4.1.1.2", uid, "1.2.840.10008.1.2.1")

    assert meta.words_around.union(words_of(meta.uid)) == set(words_of(b"".join(meta).lower()))
