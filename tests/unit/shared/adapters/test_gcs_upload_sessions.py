"""Resumable uploads to a Cloud Storage that keeps less than it was sent, or forgets."""

from typing import Any

import msgspec
import pytest

from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.gcs_streams import PART_BYTES
from shared.adapters.google_http import GoogleSession
from shared.errors import ObjectNotFound, StorageUnavailable
from shared.local.object_store.server import LocalObjectStore
from tests.contracts.blob_reading import put
from tests.contracts.scripted_http import Answer, ScriptedServer

KIB = 1 << 10


class PartialStore:
    """Answers of a resumable upload that has persisted so many bytes after each part."""

    def __init__(self, *persisted: int | None, total: int) -> None:
        self._resource: dict[str, Any] = {
            "name": "object",
            "generation": "5",
            "size": str(total),
            "crc32c": "AAAAAA==",
            "timeCreated": "2025-11-22T10:30:00Z",
        }
        begun = Answer(headers={"Location": "LOCATION"})
        parts = [
            Answer(status=308, body=b"", headers={} if each is None else {"Range": f"bytes=0-{each - 1}"})
            for each in persisted
        ]
        self.answers = [begun, *parts, Answer(body=msgspec.json.encode(self._resource))]


def upload(session: GoogleSession, answers: list[Answer], content: bytes) -> list[tuple[str, int]]:
    """Upload against a script; return the ranges that were sent, with the lengths of their bodies."""
    with ScriptedServer(*answers) as server:
        server.answers[0] = Answer(headers={"Location": f"{server.base_url}/upload"})
        put(GcsBlobs("bucket", session, url=server.base_url), "object", content)
    return [
        (seen.headers["Content-Range"], len(seen.body)) for seen in server.requests if seen.method == "PUT"
    ]


def test_what_was_not_persisted_is_sent_again(google_session: GoogleSession) -> None:
    """Cloud Storage may keep less of a part than it was sent: the rest goes with the next one."""
    kept, total = 256 * KIB, PART_BYTES + 10
    answers = PartialStore(kept, kept * 2, total=total).answers
    ranges = upload(google_session, answers, bytes(total))

    assert ranges == [
        (f"bytes 0-{PART_BYTES - 1}/*", PART_BYTES),
        (f"bytes {kept}-{total - 1}/{total}", total - kept),
        (f"bytes {kept * 2}-{total - 1}/{total}", total - kept * 2),
    ]


def test_nothing_persisted_is_transient(google_session: GoogleSession) -> None:
    """A service that takes nothing at all is not fed for ever."""
    with pytest.raises(StorageUnavailable):
        upload(
            google_session,
            PartialStore(None, None, None, total=PART_BYTES + 10).answers,
            bytes(PART_BYTES + 10),
        )


@pytest.mark.parametrize("status", [404, 410])
def test_an_upload_that_is_forgotten_is_begun_anew(google_session: GoogleSession, status: int) -> None:
    """A session that the service has lost is no lost object: a later delivery begins another."""
    with pytest.raises(StorageUnavailable):
        upload(google_session, [Answer(), Answer(status=status, body=b"")], bytes(PART_BYTES + 10))


@pytest.mark.parametrize("size", [10, PART_BYTES + 10], ids=["small", "large"])
def test_a_bucket_that_is_missing_is_not_found(
    store: LocalObjectStore, google_session: GoogleSession, size: int
) -> None:
    """That is another matter than a session that was forgotten."""
    with pytest.raises(ObjectNotFound):
        put(GcsBlobs("no-such-bucket", google_session, url=store.base_url), "object", bytes(size))
