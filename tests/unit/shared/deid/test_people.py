"""The people around an instance, whom the cleaner of texts has to know."""

import pytest

from shared.deid.instance import Deidentifier
from shared.deid.rules.options import OPTIONS
from shared.deid.rules.overrides import Override
from shared.deid.rules.profile import Profile
from shared.deid.rules.table import rows
from shared.dicom.source import MemorySource
from tests.images import (
    IMAGING,
    PROFILES,
    FixedKeys,
    ct_image,
    part10,
    raw_element,
    read,
    released,
    with_elements,
    written,
)

CLEANED_STACK = Override(attribute="StackID", action="clean", reason="It may be named after somebody.")
CLEANING = {
    "device_identity": (PROFILES["device_identity"], "StationAETitle"),
    "patient_characteristics": (PROFILES["patient_characteristics"], "Allergies"),
    "clean_descriptors": (PROFILES["clean_descriptors"], "SeriesDescription"),
    "override": (Profile(name="local", description="Ours.", overrides=(CLEANED_STACK,)), "StackID"),
}


@pytest.mark.parametrize(("profile", "keyword"), CLEANING.values(), ids=CLEANING)
def test_text_is_cleaned_of_the_people_of_its_own_instance(profile: Profile, keyword: str) -> None:
    """Another instance of the study with another operator, de-identified before it, changes nothing."""
    other, content = (
        part10(ct_image(OperatorsName=name, **{keyword: "HEAD"})) for name in ("Zqwood^Ann", "Head^Ann")
    )
    fresh, used = (Deidentifier(profile, FixedKeys(), IMAGING) for _ in range(2))
    before = read(written(used.deidentify(MemorySource(other))))

    assert before[keyword].value == "HEAD"
    expected = written(fresh.deidentify(MemorySource(content)))
    assert written(used.deidentify(MemorySource(content))) == expected
    assert b"HEAD" not in expected


@pytest.mark.parametrize(
    ("birth_date", "text", "expected"),
    [
        ("1951-02-04", "HEAD 510204", "HEAD"),
        ("1951/02/04", "HEAD 1951", "HEAD"),
        ("19510204120000", "HEAD 4.2.", "HEAD"),
        ("HEAD 51", "HEAD 51 axial", "axial"),
    ],
)
def test_text_is_cleaned_of_a_date_of_birth_that_is_no_date(
    birth_date: str, text: str, expected: str
) -> None:
    """In whatever way it is written; what tells no day goes as it stands."""
    content = with_elements(
        raw_element(0x00100030, "DA", birth_date.encode().ljust((len(birth_date) + 1) // 2 * 2)),
        PatientBirthDate=None,
        SeriesDescription=text,
    )

    assert read(released(content, "clean_descriptors")).SeriesDescription == expected


def test_every_option_that_cleans_text_is_known_to() -> None:
    """The table says C of it; modified dates have nothing to clean but dates."""
    cleaning = {
        option
        for option, facts in OPTIONS.items()
        if any(row.options.get(facts.column) == "C" for row in rows().values())
    }

    assert len(cleaning) == 6
    told = {option for option in OPTIONS if PROFILES[option].cleans_text}
    assert told == cleaning - {"modified_dates"}
