"""What Google's client libraries raise, as errors of our own."""

import pytest
from google.api_core import exceptions
from google.auth.exceptions import DefaultCredentialsError, RefreshError, TransportError

from shared.adapters.google_failures import FAILURES, google_failures
from shared.errors import AirlockError, ConfigurationError, StorageError, StorageUnavailable

SECRET = "Zylberquist^Ottokar"
#: every status of gRPC (google.rpc.Code) that is an error, and what it means here
STATUSES: dict[type[Exception], type[AirlockError]] = {
    exceptions.Cancelled: StorageUnavailable,
    exceptions.Unknown: StorageUnavailable,
    exceptions.InvalidArgument: StorageError,
    exceptions.DeadlineExceeded: StorageUnavailable,
    exceptions.NotFound: ConfigurationError,
    exceptions.AlreadyExists: StorageError,
    exceptions.PermissionDenied: ConfigurationError,
    exceptions.ResourceExhausted: StorageUnavailable,
    exceptions.FailedPrecondition: StorageError,
    exceptions.Aborted: StorageUnavailable,
    exceptions.OutOfRange: StorageError,
    exceptions.MethodNotImplemented: StorageUnavailable,
    exceptions.InternalServerError: StorageUnavailable,
    exceptions.ServiceUnavailable: StorageUnavailable,
    exceptions.DataLoss: StorageUnavailable,
    exceptions.Unauthenticated: ConfigurationError,
}


def raised(error: Exception) -> AirlockError:
    """What an exception inside becomes."""
    with pytest.raises(AirlockError) as caught, google_failures():
        raise error
    return caught.value


@pytest.mark.parametrize(("name", "meaning"), FAILURES, ids=[name for name, _ in FAILURES])
def test_each_pair_of_the_table(name: str, meaning: type[AirlockError]) -> None:
    """An exception of the table is the error beside it, and shows its name alone."""
    kind = getattr(exceptions, name)
    error = raised(kind(SECRET, cause=None) if kind is exceptions.RetryError else kind(SECRET))

    assert type(error) is meaning
    assert error.details == {"problem": name}
    assert error.__cause__ is not None


@pytest.mark.parametrize(("status", "meaning"), list(STATUSES.items()), ids=lambda each: each.__name__)
def test_each_status_of_grpc(status: type[Exception], meaning: type[AirlockError]) -> None:
    """Whatever status a call ends with has a meaning, by its class or one above it."""
    assert type(raised(status(SECRET))) is meaning


@pytest.mark.parametrize(("position", "name"), list(enumerate(name for name, _ in FAILURES)))
def test_the_special_come_first(position: int, name: str) -> None:
    """No line of the table is hidden behind one above it."""
    above = [getattr(exceptions, each) for each, _ in FAILURES[:position]]

    assert not issubclass(getattr(exceptions, name), tuple(above))


@pytest.mark.parametrize("kind", [RefreshError, TransportError, DefaultCredentialsError])
def test_a_token_that_cannot_be_had_is_transient(kind: type[Exception]) -> None:
    """Without a token nothing was sent."""
    error = raised(kind(SECRET))

    assert type(error) is StorageUnavailable
    assert SECRET not in str(error)


def test_an_unknown_exception_of_the_library_is_an_error_of_ours() -> None:
    """One without a status is none that waiting helps against."""
    assert type(raised(exceptions.GoogleAPIError(SECRET))) is StorageError


@pytest.mark.parametrize("error", [ValueError("x"), StorageUnavailable(), KeyError("x")])
def test_other_exceptions_pass(error: Exception) -> None:
    """What is not the library's is not its edge's to judge."""
    with pytest.raises(type(error)) as caught, google_failures():
        raise error

    assert caught.value is error
