"""What httpx's errors mean."""

import httpx
import pytest

from shared.adapters.destination_http import translated
from shared.errors import AirlockError, DestinationUnavailable, TransferUnconfirmed

PAIRS: list[tuple[type[httpx.RequestError], type[AirlockError]]] = [
    (httpx.ConnectError, DestinationUnavailable),
    (httpx.ConnectTimeout, DestinationUnavailable),
    (httpx.PoolTimeout, DestinationUnavailable),
    (httpx.ReadTimeout, TransferUnconfirmed),
    (httpx.WriteTimeout, TransferUnconfirmed),
    (httpx.ReadError, TransferUnconfirmed),
    (httpx.WriteError, TransferUnconfirmed),
    (httpx.RemoteProtocolError, TransferUnconfirmed),
    (httpx.LocalProtocolError, TransferUnconfirmed),
    (httpx.DecodingError, TransferUnconfirmed),
]


@pytest.mark.parametrize(("theirs", "ours"), PAIRS)
def test_errors_are_translated(theirs: type[httpx.RequestError], ours: type[AirlockError]) -> None:
    """Before a connection nothing was sent; after that, the caller says what a lost answer means."""
    with pytest.raises(ours) as caught, translated(TransferUnconfirmed):
        raise theirs("https://service.example/?token=secret")

    assert "secret" not in str(caught.value)


def test_errors_of_ours_pass() -> None:
    """An error that is ours already is let through."""
    with pytest.raises(DestinationUnavailable), translated(TransferUnconfirmed):
        raise DestinationUnavailable
