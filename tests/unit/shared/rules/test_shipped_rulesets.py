"""The rulesets that come with the project."""

from importlib.resources import files

import pytest

from shared.rules.load import load_rulesets
from shared.rules.matching import match
from shared.rules.ruleset import Ruleset
from tests.unit.shared.rules.examples import Recorded
from tests.unit.shared.rules.examples import instance as axial_ct

CT_IMAGE_STORAGE = "1.2.840.10008.5.1.4.1.1.2"


def instance(**values: tuple[str, ...]) -> Recorded:
    """An axial CT image of CT Image Storage with further or other attributes."""
    return axial_ct(**({"SOPClassUID": (CT_IMAGE_STORAGE,)} | values))


@pytest.fixture(scope="module")
def rulesets() -> tuple[Ruleset, ...]:
    """The shipped rulesets."""
    return load_rulesets(
        files("rulesets") / "match",
        profiles={"draw", "modified_dates"},
        destinations={"autosegmentation"},
        templates={"head_and_neck"},
    )


@pytest.mark.parametrize(
    "values",
    [
        {"BodyPartExamined": ("HEADNECK",)},
        {"BodyPartExamined": ("neck",)},
        {"SeriesDescription": ("CT H&N 2.0 axial",)},
        {"SeriesDescription": ("Head and Neck",)},
        {"StudyDescription": ("H AND N planning",)},
        {"ProtocolName": ("HN_3mm HN",)},
        {"BodyPartExamined": ("NECK",), "ImageType": ("DERIVED", "SECONDARY", "AXIAL")},
    ],
)
def test_head_and_neck_ct_is_claimed(
    rulesets: tuple[Ruleset, ...], values: dict[str, tuple[str, ...]]
) -> None:
    """Axial CT that calls itself head or neck goes to the segmentation of organs at risk."""
    verdict = match(rulesets, [instance(**values)])

    assert verdict.ruleset is not None
    assert (verdict.ruleset.name, verdict.ruleset.profile) == ("head_and_neck_ct", "draw")


@pytest.mark.parametrize(
    "values",
    [
        {"BodyPartExamined": ("CHEST",)},
        {"SeriesDescription": ("shnitzel bottleneck",)},
        {"Modality": ("MR",), "BodyPartExamined": ("NECK",)},
        {"Modality": ("PT",)},
        {"BodyPartExamined": ("NECK",), "ImageType": ("DERIVED", "SECONDARY", "SCREEN SAVE")},
    ],
)
def test_other_images_go_by_the_default(
    rulesets: tuple[Ruleset, ...], values: dict[str, tuple[str, ...]]
) -> None:
    """What head_and_neck_ct does not claim goes by the Basic Profile with shifted dates."""
    verdict = match(rulesets, [instance(**values)])

    assert verdict.ruleset is not None
    assert (verdict.ruleset.name, verdict.ruleset.profile) == ("default", "modified_dates")


@pytest.mark.parametrize(
    "values",
    [
        {"Modality": ("US",)},
        {"Modality": ("SR",)},
        {"ImageType": ("ORIGINAL", "PRIMARY", "LOCALIZER")},
        {"SOPClassUID": ("1.2.840.10008.5.1.4.1.1.7",)},
    ],
)
def test_localizers_and_other_modalities_are_unmatched(
    rulesets: tuple[Ruleset, ...], values: dict[str, tuple[str, ...]]
) -> None:
    """Nothing claims a localizer, another modality or a screenshot."""
    assert match(rulesets, [instance(**values)]).ruleset is None


def test_every_shipped_file_names_its_schema() -> None:
    """Editors find the schema by the first line of each file."""
    first_lines = {
        file.name: file.read_text(encoding="utf-8").splitlines()[0]
        for file in (files("rulesets") / "match").iterdir()
    }

    assert set(first_lines.values()) == {"# yaml-language-server: $schema=../match.schema.json"}
