"""A bucket in Cloud Storage, by the JSON API."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from urllib.parse import quote

import msgspec

from shared.adapters.folder_names import NAME_LIMIT, is_storable, require_object
from shared.adapters.gcs_streams import GcsReader, GcsWriter
from shared.adapters.google_http import GoogleSession, decoded
from shared.adapters.remote_reader import FRONT_BYTES
from shared.dicom.source import HEADER_BYTES
from shared.errors import (
    AirlockError,
    ConfigurationError,
    ObjectNotFound,
    PreconditionFailed,
    StorageError,
)
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobStat

GCS_URL = "https://storage.googleapis.com"
_PAGE_OBJECTS = 1000
#: all that is asked of an object
_FIELDS = "name,generation,size,crc32c,timeCreated"


class _Resource(msgspec.Struct, frozen=True, rename="camel"):
    """The part of an object resource that is read."""

    name: str
    generation: int
    size: int
    crc32c: bytes
    time_created: datetime


class _Page(msgspec.Struct, frozen=True, rename="camel"):
    items: list[_Resource] = []
    next_page_token: str | None = None


class GcsBlobs:
    """One bucket; for any number of threads.

    Every method may raise StorageUnavailable, and ConfigurationError where the identity lacks a permission.

    Args:
        bucket: the bucket's name.
        session: sends the requests.
        url: the address of Cloud Storage, or of a server that stands in for it.
    """

    def __init__(self, bucket: str, session: GoogleSession, *, url: str = GCS_URL) -> None:
        self._bucket = bucket
        self._session = session
        self._objects = f"{url}/storage/v1/b/{quote(bucket, safe='')}/o"
        self._uploads = f"{url}/upload/storage/v1/b/{quote(bucket, safe='')}/o"

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._bucket

    def stat(self, name: str) -> BlobStat:
        """Describe the live generation of `name`.

        Raises:
            ObjectNotFound: there is none.
        """
        return self._stat(self._session.read("GET", self._url(name), query={"fields": _FIELDS}))

    def open(self, ref: BlobRef, *, header_only: bool = False) -> GcsReader:
        """Open exactly the generation of `ref`; with `header_only` its first request is for 64 KiB.

        Raises:
            ObjectNotFound: the object is gone or is another generation now.
        """
        require_object(ref, self._bucket)
        front_bytes = HEADER_BYTES if header_only else FRONT_BYTES
        return GcsReader(self._session, self._url(ref.name), ref, front_bytes=front_bytes)

    @contextmanager
    def create(self, name: str, *, if_generation_match: int | None = None) -> Iterator[GcsWriter]:
        """Write an object by streaming; it is finalised when the context ends without an error.

        With `if_generation_match=0` the object must not exist yet. If it does and holds the same bytes, by
        size and CRC-32C, it is one's own earlier upload, whose answer may have been lost: that is success.

        Raises:
            PreconditionFailed: the live generation is not the expected one (0: none).
            StorageError: no bucket can hold an object of this name.
        """
        if not is_storable(name):
            raise StorageError(problem="an object's name must be 1 to 1024 bytes of UTF-8", limit=NAME_LIMIT)
        query: dict[str, str | int] = {"fields": _FIELDS}
        if if_generation_match is not None:
            query["ifGenerationMatch"] = if_generation_match
        writer = GcsWriter(self._session, self._uploads, query, name, self._stat)
        with ExitStack() as undoing:
            undoing.callback(writer.abandon)
            yield writer
            undoing.pop_all()
        try:
            writer.finalise()
        except (PreconditionFailed, ConfigurationError) as error:
            writer.abandon()
            writer.finalise(self._earlier_upload(name, writer, if_generation_match, error))

    def list(self, prefix: str = "") -> Iterator[BlobStat]:
        """Yield the live generations whose name starts with `prefix`, by name in the order of UTF-8."""
        query: dict[str, str | int] = {
            "prefix": prefix,
            "maxResults": _PAGE_OBJECTS,
            "fields": f"nextPageToken,items({_FIELDS})",
        }
        while True:
            page = decoded(self._session.read("GET", self._objects, query=query), _Page)
            yield from map(self._stat_of, page.items)
            if page.next_page_token is None:
                return
            query["pageToken"] = page.next_page_token

    def delete(self, ref: BlobRef) -> None:
        """Delete exactly the generation of `ref`; a generation that is gone already is no error."""
        require_object(ref, self._bucket)
        query = {"ifGenerationMatch": ref.generation}
        self._session.read("DELETE", self._url(ref.name), query=query, accepted=(404, 412))

    def close(self) -> None:
        """Do nothing: the session is shared."""

    def _url(self, name: str) -> str:
        return f"{self._objects}/{quote(name, safe='')}"

    def _stat(self, resource: bytes) -> BlobStat:
        return self._stat_of(decoded(resource, _Resource))

    def _stat_of(self, resource: _Resource) -> BlobStat:
        return BlobStat(
            ref=BlobRef(bucket=self._bucket, name=resource.name, generation=resource.generation),
            size=resource.size,
            crc32c=resource.crc32c.hex(),
            finalized_at=resource.time_created.timestamp(),
        )

    def _earlier_upload(
        self, name: str, writer: GcsWriter, expected: int | None, error: AirlockError
    ) -> BlobStat:
        """The live generation, if it holds what was to be written where nothing was.

        To overwrite takes a permission to delete. Whoever lacks it may be told so, by 403, before the
        precondition is looked at.
        """
        if expected != 0 and isinstance(error, ConfigurationError):
            raise error
        try:
            live = self.stat(name)
        except ObjectNotFound:
            raise error from None
        if expected == 0 and (live.size, live.crc32c) == (writer.size, writer.crc32c):
            return live
        raise PreconditionFailed(expected=expected or 0, found=live.ref.generation)
