"""Checksums as Cloud Storage writes them: big-endian bytes in Base64."""

import base64
import hashlib
from collections.abc import Mapping
from typing import Any, NamedTuple

import google_crc32c

from shared.local.object_store.refusals import invalid

_CRC32C, _MD5 = "crc32c", "md5"


class Checksums(NamedTuple):
    """CRC-32C and MD5 in Base64; None: not known, or not declared."""

    crc32c: str | None
    md5: str | None

    def require(self, actual: "Checksums") -> None:
        """Compare what a client declared with what arrived.

        Raises:
            Refused: 400, something else arrived.
        """
        for algorithm, declared, computed in zip(self._fields, self, actual, strict=True):
            if declared is not None and declared != computed:
                raise invalid(
                    f"Provided {algorithm} hash {declared!r} does not match calculated hash {computed!r}."
                )

    def or_else(self, other: "Checksums") -> "Checksums":
        """These, and where one is not declared, the other's."""
        return Checksums(self.crc32c or other.crc32c, self.md5 or other.md5)

    @property
    def header(self) -> str:
        """The value of `X-Goog-Hash`."""
        named = zip(self._fields, self, strict=True)
        return ",".join(f"{algorithm}={value}" for algorithm, value in named if value is not None)


class Digest:
    """Carries both checksums on while the content arrives."""

    def __init__(self) -> None:
        self._crc32c = 0
        self._md5 = hashlib.md5(usedforsecurity=False)

    def update(self, data: bytes) -> None:
        """Take in the next bytes."""
        self._crc32c = google_crc32c.extend(self._crc32c, data)
        self._md5.update(data)

    @property
    def checksums(self) -> Checksums:
        """Those of all that was taken in."""
        return Checksums(_base64(self._crc32c.to_bytes(4, "big")), _base64(self._md5.digest()))


def declared_in(resource: Mapping[str, Any]) -> Checksums:
    """What the object resource of an upload declares."""
    return Checksums(resource.get("crc32c"), resource.get("md5Hash"))


def declared_by_header(header: str | None) -> Checksums:
    """What `X-Goog-Hash` declares; several values are joined by commas."""
    values = dict(part.strip().partition("=")[::2] for part in (header or "").split(","))
    return Checksums(values.get(_CRC32C), values.get(_MD5))


def _base64(digest: bytes) -> str:
    return base64.b64encode(digest).decode()
