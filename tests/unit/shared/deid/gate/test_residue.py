"""The release gate: what is held, what is let go, and that nothing of it is told."""

import pytest
from pydicom.dataelem import DataElement

from shared.deid.gate.harvest import Token
from shared.deid.header.encode import element
from shared.dicom.dictionary import tag_for_keyword, vr_of
from shared.dicom.scan import EXPLICIT_LITTLE
from shared.errors import Residue
from tests.images import MAIN_PROFILES, NATIVE_SYNTAXES, ct_image, part10, released
from tests.images import item as data_set_item
from tests.unit.shared.deid.gate.checks import META, NAME, check, held


def is_held(token: Token, text: bytes, keyword: str = "ContrastBolusRoute") -> bool:
    """Whether a token is found in the value of one element."""
    tag = tag_for_keyword(keyword) or 0
    try:
        check({token}, META, element(tag, vr_of(tag), text, EXPLICIT_LITTLE), EXPLICIT_LITTLE)
    except Residue:
        return True
    return False


@pytest.mark.parametrize("profile", MAIN_PROFILES)
@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES)
@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("ContrastBolusRoute", "as Quarrington wants"),  # LO
        ("StackID", "QUARRINGTON"),  # SH
        ("MaskOperationExplanation", "ask zebulon first"),  # ST
        ("LUTExplanation", "Quarrington, Z."),  # LO
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


@pytest.mark.parametrize("profile", [*MAIN_PROFILES, "extended"])
@pytest.mark.parametrize(
    ("name", "keyword", "text"),
    [
        ("Hu^Wei", "RescaleType", "HU"),
        ("Om^Prakash", "PositionReferenceIndicator", "OM"),
        ("Em^Tc", "EnergyWindowName", "Tc99m Em"),
        ("Rose^Sg", "AttenuationCorrectionMethod", "CTAC-SG"),
        ("Philips^Anna", "Manufacturer", "Philips Medical Systems"),
        ("Lung^Ming", "WindowCenterWidthExplanation", "LUNG"),
    ],
)
def test_people_called_like_terms_are_released(name: str, keyword: str, text: str, profile: str) -> None:
    """Whoever is called Hu has a CT as well."""
    assert held(profile=profile, PatientName=name, **{keyword: text}) is None


@pytest.mark.parametrize(
    ("keyword", "value", "text"),
    [
        ("InstitutionName", "St. Elsewhere Hospital", "St Elsewhere  Hospital"),
        ("InstitutionName", "St Elsewhere Hospital (East)", "ST.ELSEWHERE HOSPITAL, EAST"),
        ("PatientAddress", "12 Zqstreet^^Zqtown", "lives in 12, Zqstreet"),
        ("PatientAddress", "Zqtown, Zqstreet 12", "Zqstreet 12"),
    ],
)
def test_punctuation_hides_no_place(keyword: str, value: str, text: str) -> None:
    """Only the words of an institution and of an address count, and a street stands alone."""
    assert held(ContrastBolusRoute=text, **{keyword: value}) == "ContrastBolusRoute"


@pytest.mark.parametrize("profile", MAIN_PROFILES)
def test_an_image_without_residue_is_released(profile: str) -> None:
    """The same attributes with other text pass."""
    kept = {"ContrastBolusRoute": "ORAL", "StackID": "1", "MaskOperationExplanation": "left half"}

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
        ("Li^Wei", "MaskOperationExplanation", "Wei, left", True),
        ("Ng^Roy", "StackID", "NG_1", True),
        ("Li^Wei", "ContrastBolusRoute", "oral liquid", False),
        ("Li^Wei", "ScanOptions", "LI", False),
        ("Li^Wei", "ImagedNucleus", "7LI", False),
        ("Li^Wei", "StackID", "7LI", False),
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


@pytest.mark.parametrize(
    "keyword",
    [
        *("InstanceNumber", "SliceThickness", "AcquisitionDate", "AcquisitionDateTime", "AcquisitionTime"),
        "FrameOfReferenceUID",
    ],
)
def test_digits_in_numbers_dates_and_uids_are_no_residue(keyword: str) -> None:
    """Every small number is somebody's accession number; a name there is one, though."""
    assert not is_held(Token(b"47110", "id"), b"47110", keyword)
    assert is_held(NAME, b"quarrington", keyword)
    assert is_held(Token(b"a4711", "id"), b"a4711", keyword)


@pytest.mark.parametrize("patient_id", ["10008", "2026", "113100", "3680043", "101530"])
def test_an_id_like_a_part_of_the_standard_is_no_residue(patient_id: str) -> None:
    """Class UIDs, code values, UID roots and times hold numbers that may be somebody's id."""
    assert {held(profile=profile, PatientID=patient_id) for profile in MAIN_PROFILES} == {None}


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
    assert {held(profile=profile, PatientName=name) for profile in MAIN_PROFILES} == {None}


def test_a_name_that_is_disguised_as_something_kept_is_held() -> None:
    """Patient's Size stays under an option; as a PN it is a name, and no excuse for that name."""
    image = ct_image(ImageComments="x")
    image.add(DataElement(0x00101020, "PN", "Quarrington^Zebulon"))

    with pytest.raises(Residue) as caught:
        released(part10(image), "extended")
    assert caught.value.details["element"] == "PatientSize"
