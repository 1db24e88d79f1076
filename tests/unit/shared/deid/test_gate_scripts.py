"""The release gate: text of which the character set, the script or the signs make words hard to see."""

from typing import Any

import pytest

from shared.errors import Residue
from tests.images import ct_image, part10, released
from tests.unit.shared.deid.test_gate_search import JAPANESE, LATIN, UTF_8, held


@pytest.mark.parametrize(
    ("character_set", "texts"),
    [
        (
            UTF_8,
            "\u201cQuarrington\u201d «Quarrington» ·Quarrington· №Quarrington \uff08Quarrington\uff09",
        ),
        (UTF_8, "Quarrington\u2013Smith Quarrington\u2019s Quarrington\u02bcs Quarrington®"),
        (UTF_8, "Quarrington\u2122 \xd7Quarrington"),
        (UTF_8, "患者Quarrington様 환자Quarrington님 ไข้Quarrington"),
        (LATIN, "«Quarrington» ·Quarrington· Quarrington® \xd7Quarrington"),
        (None, "«Quarrington» Quarrington®"),
        ("GB18030", "\u201cQuarrington\u201d 患者Quarrington腹部 Quarrington、肝臓"),
        (JAPANESE, "患者QUARRINGTON様 Quarrington、肝臓"),
    ],
)
def test_signs_and_scripts_without_spaces_end_a_name(character_set: Any, texts: str) -> None:
    """Quotation marks are no letters, and beside Han and Hangul nobody writes spaces."""
    for text in texts.split():
        image = ct_image(PatientName="Quarrington^Zebulon")
        image.SpecificCharacterSet = character_set or LATIN
        image.ContrastBolusRoute = text
        content = part10(image)
        if character_set is None:
            content = content.replace(b"ISO_IR 100", b"ISO_IR 6  ")
        with pytest.raises(Residue):
            released(content, "basic")


def test_a_short_name_beside_hangul_is_found() -> None:
    """The reading in another character set hides none, either."""
    changes = {"SpecificCharacterSet": UTF_8, "PatientName": "Kim^Heejung=김^희중"}

    assert held(**changes, ContrastBolusRoute="환자KIM님") == "ContrastBolusRoute"
    assert held(**changes | {"PatientName": "O'Brien^Pat"}, ContrastBolusRoute="O\u2019Brien") is not None


@pytest.mark.parametrize("sign", ["-", "\u2013", "\uff0d", "\uff0f"])
def test_a_date_with_wide_signs_is_found(sign: str) -> None:
    """Wide digits and signs, and dashes, are read as those of ASCII."""
    text = "\uff11\uff19\uff15\uff11-02-04".replace("-", sign)

    assert held(SpecificCharacterSet=UTF_8, PatientBirthDate="19510204", ContrastBolusRoute=text) is not None


@pytest.mark.parametrize("text", ["Nähe", "Zürich", "für"])
@pytest.mark.parametrize("declared", [UTF_8, LATIN])
def test_letters_that_are_read_wrongly_end_no_word(text: str, declared: str) -> None:
    """UTF-8 read as Latin-1, and the reverse, shows signs within words."""
    image = ct_image(SpecificCharacterSet=declared, PatientName="He^Rz", ContrastBolusRoute=text)

    assert released(part10(image), "basic")
