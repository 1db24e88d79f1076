"""Mending a bucket in a folder: after a crash, and when people changed its files themselves."""

import os
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec

from shared.adapters.disk_failures import disk_failures
from shared.adapters.folder_files import FolderFiles
from shared.adapters.folder_generations import FolderGenerations
from shared.adapters.folder_index import Announcement, FinishedFile, FolderIndex, IndexRow
from shared.adapters.folder_names import is_storable
from shared.adapters.folder_streams import FolderReader, checksum, is_abandoned

_Partial = Literal["restored", "removed", "in use"]
_File = Literal["indexed", "refreshed", "refused", "left alone"]


class Recovery(msgspec.Struct, frozen=True, kw_only=True):
    """How much was mended.

    Attributes:
        restored: objects whose file had not reached its place.
        removed: partial files that nobody writes any more.
        notified: notifications that were owed.
        indexed: files that became new generations.
        refreshed: files that are others now and hold the same bytes: a copied folder keeps its generations.
        refused: files that cannot be objects: unreadable, or with a name of more than 1024 bytes.
        dropped: objects whose file is gone.
    """

    restored: int = 0
    removed: int = 0
    notified: int = 0
    indexed: int = 0
    refreshed: int = 0
    refused: int = 0
    dropped: int = 0


class FolderRecovery:
    """Compares a bucket's files with its index and makes them agree; others may write meanwhile."""

    def __init__(
        self, files: FolderFiles, index: FolderIndex, generations: FolderGenerations, partials: str
    ) -> None:
        self._files = files
        self._index = index
        self._generations = generations
        self._partials = partials

    def run(self) -> Recovery:
        """Mend everything once.

        Raises:
            StorageUnavailable: the disk failed.
            SpaceExhausted: the disk is full.
        """
        # In this order: a partial file may be what an object misses, so nothing is dropped before.
        partials = self._clear_partials()
        notified = self._send_owed()
        files = self._adopt_files()
        return Recovery(
            restored=partials["restored"],
            removed=partials["removed"],
            notified=notified,
            indexed=files["indexed"],
            refreshed=files["refreshed"],
            refused=files["refused"],
            dropped=self._drop_rows(),
        )

    def _send_owed(self) -> int:
        owed = self._index.owed()
        for announcement in owed:
            self._generations.announce(announcement)
        return len(owed)

    @disk_failures()
    def _clear_partials(self) -> Counter[_Partial]:
        with os.scandir(self._partials) as entries:
            return Counter(self._clear(entry.path) for entry in entries)

    def _clear(self, path: str) -> _Partial:
        with suppress(FileNotFoundError):
            if is_abandoned(path):
                return self._restore_or_remove(path)
        return "in use"

    def _restore_or_remove(self, path: str) -> _Partial:
        with FolderReader(path) as partial, self._index.transaction() as changes:
            row = changes.find_file(partial.identity)
            if row is None or self._files.holds(row):
                Path(path).unlink()
                return "removed"
            # A power failure may forget the move of a file though the index remembers it.
            place = self._files.install(path, row.name, row.place)
            changes.put(row._replace(place=place))
            return "restored"

    def _adopt_files(self) -> Counter[_File]:
        return Counter(self._adopt(place) for place in self._files.walk())

    def _adopt(self, place: str) -> _File:
        with disk_failures():
            if self._files.identity(place) is None:
                return "left alone"
            name, row = self._object_at(place)
            if not is_storable(name):
                return "refused"
            if row is not None and row.place == place and self._files.holds(row):
                return "left alone"
            try:
                outcome = self._index_file(place, name)
            except PermissionError:
                return "refused"
        if isinstance(outcome, Announcement):
            self._generations.announce(outcome)
            return "indexed"
        return outcome

    def _object_at(self, place: str) -> tuple[str, IndexRow | None]:
        name = self._files.name_at(place)
        row = self._index.find(name)
        if row is not None and row.place != place:
            preferred = self._files.preferred(name)
            if place != preferred and self._files.identity(preferred) is not None:
                # The object lies elsewhere, and a person has called this file so.
                return place, None
        return name, row

    def _index_file(self, place: str, name: str) -> Announcement | _File:
        reader = self._files.open(place)
        if reader is None:
            return "left alone"
        with reader:
            crc32c = f"{checksum(reader):08x}"
        with self._index.transaction() as changes:
            row = changes.find(name)
            # Changed while it was read, or just finalised by a writer: not a person's finished file.
            if self._files.identity(place) != reader.identity or _is_file_of(row, place, reader):
                return "left alone"
            if row is not None and row.place != place and self._files.identity(row.place) is not None:
                self._files.remove(row.place)
            file = FinishedFile(self._files.adopt(place, name), reader.identity, crc32c)
            if row is not None and (row.size, row.crc32c) == (reader.size, crc32c):
                changes.put(file.as_generation(name, row.generation))
                return "refreshed"
            return self._generations.record(changes, name, file, replaced=row)

    def _drop_rows(self) -> int:
        return sum(self._drop(row) for row in self._index.rows())

    @disk_failures()
    def _drop(self, row: IndexRow) -> bool:
        if self._files.identity(row.place) is not None:
            return False
        with self._index.transaction() as changes:
            current = changes.find(row.name)
            if current is None or self._files.identity(current.place) is not None:
                return False
            changes.remove(row.name)
        return True


def _is_file_of(row: IndexRow | None, place: str, reader: FolderReader) -> bool:
    return row is not None and row.place == place and row.identity == reader.identity
