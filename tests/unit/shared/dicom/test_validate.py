"""What a valid instance is, and what each fault is called."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydicom.config import disable_value_validation
from pydicom.dataelem import RawDataElement
from pydicom.dataset import Dataset
from pydicom.tag import BaseTag

from shared.dicom.dataset import DataSet
from shared.dicom.validate import Identity, patient_digest, validate
from shared.errors import AirlockError
from shared.identifiers import SeriesRef
from tests.unit.shared.dicom.instances import (
    IMPLICIT,
    JPEG_BASELINE,
    NATIVE_SYNTAXES,
    Tag,
    bare,
    document,
    encapsulated_image,
    header_of,
    image,
    meta_for,
    written,
)

FRAMES = 1 << 30
FILE_META = meta_for("1.2.840.10008.1.2.1\0")
Change = Callable[[Dataset], Any]


@pytest.fixture(autouse=True)
def _faults_can_be_written() -> Iterator[None]:
    """Pydicom must not refuse what these tests are about."""
    with disable_value_validation():
        yield


def identity_of(content: bytes, *, force: bool = False) -> Identity:
    """Validate a file."""
    return validate(header_of(content, force=force), frame_bytes_limit=FRAMES)


def fault_of(content: bytes) -> tuple[str, dict[str, Any]]:
    """The code and the details of the error that a file raises."""
    with pytest.raises(AirlockError) as raised:
        identity_of(content)
    return raised.value.code, raised.value.details


@pytest.mark.parametrize(
    ("count", "expected"),
    [("2147483647", 2147483647), ("2147483648", None), ("9" * 20, None), ("0", None), ("-1", None)],
)
def test_a_count_is_as_large_as_an_integer_string_may_be(count: str, expected: int | None) -> None:
    """No database has room for a number of twenty digits (PS3.5 section 6.2, IS)."""
    source, value = image(), count.encode() + b" " * (len(count) % 2)
    tag = BaseTag(0x00201209)
    source[tag] = RawDataElement(tag, "IS", len(value), value, 0, is_implicit_VR=False, is_little_endian=True)

    assert identity_of(written(source)).expected_count == expected


@pytest.mark.parametrize("transfer_syntax_uid", [*NATIVE_SYNTAXES, JPEG_BASELINE])
def test_the_identity_of_a_valid_instance(transfer_syntax_uid: str) -> None:
    """A valid instance gives its UIDs, its modality and a digest of its patient, in any transfer syntax."""
    source = encapsulated_image() if transfer_syntax_uid == JPEG_BASELINE else image()
    source.NumberOfSeriesRelatedInstances = 60

    assert identity_of(written(source, transfer_syntax_uid)) == Identity(
        sop_instance_uid="1.2.826.0.1.3680043.10.1337.3",
        sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
        series=SeriesRef(
            study_instance_uid="1.2.826.0.1.3680043.10.1337.1",
            series_instance_uid="1.2.826.0.1.3680043.10.1337.2",
        ),
        modality="CT",
        patient_digest=identity_of(written(image())).patient_digest,
        expected_count=60,
    )


@pytest.mark.parametrize("implicit", [False, True])
def test_a_forced_data_set_is_validated_like_a_file(*, implicit: bool) -> None:
    """A data set without File Meta Information has the same identity as the file."""
    assert identity_of(bare(image(), implicit=implicit), force=True) == identity_of(written(image()))


def deleted(keyword: str) -> Change:
    """Leave an attribute out."""
    return lambda source: delattr(source, keyword)


def changed(keyword: str, value: object) -> Change:
    """Give an attribute another value."""
    return lambda source: setattr(source, keyword, value)


def in_item(keyword: str, value: object) -> Change:
    """Give an attribute of an item another value."""
    return lambda source: setattr(source.AnatomicRegionSequence[0], keyword, value)


def added(tag: int, vr: str, value: object) -> Change:
    """Add an element."""
    return lambda source: source.add_new(tag, vr, value)


REQUIRED = [
    "SOPClassUID",
    "SOPInstanceUID",
    "StudyInstanceUID",
    "SeriesInstanceUID",
    "PatientID",
    "Modality",
]
UIDS = REQUIRED[:4]
FAULTS: list[tuple[Change, str, dict[str, Any]]] = [
    *((deleted(each), "attribute_missing", {"attribute": each}) for each in REQUIRED),
    *((changed(each, ""), "attribute_missing", {"attribute": each}) for each in REQUIRED),
    (changed("PatientID", "   "), "attribute_missing", {"attribute": "PatientID"}),
    (changed("PatientID", ["", ""]), "attribute_missing", {"attribute": "PatientID"}),
    (deleted("PixelData"), "attribute_missing", {"attribute": "PixelData"}),
    (changed("StudyDate", "20210229"), "value_invalid", {"attribute": "StudyDate"}),
    (changed("StudyTime", "2560"), "value_invalid", {"attribute": "StudyTime"}),
    (changed("PatientBirthDate", "00000000"), "value_invalid", {"attribute": "PatientBirthDate"}),
    (changed("AcquisitionDateTime", "2020-02-29"), "value_invalid", {"attribute": "AcquisitionDateTime"}),
    (
        changed("DateOfLastCalibration", ["20200101", "x"]),
        "value_invalid",
        {"attribute": "DateOfLastCalibration"},
    ),
    (in_item("StudyDate", "yesterday"), "value_invalid", {"attribute": "StudyDate"}),
    (added(0x00091002, "DA", "yesterday"), "value_invalid", {"attribute": "(0009,1002)"}),
    (added(0x00041500, "CS", "NAME"), "malformed", {"reason": "group below 0008 in a data set"}),
    (added(0x00071001, "LO", "x"), "malformed", {"reason": "group below 0008 in a data set"}),
]


@pytest.mark.parametrize(("change", "code", "details"), FAULTS)
def test_faults(change: Change, code: str, details: dict[str, Any]) -> None:
    """Each fault of an otherwise valid image has its code and says where it is, without the value."""
    source = image()
    change(source)
    content = written(source)

    assert fault_of(content) == (code, details)


@pytest.mark.parametrize("keyword", UIDS)
@pytest.mark.parametrize(
    "uid",
    ["1.2.x", "1..2", ".1.2", "1.2.", "1.02", "-1.2", "1" * 65, "1.2.3/4", "1 .2", ["1.2", "1.3"], "PATIENT"],
)
def test_invalid_uids(keyword: str, uid: object) -> None:
    """A UID that breaks PS3.5 section 9.1 is refused for each of the four attributes."""
    source = image()
    setattr(source, keyword, uid)

    assert fault_of(FILE_META + bare(source, implicit=False)) == ("uid_invalid", {"attribute": keyword})


@pytest.mark.parametrize("value", ["20200229", "", ["20200101", ""], ["", "20200101"]])
def test_empty_dates_are_valid(value: object) -> None:
    """A date may be empty, alone or among others."""
    source = image()
    source.DateOfLastCalibration = value

    assert identity_of(written(source)).modality == "CT"


def test_dates_in_implicit_encoding() -> None:
    """Dates are found by the dictionary's VR where the file has none."""
    source = image()
    source.StudyDate = "yesterday"

    assert fault_of(written(source, IMPLICIT)) == ("value_invalid", {"attribute": "StudyDate"})


