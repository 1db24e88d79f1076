"""Whole instances, with pydicom as judge."""

import pytest
from pydicom.config import RAISE
from pydicom.dataelem import DataElement
from pydicom.uid import CTImageStorage
from pydicom.valuerep import validate_value

from tests.images import (
    FRAGMENTS,
    MAIN_PROFILES,
    NATIVE_SYNTAXES,
    PIXELS,
    ct_image,
    encapsulated,
    item,
    levels,
    part10,
    raw_element,
    read,
    released,
    with_elements,
)
from tests.planted import planted

SYNTAXES = [*NATIVE_SYNTAXES, "encapsulated"]
profiles = pytest.mark.parametrize("profile", MAIN_PROFILES)
syntaxes = pytest.mark.parametrize("syntax", SYNTAXES)


def assert_valid(element: DataElement) -> None:
    """Let pydicom judge every value of an element."""
    for value in element.value if element.VM > 1 and element.VR != "SQ" else [element.value]:
        validate_value(element.VR, str(value) if element.VR in {"DS", "IS"} else value, RAISE)


@profiles
@syntaxes
@pytest.mark.parametrize("script", ["Latin", "Japanese"])
def test_every_value_of_the_output_is_valid(script: str, syntax: str, profile: str) -> None:
    """Each value at every depth converts and is what its VR allows."""
    output = read(released(planted(7, script, syntax).content, profile))

    elements = [element for level in levels(output) for element in level]
    assert len(elements) > 30
    for element in elements:
        assert_valid(element)


def test_the_judge_is_strict() -> None:
    """A value that its VR forbids is seen."""
    data_set = read(with_elements(raw_element(0x00080021, "DA", b"NO DATE.")))

    with pytest.raises(ValueError, match="DA"):
        assert_valid(data_set["SeriesDate"])


@profiles
@syntaxes
def test_elements_come_out_in_order(syntax: str, profile: str) -> None:
    """Tags rise at every level and none comes twice (PS3.5 section 7.1)."""
    output = read(released(planted(7, syntax=syntax).content, profile))

    for level in levels(output):
        tags = [int(element.tag) for element in level]
        assert list(map(int, level._dict)) == sorted(set(tags))


def test_unordered_elements_are_put_in_order() -> None:
    """An original with wrong order comes out right, markers and mapped values included."""
    late = [raw_element(0x00280002, "US", b"\1\0"), raw_element(0x0020000D, "UI", b"1.2.3.44")]
    content = with_elements(*late, StudyInstanceUID=None, SamplesPerPixel=None)
    output = read(released(content))

    tags = [int(tag) for tag in output._dict]
    assert tags == sorted(tags)
    assert output.SamplesPerPixel == 1
    assert output.StudyInstanceUID.startswith("2.25.")
    assert output.PatientIdentityRemoved == "YES"
    assert output.PixelData == PIXELS


@pytest.mark.parametrize("length", ["defined", "undefined"])
@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES)
def test_nested_items_are_cleaned_and_stay_where_they_are(syntax: str, length: str) -> None:
    """Three levels deep, in lengths defined and undefined, an empty item among them."""
    deep = item(PixelSpacing=["1", "2"], StationName="CONSOLE7")
    middle = item(DerivationImageSequence=[item(), deep], RescaleSlope="2")
    image = ct_image(SharedFunctionalGroupsSequence=[item(DerivationImageSequence=[middle])])
    for level in levels(image):
        level.is_undefined_length_sequence_item = length == "undefined"
        for element in level:
            element.is_undefined_length = element.VR == "SQ" and length == "undefined"
    output = read(released(part10(image, NATIVE_SYNTAXES[syntax])))

    found = output.SharedFunctionalGroupsSequence[0].DerivationImageSequence[0]
    assert found.RescaleSlope == 2
    assert len(found.DerivationImageSequence[0]) == 0
    assert found.DerivationImageSequence[1].PixelSpacing == [1, 2]
    assert "StationName" not in found.DerivationImageSequence[1]


