"""Firestore's errors in our words."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from shared.errors import AirlockError, ConfigurationError, StorageError, StorageUnavailable

#: by the name of the gRPC status; one that is not listed is transient, as every unknown failure is
TRANSLATIONS: Mapping[str, type[AirlockError]] = {
    # Another writer was faster, or the answer did not come in time: the same call may succeed later.
    "ABORTED": StorageUnavailable,
    "CANCELLED": StorageUnavailable,
    "DEADLINE_EXCEEDED": StorageUnavailable,
    "INTERNAL": StorageUnavailable,
    "RESOURCE_EXHAUSTED": StorageUnavailable,
    "UNAVAILABLE": StorageUnavailable,
    "UNKNOWN": StorageUnavailable,
    # No delivery mends these: the service account, the database or an index is missing. A query without its
    # index is a failed precondition.
    "FAILED_PRECONDITION": ConfigurationError,
    "NOT_FOUND": ConfigurationError,
    "PERMISSION_DENIED": ConfigurationError,
    "UNAUTHENTICATED": ConfigurationError,
    "UNIMPLEMENTED": ConfigurationError,
    # What we sent can never be stored.
    "INVALID_ARGUMENT": StorageError,
    "OUT_OF_RANGE": StorageError,
}


@contextmanager
def translated() -> Iterator[None]:
    """Translate the errors of the client that leave the block.

    Raises:
        StorageUnavailable: Firestore could not do it; another time it may.
        ConfigurationError: there is no such database, no index, or no permission.
        StorageError: it will never do it.
    """
    from google.api_core.exceptions import GoogleAPIError
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except GoogleAPIError as error:
        raise translate(error) from error
    except GoogleAuthError as error:
        # The metadata server that gives the token can be late; credentials that are not there stay away.
        kind = StorageUnavailable if error.retryable else ConfigurationError
        raise kind(firestore=type(error).__name__) from error


def translate(error: Exception) -> AirlockError:
    """Say an error of the client in our words.

    Only its status: the message may show names of documents, and those are made of UIDs.
    """
    status = getattr(error, "grpc_status_code", None)
    name = status.name if status is not None else type(error).__name__
    return TRANSLATIONS.get(name, StorageUnavailable)(firestore=name)
