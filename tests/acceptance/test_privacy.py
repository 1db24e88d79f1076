"""Whatever leaves the clinical side, or people look at, tells nobody's name, id, date or UID."""

import json
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from io import BytesIO, StringIO
from pathlib import Path
from typing import NamedTuple

import pytest
from pydicom import dcmread

from shared import log
from shared.identifiers import is_uid
from shared.local.sample import Sample, make_sample
from shared.runtime import Outcome
from tests.acceptance.flow import MINUTE, Flow, opened

#: what is meant to hold identities: the originals, the results, and the index that finds them by name
IDENTIFYING = ("clinical/intake/", "clinical/results/", ".airlock/clinical/")
#: what may name objects and original UIDs, as notifications do, but no person
REFERRING = ("bus/", "ledger/clinical.sqlite")
WHOLE_UID = re.compile(r"\d+(?:\.\d+){4,}")
RELEASED_NAME = re.compile(r"jobs/[0-9a-f]{32}/(?:shard-\d{4}\.zip|result-[0-9a-f]{16}\.dcm)")
_ZIP = b"PK\3\4"


class Run(NamedTuple):
    """What a run of the sample has left behind.

    Attributes:
        packages: what the destination held before the results were fetched, by file name.
        files: every file of the workspace and of the destination at the end, by its path.
        log: the log, one line an entry.
    """

    sample: Sample
    packages: dict[str, bytes]
    files: dict[str, bytes]
    log: list[str]
    flow: Flow


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, unread_log: StringIO) -> Iterator[Run]:
    """The whole sample, run to the end; the destination is looked into while it still holds the packages."""
    sample = make_sample(tmp_path_factory.mktemp("sample") / "drop")
    folder, lines = tmp_path_factory.mktemp("run"), StringIO()
    log.configure(json=True, stream=lines)
    with opened(folder) as flow:
        flow.double.faults.polls_before_result = 1_000_000
        flow.take_in(sample.folder)
        flow.settle(20 * MINUTE)
        packages = files_of(flow.received)
        flow.double.faults.polls_before_result = 0
        flow.settle()
        log.configure(json=True, stream=unread_log)
        files = files_of(flow.workspace) | files_of(flow.received)
        yield Run(sample, packages, files, lines.getvalue().splitlines(), flow)