# An element comes once

FIRST = bare(image(), implicit=False)
NAME = Tag(0x00100010, "PN", b"Roe^John").encode()
TWICE = Tag(
    0x00081199, "SQ", b"\xfe\xff\0\xe0" + (2 * len(NAME)).to_bytes(4, "little") + NAME + NAME
).encode()


@pytest.mark.parametrize(
    "content",
    [
        FILE_META + NAME + FIRST,
        FILE_META + FIRST + NAME,
        FILE_META + TWICE + FIRST,
        FILE_META + FIRST + TWICE,
        FILE_META + FIRST + Tag(0x00102000, "LO", b"x ").encode() * 2,
        FILE_META + FILE_META[132:] + FIRST,
    ],
)
def test_an_element_comes_once(content: bytes) -> None:
    """An element that comes twice is refused: before or behind Pixel Data, within an item, in the meta."""
    assert fault_of(content) == ("malformed", {"reason": "an element comes twice"})


@pytest.mark.parametrize("first", [b"", Tag(0x00102000, "LO", b"x ").encode()])
def test_a_wrong_order_is_accepted(first: bytes) -> None:
    """Elements in another order than by tag are accepted."""
    last = Tag(0x00102110, "LO", b"y ").encode()

    assert identity_of(FILE_META + first + FIRST + last).modality == "CT"


# The patient


def digest(**changes: object) -> str:
    """The digest of a document's patient."""
    source = document()
    for keyword, value in changes.items():
        setattr(source, keyword, value)
    return patient_digest(DataSet.of(header_of(written(source))))


@pytest.mark.parametrize(
    "changes",
    [
        {"PatientName": "Doe^Jane^^^"},
        {"PatientName": "DOE^JANE"},
        {"PatientName": "Doe^Jane "},
        {"PatientName": "Doe^Jane=="},
        {"PatientID": " patient-1 "},
        {"PatientSex": "f"},
        {"StudyDate": "20200101", "Modality": "CT"},
        {"SpecificCharacterSet": "ISO_IR 100"},
    ],
)
def test_the_same_patient(changes: dict[str, object]) -> None:
    """Case, padding and trailing delimiters of a name do not make another patient."""
    assert digest(**changes) == digest()


@pytest.mark.parametrize(
    "changes",
    [
        {"PatientName": "Doe^Janet"},
        {"PatientName": "Doe^^Jane"},
        {"PatientID": "PATIENT-2"},
        {"IssuerOfPatientID": "HOSPITAL"},
        {"PatientBirthDate": "19700102"},
        {"PatientBirthDate": ""},
        {"PatientSex": "M"},
    ],
)
def test_another_patient(changes: dict[str, object]) -> None:
    """Each identifying attribute makes another patient."""
    assert digest(**changes) != digest()


def test_values_do_not_run_together() -> None:
    """A value that moves from one attribute to the next makes another patient."""
    assert digest(IssuerOfPatientID="A", PatientID="BC") != digest(IssuerOfPatientID="AB", PatientID="C")


def test_the_same_name_in_another_character_set() -> None:
    """A name is compared as text, not as bytes."""
    names = {
        digest(PatientName="Jos\u00e9", SpecificCharacterSet=each) for each in ("ISO_IR 100", "ISO_IR 192")
    }

    assert len(names) == 1


def test_a_digest_hides_the_patient() -> None:
    """The digest is a SHA-256 in hexadecimal digits."""
    assert len(digest()) == 64
    assert set(digest()) <= set("0123456789abcdef")


# The expected count


@pytest.mark.parametrize(
    ("value", "expected"), [("60", 60), (" 1 ", 1), ("0", None), ("-5", None), ("", None), ("many", None)]
)
def test_the_expected_count_is_positive(value: str, expected: int | None) -> None:
    """Only a positive number says how many instances a series has."""
    content = FILE_META + bare(document(), implicit=False)
    count = Tag(0x00201209, "IS", value.encode() + b" " * (len(value) % 2)).encode()

    assert identity_of(content + count).expected_count == expected
