"""What PS3.15 section E.1.1 wants said."""

import io

import pytest
from pydicom.dataset import Dataset
from pydicom.filereader import read_dataset
from pydicom.uid import ComprehensiveSRStorage

from shared.deid.markers import markers
from shared.deid.rules.options import OPTIONS, Option
from shared.deid.rules.overrides import Override, OverrideAction
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import MARKERS
from shared.dicom.scan import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from shared.dicom.source import MemorySource
from tests.images import (
    NATIVE_SYNTAXES,
    PIXELS,
    PROFILES,
    ct_image,
    deidentifier,
    item,
    part10,
    read,
    released,
    written,
)

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
    """Nor an image that has none: nothing was cleaned."""
    report = ct_image(SOPClassUID=ComprehensiveSRStorage, Modality="SR", PixelData=None)
    image = ct_image(PixelData=None)
    outputs = [read(released(part10(each), "clean_pixel_data")) for each in (report, image)]

    assert [[value for value, _ in codes(output)] for output in outputs] == [["113100"], ["113100"]]


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


@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES.values(), ids=NATIVE_SYNTAXES)
def test_an_image_without_pixels_claims_all_but_clean_pixels(syntax: str) -> None:
    """Whatever went before, with long sequences beside the markers and codes of an earlier method."""
    worker = deidentifier("extended")
    long_ = [item(ReferencedSOPInstanceUID=f"1.2.3.{number}") for number in range(2000)]
    for pixels in (PIXELS, None, PIXELS, None):
        image = ct_image(PixelData=pixels, SourceImageSequence=long_, ReferencedImageSequence=long_)
        image.DeidentificationMethodCodeSequence = [method("113102")]
        output = read(written(worker.deidentify(MemorySource(part10(image, syntax)))))
        claimed = [value for value, _ in codes(output)]

        assert ("113101" in claimed) is (pixels is not None)
        assert (claimed[0], claimed[-1]) == ("113100", "113102")
        assert len(claimed) == len(PROFILES["extended"].options) + (2 if pixels else 1)


def method(value: str, scheme: str = "DCM") -> Dataset:
    """A code of an earlier method."""
    return item(CodeValue=value, CodingSchemeDesignator=scheme, CodeMeaning="Zqxen")


def test_the_codes_of_an_earlier_method_stay_where_they_say_what_is_gone() -> None:
    """Methods add up (PS3.3 section C.7.1.1); what was retained need not be left."""
    earlier = [method(value) for value in ("113100", "113101", "113102", "113106", "113109", "999")]
    image = ct_image(DeidentificationMethod="Zqxenburgh", DeidentificationMethodCodeSequence=earlier)
    image.DeidentificationMethodCodeSequence.append(method("113105", "99ZQ"))
    output = read(released(part10(image), "modified_dates"))

    assert [value for value, _ in codes(output)] == ["113100", "113107", "113101", "113102"]
    assert codes(output)[2:] == [
        ("113101", "Clean Pixel Data Option"),
        ("113102", "Clean Recognizable Visual Features Option"),
    ]
    assert output.DeidentificationMethod[1:] == ["an earlier method, by its codes"]
    assert "Zq" not in str(output)


def test_an_earlier_method_is_told_of_its_own_instances_alone() -> None:
    """What is remembered of one header decides about none that differs in a code."""
    worker = deidentifier()
    for value, expected in (("113101", ["113101"]), ("113106", []), ("113105", ["113105"])):
        image = ct_image(DeidentificationMethodCodeSequence=[method(value)])
        output = read(written(worker.deidentify(MemorySource(part10(image)))))

        assert [each for each, _ in codes(output)] == ["113100", *expected]


@pytest.mark.parametrize(
    ("before", "profile", "expected"),
    [
        ("MODIFIED", "full_dates", "MODIFIED"),
        ("REMOVED", "full_dates", "REMOVED"),
        ("UNMODIFIED", "full_dates", "UNMODIFIED"),
        ("ZQ", "full_dates", "UNMODIFIED"),
        ("REMOVED", "modified_dates", "REMOVED"),
        ("UNMODIFIED", "modified_dates", "MODIFIED"),
        ("UNMODIFIED", "basic", "REMOVED"),
    ],
)
def test_dates_that_were_moved_before_are_not_called_unmodified(
    before: str, profile: str, expected: str
) -> None:
    """Whatever went before in another header."""
    worker = deidentifier(profile)
    for value in ("UNMODIFIED", before):
        image = ct_image(LongitudinalTemporalInformationModified=value)
        output = read(written(worker.deidentify(MemorySource(part10(image)))))

    assert output.LongitudinalTemporalInformationModified == expected


def overriding(attribute: str, action: OverrideAction, *options: Option, reason: str = "") -> Dataset:
    """The markers of a profile with an override."""
    one = Override(attribute=attribute, action=action, reason="Ours.", i_understand=reason)
    return told(Profile(name="ours", description="Ours.", options=options, overrides=(one,)))


@pytest.mark.parametrize("attribute", ["PatientName", "PatientID", "PatientBirthDate", "(0010,1000)"])
def test_who_keeps_the_patients_identity_does_not_claim_that_it_is_gone(attribute: str) -> None:
    """Nor the Basic Profile, which would have removed it."""
    data_set = overriding(attribute, "keep", reason="Ours.")

    assert data_set.PatientIdentityRemoved == "NO"
    assert "DeidentificationMethodCodeSequence" not in data_set
    assert data_set.DeidentificationMethod[1:] == ["with exceptions"]
    more = overriding(attribute, "keep", "uids", reason="Ours.")
    assert [value for value, _ in codes(more)] == ["113110"]


@pytest.mark.parametrize(
    ("attribute", "action", "reason"),
    [
        ("PatientName", "remove", ""),
        ("PatientSex", "keep", "Ours."),
        ("PatientBirthDate", "shift_date", "Ours."),
    ],
)
def test_other_exceptions_leave_the_patient_nameless(
    attribute: str, action: OverrideAction, reason: str
) -> None:
    """Those that release something are told."""
    data_set = overriding(attribute, action, reason=reason)

    assert data_set.PatientIdentityRemoved == "YES"
    assert [value for value, _ in codes(data_set)] == ["113100"]
    assert ("with exceptions" in data_set.DeidentificationMethod) is bool(reason)


@pytest.mark.parametrize("profile", ["basic", "extended", "full_dates"])
def test_the_same_method_twice_is_told_once(profile: str) -> None:
    """The second time changes nothing."""
    once = released(part10(ct_image(BurnedInAnnotation="NO")), profile)
    twice = read(released(once, profile))

    assert codes(twice) == codes(read(once))
    assert twice.DeidentificationMethod == read(once).DeidentificationMethod
