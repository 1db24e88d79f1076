"""A destination in memory, which fails and answers as a test tells it."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Self

from shared.ports.destination import DestinationStatus, Package


class StubDestination:
    """A destination in memory; it raises what `failures` holds under a method's name, once each.

    Attributes:
        packages: what was uploaded, by transaction id.
        confirmed: the transaction ids that were confirmed, in order.
        result: what a download yields; `announced` its checksum, computed from it where it is "computed".
    """

    def __init__(self, *, resend_is_safe: bool = False) -> None:
        self.resend_is_safe = resend_is_safe
        self.failures: dict[str, list[BaseException]] = {}
        self.packages: dict[str, bytes] = {}
        self.checksums: list[str] = []
        self.confirmed: list[str] = []
        self.statuses: list[str] = []
        self.answer = DestinationStatus(text="Queued", result_ready=False, failed=False, closed=False)
        self.result = b""
        self.announced: str | None = "computed"

    def wait_until_ready(self) -> None:
        """Be ready at once."""
        self._fail("wait_until_ready")

    def upload(self, package: Package, *, sha256: str) -> str:
        """Take a package."""
        content = b"".join(package.stream())
        self._fail("upload")
        self.checksums.append(sha256)
        self.packages[f"transaction-{len(self.checksums)}"] = content
        return f"transaction-{len(self.checksums)}"

    def status(self, transaction_id: str) -> DestinationStatus:
        """Answer as told."""
        self._fail("status")
        self.statuses.append(transaction_id)
        return self.answer

    def download(self, transaction_id: str) -> "StubDownload":
        """Yield the result."""
        self._fail("download")
        computed = sha256(self.result).hexdigest()
        return StubDownload(self.result, computed if self.announced == "computed" else self.announced)

    def confirm(self, transaction_id: str) -> None:
        """Keep that the result arrived."""
        self._fail("confirm")
        self.confirmed.append(transaction_id)

    def _fail(self, method: str) -> None:
        failures = self.failures.get(method)
        if failures:
            raise failures.pop(0)


class StubDestinations:
    """One destination under the name `autosegmentation`."""

    def __init__(self, destination: StubDestination) -> None:
        self._destination = destination

    def __call__(self, name: str) -> StubDestination:
        """Return it."""
        return {"autosegmentation": self._destination}[name]


class StubDownload:
    """A result in two pieces."""

    def __init__(self, content: bytes, announced: str | None) -> None:
        self._content = content
        self.sha256 = announced

    def stream(self) -> Iterator[bytes]:
        """Yield it."""
        half = len(self._content) // 2
        yield self._content[:half]
        yield self._content[half:]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Nothing to close."""
