"""The release gate: where and in which spelling an identifier is found."""

from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.gate import residue
from shared.deid.gate.harvest import Token, tokens_of
from shared.deid.header.encode import element
from shared.deid.readings import words
from shared.dicom.scan import EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from shared.errors import Residue
from tests.encoded import encoded_item, encoded_sequence
from tests.images import NATIVE_SYNTAXES
from tests.images import item as item_of
from tests.unit.shared.deid.gate.checks import ENCODINGS, META, NAME, check, held

LATIN, UTF_8, JAPANESE, GREEK = "ISO_IR 100", "ISO_IR 192", ["", "ISO 2022 IR 87"], "ISO_IR 126"
CONTRAST_BOLUS_ROUTE, STACK_ID = 0x00181040, 0x00209056


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=list(ENCODINGS))
@pytest.mark.parametrize(
    "following", [0x00400001, 0x00540001, 0x00320001, 0x00720001, 0x00880001, 0x40080001]
)
@pytest.mark.parametrize("length", [11, 12, 48, 65, 97, 128, 200])
def test_what_stands_beside_a_value_does_not_hide_it(encoding: Encoding, following: int, length: int) -> None:
    """Lengths and tags may look like letters: (0054,...) begins with T, a length of 65 is A."""
    text = (
        b"quarrington".rjust(length // 2 * 2)
        if length > 12
        else b"quarrington"[:length] + b" " * (length - 11)
    )
    content = element(STACK_ID, "SH", text, encoding) + element(following, "SH", b"x ", encoding)
    front = element(STACK_ID, "SH", b"quarrington".ljust(length), encoding)

    for each in (content, front + element(following, "SH", b"x ", encoding)):
        with pytest.raises(Residue):
            check({NAME}, META, each, encoding)


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=list(ENCODINGS))
@pytest.mark.parametrize("undefined", [True, False])
@pytest.mark.parametrize("name", [b"quarrington ", b"quarringtone"])
def test_the_last_value_of_an_item_is_searched(encoding: Encoding, name: bytes, *, undefined: bool) -> None:
    """Item tags and delimiters, which begin with byte FE, follow it directly."""
    inner = encoded_item(element(STACK_ID, "SH", name, encoding), encoding, undefined=undefined)
    items = inner + encoded_item(b"", encoding)
    content = encoded_sequence(0x00189346, items, encoding, undefined=undefined)

    with pytest.raises(Residue):
        check({Token(name.strip(), "name")}, META, content, encoding)


def test_the_file_meta_information_is_searched() -> None:
    """A name or UID in it is residue without an element."""
    for token, meta in (
        (NAME, META + b"QUARRINGTON"),
        (Token(b"2.25.1", "uid"), META),
        (NAME, b"quarrington".ljust(128, b"\0") + META[128:]),
    ):
        with pytest.raises(Residue) as caught:
            check({token}, meta, b"", EXPLICIT_LITTLE)
        assert caught.value.details == {"element": "File Meta Information", "places": 1}


@pytest.mark.parametrize(
    ("character_set", "name", "text"),
    [
        (LATIN, "Müller^Jörg", "Müller"),
        (LATIN, "Müller^Jörg", "MÜLLER"),
        (LATIN, "Müller^Jörg", "for müller, left"),
        (LATIN, "Müller^Jörg", "Muller"),
        (LATIN, "Muller^Jorg", "for Müller"),
        (LATIN, "Muller^Jorge", "JÖRGÉ"),
        (UTF_8, "Müller^Jörg", "MÜLLER"),
        (UTF_8, "Quarrington^Zebulon", "for Quar\u00adring\u200bton"),
        (UTF_8, "Łukasz^Żeromski", "ŻEROMSKI"),
        (GREEK, "Διονυσιος^Παπαδοπουλος", "ΠΑΠΑΔΟΠΟΥΛΟΣ"),
        (GREEK, "ΠΑΠΑΔΟΠΟΥΛΟΣ", "παπαδόπουλος"),
        ("ISO_IR 144", "Люксембург^Роза", "ЛЮКСЕМБУРГ"),
        (JAPANESE, "Yamada^Tarou=山田^太郎", "山田"),
        (JAPANESE, "Yamada^Tarou=山田^太郎", "患者山田様"),
        (JAPANESE, "Yamada^Tarou=山田^太郎", "for Yamada"),
        (["", "ISO 2022 IR 149"], "Hong^Gildong=洪^吉洞=홍^길동", "홍길동님"),
        ("GB18030", "Wang^XiaoDong=王^小东", "患者王小东"),
        ("GB18030", "Wang^XiaoDong=王^小东", "小东"),
        ("GBK", "Wang^XiaoDong=王^小东", "王小东"),
    ],
)
def test_names_beyond_ascii_are_found_in_any_spelling(character_set: Any, name: str, text: str) -> None:
    """Case, accents, escape sequences and words without spaces make no difference."""
    found = held(SpecificCharacterSet=character_set, PatientName=name, ContrastBolusRoute=text)

    assert found == "ContrastBolusRoute"


