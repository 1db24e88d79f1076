"""Firestore's errors in our words."""

import time
from collections.abc import Callable

import google.auth
import grpc
import pytest
from google.api_core import exceptions
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from shared.adapters import firestore_client, firestore_database
from shared.adapters.firestore_claims import CLAIMS
from shared.adapters.firestore_database import Create, Find, FirestoreDatabase
from shared.adapters.firestore_errors import TRANSLATIONS, translate, translated
from shared.errors import AirlockError, ConfigurationError, StorageError, StorageUnavailable

SECRET = "projects/p/databases/clinical/documents/instances/1.2.3"
PAIRS = [
    (exceptions.Aborted, StorageUnavailable),
    (exceptions.Cancelled, StorageUnavailable),
    (exceptions.DeadlineExceeded, StorageUnavailable),
    (exceptions.InternalServerError, StorageUnavailable),
    (exceptions.ResourceExhausted, StorageUnavailable),
    (exceptions.ServiceUnavailable, StorageUnavailable),
    (exceptions.Unknown, StorageUnavailable),
    (exceptions.FailedPrecondition, ConfigurationError),
    (exceptions.NotFound, ConfigurationError),
    (exceptions.PermissionDenied, ConfigurationError),
    (exceptions.Unauthenticated, ConfigurationError),
    (exceptions.MethodNotImplemented, ConfigurationError),
    (exceptions.InvalidArgument, StorageError),
    (exceptions.OutOfRange, StorageError),
    # What is not in the table: lost data may be read from another replica, a conflict is never let out.
    (exceptions.DataLoss, StorageUnavailable),
    (exceptions.AlreadyExists, StorageUnavailable),
]


def every_operation(database: FirestoreDatabase) -> list[Callable[[], object]]:
    """All that can be asked of a database."""
    return [
        lambda: database.read(CLAIMS, "a"),
        lambda: database.first(Find(CLAIMS)),
        lambda: list(database.pages(Find(CLAIMS))),
        lambda: database.total(Find(CLAIMS), "x"),
        lambda: database.commit(Create(CLAIMS, "a", {"completed": False})),
    ]


@pytest.fixture
def unreachable(monkeypatch: pytest.MonkeyPatch, project: str) -> FirestoreDatabase:
    """A database behind a port of this machine that nobody listens on, asked with little patience."""
    monkeypatch.setenv("FIRESTORE_EMULATOR_HOST", "127.0.0.1:1")
    monkeypatch.setattr(firestore_database, "CALL_SECONDS", 1.0)
    monkeypatch.setattr(firestore_client, "RETRY_SECONDS", 0.3)
    return FirestoreDatabase(project, "clinical")


@pytest.mark.parametrize(("vendors", "ours"), PAIRS)
def test_every_status_has_its_error(
    vendors: type[exceptions.GoogleAPICallError], ours: type[AirlockError]
) -> None:
    """The status decides, its name is kept, the cause is chained, and no document is named."""
    with pytest.raises(AirlockError) as raised, translated():
        raise vendors(SECRET)

    assert type(raised.value) is ours
    assert raised.value.details == {"firestore": vendors.grpc_status_code.name}
    assert isinstance(raised.value.__cause__, vendors)
    assert "1.2.3" not in str(raised.value)


def test_the_list_is_complete() -> None:
    """Every status of gRPC that tells of a failure is in the list above, and the table has no other."""
    failures = {status.name for status in grpc.StatusCode} - {"OK"}

    assert {vendors.grpc_status_code.name for vendors, _ in PAIRS} == failures
    assert set(TRANSLATIONS) == failures - {"DATA_LOSS", "ALREADY_EXISTS"}


def test_used_up_retries_are_transient() -> None:
    """When all attempts failed, a later delivery may have more luck."""
    error = translate(exceptions.RetryError(SECRET, cause=exceptions.Aborted(SECRET)))

    assert type(error) is StorageUnavailable
    assert error.details == {"firestore": "RetryError"}


@pytest.mark.parametrize(
    ("vendors", "ours"),
    [
        (DefaultCredentialsError("none"), ConfigurationError),
        (RefreshError("refused"), ConfigurationError),
        (RefreshError("late", retryable=True), StorageUnavailable),
        (TransportError("no answer", retryable=True), StorageUnavailable),
    ],
)
def test_credentials(vendors: Exception, ours: type[AirlockError]) -> None:
    """Credentials that are not there stay away; a token that is only late may come."""
    with pytest.raises(AirlockError) as raised, translated():
        raise vendors

    assert type(raised.value) is ours


def test_a_machine_without_credentials(monkeypatch: pytest.MonkeyPatch, project: str) -> None:
    """Without an emulator and without a service account, the first operation says so."""

    def without(*_: object, **__: object) -> None:
        raise DefaultCredentialsError("none")

    monkeypatch.delenv("FIRESTORE_EMULATOR_HOST", raising=False)
    monkeypatch.setattr(google.auth, "default", without)

    with pytest.raises(ConfigurationError):
        FirestoreDatabase(project, "clinical").read(CLAIMS, "a")


@pytest.mark.parametrize("number", range(5))
def test_nobody_answers(unreachable: FirestoreDatabase, number: int) -> None:
    """Every operation ends as unavailable, long before the client's own patience of a minute."""
    began = time.monotonic()

    with pytest.raises(StorageUnavailable):
        every_operation(unreachable)[number]()

    assert time.monotonic() - began < 120


@pytest.mark.parametrize("number", range(5))
def test_a_closed_database_refuses(unreachable: FirestoreDatabase, number: int) -> None:
    """After the end every operation says that it is closed, without a request."""
    unreachable.close()

    with pytest.raises(StorageUnavailable) as raised:
        every_operation(unreachable)[number]()

    assert raised.value.details == {"firestore": "closed"}


def test_an_empty_id_is_no_documents(unreachable: FirestoreDatabase) -> None:
    """A series without a job asks for the job without a name: there is none, and nothing is asked."""
    assert unreachable.read(CLAIMS, "") is None
