"""What PS3.15 section E.1.1 wants said."""

import io

import pytest
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import ComprehensiveSRStorage

from shared.deid.markers import markers
from shared.deid.options import OPTIONS
from shared.deid.profile import Profile
from shared.deid.rules import MARKERS
from shared.dicom.scan import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from tests.images import PROFILES, ct_image, part10, read, released

ENCODINGS = {"implicit": IMPLICIT_LITTLE, "explicit": EXPLICIT_LITTLE, "big endian": EXPLICIT_BIG}


def told(profile: Profile, encoding: Encoding = EXPLICIT_LITTLE, *, has_pixels: bool = True) -> Dataset:
    """The markers as pydicom reads them."""
    content = b"".join(encoded for _, encoded in markers(profile, encoding, has_pixels=has_pixels))
    return read_dataset(io.BytesIO(content), not encoding.explicit, encoding.little)


def codes(data_set: Dataset) -> list[tuple[str, str]]:
    """Code value and meaning of each method."""
    return [(each.CodeValue, each.CodeMeaning) for each in data_set.DeidentificationMethodCodeSequence]


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
def test_the_markers_name_the_profile_and_its_options(encoding: Encoding, profile: Profile) -> None:
    """In every encoding, by rising tag, with the Basic Profile first and each option by its code."""
    data_set = told(profile, encoding)

    assert [int(tag) for tag in data_set.keys()] == sorted(MARKERS)  # noqa: SIM118
    assert data_set.PatientIdentityRemoved == "YES"
    method = f"Airlock, PS3.15 2026c Table E.1-1, profile {profile.name}"
    assert data_set.DeidentificationMethod == method[:64]
    assert codes(data_set)[0] == ("113100", "Basic Application Confidentiality Profile")
    assert codes(data_set)[1:] == [OPTIONS[option].code for option in profile.options]
    assert {each.CodingSchemeDesignator for each in data_set.DeidentificationMethodCodeSequence} == {"DCM"}


def test_nobody_claims_clean_pixels_where_there_are_none() -> None:
    """113101 stands in images only; all other options are told of every object."""
    profile = PROFILES["extended"]
    dropped = {*codes(told(profile))} - {*codes(told(profile, has_pixels=False))}

    assert dropped == {OPTIONS["clean_pixel_data"].code}
    assert len(codes(told(profile, has_pixels=False))) == len(profile.options)


def test_a_report_does_not_claim_clean_pixels() -> None:
    """Whether an object has pixels is a matter of its IOD, not of the instance."""
    report = ct_image(SOPClassUID=ComprehensiveSRStorage, Modality="SR", PixelData=None)
    image = ct_image(PixelData=None)
    outputs = [read(released(part10(each), "clean_pixel_data")) for each in (report, image)]

    assert [[value for value, _ in codes(output)] for output in outputs] == [["113100"], ["113100", "113101"]]


@pytest.mark.parametrize(
    ("profile", "expected"),
    [
        ("basic", "REMOVED"),
        ("modified_dates", "MODIFIED"),
        ("draw", "MODIFIED"),
        ("full_dates", "UNMODIFIED"),
    ],
)
def test_what_became_of_dates_is_told(profile: str, expected: str) -> None:
    """(0028,0303) has one of its three terms (PS3.3 section C.12.1.1.7)."""
    assert told(PROFILES[profile]).LongitudinalTemporalInformationModified == expected


def test_a_long_name_of_a_profile_is_cut() -> None:
    """De-identification Method is an LO of 64 characters."""
    profile = Profile(name="a" * 63, description="Ours.")

    assert len(told(profile).DeidentificationMethod) == 64
