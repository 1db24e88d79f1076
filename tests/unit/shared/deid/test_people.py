"""The people around an instance, whom the cleaner of texts has to know."""

import pytest

from shared.deid.instance import Deidentifier
from shared.deid.rules.options import OPTIONS
from shared.deid.rules.overrides import Override
from shared.deid.rules.profile import Profile
from shared.deid.rules.table import rows
from shared.dicom.source import MemorySource
from tests.images import IMAGING, PROFILES, FixedKeys, ct_image, part10, read, written

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
