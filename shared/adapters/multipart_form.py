"""A package as an HTTP form, streamed."""

import secrets
from collections.abc import Iterable, Iterator

from shared.ports.destination import Package


class PackageForm:
    """A package as multipart/form-data (RFC 7578), with no more than one chunk of it in memory.

    The fields stand before the file, so that the receiver knows the checksum before the first byte arrives.
    `begun` tells whether any of it was handed over.
    """

    def __init__(self, package: Package, fields: Iterable[tuple[str, str]]) -> None:
        """Keep the package; `fields` are names and values of plain ASCII without quotes or line ends."""
        self._package = package
        self._boundary = f"airlock-{secrets.token_hex(16)}"
        parts = [self._part(f'name="{name}"') + value.encode() + b"\r\n" for name, value in fields]
        file_part = self._part('name="file"; filename="package.zip"', "Content-Type: application/zip\r\n")
        self._head = b"".join([*parts, file_part])
        self._tail = f"\r\n--{self._boundary}--\r\n".encode()
        self.begun = False

    @property
    def headers(self) -> dict[str, str]:
        """Content-Type with the boundary, and the exact Content-Length."""
        length = len(self._head) + self._package.size + len(self._tail)
        return {
            "Content-Type": f"multipart/form-data; boundary={self._boundary}",
            "Content-Length": str(length),
        }

    def __iter__(self) -> Iterator[bytes]:
        self.begun = True
        yield self._head
        yield from self._package.stream()
        yield self._tail

    def _part(self, disposition: str, more: str = "") -> bytes:
        lines = f"--{self._boundary}\r\nContent-Disposition: form-data; {disposition}\r\n{more}\r\n"
        return lines.encode()
