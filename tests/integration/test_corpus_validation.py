"""What validation says of every file of the corpus, and whether it is right."""

import warnings
from io import BytesIO
from typing import Any

import pytest
from pydicom import dcmread

from shared.dicom.read import MEDIA_STORAGE_DIRECTORY, is_media_directory, read_header
from shared.dicom.source import MemorySource
from shared.dicom.validate import validate
from shared.errors import AirlockError
from tests import corpus

pytestmark = corpus.MARKS

FRAME_BYTES = 16 << 30
OK = ("ok", "")

#: the code of every file of malformed_or_odd/, and the attribute, part, reason or length that it names
MALFORMED_OR_ODD = {
    # A data set without File Meta Information that starts with (0008,0005).
    "RdmpDicom__FileWithLotsOfTags.dcm": ("file_meta_missing", ""),
    # Pixel Data of three gigabytes is announced, a hundred kilobytes are there.
    "dcm4che__3gb-bulk-data-truncated": ("truncated", "Pixel Data"),
    # `DICM` at byte 128 is part of the Station Name.
    "dcm4che__no_preamble_dicm_in_data": ("file_meta_missing", ""),
    # The File Meta Information has no length, which is harmless; Patient ID is missing.
    "dcmjs__no-meta-length-test.dcm": ("attribute_missing", "PatientID"),
    # A text file.
    "deid__deid.dicom": ("not_dicom", ""),
    # An empty file.
    "dicom_parser__not_dcm.dcm": ("not_dicom", ""),
    # No UID but in references, and no Rows.
    "dwv__dwv-test_no-number-rows.dcm": ("attribute_missing", "SOPClassUID"),
    # A second Sequence Delimitation Item behind the one that ends Pixel Data.
    "fo-dicom__DIRW0007": ("malformed", "item outside a sequence"),
    # A sequence of length zero, whose item follows all the same.
    "fo-dicom__FreezePattern.dcm": ("malformed", "item outside a sequence"),
    # Two File Meta Informations that name different transfer syntaxes.
    "fo-dicom__GH1376.dcm": ("malformed", "an element comes twice"),
    # A sequence of VR UN in big endian, encoded as PS3.5 section 6.2.2 wants it.
    "fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm": OK,
    # An ACR-NEMA file.
    "fo-dicom__GH340.dcm": ("file_meta_missing", ""),
    # An item of 132 bytes where an element should stand.
    "fo-dicom__GH364.dcm": ("malformed", "item outside a sequence"),
    "pydicom__ExplVR_LitEndNoMeta.dcm": ("file_meta_missing", ""),
    "pydicom__MR_truncated.dcm": ("truncated", "Pixel Data"),
    # A private sequence of VR UN, and little else.
    "pydicom__UN_sequence.dcm": ("attribute_missing", "SOPClassUID"),
    # Number of Frames is `1A`.
    "pydicom__badVR.dcm": ("value_invalid", "NumberOfFrames"),
    "pydicom__meta_missing_tsyntax.dcm": ("transfer_syntax_unknown", "missing"),
    # Elements of group 0001.
    "pydicom__nested_priv_SQ.dcm": ("malformed", "group below 0008 in a data set"),
    # A space stands before the data set.
    "pydicom__no_meta.dcm": ("not_dicom", ""),
    # The File Meta Information has no length, which is harmless; the data set has three elements.
    "pydicom__no_meta_group_length.dcm": ("attribute_missing", "SOPClassUID"),
    # One private sequence.
    "pydicom__priv_SQ.dcm": ("attribute_missing", "SOPClassUID"),
    "pydicom__rtplan_truncated.dcm": ("truncated", "data set"),
    "pydicom__rtstruct.dcm": ("file_meta_missing", ""),
    # The File Meta Information lacks the Media Storage SOP Class UID, which the data set has.
    "pynetdicom__CTImageStorage_bad_meta.dcm": OK,
}