@pytest.mark.parametrize(
    ("character_set", "name", "text"),
    [
        (LATIN, "Müller^Jörg", "Müllerei"),
        (JAPANESE, "Yamada^Tarou=山田^太郎", "火山"),
        (JAPANESE, "Yamada^Tarou=山田^太郎", "左"),
        ("GB18030", "Wang^XiaoDong=王^小东", "王水"),
    ],
)
def test_other_words_beyond_ascii_are_not(character_set: Any, name: str, text: str) -> None:
    """Longer words, and single characters of a name, are no residue."""
    assert held(SpecificCharacterSet=character_set, PatientName=name, ContrastBolusRoute=text) is None


@pytest.mark.parametrize(
    ("term", "codec", "escape"),
    [
        (b"ISO 2022 IR 58", "gb2312", b"\x1b$)A"),
        (b"ISO 2022 IR 149", "euc_kr", b"\x1b$)C"),
        (b"ISO 2022 IR 87", "iso2022_jp", b""),
    ],
)
def test_escape_sequences_in_the_text_do_not_hide_a_name(term: bytes, codec: str, escape: bytes) -> None:
    """Wherever the code table is switched before a name (PS3.5 section 6.1.2.5)."""
    value = b"ask " + escape + "金山".encode(codec)
    content = element(0x00080005, "CS", b"\\" + term, EXPLICIT_LITTLE)
    content += element(CONTRAST_BOLUS_ROUTE, "LO", value, EXPLICIT_LITTLE)

    with pytest.raises(Residue):
        check({Token("金山".encode(), "name")}, META, content, EXPLICIT_LITTLE)


@pytest.mark.parametrize("written_in", ["utf-8", "latin_1"])
@pytest.mark.parametrize("declared", [LATIN, UTF_8, ""])
def test_text_in_another_character_set_than_declared_is_found(declared: str, written_in: str) -> None:
    """Files lie about their character set: UTF-8 in a Latin-1 file is read as both."""
    name = "Müller-Lüdenscheidt"
    content = (
        element(0x00080005, "CS", declared.encode(), EXPLICIT_LITTLE)
        + element(CONTRAST_BOLUS_ROUTE, "LO", name.upper().encode(written_in), EXPLICIT_LITTLE)
    )  # fmt: skip

    with pytest.raises(Residue):
        check(
            {Token(b"mullerludenscheidt", "name"), Token(b"ludenscheidt", "name")},
            META,
            content,
            EXPLICIT_LITTLE,
        )


@pytest.mark.parametrize("text", [b"Quar\0rington\0", "for Quarrington".encode("utf-16-le")])
def test_nul_between_letters_does_not_hide_a_name(text: bytes) -> None:
    """Programs pad with it, and write UTF-16 where they should not."""
    with pytest.raises(Residue):
        check({NAME}, META, element(CONTRAST_BOLUS_ROUTE, "LO", text, EXPLICIT_LITTLE), EXPLICIT_LITTLE)


def test_binary_values_are_searched() -> None:
    """A name in OB or OW is residue as well."""
    for vr in ("OB", "OW"):
        content = element(0x00282000, vr, b"\1\2 Quarrington \0", EXPLICIT_LITTLE)
        with pytest.raises(Residue):
            check({NAME}, META, content, EXPLICIT_LITTLE)


@pytest.mark.parametrize("vr", ["OB", "OW", "UN"])
def test_bytes_beyond_ascii_hide_no_name_in_a_binary_value(vr: str) -> None:
    """There they are no letters."""
    content = element(0x00282000, vr, b"\xff\xfeQuarrington\xff\xd9\0", EXPLICIT_LITTLE)

    with pytest.raises(Residue):
        check({NAME}, META, content, EXPLICIT_LITTLE)


def test_bytes_beyond_ascii_hide_no_name_beside_pixels() -> None:
    """A second image in a fragment, whose comment has markers on both sides."""
    image = b"\xff\xd8\xff\xfe\0\x0dQuarrington\xff\xd9"

    assert residue.found_beside_pixels(residue.Wanted({NAME}), image) == [NAME]


