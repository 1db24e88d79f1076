"""A bucket as a folder: every object is a plain file that people can look at, with generations beside it.

`root/<bucket>/<name>` holds the live generation of each object. `root/.airlock/<bucket>/` holds the index and
the partial files. A change locks the index, moves the file and commits, in this order; what a crash leaves
between the two, `recover` mends.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path

from shared.adapters.disk_failures import disk_failures
from shared.adapters.folder_files import FOLDER_MODE, FolderFiles
from shared.adapters.folder_generations import FolderGenerations, Notify
from shared.adapters.folder_index import Announcement, FinishedFile, FolderIndex, IndexRow
from shared.adapters.folder_names import NAME_LIMIT, is_storable, require_object
from shared.adapters.folder_recovery import FolderRecovery, Recovery
from shared.adapters.folder_streams import FolderReader, FolderWriter, PartialFile
from shared.errors import ConfigurationError, ObjectNotFound, PreconditionFailed, StorageError
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobStat
from shared.ports.clock import Clock

_BUCKET = re.compile(r"[a-z0-9][a-z0-9._-]{0,221}")


class FolderBlobs:
    """One bucket in the folder `root`, shared by any number of threads and processes.

    Every method may raise StorageUnavailable, and those that write SpaceExhausted.

    Args:
        root: the folder of all buckets; made if it is not there.
        bucket: the bucket's name: lower-case letters, digits, `.`, `_` and `-`.
        clock: gives the generations, which are microseconds since the epoch and always rise.
        notify: is called when an object is finalised, with the attributes of Cloud Storage's notification and
            what was finalised. At least once: what a crash or an error of its own prevents, `recover` sends.
        notify_prefix: only objects whose names start so are notified.

    Raises:
        ConfigurationError: the bucket's name is invalid.
    """

    def __init__(
        self, root: Path, bucket: str, *, clock: Clock, notify: Notify | None = None, notify_prefix: str = ""
    ) -> None:
        if _BUCKET.fullmatch(bucket) is None:
            raise ConfigurationError(problem="a bucket's name must be lower-case letters, digits, ., _ and -")
        self._bucket = bucket
        hidden = root / ".airlock" / bucket
        self._partials = str(hidden / "partial")
        self._files = _make_folders(root, bucket, Path(self._partials))
        self._index = FolderIndex(hidden / "index.db")
        self._waiting: list[Announcement] | None = None
        self._generations = FolderGenerations(
            bucket, self._index, clock, notify=notify, notify_prefix=notify_prefix
        )

    @property
    def bucket(self) -> str:
        """The bucket's name."""
        return self._bucket

    @disk_failures()
    def stat(self, name: str) -> BlobStat:
        """Describe the live generation of `name`.

        Raises:
            ObjectNotFound: there is none.
        """
        row = self._index.find(name)
        if row is not None and not self._files.holds(row):
            # A writer may have moved its file and not yet committed: look again when it has.
            with self._index.transaction() as changes:
                row = self._live(changes.find(name))
        if row is None:
            raise ObjectNotFound
        return self._generations.stat(row)

    @disk_failures()
    def open(self, ref: BlobRef, *, header_only: bool = False) -> FolderReader:  # noqa: ARG002 - nothing is fetched
        """Open exactly the generation of `ref`.

        Raises:
            ObjectNotFound: the object is gone or is another generation now.
        """
        require_object(ref, self._bucket)
        if not is_storable(ref.name):
            raise ObjectNotFound
        reader = self._open_at(self._files.preferred(ref.name), ref, self._index.find)
        if reader is None:
            # It lies elsewhere, or a writer has moved another file there and may not have committed.
            with self._index.transaction() as changes:
                place = _pinned(changes.find(ref.name), ref).place
                reader = self._open_at(place, ref, changes.find)
        if reader is None:
            raise ObjectNotFound
        return reader

    @contextmanager
    def create(self, name: str, *, if_generation_match: int | None = None) -> Iterator[FolderWriter]:
        """Write an object by streaming; it is finalised when the context ends without an error.

        With `if_generation_match=0` the object must not exist yet. If it does and holds the same bytes, by
        size and CRC-32C, it is one's own earlier upload: that is success, without a write or a notification.

        Raises:
            PreconditionFailed: the live generation is not the expected one (0: none).
            StorageError: no bucket can hold an object of this name.
            SpaceExhausted: the disk is full.
        """
        self._refuse_early(name, if_generation_match)
        partial = PartialFile(self._partials)
        writer = FolderWriter(partial)
        try:
            yield writer
            finalised = self._finalise(partial, name, if_generation_match)
        finally:
            partial.close()
        writer.finalise(self._generations.stat(finalised))
        if isinstance(finalised, Announcement):
            self._announce(finalised)

    def list(self, prefix: str = "") -> Iterator[BlobStat]:
        """Yield the live generations whose name starts with `prefix`, by name in the order of UTF-8."""
        return map(self._generations.stat, self._index.rows(prefix))

    @disk_failures()
    def delete(self, ref: BlobRef) -> None:
        """Delete exactly the generation of `ref`; a generation that is gone already is no error."""
        require_object(ref, self._bucket)
        if self._index.find(ref.name) is None:
            return
        with self._index.transaction() as changes:
            row = changes.find(ref.name)
            if row is None or row.generation != ref.generation:
                return
            changes.remove(row.name)
            if self._files.holds(row):
                self._files.remove(row.place)

    def recover(self) -> Recovery:
        """Mend what a crash left, and take in what people put into the bucket's folder or took from it.

        Owed notifications are sent; files without a row, or with other bytes than it says, become new
        generations; rows without a file are dropped; partial files that nobody writes are removed. Hidden
        files, links and special files are no objects. For every start, and safe while others write.
        """
        return FolderRecovery(self._files, self._index, self._generations, self._partials).run()

    @contextmanager
    def together(self, announcing: AbstractContextManager[None]) -> Iterator[None]:
        """Let what is finalised inside be recorded at once, at the block's end, and announced only then.

        For one thread at a time. Each object's bytes are on the disk before; after a power cut within the
        block `recover` finds them, and nobody was told of a generation that is not recorded.

        Args:
            announcing: what all notifications are sent in; they are owed until it has ended.
        """
        self._waiting = []
        try:
            with self._index.together():
                yield
            self._generations.announce_all(self._waiting, announcing)
        finally:
            self._waiting = None

    def _announce(self, announcement: Announcement) -> None:
        if self._waiting is None:
            self._generations.announce(announcement)
        else:
            self._waiting.append(announcement)

    def close(self) -> None:
        """Close the index."""
        self._index.close()

    def _refuse_early(self, name: str, expected: int | None) -> None:
        if not is_storable(name):
            raise StorageError(problem="an object's name must be 1 to 1024 bytes of UTF-8", limit=NAME_LIMIT)
        if expected:
            row = self._index.find(name)
            if row is None or row.generation != expected:
                raise PreconditionFailed(expected=expected, found=row.generation if row else 0)

    def _open_at(
        self, place: str, ref: BlobRef, find: Callable[[str], IndexRow | None]
    ) -> FolderReader | None:
        # The file first: while it is open its inode is its own, so a row with this inode means this file.
        reader = self._files.open(place)
        if reader is None:
            return None
        with ExitStack() as closing:
            closing.enter_context(reader)
            row = _pinned(find(ref.name), ref)
            if row.identity != reader.identity:
                return None
            reader.crc32c = row.crc32c
            closing.pop_all()
        return reader

    @disk_failures()
    def _finalise(self, partial: PartialFile, name: str, expected: int | None) -> Announcement | IndexRow:
        identity, crc32c = partial.identity(), f"{partial.crc32c:08x}"
        if expected == 0:
            # Before the costly part. Only the transaction decides, but what exists now existed.
            earlier = _earlier_upload(self._live(self._index.find(name)), expected, identity.size, crc32c)
            if earlier is not None:
                return earlier
        partial.sync()
        with self._index.transaction() as changes:
            row = changes.find(name)
            live = self._live(row)
            earlier = _earlier_upload(live, expected, identity.size, crc32c)
            if earlier is not None:
                return earlier
            place = self._files.install(partial.path, name, row.place if row is not None else None)
            partial.moved()
            return self._generations.record(
                changes, name, FinishedFile(place, identity, crc32c), replaced=live
            )

    def _live(self, row: IndexRow | None) -> IndexRow | None:
        return row if row is not None and self._files.holds(row) else None


def _make_folders(root: Path, bucket: str, partials: Path) -> FolderFiles:
    home = root / bucket
    with disk_failures():
        # Each by itself, for parents that are made on the way do not get the mode.
        for folder in (home, partials.parent, partials):
            folder.mkdir(FOLDER_MODE, parents=True, exist_ok=True)
        return FolderFiles(home, caseless=(root / ".AIRLOCK").exists())


def _pinned(row: IndexRow | None, ref: BlobRef) -> IndexRow:
    if row is None or row.generation != ref.generation:
        raise ObjectNotFound
    return row


def _earlier_upload(live: IndexRow | None, expected: int | None, size: int, crc32c: str) -> IndexRow | None:
    """The live generation if it is one's own earlier upload; None if the upload may become the next."""
    found = live.generation if live is not None else 0
    if expected is None or expected == found:
        return None
    if live is not None and expected == 0 and (live.size, live.crc32c) == (size, crc32c):
        return live
    raise PreconditionFailed(expected=expected, found=found)
