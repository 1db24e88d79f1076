"""Damaged and rewritten files: whatever they are, they come out clean or with a coded error."""

import random
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from typing import NamedTuple

import pytest

from shared.deid.instance import Deidentifier
from shared.deid.verify import residue
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import tag_for_keyword
from shared.dicom.read import read_header
from shared.dicom.source import MemorySource
from shared.dicom.validate import validate
from shared.errors import AirlockError
from tests import corpus
from tests.images import (
    ENCAPSULATED_SYNTAX,
    HEADERS_ALONE,
    NATIVE_SYNTAXES,
    PROFILES,
    ct_image,
    deidentifier,
    encapsulated,
    item,
    part10,
    written,
)
from tests.mutations import mutants
from tests.planted import SCRIPTS, planted
from tests.rewritings import rewritings
from tests.unit.shared.deid.results import Released, led_back, released_series, structure_set

FRAME_BYTES = 1 << 30
LARGEST_FILE = 200_000
SEED = "airlock"
NAME, PATIENT_ID = "Quarrington^Zebulon", "MRN-4711-0815"
#: whole, since the gate lets a longer word or number pass that one of them is a part of
SECRETS = re.compile(
    rb"(?<![a-z\x80-\xff])(?:quarrington|zebulon)(?![a-z\x80-\xff])|mrn-4711-0815(?![0-9])", re.IGNORECASE
)
PATIENT_NAME_TAG, PATIENT_ID_TAG = (tag_for_keyword(each) or 0 for each in ("PatientName", "PatientID"))

Damage = Callable[[bytes, str, int], Iterator[bytes]]
damages = pytest.mark.parametrize("damage", [mutants, rewritings])
profiles = pytest.mark.parametrize("profile", ["basic", "extended"])


class Outcome(NamedTuple):
    """What became of a file: its output, or the code and message of the error."""

    output: bytes | None
    code: str = "released"
    message: str = ""


@cache
def planted_files() -> tuple[bytes, ...]:
    """Files with identifiers everywhere, in every script and transfer syntax."""
    syntaxes = [*NATIVE_SYNTAXES, "encapsulated"]
    return tuple(planted(1, script, syntax).content for script in SCRIPTS for syntax in syntaxes)


@cache
def corpus_files() -> tuple[bytes, ...]:
    """Public files that are not large."""
    contents = (each.read() for each in corpus.files())
    return tuple(content for content in contents if len(content) <= LARGEST_FILE)


@cache
def released_once() -> tuple[Released, bytes]:
    """What went out, and a result for it."""
    released = released_series("extended")
    return released, part10(structure_set(released.images))


def telling(syntax: str) -> bytes:
    """An image whose patient is named in many places besides the two where one is looked for."""
    image = ct_image(
        SeriesDescription="liver of Quarrington",
        StudyDescription=f"Zebulon {PATIENT_ID}",
        OtherPatientIDs=PATIENT_ID,
        OperatorsName=NAME,
        ImageComments=f"Mr. Zebulon Quarrington, {PATIENT_ID}",
        InstitutionName="Quarrington House",
        AccessionNumber=PATIENT_ID,
        ContributingEquipmentSequence=[
            item(PatientName=NAME, PatientID=PATIENT_ID, DerivationImageSequence=[item(PatientID=PATIENT_ID)])
        ],
        ContentSequence=[item(ValueType="TEXT", TextValue="seen by Zebulon")],
        DigitalSignaturesSequence=[item(CertificateOfSigner=b"Quarrington ")],
        DataSetTrailingPadding=b"Quarrington ",
    )
    image.private_block(0x0009, "Quarrington", create=True).add_new(1, "LO", NAME)
    if syntax == "encapsulated":
        image.BitsAllocated, image.BitsStored, image.HighBit = 8, 8, 7
        image.PixelData = encapsulated([b"\xff\xd8\xff\xfe\0\x0dQuarrington\xff\xd9"])
        image["PixelData"].is_undefined_length = True
    return part10(image, NATIVE_SYNTAXES.get(syntax, ENCAPSULATED_SYNTAX))


def outcome(content: bytes, worker: Deidentifier) -> Outcome:
    """What becomes of a file; any other error than a coded one is the test's."""
    try:
        return Outcome(written(worker.deidentify(MemorySource(content))))
    except AirlockError as error:
        return Outcome(None, error.code, str(error))


def code_of(step: Callable[[], object]) -> str:
    """How a step ends."""
    try:
        step()
    except AirlockError as error:
        return error.code
    return "done"


def validated(content: bytes) -> None:
    """Validate as the first stage does."""
    validate(read_header(MemorySource(content), force=True), frame_bytes_limit=FRAME_BYTES)


