"""Resumable uploads: sessions that survive lost answers, lost connections and a restart of the server.

See "Resumable uploads" in the documentation of Cloud Storage.
"""

import re
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import msgspec

from shared.local.object_store.buckets import MICROSECONDS
from shared.local.object_store.catalog import Catalog, Changes
from shared.local.object_store.checksums import Checksums
from shared.local.object_store.content import Content, Spool
from shared.local.object_store.metadata import Fields
from shared.local.object_store.objects import Objects, Source, Target
from shared.local.object_store.preconditions import Preconditions
from shared.local.object_store.records import Generation, StartedUpload, decoded, encoded
from shared.local.object_store.refusals import Refused, invalid, not_found, unavailable
from shared.local.object_store.resources import Resource, Resources
from shared.ports.clock import Clock

LIFETIME_SECONDS = 7 * 86_400
# How long a request waits for an earlier one of its upload that a client has given up on.
_TURN_SECONDS = 10.0
#: how many uploads are held open; others are opened again when they go on
OPEN_LIMIT = 100
_RANGE = re.compile(r"bytes (?:(?P<first>\d+)-(?P<last>\d+)|\*)/(?P<total>\d+|\*)")


class UploadRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asked for when it began."""

    fields: Fields
    checksums: Checksums
    preconditions: Preconditions


class ContentRange(NamedTuple):
    """Which bytes a request brings: `first` and `last` are None where it brings none, `total` if unknown."""

    first: int | None
    last: int | None
    total: int | None

    @classmethod
    def of(cls, header: str | None, length: int | None) -> "ContentRange":
        """Read the header `Content-Range`; without one the body of `length` bytes is the whole content.

        Raises:
            Refused: 400, it is something else.
        """
        if header is None:
            return cls(0, None if length is None else length - 1, length)
        match = _RANGE.fullmatch(header.strip())
        if match is None:
            raise invalid("Failed to parse Content-Range header.")
        numbers = (match["first"], match["last"], match["total"])
        first, last, total = (int(text) if text and text != "*" else None for text in numbers)
        if first is not None and last is not None and (last < first or last >= (total or last + 1)):
            raise invalid("Invalid Content-Range header.")
        return cls(first, last, total)


class Session:
    """One upload that is going on."""

    def __init__(self, upload: StartedUpload, spool: Spool) -> None:
        self.upload = upload
        self.request = msgspec.json.decode(upload.request, type=UploadRequest)
        self.spool = spool
        self._turn = threading.Lock()

    @property
    def target(self) -> Target:
        """Where the object is written."""
        return Target(self.upload.bucket, self.upload.name, self.request.preconditions)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """One request after the other.

        Raises:
            Refused: 503, an earlier one is stuck.
        """
        if not self._turn.acquire(timeout=_TURN_SECONDS):
            raise unavailable("Another request of this upload has not ended.")
        try:
            yield
        finally:
            self._turn.release()

    def close_if_idle(self) -> bool:
        """Close the file, unless a request has its turn; tell whether it is closed."""
        if not self._turn.acquire(blocking=False):
            return False
        self.spool.close()
        self._turn.release()
        return True


class Uploads:
    """The resumable uploads of one store."""

    def __init__(
        self, objects: Objects, catalog: Catalog, content: Content, resources: Resources, clock: Clock
    ) -> None:
        self._objects = objects
        self._catalog = catalog
        self._content = content
        self._resources = resources
        self._clock = clock
        self._sessions: dict[str, Session] = {}
        self._lock = threading.Lock()

    def start(self, target: Target, fields: Fields, checksums: Checksums) -> str:
        """Begin an upload; return its id.

        Raises:
            Refused: 404, 400 or 412, as for any other upload.
        """
        self._objects.refuse_early(target)
        upload_id = secrets.token_urlsafe(32)
        request = UploadRequest(fields=fields, checksums=checksums, preconditions=target.preconditions)
        started = int(self._clock.now() * MICROSECONDS)
        with self._catalog.transaction() as changes:
            changes.put_upload(
                StartedUpload(upload_id, target.bucket, target.name, started, encoded(request), None)
            )
        return upload_id

    def append(
        self, upload_id: str, content_range: ContentRange, chunks: Iterator[bytes], declared: Checksums
    ) -> Resource | int:
        """Take what a request brings; the object resource at the end, else how many bytes are there.

        Raises:
            Refused: 404, no such upload; 400, a gap or a wrong checksum; 412; 503.
        """
        session = self._session(upload_id)
        if not isinstance(session, Session):
            return session
        if content_range.first is None and content_range.total != session.spool.size:
            return session.spool.size  # a question, which waits for nobody
        with session.turn():
            if self._sessions.get(upload_id) is not session:
                return self.append(upload_id, ContentRange(None, None, None), chunks, declared)
            _take(session.spool, content_range, chunks)
            if content_range.total is not None and session.spool.size == content_range.total:
                return self._finish(session, declared)
            if content_range.first is not None and content_range.last is None:
                return self._finish(session, declared)
            return session.spool.size

    def cancel(self, upload_id: str) -> None:
        """Give an upload up.

        Raises:
            Refused: 404, no such upload.
        """
        session = self._session(upload_id)
        if isinstance(session, Session):
            self._forget(session)
        with self._catalog.transaction() as changes:
            changes.remove_upload(upload_id)

    def recover(self) -> None:
        """Forget the uploads that were begun too long ago, and what was spooled for none."""
        oldest = int((self._clock.now() - LIFETIME_SECONDS) * MICROSECONDS)
        with self._catalog.transaction() as changes:
            changes.remove_uploads_before(oldest)
        for name in self._content.spool_names():
            upload = self._catalog.upload(name)
            if upload is None or upload.finished is not None:
                self._content.remove_spool(name)

    def close(self) -> None:
        """Close the files of all uploads; they go on after the next start."""
        with self._lock:
            for session in self._sessions.values():
                session.spool.close()
            self._sessions.clear()

    def _session(self, upload_id: str) -> Session | Resource:
        upload = self._catalog.upload(upload_id)
        if upload is None:
            raise not_found("Upload")
        if upload.finished is not None:
            return decoded(upload.finished)
        with self._lock:
            session = self._sessions.get(upload_id)
            if session is None:
                self._close_an_idle_one()
                session = Session(upload, self._content.spool(upload_id))
                self._sessions[upload_id] = session
            return session

    def _close_an_idle_one(self) -> None:
        # Clients give uploads up without a word.
        if len(self._sessions) < OPEN_LIMIT:
            return
        for upload_id, session in self._sessions.items():
            if session.close_if_idle():
                del self._sessions[upload_id]
                return

    def _finish(self, session: Session, declared: Checksums) -> Resource:
        spool = session.spool
        resource: list[Resource] = []

        def finish(changes: Changes, finalised: Generation) -> None:
            resource.append(self._resources.object(finalised))
            changes.put_upload(session.upload._replace(finished=encoded(resource[0])))

        try:
            declared.or_else(session.request.checksums).require(spool.checksums)
            source = Source(spool.path, spool.size, spool.checksums, session.request.fields)
            self._objects.finalise(session.target, source, also=finish)
        except Refused:
            with self._catalog.transaction() as changes:
                changes.remove_upload(session.upload.upload_id)
            self._forget(session)
            raise
        self._forget(session)
        return resource[0]

    def _forget(self, session: Session) -> None:
        with self._lock:
            known = self._sessions.pop(session.upload.upload_id, None)
        if known is not None:
            known.spool.discard()


def _take(spool: Spool, content_range: ContentRange, chunks: Iterator[bytes]) -> None:
    if content_range.first is None:
        return
    known = spool.size - content_range.first
    if known < 0:
        raise invalid("The request begins behind what has arrived so far.")
    end: Any = float("inf") if content_range.last is None else content_range.last + 1
    for chunk in chunks:
        # What has arrived already is sent once more by a client that missed the answer.
        fresh, known = chunk[known:], max(0, known - len(chunk))
        if spool.size + len(fresh) > end:
            raise invalid("The request brings more bytes than its Content-Range says.")
        spool.append(fresh)
    if spool.size < end and content_range.last is not None:
        raise invalid("The request brings fewer bytes than its Content-Range says.")
