"""The release gate: what is held, what is let go, and that nothing of it is told."""

from struct import pack
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.encode import element, file_meta, item, sequence
from shared.deid.gate import check
from shared.deid.harvest import Token
from shared.dicom.scan import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding
from shared.errors import Residue
from tests.images import NATIVE_SYNTAXES, PROFILES, ct_image, part10, released
from tests.images import item as data_set_item

ENCODINGS = {"implicit": IMPLICIT_LITTLE, "explicit": EXPLICIT_LITTLE, "big endian": EXPLICIT_BIG}
NAME = Token(b"quarrington", "name")
META = file_meta("1.2.840.10008.5.1.4.1.1.2", "2.25.1", "1.2.840.10008.1.2.1")
CONTRAST_BOLUS_ROUTE, STACK_ID = 0x00181040, 0x00209056


def held(syntax: str = "explicit", profile: str = "basic", **changes: Any) -> str | None:
    """The element at which an image is held, None if it is released."""
    try:
        released(part10(ct_image(**changes), NATIVE_SYNTAXES[syntax]), profile)
    except Residue as error:
        return str(error.details["element"])
    return None


def is_held(token: Token, text: bytes, vr: str = "LO") -> bool:
    """Whether a token is found in the value of one element."""
    try:
        check({token}, META, element(CONTRAST_BOLUS_ROUTE, vr, text, EXPLICIT_LITTLE), EXPLICIT_LITTLE)
    except Residue:
        return True
    return False


@pytest.mark.parametrize("profile", PROFILES)
@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES)
@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("ContrastBolusRoute", "as Quarrington wants"),  # LO
        ("StackID", "QUARRINGTON"),  # SH
        ("PartialViewDescription", "ask zebulon first"),  # ST
        ("InterventionDescription", "Quarrington, Z."),  # LO
        ("ScanOptions", "ZEBULON"),  # CS
        ("BodyPartExamined", "QUARRINGTON"),  # CS
        ("Manufacturer", "Quarrington and sons"),  # LO
        ("ContrastBolusRoute", "MRN-4711-0815"),
        ("ContrastBolusRoute", "mrn47110815"),
        ("StackID", "1951-02-04"),
        ("ContrastBolusRoute", "born 04.02.1951"),
        ("ContrastBolusRoute", "see 1.3.6.1.4.1.99999.1.0."),
        ("SequenceName", "zquarrington"),
        ("SoftwareVersions", "QUARRINGTONZEBULON1"),
        ("ConvolutionKernel", "quarrington_01"),
    ],
)
def test_an_identifier_in_an_attribute_that_is_kept_is_held(
    keyword: str, text: str, syntax: str, profile: str
) -> None:
    """Name, id, date of birth and UID of the patient, in whatever case, encoding and profile."""
    assert held(syntax, profile, **{keyword: text}) == keyword


@pytest.mark.parametrize("profile", PROFILES)
def test_an_image_without_residue_is_released(profile: str) -> None:
    """The same attributes with other text pass."""
    kept = {"ContrastBolusRoute": "ORAL", "StackID": "1", "PartialViewDescription": "left half"}

    assert held(profile=profile, **kept) is None


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_items_are_searched(depth: int) -> None:
    """At every depth the innermost keyword is told."""
    content = data_set_item(ContrastBolusRoute="Quarrington")
    for _ in range(depth):
        content = data_set_item(ContributingEquipmentSequence=[content])

    sequence_ = content.ContributingEquipmentSequence
    assert held(ContributingEquipmentSequence=sequence_) == "ContrastBolusRoute"


@pytest.mark.parametrize("place", ["ReferringPhysicianName", "OperatorsName", "OtherPatientNames"])
def test_the_people_around_the_patient_count(place: str) -> None:
    """Any person of the original is sought, not only the patient."""
    assert held(**{place: "Ostrander^Mildred"}, StackID="OSTRANDER") == "StackID"