def is_readable(content: bytes) -> bool:
    """Whether the file is one that can be taken apart."""
    return code_of(lambda: read_header(MemorySource(content), force=True)) == "done"


def says_who_it_is(content: bytes) -> bool:
    """Whether the file is accepted, and the patient stands where one is looked for."""
    try:
        validated(content)
        data_set = DataSet.of(read_header(MemorySource(content)))
    except AirlockError:
        return False
    return (data_set.text(PATIENT_NAME_TAG), data_set.text(PATIENT_ID_TAG)) == (NAME, PATIENT_ID)


def sample(files: tuple[bytes, ...], count: int, seed: str) -> list[bytes]:
    """Some of the files, the same for the same seed."""
    return random.Random(seed).sample(files, min(count, len(files)))


def walk(files: list[bytes], damage: Damage, each: int, seed: str) -> dict[str, int]:
    """Put damaged copies of the files through every step; count how they are de-identified."""
    workers = {profile: deidentifier(profile, imaging=HEADERS_ALONE) for profile in ("basic", "extended")}
    counts: dict[str, int] = {}
    for number, content in enumerate(files):
        for damaged in damage(content, f"{seed} {number}", each):
            for profile, worker in workers.items():
                code = one_way(damaged, worker, profile)
                counts[code] = counts.get(code, 0) + 1
    return counts


def one_way(damaged: bytes, worker: Deidentifier, profile: str) -> str:
    """Put one damaged file through every step."""
    source, (released, result) = MemorySource(damaged), released_once()
    code_of(lambda: validated(damaged))
    code_of(lambda: led_back(damaged, released.crosswalk))
    made = outcome(damaged, worker)
    output = result if made.output is None else made.output
    code_of(lambda: residue(source, MemorySource(output), PROFILES[profile]))
    code_of(lambda: residue(MemorySource(result), source, PROFILES[profile]))
    return made.code


@damages
def test_damaged_synthetic_files_end_released_or_with_a_code(damage: Damage) -> None:
    """Names in twelve scripts, five transfer syntaxes, and any damage: no step raises anything uncoded."""
    counts = walk(sample(planted_files(), 25, SEED), damage, 4, SEED)

    assert sum(counts.values()) == 200
    assert {"released", "malformed"} <= counts.keys()


@pytest.mark.corpus
@pytest.mark.skipif(not corpus.files(), reason=f"there is no corpus of DICOM files in {corpus.ROOT}")
@damages
def test_damaged_public_files_end_released_or_with_a_code(damage: Damage) -> None:
    """Objects of many classes and makers, and any damage: no step raises anything uncoded."""
    files = sample(corpus_files(), 35, SEED)
    # What cannot be taken apart cannot be rewritten, but damaged further.
    files = files if damage is mutants else [*filter(is_readable, files)]
    counts = walk(files, damage, 4, SEED)

    assert sum(counts.values()) == 8 * len(files)
    assert {"released", "malformed"} <= counts.keys()


@damages
def test_damaged_results_are_led_back_or_refused(damage: Damage) -> None:
    """What comes back from outside may be damaged in any way, too."""
    released, result = released_once()
    back = partial(led_back, crosswalk=released.crosswalk)
    codes = {code_of(partial(back, content)) for content in damage(result, SEED, 150)}

    assert {"done", "result_unreadable"} <= codes


@damages
@profiles
def test_who_is_named_in_the_header_is_nowhere_in_the_output(profile: str, damage: Damage) -> None:
    """Whatever else is damaged: a patient whose name and id are still where one looks stays hidden."""
    worker, outcomes = deidentifier(profile, imaging=HEADERS_ALONE), list[Outcome]()
    for syntax in [*NATIVE_SYNTAXES, "encapsulated"]:
        damaged = filter(says_who_it_is, damage(telling(syntax), f"{SEED} {syntax}", 100))
        outcomes += [outcome(content, worker) for content in damaged]

    outputs = [each.output for each in outcomes if each.output is not None]
    assert len(outputs) > 25
    told = [*outputs, *(each.message.encode() for each in outcomes)]
    assert [found for each in told if (found := SECRETS.findall(each))] == []


@damages
@profiles
def test_damaged_files_give_the_same_bytes_in_any_worker(profile: str, damage: Damage) -> None:
    """A worker that has seen much damage decides about each file as a new one does."""
    seasoned = deidentifier(profile, imaging=HEADERS_ALONE)
    contents = [each for file in sample(planted_files(), 8, SEED) for each in damage(file, SEED, 3)]
    first = [outcome(content, seasoned) for content in contents]

    assert [outcome(content, seasoned) for content in contents] == first
    assert [outcome(each, deidentifier(profile, imaging=HEADERS_ALONE)) for each in contents] == first
