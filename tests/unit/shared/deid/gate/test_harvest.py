"""What is taken from an original to be sought in the output."""

import pytest
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from shared.deid.gate.harvest import Token
from shared.deid.gate.residue import Outgoing, Wanted
from shared.deid.header.encode import element
from shared.deid.readings.words import fold
from shared.deid.rules.scope import Rules
from shared.deid.verify import harvest
from shared.dicom.dataset import DataSet
from shared.dicom.scan import EXPLICIT_LITTLE, Limits, Scanner
from tests.images import NATIVE_SYNTAXES, PROFILES, ct_image, header_of, item, part10
from tests.planted import SCRIPTS, planted

SCOPE = Rules(PROFILES["basic"]).scope(CTImageStorage)
BARE: dict[str, object] = {
    "PatientName": "",
    "PatientID": "1",
    "PatientBirthDate": "",
    "StudyDate": "",
    "StudyTime": None,
}


def found_in(data_set: DataSet) -> frozenset[Token]:
    """What identifies in it and does not stay."""
    return frozenset(each.token for each in harvest(data_set, SCOPE) if not each.is_kept)


def tokens(image: Dataset, syntax: str = "explicit") -> frozenset[Token]:
    """What is harvested of an image."""
    header = header_of(part10(image, NATIVE_SYNTAXES[syntax]))
    return found_in(DataSet.of(header))


def texts(kind: str, **changes: object) -> set[str]:
    """The tokens of one kind from an image without any identity but that of `changes`."""
    image = ct_image(**{**BARE, **changes})
    return {token.text.decode() for token in tokens(image) if token.kind == kind}


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        (
            "Quarrington^Zebulon",
            {"quarrington^zebulon", "quarrington", "zebulon"}
            | {"quarringtonzebulon", "zebulonquarrington", "zquarrington", "quarringtonz"},
        ),
        ("QUARRINGTON", {"quarrington"}),
        ("Zebulon Quarrington", {"zebulon quarrington", "zebulonquarrington", "zebulon", "quarrington"}),
        ("O'Brien^^", {"o'brien^^", "brien", "obrien"}),
        ("Garcia-Lopez", {"garcia-lopez", "garcia", "lopez", "garcialopez"}),
        ("PAT00123", {"pat00123"}),
        ("Doe^Prof^Mr", {"doe^prof^mr", "doeprof", "profdoe", "pdoe", "doep"}),
        ("Li^Wei", {"li^wei", "liwei", "weili"}),
        ("ANONYMOUS", set()),
        ("^^^^", set()),
        ("X", set()),
        ("1234", set()),
    ],
)
def test_names_in_the_forms_in_which_they_stand_elsewhere(name: str, expected: set[str]) -> None:
    """The value, its words, and what logins and file names make of family and given name."""
    found = texts("name", PatientName=name)

    assert found >= expected
    if not expected:
        assert found == set()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Li^Wei", {"li", "wei"}),
        ("Ng^Roy^^Dr", {"ng", "roy"}),
        ("van der Poel^J", set()),
        ("Smith^Al^^^Jr", set()),
        ("vom Berg^Bint^ibn", set()),
        ("San^Mac", {"san", "mac"}),
        ("Bø^Åse", {"bo", "boe", "ase"}),
    ],
)
def test_short_names_without_titles_and_particles(name: str, expected: set[str]) -> None:
    """Two and three letters are a kind of their own; `Dr` and `van` are nobody's."""
    assert texts("short name", PatientName=name, SpecificCharacterSet="ISO_IR 100") == expected


def test_names_without_accents_and_as_they_are() -> None:
    """The bytes of the original and the bare letters, so that any spelling is found."""
    image = ct_image(PatientName="Müller^Jérôme", SpecificCharacterSet="ISO_IR 100")

    found = {token.text for token in tokens(image)}
    assert found >= {b"muller", b"jerome", "müller^jérôme".encode("latin_1"), "müller".encode("latin_1")}


