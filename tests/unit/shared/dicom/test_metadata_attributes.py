"""How fields and their values are found in headers."""

from typing import Any

import msgspec
import pytest
from pydicom.uid import ImplicitVRLittleEndian

from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import tag_for_keyword
from shared.dicom.metadata import SeriesMetadata, describe
from shared.dicom.metadata.acquisition import CtAcquisition, MrAcquisition, PtAcquisition
from shared.dicom.metadata.attributes import fields_of, keyword_of_field, stated
from shared.dicom.metadata.image import Geometry, Image
from shared.dicom.metadata.modules import Equipment, Patient, Series, Study
from shared.dicom.scan import EXPLICIT_LITTLE, Element
from tests.unit.shared.dicom.metadata_series import ct, described, header, item, mr

KEYWORD_STRUCTS = (Patient, Study, Series, Equipment, CtAcquisition, MrAcquisition, PtAcquisition, Image)


@pytest.mark.parametrize(
    ("name", "keyword"),
    [
        ("patient_name", "PatientName"),
        ("kvp", "KVP"),
        ("x_ray_tube_current", "XRayTubeCurrent"),
        ("ctdi_vol", "CTDIvol"),
        ("d_bdt", "dBdt"),
        ("mr_acquisition_type", "MRAcquisitionType"),
        ("timezone_offset_from_utc", "TimezoneOffsetFromUTC"),
        ("other_patient_ids", "OtherPatientIDs"),
    ],
)
def test_fields_are_named_after_keywords(name: str, keyword: str) -> None:
    """A field's name is its attribute's keyword in snake case, and the dictionary knows the keyword."""
    assert keyword_of_field(name) == keyword
    assert tag_for_keyword(keyword) is not None


@pytest.mark.parametrize("struct", KEYWORD_STRUCTS)
def test_every_field_of_a_module_is_an_attribute(struct: type[msgspec.Struct]) -> None:
    """No field of a module is left out because its name is misspelt."""
    assert [field.name for field in fields_of(struct)] == [
        field.name for field in msgspec.structs.fields(struct)
    ]


def test_computed_fields_are_no_attributes() -> None:
    """Of the geometry the first eight fields are attributes, the rest is computed."""
    names = [field.name for field in msgspec.structs.fields(Geometry)]

    assert [field.name for field in fields_of(Geometry)] == names[:8]


def image_of(metadata: SeriesMetadata) -> Image:
    """The description of the images."""
    assert metadata.image is not None
    return metadata.image


def only(struct: type[msgspec.Struct], keyword: str, vr: str, value: bytes) -> dict[str, Any]:
    """What a level states that has only one element, by its bytes; explicit VR little endian."""
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return stated(struct, DataSet(value, [Element(tag, vr, 0, 0, len(value))], EXPLICIT_LITTLE))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (b"12.5", {"echo_time": 12.5}),
        (b"+1.2E2 ", {"echo_time": 120.0}),
        (b"", {}),
        (b"many", {}),
        (b"1_0 ", {}),
        (b"inf ", {}),
        (b"nan ", {}),
    ],
)
def test_decimal_strings(value: bytes, expected: dict[str, float]) -> None:
    """A Decimal String is a finite number, or nothing at all."""
    assert only(MrAcquisition, "EchoTime", "DS", value) == expected


@pytest.mark.parametrize(
    ("value", "expected"), [(b"12", 12), (b"12.0", 12), (b"12.5", None), (b"9e99", None)]
)
def test_integer_strings(value: bytes, expected: int | None) -> None:
    """An Integer String is a whole number that a JSON reader can hold, or nothing."""
    assert only(Series, "SeriesNumber", "IS", value).get("series_number") == expected


def test_a_list_with_a_broken_number_is_left_out() -> None:
    """A list of numbers of which one is none would be misread: it is left out."""
    assert only(Image, "WindowCenter", "DS", b"40\\x") == {}
    assert only(MrAcquisition, "EchoNumbers", "IS", b"1\\x") == {}


def test_lists_keep_their_order_and_their_empty_values() -> None:
    """Values of a list stay where they are, an empty one too."""
    metadata = described(ct(ImageType=["DERIVED", "PRIMARY", "", "MPR"], WindowCenter=["40", "-600"]))

    assert metadata.series.image_type == ("DERIVED", "PRIMARY", "", "MPR")
    assert image_of(metadata).window_center == (40.0, -600.0)


def test_code_sequences_are_their_meanings() -> None:
    """Of a code sequence the meanings are told."""
    codes = [item(CodeValue=value, CodingSchemeDesignator="SCT", CodeMeaning=value) for value in ("a", "b")]

    assert described(ct(ProcedureCodeSequence=codes)).study.procedure_code_sequence == ("a", "b")


def test_names_follow_the_character_set() -> None:
    """Text is decoded by the character set of its data set."""
    metadata = described(ct(SpecificCharacterSet="ISO_IR 144", PatientName="Дой^Юлия"))

    assert metadata.patient.patient_name == "Дой^Юлия"


def test_unknown_value_representations_are_looked_up() -> None:
    """An attribute of VR UN has the VR of the dictionary (PS3.5 section 6.2.2)."""
    assert only(MrAcquisition, "EchoTime", "UN", b"12.5") == {"echo_time": 12.5}
    assert only(MrAcquisition, "EchoTrainLength", "UN", b"7 ") == {"echo_train_length": 7}
    assert only(MrAcquisition, "AcquisitionMatrix", "UN", b"\0\1" * 4) == {"acquisition_matrix": (256,) * 4}


def test_an_unknown_sequence_is_left_out() -> None:
    """What should be a sequence and is none is left out, and nothing breaks."""
    assert only(Study, "ProcedureCodeSequence", "UN", b"none") == {}


@pytest.mark.parametrize(("representation", "expected"), [(1, -2000), (0, 63536)])
def test_ambiguous_values_follow_the_pixel_representation(representation: int, expected: int) -> None:
    """Without Value Representations, Pixel Padding Value is signed if the pixels are (PS3.5 Annex A.1)."""
    value = expected if representation else 63536
    data_set = ct(PixelRepresentation=representation, PixelPaddingValue=value)

    assert image_of(describe([header(data_set, ImplicitVRLittleEndian)])).pixel_padding_value == expected


def test_blocks_follow_the_modality() -> None:
    """Each modality has its own block, and no other."""
    blocks: dict[str, Any] = {}
    for data_set in (ct(), mr()):
        metadata = described(data_set)
        blocks[data_set.Modality] = (
            metadata.ct is not None,
            metadata.mr is not None,
            metadata.pt is not None,
        )

    assert blocks == {"CT": (True, False, False), "MR": (False, True, False)}
