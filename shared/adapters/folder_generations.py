"""The generations of a bucket in a folder, and who is told of them."""

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

from shared.adapters.folder_index import Announcement, FinishedFile, FolderIndex, IndexRow, IndexTransaction
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobStat
from shared.ports.clock import Clock

Notify = Callable[[Mapping[str, str], BlobStat], None]

_MICROSECONDS = 1_000_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class FolderGenerations:
    """Counts a bucket's generations and sends its notifications.

    Args:
        bucket: the bucket's name.
        index: where generations and owed notifications are recorded.
        clock: gives the generations, in microseconds since the epoch.
        notify: is called with the attributes of Cloud Storage's notification; None: nobody is told.
        notify_prefix: only objects whose names start so are notified.
    """

    def __init__(
        self, bucket: str, index: FolderIndex, clock: Clock, *, notify: Notify | None, notify_prefix: str
    ) -> None:
        self._bucket = bucket
        self._index = index
        self._clock = clock
        self._notify = notify
        self._notify_prefix = notify_prefix

    def stat(self, generation: IndexRow | Announcement) -> BlobStat:
        """Describe a generation; it is finalised at the time that its number says."""
        return BlobStat(
            ref=BlobRef(bucket=self._bucket, name=generation.name, generation=generation.generation),
            size=generation.size,
            crc32c=generation.crc32c,
            finalized_at=generation.generation / _MICROSECONDS,
        )

    def record(
        self, changes: IndexTransaction, name: str, file: FinishedFile, *, replaced: IndexRow | None
    ) -> Announcement:
        """Record that `file` is the next generation of `name`, and owe its notification."""
        generation = changes.next_generation(int(self._clock.now() * _MICROSECONDS))
        changes.put(file.as_generation(name, generation))
        overwrote = None if replaced is None else replaced.generation
        announcement = Announcement(generation, name, file.identity.size, file.crc32c, overwrote)
        if self._is_notified(name):
            changes.owe(announcement)
        return announcement

    def announce(self, announcement: Announcement) -> None:
        """Send the notification, if this object is notified; it is owed until that has worked."""
        self.announce_all([announcement], nullcontext())

    def announce_all(
        self, announcements: Iterable[Announcement], announcing: AbstractContextManager[None]
    ) -> None:
        """Send the notifications of those objects that are notified; they are owed until that has worked."""
        owed = [each for each in announcements if self._is_notified(each.name)]
        with announcing:
            for each in owed:
                self._send(each)
        for each in owed:
            self._index.settle(each.generation)

    def _send(self, announcement: Announcement) -> None:
        if self._notify is not None:
            self._notify(self._attributes(announcement), self.stat(announcement))

    def _is_notified(self, name: str) -> bool:
        return self._notify is not None and name.startswith(self._notify_prefix)

    def _attributes(self, announcement: Announcement) -> dict[str, str]:
        attributes = {
            "notificationConfig": f"projects/_/buckets/{self._bucket}/notificationConfigs/1",
            "eventType": "OBJECT_FINALIZE",
            "payloadFormat": "JSON_API_V1",
            "bucketId": self._bucket,
            "objectId": announcement.name,
            "objectGeneration": str(announcement.generation),
            "eventTime": _rfc3339(announcement.generation),
        }
        if announcement.overwrote is not None:
            attributes["overwroteGeneration"] = str(announcement.overwrote)
        return attributes


def _rfc3339(microseconds: int) -> str:
    return f"{_EPOCH + timedelta(microseconds=microseconds):%Y-%m-%dT%H:%M:%S.%fZ}"
