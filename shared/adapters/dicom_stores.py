"""DICOM stores of the Cloud Healthcare API, by DICOMweb (PS3.18) over REST."""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING, Any

import google_crc32c

from shared.adapters.google_http import GoogleSession
from shared.adapters.remote_reader import FRONT_BYTES, RemoteReader, read_from
from shared.adapters.streaming import CHUNK_BYTES
from shared.errors import ConfigurationError, Conflict, LimitExceeded, StorageError
from shared.identifiers import DICOM_STORES, BlobRef, StoredInstance, StoreName
from shared.ports.blobs import BlobReader, Blobs, BlobStat, BlobWriter

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse

HEALTHCARE_URL = "https://healthcare.googleapis.com"
#: as it is stored, whatever its transfer syntax (PS3.18 section 8.7.3.5.2)
_AS_STORED = "application/dicom; transfer-syntax=*"
_JSON = "application/dicom+json"
_ACCEPTED, _CONFLICT, _TOO_LARGE = 202, 409, 413
# So much is held in memory, to be sent again where the connection breaks.
_HELD_BYTES = 8 << 20
# So many results are asked for at once; a store may give fewer.
_PAGE = 1000
_STUDY, _SERIES, _INSTANCE = "0020000D", "0020000E", "00080018"


class DicomStoreReader(RemoteReader):
    """An instance in a DICOM store, which gives no ranges: a step back starts from the beginning again.

    Raises:
        ObjectNotFound: the store has no such instance.
    """

    def __init__(self, session: GoogleSession, url: str) -> None:
        self._session = session
        self._url = url
        response = self._get()
        self._length = response.headers.get("Content-Length")
        super().__init__(read_from(response, FRONT_BYTES), tail=response)

    @property
    def crc32c(self) -> str:
        """CRC-32C of all of it, for which all of it is read: a DICOM store does not know it."""
        return self._counted[1]

    @property
    def size(self) -> int:
        """The size in bytes; where the store does not say it, all of it is read."""
        return int(self._length) if self._length is not None else self._counted[0]

    @cached_property
    def _counted(self) -> tuple[int, str]:
        """The size and the checksum."""
        size, checksum = 0, google_crc32c.Checksum()
        for chunk in self._chunks():
            size += len(chunk)
            checksum.update(chunk)
        return size, checksum.digest().hex()

    def _chunks(self) -> Iterator[bytes]:
        """All bytes: the front alone where that is all, else from another request of their own."""
        if len(self._front) < FRONT_BYTES:
            yield self._front
            return
        response = self._get()
        while chunk := read_from(response, CHUNK_BYTES):
            yield chunk
        response.release_conn()

    def _reopen(self, offset: int) -> tuple["BaseHTTPResponse", int]:  # noqa: ARG002 - no ranges here
        return self._get(), 0

    def _get(self) -> "BaseHTTPResponse":
        return self._session.open("GET", self._url, headers={"Accept": _AS_STORED})


