"""Open instances where they lie: as objects, in a DICOM store, or as members of a ZIP archive."""

import zipfile
from collections.abc import Generator, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from typing import Self

from shared.archive import open_archive
from shared.archive_members import MemberReader
from shared.errors import ArchiveMemberUnreadable
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobReader, Blobs


def open_each(
    clinical: Blobs, refs: Iterable[BlobRef], *, header_only: bool = False
) -> Generator[BlobReader, None, None]:
    """Open one after the other; a reader is good until the next is asked for.

    Members of one archive are read from one stream if they come one after the other in its order, which is
    what makes them cheap: a request for each would cost as much as if each were an object.

    Raises:
        ObjectNotFound: one is gone or is another generation now.
        ArchiveUnreadable, ArchiveMemberEncrypted, ArchiveMemberUnreadable: one cannot be read in its archive.
    """
    with Originals(clinical) as originals:
        for ref in refs:
            with originals.open(ref, header_only=header_only) as reader:
                yield reader


@contextmanager
def open_original(clinical: Blobs, ref: BlobRef) -> Iterator[BlobReader]:
    """Open one alone; errors are those of `open_each`."""
    with closing(open_each(clinical, [ref])) as readers:
        yield next(readers)


def file_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The members by their index: folders do not count, as long as they hold nothing."""
    return [info for info in archive.infolist() if info.file_size or not info.filename.endswith("/")]


class Originals:
    """Opens one after the other, and keeps the archive that was opened last for its next member.

    A context manager. Errors are those of `open_each`; after one it may be asked for others.
    """

    def __init__(self, clinical: Blobs) -> None:
        self._clinical = clinical
        self._ref: BlobRef | None = None
        self._members: list[zipfile.ZipInfo] = []
        self._opened = ExitStack()

    def open(self, ref: BlobRef, *, header_only: bool = False) -> AbstractContextManager[BlobReader]:
        """Open one; a member is good until the next of another archive is asked for."""
        if ref.member is None:
            return self._clinical.open(ref, header_only=header_only)
        if ref.archive != self._ref:
            self._turn_to(ref.archive)
        if ref.member >= len(self._members):
            raise ArchiveMemberUnreadable(reason="there is no such member")
        return MemberReader(self._zip, self._members[ref.member])

    def _turn_to(self, ref: BlobRef) -> None:
        self._ref = None
        self._opened.close()
        reader = self._opened.enter_context(self._clinical.open(ref))
        self._zip = self._opened.enter_context(open_archive(reader))
        self._members = file_members(self._zip)
        self._ref = ref

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._opened.close()
