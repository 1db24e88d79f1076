"""The way back: what was made of released scans, under the identity of its patient again."""

import io
from collections import defaultdict
from collections.abc import Iterator

from pydicom import dcmread
from pydicom.dataset import FileDataset

from shared.deid.crosswalk import Crosswalk
from shared.deid.instance import Deidentified, Deidentifier
from shared.deid.reidentify import Returning
from shared.dicom.source import MemorySource
from shared.identifiers import SeriesRef
from tests.images import deidentifier, written
from tests.score.key import Kind
from tests.score.places import shown, values_of
from tests.score.studies import Collection, File
from tests.score.tally import Score, Tally

#: the kinds of results that lead back
RESULTS = ("rtstruct", "seg", "sr", "pr")


def ways_back(collection: Collection, profile: str) -> Score:
    """Release the scans and results of each study, lead the results back, and judge where they point.

    A result keeps its own UIDs; every other UID of the study and its scans has to be the original one.
    """
    score: dict[str, Tally] = defaultdict(Tally)
    for files in _by_study(collection):
        worker = deidentifier(profile)
        scans = [worker.deidentify(MemorySource(each.content)) for each in _of_kinds(files, ("ct",))]
        crosswalk = _crosswalk(worker, _of_kinds(files, ("ct",))[0], scans)
        for file in _of_kinds(files, RESULTS):
            result = written(worker.deidentify(MemorySource(file.content)))
            back = _led_back(result, crosswalk)
            for place, passed in _judged(file, back, _scanned(files)):
                score["way back"].add(f"{file.name} {place}", passed=passed)
    return score


def _by_study(collection: Collection) -> list[list[File]]:
    studies: dict[str, list[File]] = defaultdict(list)
    for file in collection.files.values():
        studies[file.told.uid].append(file)
    return [*studies.values()]


def _of_kinds(files: list[File], kinds: tuple[str, ...]) -> list[File]:
    return [each for each in files if each.kind.startswith(kinds)]


def _crosswalk(worker: Deidentifier, first: File, scans: list[Deidentified]) -> Crosswalk:
    """As the stage writes it, of the UIDs that the scans have."""
    changed = (each for each in first.actions if each.kind is Kind.UID_CHANGED)
    series = next(each.text for each in changed if each.place == ("SeriesInstanceUID",))
    return Crosswalk(
        job_id="0123456789abcdef",
        series=SeriesRef(study_instance_uid=first.told.uid, series_instance_uid=series),
        generation=1,
        uids={new: original for original, new in worker.uids.items()},
        sop_instance_uids=tuple(each.sop_instance_uid for each in scans),
        shift_days=scans[0].shift_days,
        identity=scans[0].identity,
    )


def _led_back(result: bytes, crosswalk: Crosswalk) -> FileDataset:
    content = b"".join(Returning(MemorySource(result), crosswalk).content())
    return dcmread(io.BytesIO(content))


def _scanned(files: list[File]) -> set[str]:
    """The original UIDs of a study and its scans."""
    return {
        action.text
        for file in _of_kinds(files, ("ct",))
        for action in file.actions
        if action.kind is Kind.UID_CHANGED
    }


def _judged(file: File, back: FileDataset, scanned: set[str]) -> Iterator[tuple[str, bool]]:
    patient = file.patient
    yield "PatientID", back.PatientID == patient.patient_id
    yield "PatientName", str(back.PatientName) == patient.name
    yield "StudyDate", back.StudyDate == f"{file.told.day:%Y%m%d}"
    values = values_of(back)
    for action in file.actions:
        if action.kind is Kind.UID_CHANGED and action.text in scanned:
            yield shown(action.place), values.get(action.place) == action.text
