"""`airlock deid explain`: what it says of an element is what happens to it."""

from pathlib import Path

import pytest

from tests.integration.cli.harness import airlock
from tests.planted import planted
from tests.unit.shared.deid.reports import code, coded, measured


def actions(file: Path, profile: str = "basic") -> dict[str, tuple[str, str]]:
    """Rule and action by place."""
    answer = airlock("deid", "explain", file, "--profile", profile, "--json")
    assert answer.code == 0
    return {each["place"]: (each["rule"], each["action"]) for each in answer.json}


def test_explain_names_the_rule_of_every_element(tmp_path: Path) -> None:
    """Tags, rules and actions, at every depth; no value."""
    file = tmp_path / "file.dcm"
    file.write_bytes(planted(7).content)
    rules = actions(file)
    screen = airlock("deid", "explain", file)

    assert rules["PatientName"] == ("pseudonym", "pseudonym")
    assert rules["InstitutionName"][0] == "table"
    assert rules["(0009,0010)"] == ("private", "remove")
    assert rules["Rows"] == ("unlisted", "keep")
    assert rules["SOPClassUID"][1] == "keep"
    assert rules["SOPInstanceUID"][1] == "map_uid"
    assert rules["PixelData"] == ("default: rule cross_section", "keep")
    assert any("[0]." in place for place in rules)
    assert "PatientName" in screen.out
    assert not planted(7).surviving((str(rules) + screen.out).encode())


@pytest.mark.parametrize(
    ("content", "profile", "place", "expected"),
    [
        (
            coded(code("121029", "DCM", "Subject Name"), code("1", "SCT", "Quarrington")),
            "basic",
            "ContentSequence[0].ConceptCodeSequence[0].CodeMeaning",
            ("dummy_content", "dummy"),
        ),
        (
            measured("121033", "Subject Age", "95"),
            "extended",
            "ContentSequence[0].MeasuredValueSequence[0].NumericValue",
            ("age", "cap_age"),
        ),
    ],
)
def test_explains_content_that_is_somebodys(
    tmp_path: Path, content: bytes, profile: str, place: str, expected: tuple[str, str]
) -> None:
    """What a concept says decides about the sequences beside it."""
    file = tmp_path / "report.dcm"
    file.write_bytes(content)

    assert actions(file, profile)[place] == expected
