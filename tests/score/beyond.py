"""What the MIDI-B benchmark does not check, judged for one profile.

Each check is a class of the score, like those of the benchmark.
"""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import NamedTuple

from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import UID

from tests.score.judging import days_between
from tests.score.key import Kind
from tests.score.leaks import leaks
from tests.score.outcomes import Outcomes
from tests.score.places import shown
from tests.score.studies import Collection, File
from tests.score.tally import Score, Tally

#: where objects say who they are
_OWN = ("SOPInstanceUID", "SeriesInstanceUID", "StudyInstanceUID", "FrameOfReferenceUID")
_FILE_META = frozenset({0x00020000, 0x00020001, 0x00020002, 0x00020003, 0x00020010, 0x00020012, 0x00020013})
_UID = re.compile(r"[0-9]+(\.(0|[1-9][0-9]*))+")


class Promise(NamedTuple):
    """What a profile promises of every file.

    Attributes:
        held: the kinds of files that it does not release.
        codes: of its options, in (0012,0064); `pixel_codes` are said of images only.
        dates: what (0028,0303) says.
    """

    held: frozenset[str]
    codes: frozenset[str]
    pixel_codes: frozenset[str]
    dates: str


PROMISES: Mapping[str, Promise] = {
    "basic": Promise(frozenset({"us", "doc"}), frozenset({"113100"}), frozenset(), "REMOVED"),
    "extended": Promise(
        frozenset({"doc"}),
        frozenset({"113100", "113103", "113104", "113105", "113107", "113108", "113109", "113111"}),
        frozenset({"113101"}),
        "MODIFIED",
    ),
}


def beyond(collection: Collection, outcomes: Outcomes, profile: str) -> Score:
    """Judge one collection of outcomes."""
    promise = PROMISES[profile]
    score: dict[str, Tally] = defaultdict(Tally)
    for file in collection.files.values():
        is_released = outcomes[file.name].is_released
        score["released or held"].add(file.name, passed=is_released != (file.kind in promise.held))
    released = [file for file in collection.files.values() if outcomes[file.name].is_released]
    for file in released:
        after = outcomes[file.name]
        left = leaks(after.content, [*_secrets(file), *collection.uids], file.patient.script.character_sets)
        score["no identifier left"].add(file.name, passed=not left)
        score["markers"].add(file.name, passed=_is_marked(after.data_set, promise, profile))
        score["file meta"].add(file.name, passed=_has_new_meta(after.data_set))
    for place, passed in _one_to_one(released, outcomes):
        score["UIDs one to one"].add(place, passed=passed)
    for place, passed in references(released, outcomes):
        score["references"].add(place, passed=passed)
    if promise.dates == "MODIFIED":
        for place, passed in _intervals(released, outcomes):
            score["intervals"].add(place, passed=passed)
    return score


def _secrets(file: File) -> Iterator[str]:
    """Everything that identifies the patient and the study but UIDs."""
    patient, told = file.patient, file.told
    yield from patient.name_words
    yield from (patient.mother, patient.patient_id, patient.issuer, patient.phone, patient.address)
    yield from (told.accession, told.study_id, told.hospital, told.hospital_address)
    yield from (part for name in (told.physician, told.operator) for part in name.split("^"))
    yield f"{patient.birth:%Y%m%d}"


def _is_marked(data_set: FileDataset, promise: Promise, profile: str) -> bool:
    codes = {each.CodeValue for each in data_set.get("DeidentificationMethodCodeSequence", [])}
    wanted = promise.codes | (promise.pixel_codes if "PixelData" in data_set else frozenset())
    return (
        codes == wanted
        and data_set.get("PatientIdentityRemoved") == "YES"
        and data_set.get("DeidentificationMethod", "").endswith(f"profile {profile}")
        and data_set.get("LongitudinalTemporalInformationModified") == promise.dates
    )


def _has_new_meta(data_set: FileDataset) -> bool:
    meta = data_set.file_meta
    return (
        data_set.preamble == bytes(128)
        and {int(element.tag) for element in meta} == _FILE_META
        and meta.MediaStorageSOPClassUID == data_set.SOPClassUID
        and meta.MediaStorageSOPInstanceUID == data_set.SOPInstanceUID
        and meta.get("ImplementationVersionName") == "AIRLOCK_1"
        and UID(meta.TransferSyntaxUID).is_transfer_syntax
    )


def _mapped(files: list[File], outcomes: Outcomes) -> Iterator[tuple[File, str, str, str]]:
    """Every UID that has to change: its file and place, the original and what came of it."""
    for file in files:
        values = outcomes[file.name].values
        for action in file.actions:
            if action.kind is Kind.UID_CHANGED:
                yield file, shown(action.place), action.text, values.get(action.place, "")


def _one_to_one(files: list[File], outcomes: Outcomes) -> Iterator[tuple[str, bool]]:
    """Different UIDs stay different, and new ones are valid (PS3.5 section 9.1)."""
    originals: dict[str, set[str]] = defaultdict(set)
    mapped: dict[tuple[str, str], str] = {}
    for file, place, original, new in _mapped(files, outcomes):
        originals[new].add(original)
        mapped.setdefault((original, new), f"{file.name} {place}")
    for (_, new), place in mapped.items():
        yield place, len(originals[new]) == 1 and len(new) <= 64 and _UID.fullmatch(new) is not None


def references(files: list[File], outcomes: Outcomes) -> Iterator[tuple[str, bool]]:
    """Whether what points at an object of the collection still does, wherever the reference stands."""
    targets = {
        text: outcomes[file.name].data_set[keyword].value
        for file in files
        for keyword, text in _own(file).items()
    }
    for file, place, original, new in _mapped(files, outcomes):
        if place not in _OWN and original in targets:
            yield f"{file.name} {place}", new == targets[original]


def _own(file: File) -> dict[str, str]:
    return {
        action.place[0]: action.text
        for action in file.actions
        if action.kind is Kind.UID_CHANGED and len(action.place) == 1 and action.place[0] in _OWN
    }


def _intervals(files: list[File], outcomes: Outcomes) -> Iterator[tuple[str, bool]]:
    """The days between the studies of a patient are what they were."""
    by_patient: dict[int, list[File]] = defaultdict(list)
    for file in files:
        by_patient[file.patient.number].append(file)
    for own in by_patient.values():
        for one, other in pairwise(own):
            new = [outcomes[each.name].data_set.StudyDate for each in (one, other)]
            before = days_between(f"{one.told.day:%Y%m%d}", f"{other.told.day:%Y%m%d}")
            yield f"{one.name} and {other.name}", days_between(*new) == before


def pseudonyms(data_set: Dataset) -> set[str]:
    """The new identities in a file: its own UIDs, the Patient ID and the Patient's Name."""
    uids = {str(data_set[keyword].value) for keyword in _OWN if keyword in data_set}
    return uids | {str(data_set.PatientID), str(data_set.PatientName)}