#: what is refused in the other folders
REFUSED = {
    # Images from which somebody took the pixels.
    "charset/pydicom__chrJapMulti.dcm": ("attribute_missing", "PixelData"),
    "charset/pydicom__chrKoreanMulti.dcm": ("attribute_missing", "PixelData"),
    "charset/pydicom__chrSQEncoding.dcm": ("attribute_missing", "SOPClassUID"),
    "charset/pydicom__chrSQEncoding1.dcm": ("attribute_missing", "SOPClassUID"),
    "charset/pydicom__empty_charset_LEI.dcm": ("attribute_missing", "SOPClassUID"),
    # (0040,A170) is a sequence in PS3.6; in the trial that this report follows it was a string.
    "documents/dcm4che__Tag-0040-A170-VR-CS.dcm": ("malformed", "something else than an item in a sequence"),
    "documents/dicomParser__report_dfl": ("attribute_missing", "PatientID"),
    "documents/dwv__sr-rectangle.dcm": ("attribute_missing", "SOPInstanceUID"),
    "documents/fo-dicom__GH178.dcm": ("attribute_missing", "PixelData"),
    "documents/fo-dicom__GH223.dcm": ("attribute_missing", "StudyInstanceUID"),
    # Four zero bytes too many put the reader out of step; nothing of the file is missing.
    "documents/fo-dicom__GH626.dcm": ("malformed", "command element in a data set"),
    "documents/fo-dicom__Issue1097_FailToOpenDeflatedFileWithSQ.dcm": ("attribute_missing", "Modality"),
    # A DICOMDIR; the stages ignore it before they validate.
    "documents/pydicom__DICOMDIR": ("malformed", "group below 0008 in a data set"),
    "documents/pydicom__pet.dcm": ("attribute_missing", "StudyInstanceUID"),
    "documents/pydicom__reportsi.dcm": ("attribute_missing", "PatientID"),
    "documents/pydicom__test-SR.dcm": ("attribute_missing", "PatientID"),
    "documents/weasis-dicom-tools__NeurosurgeryPlan.dcm": ("attribute_missing", "StudyInstanceUID"),
    # Pixel Data four times as long as Rows, Columns and Bits Allocated say.
    "images/PIXL__987654321_AA12345601_include123.dcm": ("pixel_data_length", 131_072),
    "images/PIXL__DX000000.dcm": ("pixel_data_length", 131_072),
    "images/PIXL__MR000000.dcm": ("pixel_data_length", 131_072),
    "images/dcm4che__NM-MONO2-16-13x-heart": ("attribute_missing", "PatientID"),
    "images/dcm4che__will-jxl.dcm": ("attribute_missing", "PatientID"),
    "images/dwv__osirix-goudurix.dcm": ("attribute_missing", "PatientID"),
    # A component with a leading zero.
    "images/fo-dicom__CR-ModalitySequenceLUT.dcm": ("uid_invalid", "SOPInstanceUID"),
    # Pixel Data of length zero.
    "images/fo-dicom__GH1146.dcm": ("pixel_data_length", 524_288),
    # The birth date is 00000000.
    "images/fo-dicom__GH133.dcm": ("value_invalid", "PatientBirthDate"),
    "images/fo-dicom__GH1728.dcm": ("attribute_missing", "PatientID"),
    "images/fo-dicom__genFile.dcm": ("attribute_missing", "PatientID"),
    "images/fo-dicom__multiframe.dcm": ("attribute_missing", "StudyInstanceUID"),
    "images/pydicom-data__HTJ2K_08_RGB.dcm": ("attribute_missing", "StudyInstanceUID"),
    "images/pydicom__ExplVR_BigEnd.dcm": ("attribute_missing", "PatientID"),
    "images/pydicom__GDCMJ2K_TextGBR.dcm": ("attribute_missing", "PatientID"),
    "images/pydicom__JPEGLSNearLossless_16.dcm": ("attribute_missing", "StudyInstanceUID"),
    # 128 bytes of padding within Pixel Data.
    "images/pydicom__MR_small_padded.dcm": ("pixel_data_length", 8192),
    "images/pydicom__image_dfl.dcm": ("attribute_missing", "PatientID"),
    "images/visual-nlp-workshop__John_Stiles.dcm": ("attribute_missing", "SOPClassUID"),
    # 66 characters.
    "images/weasis-dicom-tools__jpeg2000-multiframe-multifragments.dcm": ("uid_invalid", "SOPInstanceUID"),
}

#: what data sets without File Meta Information give when reading them is forced
FORCED = {
    # Encapsulated pixels, and no transfer syntax that says so.
    "RdmpDicom__FileWithLotsOfTags.dcm": ("pixel_data_length", 4_849_664),
    "dcm4che__no_preamble_dicm_in_data": ("attribute_missing", "SOPClassUID"),
    "fo-dicom__GH340.dcm": ("attribute_missing", "SOPClassUID"),
    "pydicom__ExplVR_LitEndNoMeta.dcm": ("attribute_missing", "PatientID"),
    "pydicom__rtstruct.dcm": OK,
}

