"""The process's clients of Firestore, and how long they try."""

import threading
from functools import cache
from typing import TYPE_CHECKING

from shared.adapters.firestore_errors import translated

if TYPE_CHECKING:
    from google.api_core.retry import Retry
    from google.cloud.firestore import Client

#: seconds that one attempt may take at most; a commit of 500 writes takes about one, what takes ten is lost
CALL_SECONDS = 10.0
#: seconds for all attempts together. The client's own default goes on for 60, and for 300 in a query, and
#: holds a worker's thread: a handler that makes a dozen calls would outlive the ack deadline of 600 seconds.
#: Pub/Sub delivers again, with a longer back-off than any that is reasonable here.
RETRY_SECONDS = 20.0

_making = threading.Lock()


def client(project: str, database: str, emulator: str | None) -> "Client":
    """The process's one client of a database; it speaks gRPC and serves all threads.

    gRPC, because Google's client has no other transport for Firestore. Its import costs half a second of CPU,
    so it waits for the first call.
    """
    # Not by a cache alone: threads that are first together would each make one, with a channel each.
    with _making, translated():
        return _make_client(project, database, emulator)


@cache
def _make_client(project: str, database: str, _emulator: str | None) -> "Client":
    """One for each emulator too, which the client itself finds in the environment."""
    from google.cloud.firestore import Client

    return Client(project=project, database=database)


def retry() -> "Retry":
    """What is tried again, and for how long."""
    from google.api_core import exceptions
    from google.api_core.retry import Retry, if_exception_type

    # Each of these may come once more for a commit that was done; what it then reports is a precondition that
    # does not hold, and every caller reads again before it believes that.
    transient = if_exception_type(
        exceptions.Aborted,
        exceptions.InternalServerError,
        exceptions.ResourceExhausted,
        exceptions.ServiceUnavailable,
    )
    return Retry(predicate=transient, initial=0.1, maximum=2.0, multiplier=2.0, timeout=RETRY_SECONDS)
