"""Files of pixel rules: what is loaded, and what is refused with its place."""

from pathlib import Path

import pytest

from shared.deid.pixels.geometry import Rectangle
from shared.deid.pixels.policy import Area, load_policies, parse_policy
from shared.errors import RulesetInvalid
from tests.pixels import DEFAULT, policy

WHEN = "when: {attribute: Modality, equals: CT}\n"
AREA = "areas: [{x: 0, y: 0, width: 5, height: 6}]\n"


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        (Area(x=3, y=4, width=5, height=6), Rectangle(3, 4, 5, 6)),
        (Area(edge="top", pixels=20), Rectangle(0, 0, 100, 20)),
        (Area(edge="bottom", pixels=20), Rectangle(0, 30, 100, 20)),
        (Area(edge="left", percent=15), Rectangle(0, 0, 15, 50)),
        (Area(edge="right", percent=15), Rectangle(85, 0, 15, 50)),
        (Area(edge="top", percent=1), Rectangle(0, 0, 100, 1)),
        (Area(edge="bottom", pixels=80), Rectangle(0, 0, 100, 80)),
    ],
)
def test_an_area_is_a_rectangle_or_a_strip(area: Area, expected: Rectangle) -> None:
    """In an image of 100 columns and 50 rows; hundredths are rounded up."""
    assert area.rectangle(100, 50) == expected


@pytest.mark.parametrize(
    ("rule", "place", "problem"),
    [
        (
            WHEN + "action: blank",
            "rules[0]",
            "areas or outside_ultrasound_regions belong to the action blank",
        ),
        (WHEN + "action: keep\n" + AREA, "rules[0]", "areas or outside_ultrasound_regions belong"),
        (WHEN + "action: keep\nyields_to_no: true", "rules[0].yields_to_no", "belongs to the action hold"),
        (WHEN + "action: blank\nareas: [{x: 1}]", "rules[0].areas[0]", "expected x, y, width and height"),
        (
            WHEN + "action: blank\nareas: [{edge: top, pixels: 3, percent: 4}]",
            "rules[0].areas[0]",
            "expected x, y, width and height; or edge with pixels or percent",
        ),
        (
            WHEN + "action: blank\nareas: [{x: 0, y: 0, width: 0, height: 1}]",
            "rules[0].areas[0].width",
            "Expected `int` >= 1",
        ),
        (WHEN + "action: blur", "rules[0].action", "Invalid enum value 'blur'"),
        (WHEN + "action: hold\ncolour: red", "rules[0]", "unknown field `colour`"),
        ("action: hold", "rules[0]", "missing required field `when`"),
        (
            "when: {attribute: Colour, equals: CT}\naction: hold",
            "rules[0].when.attribute",
            "neither a keyword",
        ),
        ("when: {attribute: Rows, contains: 5}\naction: hold", "rules[0].when.contains", "does not apply"),
    ],
)
def test_a_mistake_is_refused_with_its_place(rule: str, place: str, problem: str) -> None:
    """Whoever wrote the rule is told where it is wrong."""
    with pytest.raises(RulesetInvalid) as caught:
        policy(rule)

    assert caught.value.details["place"] == f"pixels/one.yaml: {place}"
    assert problem in str(caught.value.details["problem"])


def test_two_rules_of_one_name_are_refused() -> None:
    """A reason names its rule, so that names are unique."""
    rule = "  - {name: same, reason: R., when: {attribute: Modality, exists: true}, action: hold}\n"

    with pytest.raises(RulesetInvalid, match=r"rules\[1\].name.*another rule has this name"):
        parse_policy(f"name: one\ndescription: D.\nrules:\n{rule}{rule}", "pixels/one.yaml")


def test_a_policy_is_called_as_its_file(tmp_path: Path) -> None:
    """A profile names a policy by its file."""
    rule = "  - {name: r, reason: R., when: {attribute: Modality, exists: true}, action: hold}\n"
    (tmp_path / "one.yaml").write_text(f"name: two\ndescription: D.\nrules:\n{rule}", encoding="utf-8")

    with pytest.raises(RulesetInvalid, match="is not the file's name"):
        load_policies(tmp_path)


def test_a_file_puts_its_rules_before_those_that_it_extends(tmp_path: Path) -> None:
    """The first rule whose condition holds decides, so that one's own go first."""
    write_policies(tmp_path, one="", two="extends: one\n")

    assert [rule.rule.name for rule in load_policies(tmp_path)["two"].rules] == ["of_two", "of_one"]


@pytest.mark.parametrize("one", ["extends: two\n", "extends: three\n", "extends: one\n"])
def test_a_file_extends_one_that_extends_none(tmp_path: Path, one: str) -> None:
    """What is unknown, or goes on and on, is refused."""
    write_policies(tmp_path, one=one, two="extends: one\n")

    with pytest.raises(RulesetInvalid, match="extends, problem=expected"):
        load_policies(tmp_path)


def write_policies(folder: Path, **heads: str) -> None:
    """Write files of one rule each."""
    for name, head in heads.items():
        rule = "reason: R., when: {attribute: Modality, exists: true}, action: hold"
        text = f"name: {name}\ndescription: D.\n{head}rules:\n  - {{name: of_{name}, {rule}}}\n"
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """It is an invalid file, not a crash."""
    (tmp_path / "one.yaml").write_bytes(b"\xff\xfe")

    with pytest.raises(RulesetInvalid, match="cannot be read"):
        load_policies(tmp_path)


def test_the_shipped_policy_holds_what_no_rule_knows_and_does_not_trust() -> None:
    """Its defaults are the cautious ones."""
    definition = DEFAULT.definition

    assert (definition.otherwise, definition.trust_burned_in_annotation_no) == ("hold", False)
    assert (definition.text.search, definition.text.found) == (False, "hold")