EXPECTED = {**{f"malformed_or_odd/{name}": found for name, found in MALFORMED_OR_ODD.items()}, **REFUSED}


def outcome(name: str, *, force: bool = False) -> tuple[str, Any]:
    """The code of a file and the first fact of its error; `ok` without an error."""
    try:
        header = read_header(MemorySource(corpus.file(name).read()), force=force)
        validate(header, frame_bytes_limit=FRAME_BYTES)
    except AirlockError as error:
        return error.code, next(iter(error.details.values()), "")
    return OK


@pytest.mark.parametrize("name", [each.name for each in corpus.files()])
def test_every_file_has_the_expected_outcome(name: str) -> None:
    """Every file is accepted, or refused with the code and the fact that the tables say."""
    assert outcome(name) == EXPECTED.get(name, OK)


def test_the_table_is_complete() -> None:
    """Every file of malformed_or_odd/ stands in the table, and no table names a file that is not there."""
    names = {each.name for each in corpus.files()}
    odd = {each.name for each in corpus.files() if each.folder == "malformed_or_odd"}

    assert odd == {f"malformed_or_odd/{name}" for name in MALFORMED_OR_ODD}
    assert set(EXPECTED) <= names
    assert {name for name, found in MALFORMED_OR_ODD.items() if found[0] == "file_meta_missing"} == set(
        FORCED
    )


@pytest.mark.parametrize(("name", "expected"), FORCED.items())
def test_data_sets_without_file_meta_information_can_be_forced(name: str, expected: tuple[str, Any]) -> None:
    """With `force` a data set without File Meta Information is judged by its content."""
    assert outcome(f"malformed_or_odd/{name}", force=True) == expected


# Is the code right? pydicom is asked.


def attribute(name: str, keyword: str) -> Any:
    """An attribute as pydicom reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        data_set = dcmread(BytesIO(corpus.file(name).read()), force=True)
        return data_set.get(keyword)


def named_by(code: str) -> list[tuple[str, str]]:
    """The files with this code and the attribute that it names."""
    return [(name, str(found[1])) for name, found in EXPECTED.items() if found[0] == code]


@pytest.mark.parametrize(("name", "keyword"), named_by("attribute_missing"))
def test_missing_attributes_are_missing(name: str, keyword: str) -> None:
    """What is called missing, pydicom does not find or finds empty."""
    assert not attribute(name, keyword)


@pytest.mark.parametrize(("name", "keyword"), named_by("uid_invalid"))
def test_invalid_uids_are_invalid(name: str, keyword: str) -> None:
    """What is called an invalid UID is one to pydicom."""
    assert not attribute(name, keyword).is_valid


@pytest.mark.parametrize(("name", "keyword"), named_by("value_invalid"))
def test_invalid_values_are_invalid(name: str, keyword: str) -> None:
    """What is called an invalid value is none of its Value Representation."""
    value = str(attribute(name, keyword))

    assert value in {"1A", "00000000"}


@pytest.mark.parametrize(
    "name", [each.name for each in corpus.files() if each.quirks & {"pixel_truncated", "pixel_excess"}]
)
def test_pixels_of_a_wrong_length_are_refused(name: str) -> None:
    """No file whose pixels the manifest calls too long or too short is accepted."""
    assert outcome(name)[0] not in {"ok", "value_invalid"}


def test_only_the_media_directory_is_one() -> None:
    """Of all files only the DICOMDIR is taken for one, by its first bytes and by its header."""
    found = [each.name for each in corpus.files() if is_media_directory(each.read()[:256])]

    assert found == ["documents/pydicom__DICOMDIR"]
    header = read_header(MemorySource(corpus.file(found[0]).read()))
    assert header.media_storage_sop_class_uid == MEDIA_STORAGE_DIRECTORY


@pytest.mark.parametrize("name", [each.name for each in corpus.files() if each.name not in EXPECTED])
def test_no_error_is_hidden_by_a_lucky_reading(name: str) -> None:
    """What is accepted has the SOP Class and the transfer syntax that the manifest records."""
    file = corpus.file(name)
    header = read_header(MemorySource(file.read()))
    identity = validate(header, frame_bytes_limit=FRAME_BYTES)

    assert (identity.sop_class_uid, header.transfer_syntax_uid) == (
        file.sop_class_uid,
        file.transfer_syntax_uid,
    )
