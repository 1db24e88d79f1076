"""Properties of de-identification that hold for all data sets, identifiers and keys."""

import io
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import CTImageStorage

from shared.deid.rules.actions import Action
from shared.deid.rules.scope import Rules
from shared.dicom.dictionary import _entries, keyword_of
from shared.dicom.source import MemorySource
from shared.errors import AirlockError, Residue
from shared.identifiers import is_uid
from tests.images import (
    MAIN_PROFILES,
    NATIVE_SYNTAXES,
    PROFILES,
    ct_image,
    deidentifier,
    item,
    part10,
    released,
    written,
)
from tests.planted import planted
from tests.tables import basic_codes
from tests.unit.shared.deid.results import INSTANCES, SERIES, STUDY, led_back, released_series, structure_set

_TEXT_VRS = frozenset({"AE", "LO", "LT", "PN", "SH", "ST", "UC", "UT"})
_FREE_TEXT_VRS = sorted(_TEXT_VRS - {"AE", "PN"})
_RULES = Rules(PROFILES["basic"]).scope(CTImageStorage)
#: attributes of text and UIDs that Table E.1-1 lists, with their VR
LISTED = {
    tag: entry.vr
    for tag, entry in _entries().items()
    if tag in basic_codes() and tag >> 16 >= 8 and entry.vr in _TEXT_VRS | {"UI"}
}
#: attributes of text that stay as they are
KEPT = {
    tag: entry.vr
    for tag, entry in _entries().items()
    if entry.vr in _FREE_TEXT_VRS and _RULES.rule(tag, entry.vr).action is Action.KEEP and tag >> 16 < 0x3000
}
DATES = ["StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate", "InstanceCreationDate"]

#: sixteen characters at most, and no word of any vocabulary
words = st.text("BCDFGHJKLMNPQRSTVWXZ", min_size=8, max_size=12).map(lambda text: f"ZQ{text}")
uids = st.from_regex(r"1\.3\.6\.1\.4\.1\.[1-9][0-9]{4,8}\.[1-9][0-9]{6,12}", fullmatch=True)
profiles = st.sampled_from(MAIN_PROFILES)
syntaxes = st.sampled_from(sorted(NATIVE_SYNTAXES.values()))
days = st.dates(date(1900, 1, 1), date(2099, 12, 31))


@st.composite
def plantings(draw: st.DrawFn) -> dict[int, str]:
    """Identifiers by the tag of a listed attribute; each is different from all others."""
    tags = draw(st.lists(st.sampled_from(sorted(LISTED)), min_size=1, max_size=12, unique=True))
    return {tag: draw(uids if LISTED[tag] == "UI" else words) for tag in tags}


def at_depth(depth: int, content: Dataset) -> dict[str, Any]:
    """A sequence that stays, with the content in its innermost item."""
    for _ in range(depth):
        content = item(ContributingEquipmentSequence=[item(), content])
    return {"ContributingEquipmentSequence": [content]}


def data_set_of(values: dict[int, str]) -> Dataset:
    """A data set with these values."""
    data_set = Dataset()
    for tag, value in values.items():
        data_set.add(DataElement(tag, LISTED[tag], value))
    return data_set


def references_to(instances: list[str]) -> list[Dataset]:
    """Items of Referenced Image Sequence."""
    return [item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=uid) for uid in instances]


def read(content: bytes) -> FileDataset:
    """Read with pydicom."""
    return dcmread(io.BytesIO(content))


def days_between(one: str, other: str) -> int:
    """The days from one DA to another."""
    first, second = (date(int(text[:4]), int(text[4:6]), int(text[6:])) for text in (one, other))
    return (second - first).days


@given(plantings(), plantings(), st.integers(0, 4), profiles, syntaxes)
def test_what_table_e_1_1_lists_does_not_survive(
    top: dict[int, str], nested: dict[int, str], depth: int, profile: str, syntax: str
) -> None:
    """Random identifiers in random listed attributes, at any depth, are in no byte of the output."""
    image = ct_image(**at_depth(depth, data_set_of(nested)))
    image.update(data_set_of(top))
    output = released(part10(image, syntax), profile).lower()

    placed = [*top.items(), *nested.items()]
    survivors = [keyword_of(tag) for tag, value in placed if value.lower().encode() in output]
    assert survivors == []


@given(st.sampled_from(sorted(KEPT)), words, words, words, st.integers(0, 2), profiles, syntaxes)
def test_a_name_in_an_attribute_that_stays_is_held(
    tag: int, family: str, given_name: str, other: str, depth: int, profile: str, syntax: str
) -> None:
    """Where kept text names a person of the original nothing is released, and the error names no one."""
    text = family if KEPT[tag] == "SH" else f"{other}, {given_name.title()}, {other}"
    content = Dataset()
    content.add(DataElement(tag, KEPT[tag], text))
    image = ct_image(PatientName=f"{family}^{given_name}", **at_depth(depth, content))

    with pytest.raises(Residue) as caught:
        released(part10(image, syntax), profile)
    assert caught.value.details["element"] == keyword_of(tag)
    assert not {family.lower(), given_name.lower()} & set(str(caught.value).lower().replace(",", " ").split())


@given(st.integers(0, 1000), profiles)
@settings(max_examples=20)
def test_the_same_input_gives_the_same_bytes(seed: int, profile: str) -> None:
    """A second worker, or the same one later, writes the same; another key writes something else."""
    content = planted(seed).content

    once, again = released(content, profile), released(content, profile)
    assert once == again
    assert once != released(content, profile, "two")


