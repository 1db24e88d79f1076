"""What a ruleset adds to its condition."""

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from shared.errors import RulesetInvalid
from tests.unit.shared.rules.examples import instance, ruleset

REPOSITORY = Path(__file__).parents[4]
ANYTHING = {"attribute": "Modality", "exists": "true"}


@pytest.mark.parametrize("modality", ["CT", "MR", "PT"])
def test_images_of_the_usual_modalities_are_claimed(modality: Any) -> None:
    """CT, MR and PT count unless said otherwise."""
    assert ruleset(ANYTHING).evaluate(instance(Modality=(modality,))).claimed


@pytest.mark.parametrize("modality", [("US",), ("RTSTRUCT",), ()])
def test_other_modalities_are_left_out(modality: Any) -> None:
    """An instance of another modality, or of none, is not claimed."""
    assert not ruleset(ANYTHING).evaluate(instance(Modality=modality)).claimed


def test_modalities_can_be_said_otherwise() -> None:
    """The list in the file replaces the usual one."""
    ultrasound = ruleset(ANYTHING, modalities=["US"])

    verdicts = [ultrasound.evaluate(instance(Modality=(each,))).claimed for each in ("US", "CT")]
    assert verdicts == [True, False]


@pytest.mark.parametrize(
    ("image_type", "claimed"),
    [
        (("ORIGINAL", "PRIMARY", "LOCALIZER"), False),
        (("ORIGINAL", "PRIMARY", "AXIAL", "localizer "), False),
        (("DERIVED", "SECONDARY", "LOCALIZER_2D"), False),
        (("ORIGINAL", "PRIMARY", "AXIAL"), True),
        ((), True),
    ],
)
def test_localizers_are_left_out(image_type: tuple[str, ...], *, claimed: bool) -> None:
    """An Image Type that says LOCALIZER leaves the instance out."""
    assert ruleset(ANYTHING).evaluate(instance(ImageType=image_type)).claimed is claimed


def test_localizers_can_be_included() -> None:
    """With `include_localizers` the Image Type is not asked."""
    verdict = ruleset(ANYTHING, include_localizers=True).evaluate(
        instance(ImageType=("ORIGINAL", "PRIMARY", "LOCALIZER"))
    )

    assert verdict.claimed
    assert verdict.trace == ("Modality in [CT, MR, PT]: yes", "Modality exists: yes")


def test_modalities_must_be_code_strings() -> None:
    """A modality that no instance can have is refused in its place."""
    with pytest.raises(RulesetInvalid, match=r"match/example\.yaml: modalities\[1\]"):
        ruleset(ANYTHING, modalities=["CT", "mr"])


def test_rules_work_without_pydicom() -> None:
    """Loading and judging stay off pydicom, whose import costs a third of a second."""
    program = (
        "import sys; from tests.unit.shared.rules.examples import instance, ruleset;"
        "assert ruleset({'attribute': 'Modality', 'equals': 'CT'}).evaluate(instance()).claimed;"
        "sys.exit('pydicom' in sys.modules)"
    )

    completed = subprocess.run([sys.executable, "-c", program], check=False, cwd=REPOSITORY)

    assert completed.returncode == 0
