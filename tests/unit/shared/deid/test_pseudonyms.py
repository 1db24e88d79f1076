"""New identities as functions of the key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.pseudonyms import Patient, Pseudonyms
from shared.identifiers import is_uid
from tests.images import FixedKeys

ROOTS = ["2.25", "1.2.826.0.1.3680043.10.1561", "1.2.3", "1.23456789012345678901234567"]
UIDS = st.from_regex(r"1\.3(\.(0|[1-9][0-9]{0,8})){1,6}", fullmatch=True)
TEXTS = st.text(max_size=20)


def pseudonyms(secret: str = "one", root: str = "2.25") -> Pseudonyms:
    """The functions under a key."""
    return Pseudonyms(FixedKeys(secret), root)


@pytest.mark.parametrize("root", ROOTS)
@given(uid=UIDS)
def test_new_uids_are_valid_and_stand_under_the_root(root: str, uid: str) -> None:
    """Syntax and length of PS3.5 section 9.1 hold for every root and original."""
    new = pseudonyms(root=root).uid(uid)

    assert is_uid(new)
    assert new.startswith(f"{root}.")
    assert len(new) <= 64


@given(st.sets(UIDS, max_size=50))
def test_uids_are_one_to_one(uids: set[str]) -> None:
    """Different originals get different UIDs, equal ones the same from any worker."""
    first, second = pseudonyms(), pseudonyms()

    new = [first.uid(uid) for uid in sorted(uids)]
    assert len(set(new)) == len(uids)
    assert [second.uid(uid) for uid in sorted(uids, reverse=True)] == new[::-1]


def test_the_uids_of_two_keys_share_nothing() -> None:
    """Under another key no eight digits in a row are the same as in the original or the other new UID."""

    def windows(text: str) -> set[str]:
        return {text[start : start + 8] for start in range(len(text) - 7)}

    original = "1.3.6.1.4.1.99999.20200315101530.4711"
    one, two = pseudonyms("one").uid(original), pseudonyms("two").uid(original)
    assert windows(one) & windows(two) == set()
    assert (windows(one) | windows(two)) & windows(original) == set()


def test_every_mapped_uid_is_remembered_for_the_crosswalk() -> None:
    """`uids` leads from the original to the new UID; well-known ones are not in it."""
    one = pseudonyms()
    new = one.uid("1.2.3.4")
    one.uid("1.2.840.10008.5.1.4.1.1.2")
    one.uid("")

    assert one.uids == {"1.2.3.4": new}


@pytest.mark.parametrize(
    "uid",
    [
        "1.2.840.10008.5.1.4.1.1.2",
        "1.2.840.10008.1.2.1",
        "1.2.840.10008.1.4.1.18",
        "1.2.840.10008.15.1.1",
        "1.2.840.10008.5.1.1.17",
        "",
    ],
)
def test_well_known_uids_stay(uid: str) -> None:
    """Classes, transfer syntaxes, atlases and instances of PS3.6 Annex A are nobody's."""
    assert pseudonyms().uid(uid) == uid


@pytest.mark.parametrize(
    "uid",
    [
        "1.2.840.10008.1.1.20200315.4711",
        "1.2.840.10008.5.1.4.1.1.2.20200315101530",
        "1.2.840.10008.1.4.1.99",
        "1.2.840.10008",
        "1.2.840.100081.1",
    ],
)
def test_unregistered_uids_under_the_root_of_the_standard_are_mapped(uid: str) -> None:
    """Some systems make instance UIDs under a root that is not theirs: these lead to the patient as any."""
    assert pseudonyms().uid(uid).startswith("2.25.")


@given(TEXTS, TEXTS)
def test_patient_ids_have_sixteen_letters_and_digits(issuer: str, patient_id: str) -> None:
    """The new Patient ID fits every VR that it is written in, and ASCII."""
    new = pseudonyms().patient_id(Patient(issuer, patient_id))

    assert len(new) == 16
    assert new.isascii()
    assert new.isalnum()


@given(TEXTS, TEXTS)
def test_date_shifts_lie_between_a_month_and_ten_years(issuer: str, patient_id: str) -> None:
    """Every patient's dates move, into the past, by a number of days of their own."""
    assert -3650 <= pseudonyms().date_shift(Patient(issuer, patient_id)) <= -30


@pytest.mark.parametrize("left", [("A", "BC"), ("", "ABC"), ("ABC", "")])
def test_issuer_and_id_are_not_confused(left: tuple[str, str]) -> None:
    """Two patients are two also where issuer and id run together to the same text."""
    one = pseudonyms()

    assert one.patient_id(Patient(*left)) != one.patient_id(Patient("AB", "C"))
    assert one.date_shift(Patient(*left)) != one.date_shift(Patient("AB", "C"))


def test_a_patient_is_the_same_in_every_study() -> None:
    """What the study is called makes no difference to who has an id."""
    one = pseudonyms()
    patients = [Patient("HOSPITAL", "4711", study) for study in ("1.2", "1.3")]

    assert len({one.patient_id(each) for each in patients}) == 1
    assert len({one.date_shift(each) for each in patients}) == 1


def test_who_has_no_id_is_somebody_else_in_every_study() -> None:
    """Nobody is taken for another because neither has an id; within a study it is one person."""
    one = pseudonyms()
    patients = [Patient("", "", study) for study in ("1.2", "1.3", "1.2")]
    ids = [one.patient_id(each) for each in patients]
    shifts = [one.date_shift(each) for each in patients]

    assert (ids[0], shifts[0]) == (ids[2], shifts[2])
    assert (ids[0], shifts[0]) != (ids[1], shifts[1])
    assert one.take_ids() == {}


def test_ids_of_two_issuers_are_two_in_the_map() -> None:
    """The map names the issuer, or one patient would take the place of another."""
    one = pseudonyms()
    new = [one.patient_id(Patient(issuer, "4711")) for issuer in ("", "A", "B")]

    assert one.take_ids() == {"4711": new[0], "4711^^^A": new[1], "4711^^^B": new[2]}


def test_another_key_makes_another_patient() -> None:
    """Id, shift and job id of two keys cannot be linked."""
    one, two = pseudonyms("one"), pseudonyms("two")

    assert one.patient_id(Patient("", "4711")) != two.patient_id(Patient("", "4711"))
    assert one.date_shift(Patient("", "4711")) != two.date_shift(Patient("", "4711"))
    assert one.job_id("series") != two.job_id("series")


def test_purposes_are_separated() -> None:
    """The same text gives unrelated results as UID, patient and job: each has a key of its own."""
    one = pseudonyms()
    uid = int(one.uid("1.2.3").rpartition(".")[2])

    assert one.job_id("1.2.3") != f"{uid:032x}"


def test_known_answers() -> None:
    """The functions never change, or yesterday's releases could not be linked to today's."""
    one = pseudonyms()

    assert one.uid("1.2.3.4") == "2.25.312632335067060236924455402621158418173"
    assert one.patient_id(Patient("HOSPITAL", "4711")) == "ZSKKPUTL36LDF2E6"
    assert one.date_shift(Patient("HOSPITAL", "4711")) == -2151
    assert one.job_id("series") == "158b8c4b5ab93a74762bb786645fb543"
