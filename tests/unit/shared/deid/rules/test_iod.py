"""The Types of PS3.3 as the product has them."""

import csv
import subprocess
import sys
from pathlib import Path

import pytest

from shared.deid.rules import iod
from shared.deid.rules.iod import knows, types_of
from shared.deid.rules.table import rows
from shared.dicom.dictionary import tag_for_keyword
from shared.errors import SopClassUnsupported
from tests.images import ct_image, part10, released

REPOSITORY = Path(__file__).parents[5]
CT = "1.2.840.10008.5.1.4.1.1.2"
ENHANCED_CT = "1.2.840.10008.5.1.4.1.1.2.1"
ENHANCED_MR = "1.2.840.10008.5.1.4.1.1.4.1"
PET = "1.2.840.10008.5.1.4.1.1.128"
SC = "1.2.840.10008.5.1.4.1.1.7"
RTSTRUCT = "1.2.840.10008.5.1.4.1.1.481.3"
RTPLAN = "1.2.840.10008.5.1.4.1.1.481.5"
BASIC_TEXT_SR = "1.2.840.10008.5.1.4.1.1.88.11"
ENCAPSULATED_PDF = "1.2.840.10008.5.1.4.1.1.104.1"
GRAYSCALE_PRESENTATION_STATE = "1.2.840.10008.5.1.4.1.1.11.1"
SOP_CLASSES = sorted(iod._iods())


def tag_of(keyword: str) -> int:
    """The tag of a keyword that the Standard defines."""
    tag = tag_for_keyword(keyword)
    assert tag is not None
    return tag


def type_of(sop_class: str, place: str) -> str | None:
    """The Type of the attribute whose keyword stands last, behind those of the sequences around it."""
    *path, tag = map(tag_of, place.split("/"))
    return types_of(sop_class).type_of(tuple(path), tag)


@pytest.mark.parametrize(
    ("sop_class", "place", "expected"),
    [
        (CT, "SOPInstanceUID", "1"),
        (CT, "StudyInstanceUID", "1"),
        (CT, "ImageType", "1"),
        (CT, "PatientID", "2"),
        (CT, "PatientName", "2"),
        (CT, "PatientBirthDate", "2"),
        (CT, "StudyDate", "2"),
        (CT, "AccessionNumber", "2"),
        (CT, "KVP", "2"),
        (CT, "SeriesDate", "3"),
        (CT, "ProtocolName", "3"),
        (CT, "DeviceSerialNumber", "3"),
        (CT, "RequestAttributesSequence/AccessionNumber", "3"),
        (CT, "ReferencedStudySequence/ReferencedSOPInstanceUID", "1"),
        (CT, "ROIName", None),
        (PET, "SeriesDate", "1"),
        (PET, "AcquisitionDate", "2"),
        (ENHANCED_CT, "DeviceSerialNumber", "1"),
        (ENHANCED_CT, "AcquisitionDateTime", "1C"),
        (ENHANCED_MR, "PerFrameFunctionalGroupsSequence/FrameContentSequence/FrameReferenceDateTime", "1C"),
        (ENHANCED_MR, "SharedFunctionalGroupsSequence/PlanePositionSequence/ImagePositionPatient", "1C"),
        (ENHANCED_CT, "PerFrameFunctionalGroupsSequence/FrameContentSequence/FrameComments", "3"),
        (RTSTRUCT, "StructureSetLabel", "1"),
        (RTSTRUCT, "StructureSetDate", "2"),
        (RTSTRUCT, "StructureSetROISequence/ROIName", "2"),
        (RTSTRUCT, "RTROIObservationsSequence/ROIInterpreter", "2"),
        (RTSTRUCT, "ReviewerName", "2C"),
        (RTSTRUCT, "ROIName", None),
        (RTPLAN, "RTPlanLabel", "1"),
        (RTPLAN, "BeamSequence/TreatmentMachineName", "2"),
        (BASIC_TEXT_SR, "ContentDate", "1"),
        (BASIC_TEXT_SR, "VerifyingObserverSequence/VerifyingObserverName", "1"),
        (ENCAPSULATED_PDF, "DocumentTitle", "2"),
    ],
)
def test_types_are_those_of_ps3_3(sop_class: str, place: str, expected: str | None) -> None:
    """Facts that anybody can look up, at the top and inside of sequences."""
    assert type_of(sop_class, place) == expected


@pytest.mark.parametrize("depth", [1, 2, 7, 40])
@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("PersonName", "1C"),
        ("TextValue", "1C"),
        ("ObservationDateTime", "1C"),
        ("ObservationUID", "3"),
        ("ContentSequence", "1C"),
        ("ValueType", "1"),
        ("ConceptCodeSequence/CodeMeaning", "1"),
        ("ReferencedSOPSequence/ReferencedSOPInstanceUID", "1"),
        ("PatientName", None),
    ],
)
def test_content_items_are_alike_at_any_depth(place: str, expected: str | None, depth: int) -> None:
    """Content Sequence contains itself."""
    nested = "ContentSequence/" * depth + place

    assert (type_of(BASIC_TEXT_SR, nested), type_of(ENCAPSULATED_PDF, nested)) == (expected, expected)


