"""Objects in a bucket, with the generations and preconditions of Cloud Storage."""

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import Protocol, Self

import msgspec

from shared.identifiers import BlobRef


class BlobStat(msgspec.Struct, frozen=True, kw_only=True):
    """What a bucket knows of one generation without reading it.

    Attributes:
        ref: the generation.
        size: in bytes.
        crc32c: CRC-32C (Castagnoli) of the content as eight hexadecimal digits.
        finalized_at: seconds since the epoch.
    """

    ref: BlobRef
    size: int
    crc32c: str
    finalized_at: float


class BlobReader(Protocol):
    """One generation, open for ranged reads; a context manager."""

    @property
    def crc32c(self) -> str:
        """CRC-32C (Castagnoli) of all of it, as eight hexadecimal digits."""
        ...

    @property
    def size(self) -> int:
        """The size in bytes."""
        ...

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`; fewer only where the object ends."""
        ...

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield the bytes from `offset` (`length` of them, or all) in chunks of at most 1 MiB.

        Raises:
            StorageUnavailable: all of an object was read, and its bytes are not those of its checksum.
        """
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *exc_info: object) -> None: ...


class BlobWriter(Protocol):
    """An object being written; nobody sees it before its context ends without an error."""

    def write(self, data: bytes | memoryview) -> int:
        """Append `data`; return its length in bytes."""
        ...

    @property
    def stat(self) -> BlobStat:
        """What was finalised; only after the context has ended."""
        ...


class Blobs(Protocol):
    """One bucket."""

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        ...

    def stat(self, name: str) -> BlobStat:
        """Describe the live generation of `name`.

        Raises:
            ObjectNotFound: there is none.
        """
        ...

    def open(self, ref: BlobRef, *, header_only: bool = False) -> BlobReader:
        """Open exactly the generation of `ref`.

        With `header_only` no more than a header is likely to be read, so that no more is fetched before it is
        asked for; it opens the same object all the same.

        Raises:
            ObjectNotFound: the object is gone or is another generation now.
        """
        ...

    def create(
        self, name: str, *, if_generation_match: int | None = None
    ) -> AbstractContextManager[BlobWriter]:
        """Write an object by streaming; it is finalised when the context ends without an error.

        With `if_generation_match=0` the object must not exist yet. If it does and holds the same bytes, it is
        one's own earlier upload whose answer was lost: that counts as success, nothing is written and nobody
        is notified again.

        Raises:
            PreconditionFailed: the live generation is not the expected one (0: none).
            SpaceExhausted: the storage is full.
        """
        ...

    def list(self, prefix: str = "") -> Iterator[BlobStat]:
        """Yield the live generations whose name starts with `prefix`, by name."""
        ...

    def delete(self, ref: BlobRef) -> None:
        """Delete exactly the generation of `ref`; a generation that is gone already is no error."""
        ...
