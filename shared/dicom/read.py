"""Read the header of a DICOM file by ranged reads, never the whole file where that suffices (PS3.10)."""

import zlib
from functools import lru_cache
from struct import pack
from typing import NamedTuple

from shared.dicom.dictionary import transfer_syntaxes
from shared.dicom.known import KnownLevels, Level
from shared.dicom.pixel_data import PixelData, locate_pixel_data
from shared.dicom.scan import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    Element,
    Encoding,
    EndOfWindow,
    Limits,
    Scanner,
)
from shared.dicom.source import HEADER_BYTES, ByteSource, Fronted, MemorySource
from shared.errors import (
    FileMetaMissing,
    LimitExceeded,
    Malformed,
    NotDicom,
    TransferSyntaxUnknown,
    Truncated,
)

IMPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2"
EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN = "1.2.840.10008.1.2.1.99"
EXPLICIT_VR_BIG_ENDIAN = "1.2.840.10008.1.2.2"
NATIVE = frozenset(
    {
        IMPLICIT_VR_LITTLE_ENDIAN,
        EXPLICIT_VR_LITTLE_ENDIAN,
        DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN,
        EXPLICIT_VR_BIG_ENDIAN,
    }
)
TRANSFER_SYNTAX_UID = 0x00020010
MEDIA_STORAGE_SOP_CLASS_UID = 0x00020002
#: Media Storage SOP Class UID of a DICOMDIR (PS3.10 section 8.6)
MEDIA_STORAGE_DIRECTORY = "1.2.840.10008.1.3.10"

DEFAULT_LIMITS = Limits()
_UNLIMITED = Limits(*(1 << 62 for _ in Limits._fields))

_KNOWN_META, _KNOWN_DATA_SETS = KnownLevels(), KnownLevels()
_WINDOW_GROWTH = 8
# the longest header of an element (PS3.5 Table 7.1-1)
_ELEMENT_HEADER = 12
# The groups that a file starts with: File Meta Information, directory, or data set without either.
_FIRST_GROUPS = frozenset({b"\2\0", b"\4\0", b"\x08\0"})


class Header(NamedTuple):
    """Everything of a file but its pixels.

    Attributes:
        buffer: the bytes from the file's start that hold meta information and data set up to Pixel Data.
        meta: elements of the File Meta Information.
        elements: elements of the data set before Pixel Data.
        trailer: bytes behind Pixel Data; `trailing` are the elements in them.
        source: where Pixel Data is to be read from: the file, or its inflated form.
    """

    buffer: bytes
    transfer_syntax_uid: str
    encoding: Encoding
    meta: Level
    elements: Level
    pixel_data: PixelData | None
    trailer: bytes
    trailing: tuple[Element, ...]
    source: ByteSource

    @property
    def media_storage_sop_class_uid(self) -> str:
        """Media Storage SOP Class UID of the meta information; empty if there is none."""
        found = (each for each in self.meta if each.tag == MEDIA_STORAGE_SOP_CLASS_UID)
        element = next(found, None)
        return _ascii(self.buffer, element) if element else ""


class DataSetStart(NamedTuple):
    """Where the data set of a file starts and how it is encoded.

    Attributes:
        window: the file's first bytes, which hold `meta`.
        source: the file, or its inflated form.
        position: of the data set's first byte in `source`.
    """

    window: bytes
    meta: Level
    transfer_syntax_uid: str
    encoding: Encoding
    source: Fronted
    position: int


def find_data_set(source: ByteSource, limits: Limits, *, force: bool = False) -> DataSetStart:
    """Read the File Meta Information; errors are those of `read_header`."""
    if source.size > limits.file_bytes:
        raise LimitExceeded(limit="file_bytes", allowed=limits.file_bytes)
    window, meta, position = _read_meta(source, limits)
    transfer_syntax_uid = _transfer_syntax(window, meta) if meta else _guess(window, position, force=force)
    if transfer_syntax_uid == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        source = _inflated(source, position, limits)
        window = source.read(0, HEADER_BYTES)
    encoding = encoding_of(transfer_syntax_uid)
    return DataSetStart(window, meta, transfer_syntax_uid, encoding, Fronted(window, source), position)