def test_the_lowest_of_several_types_holds() -> None:
    """Image Type is 3 in the General Image Module and 1 in the CT Image Module."""
    places = [("general-image",), ("ct-image",), ("general-image", "ct-image")]
    types = [iod._level(modules).types[tag_of("ImageType")] for modules in places]

    assert types == ["3", "1", "1"]


def test_modules_that_are_not_mandatory_count() -> None:
    """Clinical Trial Subject is a User module of a CT image, and Contrast/Bolus a Conditional one."""
    found = [type_of(CT, place) for place in ("ClinicalTrialProtocolID", "ContrastBolusAgent")]

    assert found == ["1", "2"]


@pytest.mark.parametrize("group", [0x6000, 0x6002, 0x601E])
def test_overlays_have_the_types_of_their_range(group: int) -> None:
    """Overlay Rows of any group is 1 in the Overlay Plane Module."""
    assert types_of(CT).type_of((), group << 16 | 0x0010) == "1"


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ((0x00091001,), 0x00100010),
        ((0x00100010,), 0x00100010),
        ((0x00081110, 0x00081110), 0x00081155),
        ((), 0x00091001),
        ((), 0x00080000),
        ((), 0x60010010),
    ],
)
def test_what_stands_nowhere_in_the_iod_has_no_type(path: tuple[int, ...], tag: int) -> None:
    """Private attributes, group lengths, and whatever is inside of what contains nothing."""
    assert types_of(CT).type_of(path, tag) is None


@pytest.mark.parametrize(
    "sop_class",
    [
        "1.2.840.10008.5.1.4.1.1.3",  # Ultrasound Multi-frame Image Storage (Retired)
        "1.2.840.10008.5.1.4.1.1.5",  # Nuclear Medicine Image Storage (Retired)
        "1.2.840.10008.5.1.4.1.1.6",  # Ultrasound Image Storage (Retired)
        "1.2.840.10008.5.1.4.1.1.8",  # Standalone Overlay Storage (Retired)
        "1.2.840.10008.5.1.4.1.1.88.1",  # Text SR Storage - Trial (Retired)
        "1.2.840.10008.5.1.4.1.1.501.1",  # DICOS CT Image Storage
        "1.2.840.10008.5.1.4.1.1.9.100.1",  # Waveform Presentation State Storage, modules unknown
        "1.2.840.113619.4.30",
        "",
    ],
)
def test_a_sop_class_without_an_iod_is_not_known(sop_class: str) -> None:
    """Retired and private SOP Classes have no Types, and asking for them is an error."""
    with pytest.raises(KeyError):
        types_of(sop_class)

    assert not knows(sop_class)


@pytest.mark.parametrize(
    "sop_class",
    [
        CT,
        ENHANCED_CT,
        ENHANCED_MR,
        PET,
        SC,
        RTSTRUCT,
        RTPLAN,
        BASIC_TEXT_SR,
        ENCAPSULATED_PDF,
        GRAYSCALE_PRESENTATION_STATE,
    ],
)
def test_common_sop_classes_are_known(sop_class: str) -> None:
    """What hospitals send has an IOD."""
    assert knows(sop_class)


@pytest.mark.parametrize(
    "sop_class",
    [
        "1.2.840.10008.5.1.4.1.1.9.4.1",  # Basic Voice Audio Waveform Storage
        "1.2.840.10008.5.1.4.1.1.9.4.2",  # General Audio Waveform Storage
    ],
)
def test_what_is_spoken_is_judged_by_no_rule(sop_class: str) -> None:
    """A dictation names the patient, in a voice that is somebody's."""
    with pytest.raises(SopClassUnsupported):
        released(part10(ct_image(SOPClassUID=sop_class, PixelData=None)))


@pytest.mark.parametrize("sop_class", SOP_CLASSES)
def test_every_item_of_every_sop_class_can_be_read(sop_class: str) -> None:
    """Modules and the items that sequences contain are in the table, and every Type is one of the five."""
    waiting, seen, types = [iod.types_of(sop_class)._modules], set(), set()
    while waiting:
        level = iod._level(waiting.pop())
        types |= set(level.types.values())
        waiting += [items for items in level.inside.values() if items not in seen]
        seen |= set(level.inside.values())

    assert "1" in types
    assert types <= {"1", "1C", "2", "2C", "3"}


def test_no_attribute_stands_twice_in_an_item() -> None:
    """Each has one Type there."""
    with Path(iod.__file__).with_name(f"ps3_03_attributes_{iod.EDITION}.csv").open(encoding="utf-8") as file:
        places = [(row["item"], row["tag"]) for row in csv.DictReader(file)]

    assert len(places) == len(set(places))


def test_every_attribute_whose_rule_depends_on_its_type_has_a_place() -> None:
    """Each code of Table E.1-1 that offers a choice can be resolved in some IOD."""
    placed = {attribute.tag for item in iod._rows_by_item() for attribute in iod._attributes(item)}

    assert [tag for tag, row in rows().items() if "/" in row.basic and tag not in placed] == []


def test_types_load_without_pydicom() -> None:
    """The hot path does not pay for it."""
    code = (
        f"import sys; from shared.deid.rules.iod import types_of; types_of('{CT}').type_of((), 0); "
        "print('pydicom' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=REPOSITORY
    )

    assert done.stdout == "False\n"
