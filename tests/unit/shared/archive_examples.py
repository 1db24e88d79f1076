"""Archives in memory."""

from shared.archive import (
    StoredArchive,
    open_archive,
)
from shared.dicom.source import MemorySource
from shared.errors import ArchiveUnreadable

CENTRAL_DIRECTORY, END = b"PK\1\2", b"PK\5\6"
EDITIONS = ("PS3.15 2026c Table E.1-1",)
MEMBERS = {"000000.dcm": b"first", "000001.dcm": b"", "folder/000002.dcm": bytes(range(256)) * 10}


class Sink:
    """Something to write to that has no positions and cannot be read."""

    def __init__(self) -> None:
        self.content = bytearray()

    def write(self, data: bytes) -> int:
        """Append `data`."""
        self.content += data
        return len(data)


def archive_of(members: dict[str, bytes], *, index: bool = True) -> bytes:
    """An archive with these members, each written in chunks of three bytes."""
    sink = Sink()
    with StoredArchive(sink) as archive:
        for name, content in members.items():
            archive.add(name, len(content), (content[at : at + 3] for at in range(0, len(content), 3)))
        if index:
            archive.add_index(EDITIONS)
    return bytes(sink.content)


def opened(content: bytes) -> str:
    """What opening gives: `ok` or `archive_unreadable`."""
    try:
        with open_archive(MemorySource(content)):
            return "ok"
    except ArchiveUnreadable as error:
        return error.code