def test_the_error_tells_where_and_how_often_but_never_what() -> None:
    """Message and details hold a keyword and a count."""
    image = ct_image(ContrastBolusRoute="for Quarrington", StackID="Zebulon")

    with pytest.raises(Residue) as caught:
        released(part10(image))
    assert caught.value.details == {"element": "ContrastBolusRoute", "places": 2}
    assert "quarrington" not in str(caught.value).lower()
    assert "zebulon" not in repr(caught.value.details).lower()


@pytest.mark.parametrize(
    ("name", "keyword", "text", "is_found"),
    [
        ("Li^Wei", "ContrastBolusRoute", "for Mrs. Li", True),
        ("Li^Wei", "ContrastBolusRoute", "LI WEI", True),
        ("Li^Wei", "StackID", "weili", True),
        ("Li^Wei", "PartialViewDescription", "Wei, left", True),
        ("Ng^Roy", "StackID", "NG_1", True),
        ("Li^Wei", "ContrastBolusRoute", "oral liquid", False),
        ("Li^Wei", "ScanOptions", "LI", False),
        ("Li^Wei", "ImagedNucleus", "7LI", False),
        ("Ge^Lan", "Manufacturer", "GE Medical Systems", False),
        ("Se^Epi", "SequenceName", "*ep_se", False),
        ("L^W", "StackID", "L W", False),
        ("Ng^Roy^^Dr", "StackID", "Dr. X", False),
        ("van der Poel^Joanna", "StackID", "van der X", False),
        ("van der Poel^Joanna", "StackID", "van der Poel", True),
    ],
)
def test_short_names_count_as_whole_words_in_free_text(
    name: str, keyword: str, text: str, *, is_found: bool
) -> None:
    """Not in codes, not where machines are described, not single letters, titles and particles."""
    assert held(PatientName=name, **{keyword: text}) == (keyword if is_found else None)


@pytest.mark.parametrize(
    ("patient_id", "text", "is_found"),
    [
        ("A12", "A12", False),
        ("A123", "A123", True),
        ("1234", "1234", False),
        ("12345", "12345", True),
        ("0012345", "12345", True),
    ],
)
def test_short_ids_are_not_sought(patient_id: str, text: str, *, is_found: bool) -> None:
    """Under four characters, and digits only under five, everything is somebody's id."""
    assert held(PatientID=patient_id, StackID=text) == ("StackID" if is_found else None)


@pytest.mark.parametrize("name", ["Anonymous", "UNKNOWN^PATIENT", "Test^Patient", "removed", "Prof"])
def test_words_for_nobody_are_not_sought(name: str) -> None:
    """A file that was anonymised before is no exception for ever."""
    assert held(PatientName=name, StackID=name.partition("^")[0]) is None


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        (b"quarrington", True),
        (b"quarrington2", True),
        (b"1951quarrington", True),
        (b"dr.quarrington/left", True),
        (b"x_quarrington_y", True),
        (b"quarringtons", False),
        (b"mcquarrington", False),
        (b"quarringtons and quarrington", True),
    ],
)
def test_a_name_counts_as_a_whole_word(text: bytes, *, is_found: bool) -> None:
    """Digits and signs beside it do not hide it; as part of a longer word it is another word."""
    assert is_held(NAME, text) == is_found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [(b"47110", True), (b"id47110", True), (b"47110a", True), (b"147110", False), (b"471100", False)],
)
def test_a_number_counts_as_a_whole_number(text: bytes, *, is_found: bool) -> None:
    """Letters beside it do not hide it; as part of a longer number it is another number."""
    assert is_held(Token(b"47110", "id"), text) == is_found