@pytest.mark.parametrize("script", [script for script in SCRIPTS if "without escapes" not in script])
@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES)
def test_names_of_every_script_are_found_in_utf_8(script: str, syntax: str) -> None:
    """Family and given name are decoded from the original's character set, also where its bytes are ASCII."""
    header = header_of(planted(3, script, syntax).content)
    data_set = DataSet.of(header)
    words = data_set.text(0x00100010).replace("=", "^").split("^")

    found = {token.text for token in found_in(data_set)}
    assert {fold(word).encode() for word in words if word} <= found


def test_names_behind_escape_sequences_are_found_in_utf_8() -> None:
    """Code extensions are undone before a name is taken apart (PS3.5 section 6.1.2.5.3)."""
    name = b"Wang^XiaoDong=" + b"^".join(b"\x1b$)A" + word.encode("gb2312") for word in ("王五", "小东"))
    content = element(0x00080005, "CS", b"\\ISO 2022 IR 58", EXPLICIT_LITTLE) + element(
        0x00100010, "PN", name, EXPLICIT_LITTLE
    )
    elements, _ = Scanner(content, EXPLICIT_LITTLE, Limits()).data_set(0, len(content))

    found = found_in(DataSet(content, elements, EXPLICIT_LITTLE))
    assert {Token("王五".encode(), "name"), Token("小东".encode(), "name")} <= found


@pytest.mark.parametrize(
    ("keyword", "value", "expected"),
    [
        ("PatientID", "MRN-4711-08", {"mrn-4711-08", "mrn471108", "4711-08", "471108"}),
        ("PatientID", "PAT00123456", {"pat00123456", "123456"}),
        ("PatientID", "PAT12345", {"pat12345"}),
        (
            "PatientAddress",
            "Ward 7, 12 High Street",
            {"ward 7, 12 high street", "ward712highstreet", "12 high street"},
        ),
        ("PatientID", "0004711000", {"0004711000", "4711000"}),
        ("PatientID", "4711", set()),
        ("PatientID", "47110", {"47110"}),
        ("PatientID", "AB1", set()),
        ("OtherPatientIDs", ["FIRST-1", "SECOND-2"], {"first-1", "first1", "second-2", "second2"}),
        ("AccessionNumber", "unknown", set()),
        (
            "PatientTelephoneNumbers",
            "+41 44 123 45 67",
            {"+41 44 123 45 67", "41441234567", "1441234567", "441234567", "41234567"}
            | {"01441234567", "0441234567", "041234567"},
        ),
        ("PatientTelephoneNumbers", "044 123 45 67", {"044 123 45 67", "0441234567"}),
        ("RequestedProcedureID", "RP0815", {"rp0815"}),
        ("OrderCallbackPhoneNumber", "30 12345678", {"30 12345678", "3012345678"}),
        ("InsurancePlanIdentification", "INS887", {"ins887"}),
        ("ContainerIdentifier", "CONT8", {"cont8"}),
        ("ClinicalTrialSubjectID", "SUBJ17", {"subj17"}),
    ],
)
def test_ids(keyword: str, value: object, expected: set[str]) -> None:
    """Each value alone, without separators, leading zeros and letters in front; short ones are left out."""
    assert texts("id", **{keyword: value}) == expected


def test_a_telephone_number_with_a_zero_for_its_country() -> None:
    """Nobody dials the zero in brackets from abroad."""
    found = texts("id", PatientTelephoneNumbers="+44(0)7700900123")

    assert found >= {"447700900123", "07700900123", "7700900123"}


@pytest.mark.parametrize(("scheme", "is_taken"), [("99HOSPITAL", True), ("DCM", False)])
def test_persons_in_codes(scheme: str, *, is_taken: bool) -> None:
    """The meaning of a person's code is a name, and its value an id; the Standard's codes are nobody's."""
    code = item(CodeValue="DRX77", CodingSchemeDesignator=scheme, CodeMeaning="Whittlesby Ottoline")
    operator = item(PersonIdentificationCodeSequence=[code])
    found = tokens(ct_image(**BARE, OperatorIdentificationSequence=[operator]))

    assert ({Token(b"whittlesby", "name"), Token(b"drx77", "id")} <= found) is is_taken