@pytest.mark.parametrize(("before", "is_found"), [(0, True), (100, False)])
def test_a_spelled_date_beside_pixels_is_sought_in_text_alone(
    before: int, *, is_found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In noise of megabytes the pattern of all languages takes minutes, and nobody writes one there."""
    monkeypatch.setattr(residue, "LARGEST_LISTED", 60)
    wanted = residue.Wanted(tokens_of("birth date", b"19510204", ()))
    found = residue.found_beside_pixels(wanted, b"-" * before + b" 4. Februar 1951 ")

    assert any(token.kind == "spelled date" for token in found) is is_found


def test_nothing_sought_is_nothing_held() -> None:
    """Without identifiers every output passes."""
    check((), META, element(STACK_ID, "SH", b"quarrington", EXPLICIT_LITTLE), EXPLICIT_LITTLE)


def test_a_neighbouring_hit_across_two_values_is_none() -> None:
    """The end of one value and the start of the next are two texts."""
    content = pack("<HHI", 0x0020, 0x9056, 5) + b"quarr" + pack("<HHI", 0x0020, 0x9057, 6) + b"ington"

    check({NAME}, META, content, IMPLICIT_LITTLE)


@given(
    before=st.text(st.characters(codec="latin-1", exclude_characters="\\"), max_size=8),
    after=st.text(st.characters(codec="latin-1", exclude_characters="\\"), max_size=8),
    encoding=st.sampled_from(sorted(ENCODINGS.values())),
)
def test_a_name_between_spaces_is_always_held(before: str, after: str, encoding: Encoding) -> None:
    """Whatever else a value holds."""
    text = f"{before} Quarrington {after}".encode("latin_1")
    content = element(STACK_ID, "LO", text, encoding) + element(0x00540400, "LO", b"T", encoding)

    with pytest.raises(Residue):
        check({NAME}, META, content, encoding)


@pytest.mark.parametrize(
    ("text", "vr", "is_found"),
    [
        (b"quarrington", "OB", True),
        (b"quarringtone", "OB", False),
        (b"xquarrington", "LO", False),
        (b"1QUARRINGTON2", "UT", True),
        ("Quärrington".encode("latin_1"), "UT", True),
        ("Quärrington".encode("latin_1"), "OB", False),
    ],
)
@pytest.mark.parametrize("before", [0, 20, 39, 40, 41, 100])
def test_a_value_whose_words_are_too_many_is_searched_in_pieces(
    before: int, text: bytes, vr: str, monkeypatch: pytest.MonkeyPatch, *, is_found: bool
) -> None:
    """Wherever the pieces end, no word is cut."""
    monkeypatch.setattr(residue, "LARGEST_LISTED", 30)
    monkeypatch.setattr(words, "_PIECE_BYTES", 40)
    value = residue.Outgoing(CONTRAST_BOLUS_ROUTE, vr, b"-" * before + text + b"-" * 50, ("ISO_IR 100",))

    assert bool(residue.Wanted({NAME}).found_in(value)) is is_found


def test_numbers_have_an_excuse_in_a_large_value_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of plain numbers is none that identifies, however long it is."""
    monkeypatch.setattr(residue, "LARGEST_LISTED", 30)
    value = residue.Outgoing(CONTRAST_BOLUS_ROUTE, "DS", b"12.345\\" * 20 + b"1.5", ())

    assert residue.Wanted({Token(b"12.345", "id")}).found_in(value) == []


@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES)
def test_a_large_value_that_stays_is_searched(syntax: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table of colours may be megabytes, and have a name in it."""
    monkeypatch.setattr("shared.deid.header.memos.LARGEST_LISTED", 30)
    monkeypatch.setattr(residue, "LARGEST_LISTED", 30)

    assert held(syntax, ICCProfile=b"x " * 40 + b"by Zebulon  ") == "ICCProfile"
    assert held(syntax, ICCProfile=b"x " * 40 + b"by Zebulons ") is None


@pytest.mark.parametrize("text", ["0047110815", "id 00047110815,", "A0047110815"])
def test_an_id_with_zeros_in_front_is_found(text: str) -> None:
    """Systems fill numbers up to a length of their own."""
    assert held(PatientID="47110815", ContrastBolusRoute=text) == "ContrastBolusRoute"
    assert held(PatientID="47110815", ContrastBolusRoute="0.0047110815") is None


@pytest.mark.parametrize("text", ["+447700900123", "00447700900123", "07700 900123"])
def test_a_telephone_number_is_found_as_it_is_dialled(text: str) -> None:
    """In its country, and from abroad."""
    number = {"PatientTelephoneNumbers": "+44(0)7700900123"}

    assert held(**number, ContrastBolusRoute=text) == "ContrastBolusRoute"


def test_a_physician_who_is_named_in_a_code_is_found() -> None:
    """The way of a layout seen before harvests no less than the first."""
    code = item_of(CodeValue="DRX77", CodingSchemeDesignator="99H", CodeMeaning="Whittlesby Ottoline")
    physician = item_of(PersonIdentificationCodeSequence=[code], InstitutionName="Clinic")

    changes = {
        "ReferringPhysicianIdentificationSequence": [physician],
        "ContrastBolusRoute": "for Whittlesby",
    }
    assert held(**changes) == "ContrastBolusRoute"
