"""What the answers of a destination, and their absence, mean as errors of ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

import msgspec

from shared.errors import AirlockError, DestinationRejected, DestinationUnavailable

if TYPE_CHECKING:
    import httpx

#: refusals after which the same request may succeed later (RFC 9110 section 15.5.9, RFC 6585 section 4)
_LATER = frozenset({408, 429})

A = TypeVar("A")


def answer_lost() -> DestinationUnavailable:
    """A request was sent and no answer came."""
    return DestinationUnavailable(reason="answer_lost")


@contextmanager
def translated(lost: Callable[[], AirlockError]) -> Iterator[None]:
    """Translate httpx's errors; `lost` says what it means that a request was sent and no answer came.

    Raises:
        DestinationUnavailable: no connection came about.
    """
    import httpx

    try:
        yield
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as exc:
        raise DestinationUnavailable(reason="unreachable") from exc
    except httpx.RequestError as exc:
        raise lost() from exc


def require_success(response: "httpx.Response") -> None:
    """Accept 2xx.

    Raises:
        DestinationUnavailable: 5xx, 408 or 429.
        DestinationRejected: any other answer, redirections included.
    """
    if response.is_success:
        return
    response.close()
    status = response.status_code
    if status >= 500 or status in _LATER:
        raise DestinationUnavailable(status=status)
    raise DestinationRejected(status=status)


def decoded(response: "httpx.Response", kind: type[A]) -> A:
    """Decode an answer; one that is not of its kind is taken for a disturbance on the way.

    Raises:
        DestinationUnavailable: it is not JSON, or not of this kind.
    """
    try:
        return msgspec.json.decode(response.content, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise DestinationUnavailable(status=response.status_code, reason="answer_unreadable") from exc