@pytest.mark.parametrize(
    "written",
    [
        *("19510204", "1951-02-04", "1951/02/04", "1951.02.04", "04.02.1951", "04/02/1951", "02/04/1951"),
        *("04021951", "02041951", "4.2.1951", "4. 2. 1951", "1951-2-4", "2/4/1951", "04.02.51"),
        *("4-2-51", "4.2.51", "4/2/51", "2/4/51", "510204", "04/02/2494", "4/2/2494"),
    ],
)
def test_the_date_of_birth_as_people_write_it(written: str) -> None:
    """Year, day and month first, with and without zeros, and in Thailand."""
    assert written in texts("date", PatientBirthDate="19510204")


@pytest.mark.parametrize(
    "written",
    [
        *("04 feb 1951", "4 feb 1951", "04-feb-1951", "04feb1951", "feb 4, 1951", "february 4, 1951"),
        *("4th of February 1951", "04-FEB-51", "Feb. 4th, '51", "1951 February 4", "the 4. February, 1951"),
        *("4 février 1951", "4. Februar 1951", "4 de febrero de 1951", "4 febbraio 1951", "4 lutego 1951"),
        *("4. feb. 1951", "4 februari 1951", "4 февраля 1951", "4 Φεβρουαρίου 1951", "1951. február 4."),
        *("昭和26年2月4日", "S26.2.4", "s26/02/04", "民國40年02月04日", "S 26-2-4"),
        *("1951年2月4日", "1951年02月04日生", "1951년 2월 4일"),
        *("٤ فبراير ١٩٥١", "4 กุมภาพันธ์ 2494", "4 फरवरी 1951"),
    ],
)
def test_the_date_of_birth_with_the_name_of_its_month(written: str) -> None:
    """In many languages; the year may have two digits."""
    value = Outgoing(0x00181040, "LO", f"born {written}, left".encode(), ("ISO_IR 192",))

    found = Wanted(tokens(ct_image(**{**BARE, "PatientBirthDate": "19510204"}))).found_in(value)
    assert [token.kind for token in found] == ["spelled date"]


@pytest.mark.parametrize(
    "written", ["14 feb 1951", "4 feb 19511", "4 march 1951", "february 1951", "4 feb 1952"]
)
def test_other_dates_are_none_of_birth(written: str) -> None:
    """Each part of it counts."""
    value = Outgoing(0x00181040, "LO", written.encode(), ())

    assert Wanted(tokens(ct_image(**{**BARE, "PatientBirthDate": "19510204"}))).found_in(value) == []


def test_the_date_of_the_study_is_sought_with_its_whole_year() -> None:
    """Two digits of a year would be everybody's."""
    found = texts("date", StudyDate="20200315")

    assert found >= {"20200315", "2020-03-15", "15.03.2020"}
    assert not {"15.03.20", "03/15/20"} & found


def test_institutions_are_whole() -> None:
    """A hospital's name is sought as it stands: its words are everybody's."""
    found = texts(
        "institution", InstitutionName="Saint Elsewhere Hospital", InstitutionAddress="Eligius Street"
    )

    assert found == {"saint elsewhere hospital", "eligius street"}


def test_uids_that_are_not_everybodys() -> None:
    """Instances, series and studies, not classes."""
    assert texts(
        "uid", ReferencedImageSequence=[item(ReferencedSOPClassUID="1.2.840.10008.5.1.4.1.1.2")]
    ) == {*("1.3.6.1.4.1.99999.1.1", "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.1.0", "1.3.6.1.4.1.99999.1.9")}


def test_a_name_in_a_disguised_element_is_taken_all_the_same() -> None:
    """The Standard's VR counts where the file says UN or LO."""
    image = ct_image(**BARE)
    image.add(DataElement(0x00081050, "UN", b"Quarrington"))
    image.add(DataElement(0x00081070, "LO", "Zebulonson"))

    found = {token for token in tokens(image) if token.kind == "name"}
    assert found == {Token(b"quarrington", "name"), Token(b"zebulonson", "name")}


def test_private_names_and_ids_in_items_are_taken() -> None:
    """Private elements and items at any depth hold the same people."""
    inner = item(PatientID="INNER-0001")
    inner.private_block(0x0009, "US", create=True).add_new(1, "PN", "Quarrington")
    image = ct_image(**BARE, DerivationImageSequence=[item(DerivationImageSequence=[inner])])

    assert {token.text for token in tokens(image)} >= {b"quarrington", b"inner-0001"}