def read_header(source: ByteSource, limits: Limits = DEFAULT_LIMITS, *, force: bool = False) -> Header:
    """Read all of a file but its pixels; `force` accepts a data set without File Meta Information.

    Raises:
        NotDicom: the file is no DICOM.
        FileMetaMissing: it is a data set without File Meta Information, and `force` is off.
        TransferSyntaxUnknown: its transfer syntax is missing or unknown.
        Truncated: it ends before its content does.
        Malformed: its encoding is broken.
        LimitExceeded: it asks for more than `limits` allow.
    """
    window, meta, syntax, encoding, source, position = find_data_set(source, limits, force=force)
    buffer, elements, stop = _scan_growing(source, window, position, encoding, limits)
    pixel_data = locate_pixel_data(source, stop, encoding, limits) if stop < len(buffer) else None
    trailer, trailing = read_trailer(source, pixel_data.end, encoding, limits) if pixel_data else (b"", ())
    return Header(buffer, syntax, encoding, meta, elements, pixel_data, trailer, trailing, source.source)


def _ascii(buffer: bytes, element: Element) -> str:
    return buffer[element.value : element.end].rstrip(b"\0 ").decode("ascii", "replace")


def read_accepted(source: ByteSource) -> Header:
    """Read the header of an instance that validation accepted, whatever its policy let in."""
    return read_header(source, _UNLIMITED, force=True)


def looks_like_dicom(head: bytes) -> bool:
    """Tell by the first bytes of a file whether it may be DICOM, with or without File Meta Information."""
    return head[128:132] == b"DICM" or (head[:2] in _FIRST_GROUPS and head[3:4] == b"\0")


def is_media_directory(head: bytes) -> bool:
    """Tell by the first bytes of a file whether it is a DICOMDIR."""
    # The preamble may hold anything; no padding ends a UID of even length.
    uid = MEDIA_STORAGE_DIRECTORY.encode()
    start = 132 if head[128:132] == b"DICM" else 0
    return looks_like_dicom(head) and pack("<HH2sH", 2, 2, b"UI", len(uid)) + uid in head[start:]


def _read_meta(source: ByteSource, limits: Limits) -> tuple[bytes, Level, int]:
    """Read windows until one holds the whole File Meta Information; return where the data set starts."""
    window = source.read(0, HEADER_BYTES)
    while True:
        try:
            return window, *_scan_meta(window, source.size, limits)
        except EndOfWindow as error:
            if len(window) >= source.size:
                raise Truncated(part="File Meta Information") from error
        window = _grown(source, window, limits)


def _scan_meta(window: bytes, size: int, limits: Limits) -> tuple[Level, int]:
    # The prefix may also stand there by chance, in the data set of a file without preamble.
    prefixed = window[128:132] == b"DICM" and window[132:134] in _FIRST_GROUPS
    position = 132 if prefixed else 0
    start = position
    known = _KNOWN_META.find(window, start, (start, limits))
    if known is not None and _ends_at(known[-1].end, window):
        return known, known[-1].end
    scanner = Scanner(window, EXPLICIT_LITTLE, limits)
    elements = list[Element]()
    while window[position : position + 2] == b"\2\0":
        elements.append(scanner.next_element(position))
        position = elements[-1].end
    if position + 2 > len(window) and len(window) < size:
        raise EndOfWindow
    level = Level(elements)
    if elements:
        _KNOWN_META.add(window, start, position, (start, limits), level)
    return level, position


def _ends_at(position: int, window: bytes) -> bool:
    """Whether the File Meta Information surely goes no further."""
    follower = window[position : position + 2]
    return len(follower) == 2 and follower != b"\2\0"


def _transfer_syntax(window: bytes, meta: tuple[Element, ...]) -> str:
    for element in meta:
        if element.tag == TRANSFER_SYNTAX_UID:
            return _registered(window[element.value : element.end])
    raise TransferSyntaxUnknown(reason="missing")


