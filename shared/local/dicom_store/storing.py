"""Store and delete instances, apart from HTTP (PS3.18 section 10.5)."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from sqlite3 import Connection

from shared.errors import AirlockError
from shared.local.dicom_store.description import Description, describe
from shared.local.dicom_store.files import InstanceFiles, Spooled
from shared.local.dicom_store.index import Index, Instance, add, find, remove
from shared.local.dicom_store.names import StoreName, Uids
from shared.local.dicom_store.notifications import DELETED, STORED, Notifier
from shared.local.dicom_store.refusal import not_found
from shared.local.dicom_store.resources import Resources
from shared.ports.clock import Clock


class FailureReason(IntEnum):
    """Why an instance was not stored: Failure Reason (0008,1197), PS3.18 section 10.5.3 and PS3.4 Annex B."""

    #: other bytes are stored under the same UIDs: Duplicate SOP Instance
    CONFLICT = 0x0111
    #: it is larger than the store takes: Refused, Out of Resources
    TOO_LARGE = 0xA700
    #: it belongs to another study than the path's: Data Set does not match
    OTHER_STUDY = 0xA901
    #: it is no DICOM file, or broken: Cannot understand
    UNREADABLE = 0xC000


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of one part; without `failure` it is stored."""

    uids: Uids | None = None
    sop_class: str = ""
    failure: FailureReason | None = None


class InstanceStore:
    """Keeps instances in `folder`: their files, the index of them, and the notifications of what happens."""

    def __init__(
        self,
        folder: Path,
        index: Index,
        notifier: Notifier,
        clock: Clock,
        limit: int,
        *,
        changed: Callable[[], None],
    ) -> None:
        """Clear what a crash has left.

        Args:
            folder: where the files lie.
            index: the index of them.
            notifier: keeps the notifications.
            clock: gives the versions.
            limit: the size of the largest instance in bytes.
            changed: is called when there may be something to publish.
        """
        self.files = InstanceFiles(folder)
        self.index = index
        self.resources = Resources(index)
        self._notifier = notifier
        self._changed = changed
        self._clock = clock
        self._limit = limit
        self._last_version = 0
        self._version_lock = threading.Lock()
        self.files.remove_all_but(index.files())

    def store(self, name: StoreName, chunks: Iterable[bytes], study: str) -> Outcome:
        """Store one part; of a path without study `study` is empty."""
        spooled = self.files.spool(chunks, self._limit)
        try:
            if not spooled.whole:
                return Outcome(failure=FailureReason.TOO_LARGE)
            description = describe(spooled.path)
            if study and description.uids.study != study:
                return _outcome(description, FailureReason.OTHER_STUDY)
            return self._admit(name, spooled, description)
        except AirlockError as error:
            if error.category != "validation":
                raise
            return Outcome(failure=FailureReason.UNREADABLE)
        finally:
            spooled.path.unlink(missing_ok=True)

    def _admit(self, name: StoreName, spooled: Spooled, description: Description) -> Outcome:
        """Compare with what is stored under the same UIDs, or store it."""
        with self.index.database.transaction(durable=False) as connection:
            known = find(connection, name, description.uids)
            if known is None:
                self._add(connection, name, spooled, description)
        if known is not None and known.sha256 != spooled.sha256:
            return _outcome(description, FailureReason.CONFLICT)
        self._changed()
        return _outcome(description)

    def _add(
        self, connection: Connection, name: StoreName, spooled: Spooled, description: Description
    ) -> None:
        resource = self.resources.store(name)
        instance = Instance(
            number=0,
            uids=description.uids,
            sop_class=description.sop_class,
            transfer_syntax=description.transfer_syntax,
            modality=description.modality,
            file=spooled.path.name,
            size=spooled.size,
            sha256=spooled.sha256,
            version=self._version(),
        )
        add(connection, name, instance, description.attributes)
        self._notifier.note(connection, name, resource, instance, STORED)
        # Last: the commit makes it known, and a file that nobody knows is removed at the next start.
        self.files.keep(spooled)

    def _version(self) -> str:
        """Microseconds since the epoch, but never the same twice."""
        with self._version_lock:
            self._last_version = max(self._last_version + 1, int(self._clock.now() * 1e6))
            return str(self._last_version)

    def delete(self, name: StoreName, uids: Uids, *, notify: bool = True) -> None:
        """Delete a study, a series, an instance, or with empty UIDs all of a store.

        Raises:
            Refusal: 404, there is no such thing.
        """
        resource = self.resources.store(name)
        with self.index.database.transaction(durable=False) as connection:
            instances = self.index.instances(name, uids)
            remove(connection, instances)
            for instance in instances if notify else ():
                self._notifier.note(connection, name, resource, instance, DELETED)
        self.files.remove(instance.file for instance in instances)
        self._changed()
        if not instances and uids.study:
            raise not_found("what is to be deleted")

    def delete_store(self, name: StoreName) -> None:
        """Delete a store with all that is in it, without notifications.

        Raises:
            Refusal: 404, there is no such store.
        """
        self.delete(name, Uids(), notify=False)
        self.resources.delete_store(name)

    def clear(self) -> None:
        """Forget everything; what is being stored meanwhile keeps its file."""
        names = self.index.files()
        self.resources.clear()
        self.files.remove(names)


def _outcome(description: Description, failure: FailureReason | None = None) -> Outcome:
    return Outcome(uids=description.uids, sop_class=description.sop_class, failure=failure)