def files_of(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its path."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def identifiers(sample: Sample) -> frozenset[bytes]:
    """Everything that identifies somebody in the sample, in every encoding in which it stands there."""
    return sample.encoded_identifiers | frozenset(of_others(sample.folder / "pydicom"))


def of_others(folder: Path) -> Iterator[bytes]:
    """Names, ids and UIDs of the files that were not made for the sample."""
    for path in folder.iterdir():
        image = dcmread(path, stop_before_pixels=True)
        for keyword in (
            "PatientName",
            "PatientID",
            "StudyInstanceUID",
            "SeriesInstanceUID",
            "SOPInstanceUID",
        ):
            value = str(image.get(keyword, ""))
            # Digits alone stand by chance in times, generations and message ids.
            if len(value) >= (8 if value.isdigit() else 4):
                yield value.encode()


def persons(sample: Sample) -> frozenset[bytes]:
    """The identifiers that are no UIDs."""
    return frozenset(each for each in identifiers(sample) if not is_uid(each.decode("latin-1")))


def found(wanted: Iterable[bytes], contents: Mapping[str, bytes]) -> set[tuple[str, bytes]]:
    """Where which of the identifiers stand: in names, in contents, and in the members of archives."""
    everything = dict(unfolded(contents))
    haystacks = {name: name.encode() + b"\0" + content for name, content in everything.items()}
    return {(name, each) for name, content in haystacks.items() for each in wanted if each in content}


def unfolded(contents: Mapping[str, bytes]) -> Iterator[tuple[str, bytes]]:
    """The contents, and those of the members of archives among them."""
    for name, content in contents.items():
        yield name, content
        if content.startswith(_ZIP):
            with zipfile.ZipFile(BytesIO(content)) as archive:
                yield from ((f"{name}!{member}", archive.read(member)) for member in archive.namelist())


def chosen(files: Mapping[str, bytes], prefixes: tuple[str, ...], *, inside: bool = True) -> dict[str, bytes]:
    """The files below some folders, or all others."""
    return {name: content for name, content in files.items() if name.startswith(prefixes) is inside}


def test_search_finds_every_identifier_in_what_came_in(run: Run) -> None:
    """The search is worth something: in the originals it finds every text, in at least one encoding."""
    hits = {each for _, each in found(identifiers(run.sample), chosen(run.files, ("clinical/intake/",)))}
    missed = {text for text in run.sample.identifiers if hits.isdisjoint(encodings(text))}

    assert len(run.sample.identifiers) > 150
    assert missed == set()


def encodings(text: str) -> set[bytes]:
    """A text in each of the character sets of the sample that has its letters."""
    codecs = ("utf-8", "iso2022_jp", "iso8859_5")
    return {text.encode(codec, "ignore") for codec in codecs}


def test_run_has_made_what_is_searched(run: Run) -> None:
    """There are packages, shards, results, crosswalks, ledgers, a bus and a log."""
    names = "\n".join(sorted({*run.files, *run.packages}))
    wanted = ("packages/", "shard-0000.zip", "result-", "crosswalks/", "released.sqlite", "bus.sqlite")

    assert [part for part in wanted if part not in names] == []
    assert len(run.log) > 100
    assert run.flow.balance.closed


def test_nothing_outside_the_clinical_side_identifies_anybody(run: Run) -> None:
    """Of all files that are made, only originals, results and references hold an identifier."""
    others = chosen(run.files, (*IDENTIFYING, *REFERRING), inside=False)

    assert found(identifiers(run.sample), others) == set()


def test_nothing_that_is_sent_identifies_anybody(run: Run) -> None:
    """In the packages, their members and their names no identifier stands in any encoding."""
    assert found(identifiers(run.sample), run.packages) == set()


def test_crosswalks_are_sealed(run: Run) -> None:
    """The way back lies on the clinical side, and without the key it names nobody, not even a UID."""
    crosswalks = chosen(run.files, ("clinical/crosswalks/",))

    assert len(crosswalks) >= len(run.flow.uploads)
    assert found(identifiers(run.sample), crosswalks) == set()


def test_ledger_and_messages_refer_to_objects_and_name_no_person(run: Run) -> None:
    """The clinical ledger and the bus hold UIDs and names of objects; no name, id, date or address."""
    assert found(persons(run.sample), chosen(run.files, REFERRING)) == set()


def test_exceptions_describe_what_is_wrong_without_its_value(run: Run) -> None:
    """Stage, code, category and cause of an exception hold no identifier."""
    shown = {
        each.exception_id: f"{each.stage} {each.code} {each.category} {each.cause}".encode()
        for each in run.flow.exceptions()
    }

    assert len(shown) >= 3
    assert found(identifiers(run.sample), shown) == set()


def test_released_objects_have_opaque_names(run: Run) -> None:
    """The name of a released object is a job's opaque id and what it is."""
    names = [stat.ref.name for stat in run.flow.wiring.released.list()]

    assert len(names) >= 2 * len(run.flow.uploads)
    assert [name for name in names if not RELEASED_NAME.fullmatch(name)] == []


def test_log_is_one_json_object_a_line(run: Run) -> None:
    """Every line of the log is an object: the outcome of a delivery, or what waits at a tick."""
    lines = [json.loads(line) for line in run.log]
    waiting = [line for line in lines if line["event"] == "waiting"]
    outcomes = [line for line in lines if line not in waiting]

    assert {line["event"] for line in outcomes} <= set(Outcome)
    assert {"event", "stage", "message_id", "attempt"} <= set.intersection(*map(set, outcomes))
    assert {"event", "stage", "count", "oldest_seconds"} <= set.intersection(*map(set, waiting))


def test_log_identifies_nobody(run: Run) -> None:
    """No identifier stands in the log, escaped or not."""
    spoken = [json.dumps(json.loads(line), ensure_ascii=False) for line in run.log]
    texts = {f"{number}": text.encode() for number, text in enumerate([*run.log, *spoken])}

    assert found(identifiers(run.sample), texts) == set()


def test_log_shows_no_whole_uid(run: Run) -> None:
    """UIDs, original or new, are shortened to their ends wherever they stand."""
    assert [line for line in run.log if WHOLE_UID.search(line)] == []


def test_log_shows_no_name_of_an_object(run: Run) -> None:
    """Names that people gave to files, and those of the objects that they became, are masked."""
    files = (path for path in run.sample.folder.rglob("*") if path.is_file())
    names = {*(path.name for path in files), "intake/", "crosswalks/"}

    assert [line for line in run.log if any(name in line for name in names)] == []