@lru_cache(maxsize=128)
def _registered(raw: bytes) -> str:
    uid = raw.rstrip(b"\0 ").decode("ascii", "replace")
    if uid not in transfer_syntaxes():
        raise TransferSyntaxUnknown(reason="not registered")
    return uid


def encoding_of(transfer_syntax_uid: str) -> Encoding:
    """The encoding of a data set in this transfer syntax (PS3.5 section 10)."""
    if transfer_syntax_uid == IMPLICIT_VR_LITTLE_ENDIAN:
        return IMPLICIT_LITTLE
    return EXPLICIT_BIG if transfer_syntax_uid == EXPLICIT_VR_BIG_ENDIAN else EXPLICIT_LITTLE


def _guess(window: bytes, start: int, *, force: bool) -> str:
    """Without File Meta Information a data set starts with group 0008 in little endian."""
    head = window[start : start + 8]
    if len(head) < 8 or head[:2] not in {b"\x08\0", b"\x04\0"}:
        raise NotDicom
    if not force:
        raise FileMetaMissing
    explicit = head[4:6].isalpha() and head[4:6].isupper()
    return EXPLICIT_VR_LITTLE_ENDIAN if explicit else IMPLICIT_VR_LITTLE_ENDIAN


def _scan_growing(
    source: ByteSource, window: bytes, start: int, encoding: Encoding, limits: Limits
) -> tuple[bytes, Level, int]:
    """Scan with a window that grows until it holds everything up to Pixel Data."""
    known = _KNOWN_DATA_SETS.find(window, start, (start, encoding, limits))
    if known is not None and known[-1].end + _ELEMENT_HEADER <= len(window):
        return window, known, known[-1].end
    while True:
        try:
            elements, stop = Scanner(window, encoding, limits).data_set(start, len(window))
            complete = stop < len(window) or len(window) >= source.size
        except EndOfWindow as error:
            if len(window) >= source.size:
                raise Truncated(part="data set") from error
            complete = False
        if complete and stop <= limits.header_bytes:
            level = Level(elements)
            if elements and stop + 4 <= len(window):
                # With the tag of Pixel Data, so that it is known to follow.
                _KNOWN_DATA_SETS.add(window, start, stop + 4, (start, encoding, limits), level)
            return window, level, stop
        window = _grown(source, window, limits)


def _grown(source: ByteSource, window: bytes, limits: Limits) -> bytes:
    if len(window) >= limits.header_bytes:
        raise LimitExceeded(limit="header_bytes", allowed=limits.header_bytes)
    return source.read(0, min(len(window) * _WINDOW_GROWTH, limits.header_bytes))


def read_trailer(
    source: ByteSource, start: int, encoding: Encoding, limits: Limits
) -> tuple[bytes, tuple[Element, ...]]:
    """Read what stands behind Pixel Data: padding, digital signatures, or garbage.

    Raises:
        Truncated, Malformed, LimitExceeded: as `read_header`.
    """
    length = source.size - start
    if length > limits.header_bytes:
        raise LimitExceeded(limit="header_bytes", allowed=limits.header_bytes)
    trailer = source.read(start, length)
    if not trailer.strip(b"\0"):
        return b"", ()
    try:
        elements, stop = Scanner(trailer, encoding, limits, base=start).data_set(0, len(trailer))
    except EndOfWindow as error:
        raise Truncated(part="data set behind Pixel Data") from error
    if stop < len(trailer):
        raise Malformed(reason="Pixel Data twice", offset=start + stop)
    return trailer, tuple(elements)


def _inflated(source: ByteSource, start: int, limits: Limits) -> MemorySource:
    """Inflate a deflated data set (PS3.5 Annex A.5) in memory, bounded by the limits."""
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    deflated = source.read(start, min(source.size - start, limits.header_bytes))
    try:
        content = inflater.decompress(deflated, limits.header_bytes + 1)
    except zlib.error as error:
        raise Malformed(reason="deflated data set") from error
    if len(content) > limits.header_bytes or (not inflater.eof and start + len(deflated) < source.size):
        raise LimitExceeded(limit="header_bytes", allowed=limits.header_bytes)
    if not inflater.eof:
        raise Truncated(part="deflated data set")
    return MemorySource(source.read(0, start) + content)
