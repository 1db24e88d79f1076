"""The judges of the score: each class fails where exactly that is wrong, and nothing else does."""

import io
from collections.abc import Callable
from functools import cache

import pytest
from pydicom import dcmread
from pydicom.dataset import FileDataset

from tests.score import returns
from tests.score.beyond import beyond
from tests.score.judging import judged
from tests.score.key import Kind
from tests.score.keys import same_again, unlinkable
from tests.score.outcomes import Outcome, Outcomes, by_airlock, outcomes
from tests.score.returns import ways_back
from tests.score.studies import Collection, generate
from tests.score.tally import failures

CT, OTHER_CT, US, SR = (f"patient0/study0/{kind}" for kind in ("ct0", "ct1", "us", "sr"))
LATER_CT = "patient0/study1/ct0"
Spoil = Callable[[FileDataset, FileDataset], None]


@cache
def collection() -> Collection:
    """One patient with two studies."""
    return generate(5, ("ascii",))


@cache
def released() -> Outcomes:
    """What Airlock makes of them."""
    return outcomes(collection(), by_airlock("extended"))


def spoiled(name: str, spoil: Spoil) -> Outcomes:
    """The same with one file changed; the original is given besides."""
    made = dcmread(io.BytesIO(released()[name].content))
    spoil(made, dcmread(io.BytesIO(collection().files[name].content)))
    content = io.BytesIO()
    made.save_as(content)
    return {**released(), name: Outcome(content.getvalue())}


def setting(**values: object) -> Spoil:
    """Set attributes."""

    def spoil(made: FileDataset, _original: FileDataset) -> None:
        for keyword, value in values.items():
            setattr(made, keyword, value)

    return spoil


def restoring(keyword: str) -> Spoil:
    """Put the original's value back."""
    return lambda made, original: setattr(made, keyword, original[keyword].value)


def removing(keyword: str) -> Spoil:
    """Take an attribute out."""
    return lambda made, _original: delattr(made, keyword)


def test_what_is_right_passes() -> None:
    """So that what fails below fails for what was spoiled."""
    assert failures(judged(collection(), released())) == {}
    assert failures(beyond(collection(), released(), "extended")) == {}


@pytest.mark.parametrize(
    ("kind", "name", "spoil"),
    [
        (Kind.TAG_RETAINED, CT, removing("KVP")),
        (Kind.TAG_RETAINED, CT, setting(WindowCenter="41")),
        (Kind.TEXT_NOTNULL, CT, setting(PatientName="")),
        (Kind.TEXT_RETAINED, CT, setting(StudyDescription="")),
        (Kind.TEXT_REMOVED, CT, restoring("PatientName")),
        (Kind.TEXT_REMOVED, CT, setting(PatientMotherBirthName="pemberton vandenberghe castellanos")),
        (Kind.DATE_SHIFTED, CT, restoring("StudyDate")),
        (Kind.DATE_SHIFTED, SR, setting(ContentDate="20010101")),
        (Kind.UID_CHANGED, CT, restoring("FrameOfReferenceUID")),
        (Kind.UID_CONSISTENT, CT, setting(FrameOfReferenceUID="2.25.1")),
        (Kind.PATID_CONSISTENT, CT, setting(PatientID="OTHER")),
        (Kind.PIXELS_HIDDEN, US, restoring("PixelData")),
        (Kind.PIXELS_RETAINED, CT, setting(PixelData=bytes(96))),
    ],
)
def test_each_class_sees_what_is_wrong(kind: Kind, name: str, spoil: Spoil) -> None:
    """One attribute of one file; the place is told, and no other class minds but that of the same UID."""
    wrong = failures(judged(collection(), spoiled(name, spoil)))
    related = {Kind.UID_CHANGED: {Kind.UID_CONSISTENT}}.get(kind, set())

    assert kind in wrong
    assert wrong.keys() <= {kind, *related}
    assert any(name in place for place in wrong[kind])


def test_originals_fail_every_class_of_what_has_to_change() -> None:
    """Doing nothing keeps everything and hides nothing."""
    untouched = outcomes(collection(), lambda content: content)
    score = judged(collection(), untouched)
    changing = {Kind.TEXT_REMOVED, Kind.DATE_SHIFTED, Kind.UID_CHANGED, Kind.UID_CONSISTENT}
    changing |= {Kind.PATID_CONSISTENT, Kind.PIXELS_HIDDEN}

    assert set(failures(score)) == changing
    assert {kind for kind in changing if score[kind].passed} == set()


def linked(made: FileDataset, _original: FileDataset) -> None:
    """Give a slice the UID of another one."""
    made.SOPInstanceUID = released()[OTHER_CT].data_set.SOPInstanceUID
    made.file_meta.MediaStorageSOPInstanceUID = made.SOPInstanceUID


def misled(made: FileDataset, _original: FileDataset) -> None:
    """Let the report point at nothing."""
    evidence = made.CurrentRequestedProcedureEvidenceSequence[0]
    evidence.ReferencedSeriesSequence[0].ReferencedSOPSequence[0].ReferencedSOPInstanceUID = "2.25.1"


def remembered(made: FileDataset, original: FileDataset) -> None:
    """Leave the patient's name where nobody looks."""
    made.private_block(0x0009, "X", create=True).add_new(1, "OB", str(original.PatientName).encode())


def told_in_meta(made: FileDataset, _original: FileDataset) -> None:
    """Say in the File Meta Information where it comes from."""
    made.file_meta.SourceApplicationEntityTitle = "HOSPITAL"


@pytest.mark.parametrize(
    ("check", "name", "spoil"),
    [
        ("UIDs one to one", CT, linked),
        ("references", SR, misled),
        ("no identifier left", CT, remembered),
        ("file meta", CT, told_in_meta),
        ("markers", CT, removing("PatientIdentityRemoved")),
        ("markers", CT, setting(LongitudinalTemporalInformationModified="REMOVED")),
        ("markers", SR, setting(DeidentificationMethodCodeSequence=[])),
        ("intervals", LATER_CT, setting(StudyDate="20100101")),
    ],
)
def test_each_check_beyond_sees_what_is_wrong(check: str, name: str, spoil: Spoil) -> None:
    """In the file in which it is."""
    wrong = failures(beyond(collection(), spoiled(name, spoil), "extended"))

    assert any(name in place for place in wrong[check])


def test_what_is_held_without_need_is_seen() -> None:
    """And so is what is released and should not be."""
    document = "patient0/study0/doc"
    wrong = {**released(), CT: Outcome(None), document: Outcome(collection().files[document].content)}

    found = failures(beyond(collection(), wrong, "extended"))
    assert set(found["released or held"]) == {CT, document}


def test_another_output_is_seen() -> None:
    """One byte is enough."""
    other = {**released(), CT: Outcome(released()[CT].content + b"\0")}

    assert failures(same_again(collection(), other, "extended")) == {"same output": [CT]}


def test_the_same_key_is_seen() -> None:
    """Every released file and the dates of the patient are linked."""
    score = unlinkable(collection(), released(), released())

    assert score["keys unlinkable"].passed == 0


def test_a_result_that_is_not_led_back_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not one of its references points at an original."""
    monkeypatch.setattr(returns, "_led_back", lambda result, _crosswalk: dcmread(io.BytesIO(result)))

    assert ways_back(collection(), "extended")["way back"].passed == 0
