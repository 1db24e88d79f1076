"""What Google's client libraries raise, as errors of our own."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import AirlockError, ConfigurationError, StorageError, StorageUnavailable

#: exceptions of `google.api_core.exceptions`, each with all that are derived from it, the special ones first
FAILURES: tuple[tuple[str, type[AirlockError]], ...] = (
    ("NotFound", ConfigurationError),
    ("Forbidden", ConfigurationError),
    ("Unauthorized", ConfigurationError),
    ("InvalidArgument", StorageError),
    ("OutOfRange", StorageError),
    ("Aborted", StorageUnavailable),
    ("TooManyRequests", StorageUnavailable),
    ("ServerError", StorageUnavailable),
    ("Cancelled", StorageUnavailable),
    ("RetryError", StorageUnavailable),
    ("GoogleAPICallError", StorageError),
)


@contextmanager
def google_failures() -> Iterator[None]:
    """Raise an error of our own for what a client library raises inside.

    Raises:
        ConfigurationError: a resource is missing, or the identity lacks a permission.
        StorageError: the service refused the request.
        StorageUnavailable: the service did not answer; it is worth another delivery.
    """
    from google.api_core import exceptions
    from google.auth.exceptions import GoogleAuthError

    try:
        yield
    except exceptions.GoogleAPIError as error:
        raise _meaning(error)(problem=type(error).__name__) from error
    except GoogleAuthError as error:
        raise StorageUnavailable(problem=type(error).__name__) from error


def _meaning(error: Exception) -> type[AirlockError]:
    from google.api_core import exceptions

    return next(
        (meaning for name, meaning in FAILURES if isinstance(error, getattr(exceptions, name))), StorageError
    )
