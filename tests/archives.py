"""ZIP archives for tests, the crafted and the broken ones too."""

import io
import struct
import warnings
import zipfile
from collections.abc import Sequence
from typing import NamedTuple

_END, _END_SIZE = b"PK\5\6", 22
_LOCAL_SIZE, _CENTRAL_SIZE = 30, 46


class Field(NamedTuple):
    """Where a field of a member stands in its local and in its central header (APPNOTE 4.3.7 and 4.3.12)."""

    local: int
    central: int
    layout: str


FLAGS = Field(6, 8, "<H")
METHOD = Field(8, 10, "<H")
CRC = Field(14, 16, "<L")
COMPRESSED_SIZE = Field(18, 20, "<L")
SIZE = Field(22, 24, "<L")

#: flags (APPNOTE 4.4.4)
ENCRYPTED, STRONGLY_ENCRYPTED, PATCH_DATA, UTF_8 = 0x1, 0x41, 0x20, 0x800


def zipped(members: Sequence[tuple[str, bytes]], method: int = zipfile.ZIP_STORED) -> bytes:
    """An archive of members by name, in their order; a name may come twice."""
    content = io.BytesIO()
    with warnings.catch_warnings(), zipfile.ZipFile(content, "w", method) as archive:
        warnings.simplefilter("ignore")  # names that come twice
        for name, data in members:
            info = zipfile.ZipInfo(name or "x", (2024, 1, 1, 0, 0, 0))
            # Set afterwards, for what no tool would write is just what is wanted here.
            info.filename = name
            archive.writestr(info, data, compress_type=method)
    return content.getvalue()


def patched(archive: bytes, member: int, field: Field, value: int, *, both: bool = True) -> bytes:
    """The archive with another value in a field of one member, in both of its headers or the central one."""
    content = bytearray(archive)
    central, local = _headers(archive)[member]
    struct.pack_into(field.layout, content, central + field.central, value)
    if both:
        struct.pack_into(field.layout, content, local + field.local, value)
    return bytes(content)


def with_entry_again(archive: bytes, member: int, times: int) -> bytes:
    """The archive with the central header of one member once more, any number of times."""
    central, _ = _headers(archive)[member]
    end = archive.rindex(_END)
    name, extra, comment = struct.unpack_from("<HHH", archive, central + 28)
    entry = archive[central : central + _CENTRAL_SIZE + name + extra + comment]
    count, size = struct.unpack_from("<HL", archive, end + 10)
    content = bytearray(archive[:end] + entry * times + archive[end:])
    place = end + len(entry) * times
    struct.pack_into("<HHL", content, place + 8, count + times, count + times, size + len(entry) * times)
    return bytes(content)


def with_damaged_data(archive: bytes, member: int) -> bytes:
    """The archive with a few other bytes in the middle of the data of one member."""
    content = bytearray(archive)
    _, local = _headers(archive)[member]
    (size,) = struct.unpack_from("<L", archive, local + COMPRESSED_SIZE.local)
    name, extra = struct.unpack_from("<HH", archive, local + 26)
    middle = local + _LOCAL_SIZE + name + extra + size // 2
    content[middle : middle + 4] = bytes(each ^ 0xFF for each in content[middle : middle + 4])
    return bytes(content)


def with_name_in_local_header(archive: bytes, member: int, name: bytes) -> bytes:
    """The archive with another name of the same length in the local header of one member."""
    content = bytearray(archive)
    _, local = _headers(archive)[member]
    content[local + _LOCAL_SIZE : local + _LOCAL_SIZE + len(name)] = name
    return bytes(content)


def _headers(archive: bytes) -> list[tuple[int, int]]:
    """Where the central and the local header of each member start."""
    end = archive.rindex(_END)
    assert end == len(archive) - _END_SIZE, "an archive without a comment"
    count, _, position = struct.unpack_from("<HLL", archive, end + 10)
    found = []
    for _ in range(count):
        name, extra, comment = struct.unpack_from("<HHH", archive, position + 28)
        (local,) = struct.unpack_from("<L", archive, position + 42)
        found.append((position, local))
        position += _CENTRAL_SIZE + name + extra + comment
    return found
