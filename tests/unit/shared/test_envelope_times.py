"""`delivery_of`: times are read as Pub/Sub means them."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from shared.envelope import delivery_of

VALID = (
    b'{"message": {"messageId": "1", "publishTime": "2025-11-22T10:00:00.123456789Z"},'
    b' "subscription": "a/b-c"}'
)


@pytest.fixture
def tokyo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A server whose clock on the wall is not in UTC."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("tokyo")
@pytest.mark.parametrize(
    "moment",
    [
        "2025-11-22T10:30:00Z",
        "2025-11-22T10:30:00",
        "2025-11-22T11:30:00+01:00",
        "2025-11-22T10:30:00.000000000Z",
    ],
)
def test_times_are_in_utc(moment: str) -> None:
    """A time that names no zone is not the server's local time."""
    delivery = delivery_of(VALID.replace(b"2025-11-22T10:00:00.123456789Z", moment.encode()))

    assert delivery.message.publish_time == datetime(2025, 11, 22, 10, 30, tzinfo=UTC).timestamp()


@pytest.mark.parametrize("moment", [b"0001-01-01T00:00:00", b"9999-12-31T23:59:59"])
def test_the_ends_of_time_are_no_failure(moment: bytes) -> None:
    """A time far away is read like any other."""
    delivery = delivery_of(VALID.replace(b"2025-11-22T10:00:00.123456789Z", moment))

    assert delivery.message.publish_time == datetime.fromisoformat(f"{moment.decode()}+00:00").timestamp()
