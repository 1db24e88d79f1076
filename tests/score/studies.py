"""Collections of studies made from a seed: files of several patients, and the key to them."""

import random
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import NamedTuple

from pydicom.dataset import Dataset  # noqa: TC002

from tests.images import part10
from tests.score.author import Author, Uids
from tests.score.key import Action, answers
from tests.score.people import SCRIPTS, Patient, Study, patient, study
from tests.score.report import report
from tests.score.results import document, presentation, segmentation, structure_set
from tests.score.scans import Made, ct_series, ultrasound

_STUDIES = 2


class File(NamedTuple):
    """A file of a collection.

    Attributes:
        told: the study that it belongs to.
        kind: what it is, such as `ct0` or `rtstruct`.
        content: its bytes.
        actions: what has to become of it.
    """

    told: Study
    kind: str
    content: bytes
    actions: Sequence[Action]

    @property
    def patient(self) -> Patient:
        """Whose it is."""
        return self.told.patient

    @property
    def name(self) -> str:
        """What failures are told by: numbers and kinds, nothing of the patient's."""
        return f"patient{self.patient.number}/study{self.told.number}/{self.kind}"


class Collection(NamedTuple):
    """Files by name, and every UID in them that is somebody's own."""

    files: Mapping[str, File]
    uids: frozenset[str]


def generate(seed: int, scripts: Sequence[str] = tuple(SCRIPTS)) -> Collection:
    """Make two studies of a patient of each script; equal seeds give equal bytes."""
    rng = random.Random(seed)
    uids = Uids(rng)
    files = [
        each
        for number, script in enumerate(scripts)
        for each in _of_patient(rng, patient(rng, number, script), uids)
    ]
    return Collection({each.name: each for each in files}, frozenset(uids.made))


def _of_patient(rng: random.Random, of: Patient, uids: Uids) -> Iterator[File]:
    day = date(2015, 1, 1) + timedelta(days=rng.randrange(2000))
    for number in range(_STUDIES):
        told = study(rng, of, number, uids.new(), day)
        author = Author(rng, told, uids)
        for kind, made in _objects(author):
            content = part10(made.data_set, made.syntax)
            yield File(told, kind, content, [*answers(made, author.phrases)])
        day += timedelta(days=rng.randrange(1, 400))


def _objects(author: Author) -> Iterator[tuple[str, Made]]:
    slices = ct_series(author)
    images: list[Dataset] = [each.data_set for each in slices]
    yield from ((f"ct{number}", each) for number, each in enumerate(slices))
    yield "us", ultrasound(author)
    yield "rtstruct", structure_set(author, images)
    yield "seg", segmentation(author, images)
    yield "sr", report(author, images)
    yield "pr", presentation(author, images)
    yield "doc", document(author, images)
