"""An outside AI service, seen from the stages that talk to it."""

from collections.abc import Iterator
from typing import Protocol, Self

import msgspec


class DestinationStatus(msgspec.Struct, frozen=True, kw_only=True):
    """What the destination says of a transaction: its own words, and what they mean."""

    text: str
    result_ready: bool
    failed: bool
    closed: bool


class Package(Protocol):
    """What is sent: one ZIP archive, wherever its bytes lie."""

    @property
    def size(self) -> int:
        """The size in bytes."""
        ...

    def stream(self) -> Iterator[bytes]:
        """Yield all of it in chunks of at most 1 MiB; once more for each call."""
        ...


class ResultDownload(Protocol):
    """A result being downloaded; a context manager."""

    @property
    def sha256(self) -> str | None:
        """The checksum that the destination announced, hexadecimal."""
        ...

    def stream(self) -> Iterator[bytes]:
        """Yield the result in chunks."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...


class Destination(Protocol):
    """One configured destination; every method may raise the network errors of `shared.errors`."""

    @property
    def resend_is_safe(self) -> bool:
        """Whether the destination answers a package that it has already with the same transaction."""
        ...

    def wait_until_ready(self) -> None:
        """Ask for its health; wait and ask again as configured.

        Raises:
            DestinationUnavailable: it still does not accept work.
        """
        ...

    def upload(self, package: Package, *, sha256: str) -> str:
        """Send a package by streaming; return the destination's transaction id."""
        ...

    def status(self, transaction_id: str) -> DestinationStatus:
        """Ask how far a transaction is."""
        ...

    def download(self, transaction_id: str) -> ResultDownload:
        """Open the result of a transaction."""
        ...

    def confirm(self, transaction_id: str) -> None:
        """Tell the destination that the result arrived; it then deletes its copies."""
        ...


class Destinations(Protocol):
    """All configured destinations by name."""

    def __call__(self, name: str) -> Destination:
        """Return the destination.

        Raises:
            ConfigurationError: none is configured under this name.
        """
        ...