@given(st.lists(uids, min_size=4, max_size=8, unique=True))
def test_two_keys_cannot_be_linked(originals: list[str]) -> None:
    """New UIDs of two keys share no sixteen characters behind the root, and Patient IDs are unrelated."""
    image = ct_image(
        StudyInstanceUID=originals[0],
        SeriesInstanceUID=originals[1],
        SOPInstanceUID=originals[2],
        ReferencedImageSequence=references_to(originals[3:]),
    )
    content = part10(image)
    one, two = (deidentifier(secret=secret) for secret in ("one", "two"))
    outputs = [read(written(each.deidentify(MemorySource(content)))) for each in (one, two)]

    # Of eight characters chance would make the same ones now and then.
    windows = [
        {uid[start : start + 16] for uid in each.uids.values() for start in range(5, len(uid) - 15)}
        for each in (one, two)
    ]
    assert windows[0] & windows[1] == set()
    assert outputs[0].PatientID != outputs[1].PatientID
    assert outputs[0].PatientName != outputs[1].PatientName


@given(st.lists(uids, min_size=4, max_size=10), profiles)
def test_uids_are_one_to_one_and_references_hold(originals: list[str], profile: str) -> None:
    """Equal UIDs stay equal and different ones different, wherever they stand; all are valid."""
    image = ct_image(SOPInstanceUID=originals[0], ReferencedImageSequence=references_to(originals))
    output = read(released(part10(image), profile))

    new = [each.ReferencedSOPInstanceUID for each in output.ReferencedImageSequence]
    assert output.SOPInstanceUID == new[0]
    assert [originals.index(uid) for uid in originals] == [new.index(uid) for uid in new]
    assert all(is_uid(uid) for uid in new)
    assert not set(new) & set(originals)


@given(st.fixed_dictionaries(dict.fromkeys(DATES, days)))
def test_intervals_and_order_of_dates_are_kept(dates: dict[str, date]) -> None:
    """All of a patient's dates move by the same number of days; times of day stay."""
    values = {keyword: day.strftime("%Y%m%d").rjust(8, "0") for keyword, day in dates.items()}
    image = ct_image(**values, AcquisitionDateTime=f"{values['StudyDate']}101530.5+0100")
    output = read(released(part10(image), "modified_dates"))

    shifts = {days_between(values[keyword], output[keyword].value) for keyword in DATES}
    assert len(shifts) == 1
    assert -3650 <= shifts.pop() <= -30
    assert output.AcquisitionDateTime == f"{output.StudyDate}101530.5+0100"
    assert output.StudyTime == "101530.25"
    assert sorted(DATES, key=lambda each: values[each]) == sorted(DATES, key=lambda each: output[each].value)


@given(st.fixed_dictionaries(dict.fromkeys(DATES, days)))
def test_draw_puts_one_date_in_place_of_all(dates: dict[str, date]) -> None:
    """The study's own, shifted: intervals are gone, too."""
    values = {keyword: day.strftime("%Y%m%d").rjust(8, "0") for keyword, day in dates.items()}
    output = read(released(part10(ct_image(**values)), "draw"))

    assert {output[keyword].value for keyword in DATES} == {output.StudyDate}
    assert -3650 <= days_between(values["StudyDate"], output.StudyDate) <= -30


@given(words, words, uids)
def test_draw_masks_and_maps_under_its_root(name: str, institution: str, uid: str) -> None:
    """`#` where persons and institutions stood; UIDs under the root of the project."""
    image = ct_image(
        PatientName=name,
        ReferringPhysicianName=name,
        OperatorsName=[name, name],
        InstitutionName=institution,
        InstitutionAddress=institution,
        PatientAddress=institution,
        PatientTelephoneNumbers=institution,
        SOPInstanceUID=uid,
    )
    output = read(released(part10(image), "draw"))

    masked = ["PatientName", "ReferringPhysicianName", "OperatorsName", "InstitutionName"]
    assert {str(output[keyword].value) for keyword in masked} == {"#"}
    masked = ["InstitutionAddress", "PatientAddress", "PatientTelephoneNumbers"]
    assert {output[keyword].value for keyword in masked} == {"#"}
    assert output.SOPInstanceUID.startswith("1.2.826.0.1.3680043.10.1561.")
    assert is_uid(output.SOPInstanceUID)


@given(uids, words, profiles)
@settings(max_examples=30, deadline=None)
def test_the_way_back_leads_to_where_it_began(frame: str, name: str, profile: str) -> None:
    """A result that references what was released comes back pointing at the original."""
    out = released_series(profile, FrameOfReferenceUID=frame, PatientName=name)
    back = read(led_back(part10(structure_set(out.images)), out.crosswalk))

    referenced = back.ReferencedFrameOfReferenceSequence[0]
    study = referenced.RTReferencedStudySequence[0]
    series = study.RTReferencedSeriesSequence[0]
    assert referenced.FrameOfReferenceUID == frame
    assert study.ReferencedSOPInstanceUID == back.StudyInstanceUID == STUDY
    assert series.SeriesInstanceUID == SERIES
    assert tuple(each.ReferencedSOPInstanceUID for each in series.ContourImageSequence) == INSTANCES
    assert str(back.PatientName) == name


@given(st.data(), st.sampled_from(sorted(NATIVE_SYNTAXES)), profiles)
@settings(max_examples=200, deadline=None)
def test_broken_files_give_an_output_or_a_coded_error(data: st.DataObject, syntax: str, profile: str) -> None:
    """Whatever bytes are changed or cut, no other exception comes out."""
    content = bytearray(planted(1, syntax=syntax).content)
    for _ in range(data.draw(st.integers(1, 5))):
        content[data.draw(st.integers(132, len(content) - 1))] = data.draw(st.integers(0, 255))
    end = data.draw(st.none() | st.integers(132, len(content)))

    try:
        output = released(bytes(content[:end]), profile)
    except AirlockError:
        return
    assert output[128:132] == b"DICM"