class HealthcareDicomStores:
    """The DICOM stores that an installation may use; for any number of threads.

    Every method may raise StorageUnavailable, and ConfigurationError where the identity lacks a permission.

    Args:
        names: their names; no other is ever asked.
        session: sends the requests.
        url: the address of the Healthcare API, or of a server that stands in for it.
    """

    def __init__(
        self, names: frozenset[StoreName], session: GoogleSession, *, url: str = HEALTHCARE_URL
    ) -> None:
        self._names = names
        self._session = session
        self._url = f"{url}/v1"

    def open(self, ref: BlobRef) -> DicomStoreReader:
        """Open an instance (WADO-RS, PS3.18 section 10.4), which cannot be fetched in part.

        Raises:
            ObjectNotFound: the store has no such instance.
        """
        return DicomStoreReader(self._session, self._instance_url(ref))

    def store(self, store: StoreName, instance: BlobReader) -> None:
        """Store an instance (STOW-RS, PS3.18 section 10.5); once more with the same bytes changes nothing.

        Raises:
            Conflict: other bytes are stored under its UIDs already.
            LimitExceeded: the store takes no instance so large.
            StorageError: the store refused it.
        """
        boundary = secrets.token_hex(16)
        head = f"--{boundary}\r\nContent-Type: application/dicom\r\n\r\n".encode()
        foot = f"\r\n--{boundary}--\r\n".encode()
        parts = chain([head], instance.stream(), [foot])
        length = len(head) + instance.size + len(foot)
        response = self._session.open(
            "POST",
            f"{self._web(store)}/studies",
            headers={
                "Content-Type": f'multipart/related; type="application/dicom"; boundary={boundary}',
                "Content-Length": str(length),
                "Accept": _JSON,
            },
            body=b"".join(parts) if length <= _HELD_BYTES else parts,
            accepted=(_CONFLICT, _TOO_LARGE),
        )
        response.drain_conn()
        _require_stored(response.status, length)

    def search(self, store: StoreName, resource: str, query: Mapping[str, str | int]) -> list[dict[str, Any]]:
        """Search for `studies`, `series` or `instances` (QIDO-RS, PS3.18 section 10.6); DICOM JSON."""
        url = f"{self._web(store)}/{resource}"
        return self._session.json("GET", url, query=query, headers={"Accept": _JSON}) or []

    def paths(self) -> Iterator[str]:
        """Yield the resource path of every instance of every store, as notifications name it.

        One that is stored meanwhile may be left out, and one may come twice where another is deleted.
        """
        for store in sorted(self._names, key=str):
            for study in self._uids(store, "studies", _STUDY):
                for series in self._uids(store, f"studies/{study}/series", _SERIES):
                    resource = f"studies/{study}/series/{series}/instances"
                    for instance in self._uids(store, resource, _INSTANCE):
                        yield f"{store}/dicomWeb/{resource}/{instance}"

    def _uids(self, store: StoreName, resource: str, tag: str) -> Iterator[str]:
        """One UID of each result, up to an empty page: a short one may be a limit of the store's own."""
        offset = 0
        while found := self.search(store, resource, {"limit": _PAGE, "offset": offset}):
            yield from (each[tag]["Value"][0] for each in found)
            offset += len(found)

    def metadata(self, ref: BlobRef) -> dict[str, Any]:
        """The attributes of an instance without its bulk data (PS3.18 section 10.4.1.1.2); DICOM JSON.

        Raises:
            ObjectNotFound: the store has no such instance.
        """
        url = f"{self._instance_url(ref)}/metadata"
        (attributes,) = self._session.json("GET", url, headers={"Accept": _JSON})
        return dict(attributes)

    def delete(self, ref: BlobRef) -> None:
        """Delete an instance; one that is gone already is no error."""
        self._session.read("DELETE", self._instance_url(ref), accepted=(404,))

    def _web(self, store: StoreName) -> str:
        if store not in self._names:
            raise ConfigurationError(problem="a DICOM store that is not of this installation")
        return f"{self._url}/{store}/dicomWeb"

    def _instance_url(self, ref: BlobRef) -> str:
        instance = StoredInstance.from_string(ref.name)
        return f"{self._web(instance.store)}/{str(instance).partition('/dicomWeb/')[2]}"


class NoDicomStores:
    """An installation without DICOM stores."""

    def store(self, store: StoreName, instance: BlobReader) -> None:
        """Refuse.

        Raises:
            ConfigurationError: always.
        """
        del store, instance
        raise ConfigurationError(problem="this installation has no DICOM store")

    def paths(self) -> Iterator[str]:
        """Yield nothing."""
        yield from ()


class ClinicalBlobs:
    """A bucket that opens the instances in DICOM stores as well: wherever an original lies.

    Args:
        bucket: the clinical bucket.
        stores: the DICOM stores.
    """

    def __init__(self, bucket: Blobs, stores: HealthcareDicomStores) -> None:
        self._bucket = bucket
        self._stores = stores

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._bucket.bucket

    def open(self, ref: BlobRef, *, header_only: bool = False) -> BlobReader:
        """Open an instance where it lies.

        Raises:
            ObjectNotFound: it is gone, or is another generation now.
        """
        if ref.bucket == DICOM_STORES:
            return self._stores.open(ref)
        return self._bucket.open(ref, header_only=header_only)

    def stat(self, name: str) -> BlobStat:
        """Describe the live generation of an object in the bucket."""
        return self._bucket.stat(name)

    def create(
        self, name: str, *, if_generation_match: int | None = None
    ) -> AbstractContextManager[BlobWriter]:
        """Write an object to the bucket."""
        return self._bucket.create(name, if_generation_match=if_generation_match)

    def list(self, prefix: str = "") -> Iterator[BlobStat]:
        """Yield the objects of the bucket."""
        return self._bucket.list(prefix)

    def delete(self, ref: BlobRef) -> None:
        """Delete a generation of an object in the bucket; originals in DICOM stores are the hospital's."""
        self._bucket.delete(ref)


def _require_stored(status: int, length: int) -> None:
    if status == _CONFLICT:
        raise Conflict(arrived_bytes=length)
    if status == _TOO_LARGE:
        raise LimitExceeded(limit="instance size of the DICOM store", bytes=length)
    if status == _ACCEPTED:
        raise StorageError(problem="the DICOM store refused the instance", status=status)
