"""The release gate: text of which the character set, the script or the signs make words hard to see."""

from typing import Any

import pytest

from shared.errors import Residue
from tests.images import ct_image, part10, raw_element, released, with_elements
from tests.unit.shared.deid.gate.checks import held
from tests.unit.shared.deid.gate.test_residue_search import CONTRAST_BOLUS_ROUTE, JAPANESE, LATIN, UTF_8


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


@pytest.mark.parametrize("declared", ["ISO_IR 6", LATIN, UTF_8, "ISO_IR 144", "GB18030"])
@pytest.mark.parametrize("codec", ["utf_8", "latin_1"])
@pytest.mark.parametrize("text", ["Müller ", "MÜLLER", "Muller", "Mueller "])
@pytest.mark.parametrize("codec_of_text", ["utf_8", "latin_1"])
def test_a_name_of_another_character_set_than_declared_is_sought_in_any_spelling(
    declared: str, codec: str, text: str, codec_of_text: str
) -> None:
    """The declared character set may be missing or wrong, for the name as for the text."""
    name = raw_element(0x00100010, "PN", "Müller^Roy ".encode(codec) + b" " * (codec == "latin_1"))
    if len(text.encode(codec_of_text)) % 2:
        text += " "
    content = with_elements(
        name,
        raw_element(CONTRAST_BOLUS_ROUTE, "LO", text.encode(codec_of_text)),
        PatientName=None,
        SpecificCharacterSet=declared,
    )

    with pytest.raises(Residue):
        released(content)


def test_a_name_in_cyrillic_letters_without_a_character_set_is_sought_in_any_case() -> None:
    """Bytes that are UTF-8 are read as that, too."""
    content = with_elements(
        raw_element(0x00100010, "PN", "Иванов^Роза".encode() + b" "),
        raw_element(CONTRAST_BOLUS_ROUTE, "LO", "ИВАНОВ".encode()),
        PatientName=None,
    )

    with pytest.raises(Residue):
        released(content)


def test_a_name_in_its_own_character_set_is_not_read_in_another() -> None:
    """Two Chinese letters are no two Latin ones: 张 is ÕÅ in Latin-1."""
    changes = {"SpecificCharacterSet": "GB18030", "PatientName": "张^小东"}

    assert held(**changes, ContrastBolusRoute="OA") is None


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("王^芳", "王 芳"),
        ("王^芳", "患者王\u3000芳"),
        ("山田^太郎", "山 田"),
        ("김^중", "환자 김 중"),
        ("王^芳", "王·芳"),
    ],
)
def test_a_name_with_a_space_between_its_characters_is_found(name: str, text: str) -> None:
    """Short names are spread so that they fill a line."""
    assert held(SpecificCharacterSet=UTF_8, PatientName=name, ContrastBolusRoute=text) is not None


@pytest.mark.parametrize(("name", "text"), [("김^지영", "검사지 영상"), ("藤^田", "佐藤、田中")])
def test_words_beside_each_other_are_no_name(name: str, text: str) -> None:
    """Korean parts words by spaces, and a comma parts names."""
    assert held(SpecificCharacterSet=UTF_8, PatientName=name, ContrastBolusRoute=text) is None
