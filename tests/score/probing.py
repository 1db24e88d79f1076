"""Plants every secret in every kind of instance, and searches what is released for it."""

import io
import random
import warnings
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import NamedTuple

from pydicom import dcmread
from pydicom.dataset import Dataset

from tests.images import part10
from tests.score.author import Author, Uids
from tests.score.draft import Draft, Probe, Sought
from tests.score.leaks import leaks
from tests.score.outcomes import Deidentify
from tests.score.people import patient, study
from tests.score.probes_forms import PROBES as FORMS
from tests.score.probes_hidden import PROBES as HIDDEN
from tests.score.probes_listed import PROBES as LISTED
from tests.score.probes_objects import PROBES as OBJECTS
from tests.score.report import report
from tests.score.results import document, structure_set
from tests.score.scans import ct_series
from tests.score.tally import Score, Tally

PROBES: Sequence[Probe] = (*LISTED, *HIDDEN, *FORMS, *OBJECTS)
#: the profiles that hold documents in instances
_KEEP_DOCUMENTS = frozenset({"basic", "extended"})
_CONSONANTS = "bcdfghjklmnpqrstvwxz"


class Planted(NamedTuple):
    """A file with a secret in it.

    Attributes:
        place: where it is, as failures are told.
        held: the profiles that may not release it.
    """

    place: str
    secret: str
    content: bytes
    held: frozenset[str]


def planted(seed: int, probes: Iterable[Probe] = PROBES, *, every_kind: bool = True) -> Iterator[Planted]:
    """Yield the files of the probes, each in every kind of instance that it is for, or in one of them."""
    for number, probe in enumerate(probes):
        turn = (number + seed) % len(probe.kinds)
        for kind in probe.kinds if every_kind else [probe.kinds[turn]]:
            content, secrets = _instance(seed, kind)
            secret = probe.secret or secrets[probe.sought]
            with warnings.catch_warnings():
                # pydicom warns of what is wrong on purpose.
                warnings.simplefilter("ignore")
                draft = Draft(dcmread(io.BytesIO(content)), secret)
                probe.plant(draft)
                held = probe.held | (_KEEP_DOCUMENTS if kind == "doc" else frozenset())
                yield Planted(f"{kind}: {probe.name}", secret, draft.written(), held)


def probed(files: Iterable[Planted], deidentifiers: Mapping[str, Deidentify]) -> Score:
    """Let several profiles de-identify the files, and search what they release.

    Whoever releases nothing leaks nothing; so it counts as well whether a file is released.
    """
    score: dict[str, Tally] = defaultdict(Tally)
    for file in files:
        for profile, deidentify in deidentifiers.items():
            released = deidentify(file.content)
            is_clean = released is None or not leaks(released, [file.secret])
            score[f"{profile}: no leak"].add(file.place, passed=is_clean)
            is_right = (released is None) == (profile in file.held)
            score[f"{profile}: released or held"].add(file.place, passed=is_right)
    return score


@cache
def _instance(seed: int, kind: str) -> tuple[bytes, Mapping[Sought, str]]:
    """An instance of a kind, and the secrets for it."""
    rng = random.Random(f"{seed} {kind}")
    uids = Uids(rng)
    of = patient(rng, 0, "ascii")._replace(name=f"{_word(rng)}^{_word(rng)}")
    told = study(rng, of, 0, uids.new(), date(2018, 4, 11))
    author = Author(rng, told, uids)
    secrets: dict[Sought, str] = {
        "stranger": _word(rng),
        "name": of.name.split("^")[0],
        "number": of.patient_id,
        "uid": uids.new(),
        "day": f"{rng.randrange(1920, 1990)}0{rng.randrange(1, 10)}1{rng.randrange(1, 10)}",
        "study": told.uid,
    }
    return part10(_made(author, kind)), secrets


def _made(author: Author, kind: str) -> Dataset:
    images = [each.data_set for each in ct_series(author)]
    makers = {"rtstruct": structure_set, "sr": report, "doc": document}
    return makers[kind](author, images).data_set if kind in makers else images[0]


def _word(rng: random.Random) -> str:
    """Ten letters that are no word of any language."""
    return f"Zq{''.join(rng.choice(_CONSONANTS) for _ in range(8))}"