@pytest.mark.parametrize(
    ("text", "is_found"),
    [
        (b"1.2.3.44", True),
        (b"study 1.2.3.44.", True),
        (b"a/1.2.3.44/b", True),
        (b"1.2.3.444", False),
        (b"1.2.3.44.5", False),
        (b"9.1.2.3.44", False),
    ],
)
def test_a_uid_counts_as_a_whole(text: bytes, *, is_found: bool) -> None:
    """The root of a longer UID is no residue: many objects share it."""
    assert is_held(Token(b"1.2.3.44", "uid"), text) == is_found


@pytest.mark.parametrize("vr", ["IS", "DS", "DA", "DT", "TM", "UI"])
def test_digits_in_numbers_dates_and_uids_are_no_residue(vr: str) -> None:
    """Every small number is somebody's accession number; a name there is one, though."""
    assert not is_held(Token(b"47110", "id"), b"47110", vr)
    assert is_held(NAME, b"quarrington", vr)
    assert is_held(Token(b"a4711", "id"), b"a4711", vr)


@pytest.mark.parametrize("patient_id", ["10008", "2026", "113100", "3680043", "101530"])
def test_an_id_like_a_part_of_the_standard_is_no_residue(patient_id: str) -> None:
    """Class UIDs, code values, UID roots and times hold numbers that may be somebody's id."""
    assert {held(profile=profile, PatientID=patient_id) for profile in PROFILES} == {None}


@pytest.mark.parametrize("keyword", ["Manufacturer", "ManufacturerModelName"])
def test_an_institution_may_be_a_maker(keyword: str) -> None:
    """Makers scan at home, too; elsewhere the hospital's name is residue."""
    assert held(InstitutionName="Acme Works", **{keyword: "Acme Works"}) is None
    assert held(InstitutionName="Acme Works", ContrastBolusRoute="Acme Works") == "ContrastBolusRoute"


@pytest.mark.parametrize(
    ("scheme", "is_found"), [("SCT", False), ("DCM", False), ("SRT", False), ("99LOCAL", True), ("", True)]
)
def test_a_name_may_be_a_word_of_the_standards_codes(scheme: str, *, is_found: bool) -> None:
    """A person may be called Head; in a hospital's own codes it may be the person."""
    code = data_set_item(CodeValue="69536005", CodingSchemeDesignator=scheme, CodeMeaning="Head")
    found = held(PatientName="Head^Zebulon", AnatomicRegionSequence=[code])

    assert found == ("CodeMeaning" if is_found else None)


def test_a_name_may_be_the_body_part() -> None:
    """Head in Body Part Examined is the head; in free text it may be the person; other names stay names."""
    assert held(PatientName="Head^Zebulon", BodyPartExamined="HEAD") is None
    assert held(PatientName="Head^Zebulon", ContrastBolusRoute="head") == "ContrastBolusRoute"
    assert held(PatientName="Head^Zebulon", BodyPartExamined="ZEBULON") == "BodyPartExamined"


@pytest.mark.parametrize("name", ["Table^Basic", "Modified^Profile", "Airlock"])
def test_what_airlock_writes_itself_is_no_residue(name: str) -> None:
    """The markers name a table and a profile, as people may be named."""
    assert {held(profile=profile, PatientName=name) for profile in PROFILES} == {None}


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
    inner = item(element(STACK_ID, "SH", name, encoding), encoding, undefined=undefined)
    content = sequence(0x00189346, inner + item(b"", encoding), encoding, undefined=undefined)

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


LATIN, UTF_8, JAPANESE, GREEK = "ISO_IR 100", "ISO_IR 192", ["", "ISO 2022 IR 87"], "ISO_IR 126"


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
    for text in ("ask ", "問 "):
        value = text.encode("ascii", "ignore") + escape + "金山".encode(codec)
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


def test_binary_values_are_searched() -> None:
    """A name in OB or OW is residue as well."""
    for vr in ("OB", "OW"):
        content = element(0x00282000, vr, b"\1\2 Quarrington \0", EXPLICIT_LITTLE)
        with pytest.raises(Residue):
            check({NAME}, META, content, EXPLICIT_LITTLE)


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
