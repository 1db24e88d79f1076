"""The same flow on Google's emulators: real clients, a process a function, push, and the same bytes out."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.local.emulators.sdk import sdk_root
from shared.local.sample import make_sample
from tests import corpus
from tests.acceptance.emulated import Emulated, Released, emulated, released
from tests.acceptance.flow import opened
from tests.acceptance.samples import QUIRINSFELD
from tests.acceptance.test_corpus_flow import REFUSED

pytestmark = pytest.mark.skipif(sdk_root() is None, reason="there is no Google Cloud SDK on this machine")

_LARGEST = 1_000_000
_OWN_RESULTS = "own_result"


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The sample's files, and those of the corpus that are not large and alone under their UIDs.

    Of several the first to arrive stays, and which one that is differs from run to run.
    """
    sample = make_sample(tmp_path_factory.mktemp("sample")).folder
    paths = (path for path in sorted(sample.rglob("*")) if path.is_file())
    found = {f"sample/{path.relative_to(sample)}": path.read_bytes() for path in paths}
    contested = REFUSED["conflict"] | REFUSED["patient_inconsistent"]
    for each in corpus.files():
        content = each.read()
        if len(content) <= _LARGEST and each.name not in contested:
            found[each.name] = content
    return found


@pytest.fixture(scope="module")
def by_bucket(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> Iterator[Emulated]:
    """A system that was given everything in its bucket, and has settled."""
    with emulated(tmp_path_factory.mktemp("bucket")) as running:
        running.upload(files)
        running.settle()
        yield running


@pytest.fixture(scope="module")
def by_store(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]
) -> Iterator[tuple[Emulated, set[str]]]:
    """A system that was given everything in its DICOM store and has settled, and what the store took."""
    with emulated(tmp_path_factory.mktemp("store")) as running:
        taken = running.store(files)
        running.settle()
        yield running, taken


def embedded(folder: Path, files: dict[str, bytes]) -> tuple[Released, tuple[int, ...]]:
    """What an embedded installation makes of the same files: what it released, and its balance."""
    drop = folder / "drop"
    for name, content in files.items():
        path = drop / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    with opened(folder / "installation") as flow:
        flow.run(drop)
        return released(flow), tuple(flow.balance)


@pytest.mark.corpus
def test_a_bucket_full_of_files_is_released_as_embedded(
    by_bucket: Emulated, files: dict[str, bytes], tmp_path: Path
) -> None:
    """At least 200 files of the corpus and the sample: the balance closes, and every byte is the same."""
    expected, balance = embedded(tmp_path, files)

    assert len(files) >= 240
    assert by_bucket.balance.closed
    assert tuple(by_bucket.balance) == balance
    assert by_bucket.released() == expected
    assert len(expected.results) >= 4


@pytest.mark.corpus
def test_a_dicom_store_full_of_instances_is_released_as_embedded(
    by_store: tuple[Emulated, set[str]], files: dict[str, bytes], tmp_path: Path
) -> None:
    """What the store took is released to the byte as from a folder, and results return to the store."""
    running, taken = by_store
    expected, _ = embedded(tmp_path, {name: files[name] for name in taken})
    ignored = [record.reason for record in running.wiring.ledger.ignored()]

    assert len(taken) >= 200
    assert running.balance.closed
    assert running.released() == expected
    assert ignored.count(_OWN_RESULTS) == len(expected.results) >= 4
    assert running.balance.exported == sum(job.instance_count for job in running.jobs)


@pytest.mark.corpus
def test_nothing_identifying_is_logged(by_bucket: Emulated, by_store: tuple[Emulated, set[str]]) -> None:
    """No function writes a patient's name, an object's name or a whole UID."""
    logged = by_bucket.log + by_store[0].log
    uids = {record.sop_instance_uid for record in by_bucket.wiring.ledger.instances()}

    assert len(logged) > 100_000
    assert "intake/hospital" not in logged
    assert not [uid for uid in uids if len(uid) > 12 and uid in logged]
    assert QUIRINSFELD.name.split("^")[0] not in logged