@profiles
@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES)
def test_native_pixels_stay_bit_for_bit(syntax: str, profile: str) -> None:
    """Pixel Data is the end of the file, unchanged; what stood behind it is gone."""
    output = released(planted(7, syntax=syntax).content, profile)

    assert output.endswith(PIXELS)
    assert read(output).PixelData == PIXELS


@profiles
def test_encapsulated_pixels_stay_bit_for_bit(profile: str) -> None:
    """Basic Offset Table, fragments and delimiter are copied; what stood behind them is gone."""
    output = released(planted(7, syntax="encapsulated").content, profile)

    expected = encapsulated(FRAGMENTS)
    assert output.endswith(expected + b"\xfe\xff\xdd\xe0\0\0\0\0")
    assert read(output).PixelData == expected


@profiles
@syntaxes
def test_what_is_kept_is_kept_exactly(syntax: str, profile: str) -> None:
    """Attributes that describe the image have the same values as before."""
    content = planted(7, syntax=syntax).content
    before, after = read(content), read(released(content, profile))

    kept = (
        "ImageType",
        "SOPClassUID",
        "Modality",
        "Manufacturer",
        "Rows",
        "BitsStored",
        "PixelRepresentation",
    )
    assert {keyword: after[keyword] for keyword in kept} == {keyword: before[keyword] for keyword in kept}


@syntaxes
def test_preamble_and_file_meta_are_new(syntax: str) -> None:
    """The preamble is empty and the File Meta Information names the new instance and Airlock alone."""
    output = released(planted(7, syntax=syntax).content)
    data_set = read(output)

    meta = data_set.file_meta
    assert output[:128] == bytes(128)
    assert meta.MediaStorageSOPInstanceUID == data_set.SOPInstanceUID
    assert meta.MediaStorageSOPClassUID == data_set.SOPClassUID == CTImageStorage
    assert meta.ImplementationVersionName == "AIRLOCK_1"
    assert {element.keyword for element in meta} & {
        "SourceApplicationEntityTitle",
        "PrivateInformation",
    } == set()


@syntaxes
def test_the_transfer_syntax_stays_unless_it_was_deflated(syntax: str) -> None:
    """A deflated original is released inflated, all others as they came."""
    content = planted(7, syntax=syntax).content
    before, after = (read(each).file_meta.TransferSyntaxUID for each in (content, released(content)))

    assert after == (NATIVE_SYNTAXES["explicit"] if syntax == "deflated" else before)


@pytest.mark.parametrize(
    ("profile", "codes", "dates"),
    [
        ("basic", ["113100"], "REMOVED"),
        ("modified_dates", ["113100", "113107"], "MODIFIED"),
        ("draw", ["113100", "113107"], "MODIFIED"),
    ],
)
@syntaxes
def test_the_markers_say_what_was_done(syntax: str, profile: str, codes: list[str], dates: str) -> None:
    """(0012,0062) to (0012,0064) and (0028,0303) name the profile and exactly the options that ran."""
    output = read(released(planted(7, syntax=syntax).content, profile))

    assert output.PatientIdentityRemoved == "YES"
    assert output.DeidentificationMethod == f"Airlock, PS3.15 2026c Table E.1-1, profile {profile}"
    assert [each.CodeValue for each in output.DeidentificationMethodCodeSequence] == codes
    assert {each.CodingSchemeDesignator for each in output.DeidentificationMethodCodeSequence} == {"DCM"}
    assert output.LongitudinalTemporalInformationModified == dates


def test_markers_of_an_earlier_de_identification_are_replaced() -> None:
    """What somebody else claims to have done is not repeated."""
    image = ct_image(
        PatientIdentityRemoved="NO",
        DeidentificationMethod="by Doctor Quarrington",
        DeidentificationMethodCodeSequence=[item(CodeValue="113111", CodingSchemeDesignator="DCM")],
        LongitudinalTemporalInformationModified="UNMODIFIED",
    )
    output = read(released(part10(image)))

    assert output.PatientIdentityRemoved == "YES"
    assert output.DeidentificationMethod.startswith("Airlock, ")
    assert [each.CodeValue for each in output.DeidentificationMethodCodeSequence] == ["113100"]
    assert output.LongitudinalTemporalInformationModified == "REMOVED"
