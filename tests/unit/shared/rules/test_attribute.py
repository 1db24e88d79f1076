"""Names of attributes in rules."""

import pytest

from shared.errors import RulesetInvalid
from shared.rules.attribute import Attribute, parse_attribute
from shared.rules.place import Place

PLACE = Place("match/ct.yaml", "when.attribute")


@pytest.mark.parametrize(
    ("text", "attribute"),
    [
        ("Modality", Attribute((0x00080060,), "CS", "Modality")),
        ("(0008,103E)", Attribute((0x0008103E,), "LO", "SeriesDescription")),
        ("(0008,103e)", Attribute((0x0008103E,), "LO", "SeriesDescription")),
        ("0008103E", Attribute((0x0008103E,), "LO", "SeriesDescription")),
        ("(0018,0061)", Attribute((0x00180061,), "DS", "(0018,0061)")),
        (
            "RequestAttributesSequence.RequestedProcedureDescription",
            Attribute(
                (0x00400275, 0x00321060),
                "LO",
                "RequestAttributesSequence.RequestedProcedureDescription",
            ),
        ),
        (
            "00400275.(0040,0008).CodeValue",
            Attribute(
                (0x00400275, 0x00400008, 0x00080100),
                "SH",
                "RequestAttributesSequence.ScheduledProtocolCodeSequence.CodeValue",
            ),
        ),
        ("(6002,0010)", Attribute((0x60020010,), "US", "OverlayRows")),
    ],
)
def test_attributes_by_keyword_tag_and_path(text: str, attribute: Attribute) -> None:
    """An attribute is named by keyword, by tag or by a path of them."""
    assert parse_attribute(text, PLACE) == attribute


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "neither a keyword"),
        ("modality", "neither a keyword"),
        ("Modality ", "neither a keyword"),
        ("(0008,0060", "a tag is written"),
        ("Modality.CodeValue", "Modality is no sequence"),
        ("RequestAttributesSequence.", "neither a keyword"),
        ("(0019,xx10)", "private attributes"),
        ("(0019,1010)", "private attributes"),
        ("00191010", "private attributes"),
        ("(0029,0010)", "private attributes"),
        ("(60xx,0010)", "a tag is written"),
        ("(0008,FFFF)", "no data element"),
        ("(0000,0002)", "no data element"),
    ],
)
def test_names_that_are_refused(text: str, problem: str) -> None:
    """Unknown, private and impossible names are refused at their place."""
    with pytest.raises(RulesetInvalid, match=problem) as caught:
        parse_attribute(text, PLACE)

    assert caught.value.details["place"] == "match/ct.yaml: when.attribute"
