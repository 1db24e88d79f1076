"""DICOM stores by DICOMweb, against the local DICOM store."""

import google_crc32c
import pytest

from shared.adapters import dicom_stores
from shared.adapters.dicom_stores import HealthcareDicomStores
from shared.adapters.google_http import GoogleSession
from shared.adapters.remote_reader import FRONT_BYTES
from shared.errors import (
    AirlockError,
    ConfigurationError,
    Conflict,
    LimitExceeded,
    ObjectNotFound,
    StorageError,
    StorageUnavailable,
)
from shared.identifiers import StoreName
from shared.local.dicom_store.faults import Fault
from shared.local.dicom_store.server import LocalDicomStore
from tests.contracts.blob_reading import MIB
from tests.contracts.scripted_http import Answer, ScriptedServer
from tests.factories import series_ref, uid
from tests.instances import ct_image
from tests.unit.shared.adapters.dicom_instances import LIMIT, OTHER, STORE, InMemory, address, stored_at

SMALL, LARGE = ct_image(1), ct_image(2, pixels=bytes(range(256)) * (3 * MIB // 256))


def failure(stores: HealthcareDicomStores, content: bytes, store: StoreName = STORE) -> AirlockError:
    """The error that a store refuses an instance with."""
    with pytest.raises(AirlockError) as caught:
        stores.store(store, InMemory(content))
    return caught.value


# -- reading


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_reads_what_was_stored(stores: HealthcareDicomStores, content: bytes) -> None:
    """An instance comes back as it was stored, bit by bit, with its size and checksum."""
    stores.store(STORE, InMemory(content))
    with stores.open(stored_at(1 if content is SMALL else 2)) as reader:
        assert (reader.size, reader.crc32c) == (len(content), f"{google_crc32c.value(content):08x}")
        assert b"".join(reader.stream()) == content


@pytest.mark.parametrize(
    "reads",
    [
        [(0, 132), (FRONT_BYTES - 5, 10), (FRONT_BYTES + 5, 10), (0, 10)],
        [(3 * MIB, 10), (0, 10), (2 * MIB, 10), (3 * MIB + 10, 10), (FRONT_BYTES, MIB)],
        [(FRONT_BYTES, 1), (FRONT_BYTES, 1), (FRONT_BYTES - 1, 2)],
        [(len(LARGE) - 5, 10), (len(LARGE), 5), (len(LARGE) + 5, 5), (5, 0), (0, len(LARGE) + 7)],
    ],
    ids=range(4),
)
def test_reads_back_and_forth(stores: HealthcareDicomStores, reads: list[tuple[int, int]]) -> None:
    """A DICOM store gives no ranges; any range in any order is read from it all the same."""
    stores.store(STORE, InMemory(LARGE))
    with stores.open(stored_at(2)) as reader:
        found = [reader.read(offset, length) for offset, length in reads]
        chunks = list(reader.stream(MIB - 7, MIB + 9))

    assert found == [LARGE[offset : offset + length] for offset, length in reads]
    assert b"".join(chunks) == LARGE[MIB - 7 : 2 * MIB + 2]
    assert max(map(len, chunks)) <= MIB


def test_the_checksum_does_not_disturb_reading(stores: HealthcareDicomStores) -> None:
    """It is computed from a request of its own, once, in the middle of reading."""
    stores.store(STORE, InMemory(LARGE))
    with stores.open(stored_at(2)) as reader:
        chunks = reader.stream()
        first = next(chunks)
        checksums = [reader.crc32c, reader.crc32c]

        assert first + b"".join(chunks) == LARGE
    assert checksums == [f"{google_crc32c.value(LARGE):08x}"] * 2


def test_what_was_deleted_is_not_found(stores: HealthcareDicomStores) -> None:
    """Nor is what was never there; deleting it again is no error."""
    stores.store(STORE, InMemory(SMALL))
    stores.delete(stored_at())
    stores.delete(stored_at())
    for number in (1, 7):
        with pytest.raises(ObjectNotFound):
            stores.open(stored_at(number))
        with pytest.raises(ObjectNotFound):
            stores.metadata(stored_at(number))

    assert stores.search(STORE, "instances", {}) == []


# -- storing


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_the_same_instance_again_changes_nothing(stores: HealthcareDicomStores, content: bytes) -> None:
    """A second delivery stores it once more, which is success."""
    for _ in range(2):
        stores.store(STORE, InMemory(content))

    assert len(stores.search(STORE, "instances", {})) == 1


def test_other_bytes_are_a_conflict(stores: HealthcareDicomStores) -> None:
    """What is stored stays, and the error shows nothing of either."""
    stores.store(STORE, InMemory(SMALL))
    error = failure(stores, ct_image(1, PatientName="Someone^Else"))
    with stores.open(stored_at()) as reader:
        kept = reader.read(0, reader.size)

    assert type(error) is Conflict
    assert kept == SMALL
    assert uid(1) not in str(error)


@pytest.mark.parametrize("content", [b"", b"no DICOM", SMALL[:-40]], ids=["empty", "text", "cut off"])
def test_what_is_no_instance_is_refused(stores: HealthcareDicomStores, content: bytes) -> None:
    """A store that refuses is an error for good, whatever it says."""
    error = failure(stores, content)

    assert isinstance(error, StorageError)
    assert not error.retryable


@pytest.mark.parametrize("spare", [200_000, 9 * MIB], ids=["short", "long"])
def test_what_is_too_large_is_refused(stores: HealthcareDicomStores, spare: int) -> None:
    """The limit of a store is an error of its own."""
    error = failure(stores, ct_image(3, pixels=bytes(LIMIT - LIMIT % 1024 + spare - spare % 1024)))

    assert type(error) is LimitExceeded
    assert not error.retryable


def test_another_store_is_never_asked(stores: HealthcareDicomStores) -> None:
    """Events name stores; only those of the installation are used, although others may be there."""
    for action in (
        lambda: stores.store(OTHER, InMemory(SMALL)),
        lambda: stores.open(stored_at(store=OTHER)),
        lambda: stores.metadata(stored_at(store=OTHER)),
        lambda: stores.delete(stored_at(store=OTHER)),
        lambda: stores.search(OTHER, "studies", {}),
    ):
        with pytest.raises(ConfigurationError):
            action()


def test_a_store_that_is_gone_is_not_found(server: LocalDicomStore, google_session: GoogleSession) -> None:
    """One that is configured and not there is an error for good."""
    gone = StoreName(project="hospital", location="europe-west4", dataset="clinical", dicom_store="gone")
    stores = HealthcareDicomStores(frozenset({gone}), google_session, url=address(server))

    assert isinstance(failure(stores, SMALL, gone), ObjectNotFound)


# -- searching


def test_searches_and_describes(stores: HealthcareDicomStores) -> None:
    """Search and metadata give DICOM JSON; no match is an empty list."""
    stores.store(STORE, InMemory(SMALL))
    study = {"StudyInstanceUID": series_ref().study_instance_uid}
    (found,) = stores.search(STORE, "instances", {**study, "limit": 5})

    assert found["00080018"]["Value"] == [uid(1)]
    assert len(stores.search(STORE, "studies", study)) == len(stores.search(STORE, "series", {})) == 1
    assert stores.search(STORE, "studies", {"StudyInstanceUID": "2.25.9"}) == []
    assert stores.metadata(stored_at())["00080018"]["Value"] == [uid(1)]
    assert "7FE00010" not in found


# -- failures


@pytest.mark.parametrize("kind", ["503", "429", "drop"])
@pytest.mark.parametrize("operation", ["store", "retrieve", "metadata", "search_instances", "delete"])
def test_everything_outlives_a_failure(
    server: LocalDicomStore, stores: HealthcareDicomStores, operation: str, kind: str
) -> None:
    """A busy store and a lost answer are tried again, and change nothing."""
    server.faults.add(Fault(kind, operation), 2)
    stores.store(STORE, InMemory(SMALL))
    with stores.open(stored_at()) as reader:
        assert reader.read(0, reader.size) == SMALL
    assert stores.metadata(stored_at())
    assert len(stores.search(STORE, "instances", {})) == 1
    stores.delete(stored_at())

    assert server.faults.take(operation) is None


@pytest.mark.parametrize("kind", ["503", "drop"])
def test_a_large_instance_is_sent_once(
    server: LocalDicomStore, stores: HealthcareDicomStores, kind: str
) -> None:
    """What is not held in memory is sent again by another delivery, which then succeeds."""
    large = ct_image(4, pixels=bytes(9 * MIB))
    server.faults.add(Fault(kind, "store"))
    first = failure(stores, large)
    stores.store(STORE, InMemory(large))

    assert type(first) is StorageUnavailable
    assert len(stores.search(STORE, "instances", {})) == 1


@pytest.mark.parametrize("page", [1, 2, 1000])
def test_every_instance_is_listed_page_by_page(
    stores: HealthcareDicomStores,
    server: LocalDicomStore,
    google_session: GoogleSession,
    monkeypatch: pytest.MonkeyPatch,
    page: int,
) -> None:
    """Of every study and series of the installation's own stores, however few results a page has."""
    monkeypatch.setattr(dicom_stores, "_PAGE", page)
    both = HealthcareDicomStores(frozenset({STORE, OTHER}), google_session, url=address(server))
    for number, series in ((1, 1), (2, 1), (3, 1), (4, 2)):
        stores.store(STORE, InMemory(ct_image(number, series=series)))
    both.store(OTHER, InMemory(SMALL))
    own = [stored_at(number, series=series).name for number, series in ((1, 1), (2, 1), (3, 1), (4, 2))]

    assert sorted(stores.paths()) == sorted(own)
    assert sorted(both.paths()) == sorted([*own, stored_at(1, store=OTHER).name])


def test_some_refused_is_refused(google_session: GoogleSession) -> None:
    """202 says that not all was stored, and there was one."""
    with ScriptedServer(Answer(status=202)) as scripted:
        stores = HealthcareDicomStores(frozenset({STORE}), google_session, url=scripted.base_url)

        assert type(failure(stores, SMALL)) is StorageError


def test_an_instance_that_breaks_off_is_transient(google_session: GoogleSession) -> None:
    """Half an instance is an error, never a shorter one."""
    with ScriptedServer(Answer(body=LARGE[:MIB], cut="within_answer")) as scripted:
        stores = HealthcareDicomStores(frozenset({STORE}), google_session, url=scripted.base_url)
        with stores.open(stored_at(2)) as reader, pytest.raises(StorageUnavailable):
            reader.read(0, reader.size)
