"""Instances that lie in a DICOM store, and readers of instances that do not."""

from collections.abc import Iterator
from typing import Self

import google_crc32c

from shared.identifiers import BlobRef, StoredInstance, StoreName
from shared.local.dicom_store.server import LocalDicomStore
from tests.factories import series_ref, uid

STORE = StoreName(project="hospital", location="europe-west4", dataset="clinical", dicom_store="inbox")
OTHER = StoreName(project="hospital", location="europe-west4", dataset="clinical", dicom_store="archive")


#: the largest instance that the store takes, in bytes
LIMIT = 12 << 20


def address(server: LocalDicomStore) -> str:
    """A server's address, without the version of the API."""
    return server.base_url.removesuffix("/v1")


def stored_at(number: int = 1, *, series: int = 1, store: StoreName = STORE) -> BlobRef:
    """Where `tests.instances.ct_image` number `number` lies."""
    instance = StoredInstance(store=store, series=series_ref(series), sop_instance_uid=uid(number))
    return instance.at(1_763_807_400_000_000)


class InMemory:
    """An instance that is read from memory, in pieces of 1 MiB."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @property
    def crc32c(self) -> str:
        """The checksum."""
        return f"{google_crc32c.value(self.content):08x}"

    @property
    def size(self) -> int:
        """The size in bytes."""
        return len(self.content)

    def read(self, offset: int, length: int) -> bytes:
        """Read a range."""
        return self.content[offset : offset + length]

    def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
        """Yield pieces."""
        end = self.size if length is None else min(self.size, offset + length)
        for start in range(offset, end, 1 << 20):
            yield self.content[start : min(end, start + (1 << 20))]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        """Nothing to close."""
