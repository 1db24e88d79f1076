"""Text inside compressed frames, for the release gate and for those who want it out; nothing is decoded."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice, pairwise
from struct import iter_unpack
from typing import NamedTuple

from shared.deid.pixels import jpeg, jpeg2000
from shared.deid.pixels.codestream import Damaged, uncleanable
from shared.deid.pixels.frames import Fragment
from shared.deid.pixels.windows import windows
from shared.dicom.pixel_data import PixelData
from shared.dicom.source import ByteSource, MemorySource

RLE_LOSSLESS = "1.2.840.10008.1.2.5"
#: its metadata may be compressed, so that nobody finds a text in it
_JPEG_XL = frozenset({"1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112"})
_STARTS = (jpeg.START, jpeg2000.START, jpeg2000.BOX_START)
_CHUNK_BYTES = 256 << 10
# Larger ones are videos, if anything, and cannot be in memory as a whole.
_LARGEST_IMAGE = 64 << 20
_WINDOW = 4 << 20
# With more of them an image is searched whole, which costs less.
_MOST_COMMENTS = 10_000
_LONGEST_START = max(map(len, _STARTS))


class Stretch(NamedTuple):
    """A part of the value of Pixel Data, and what in it may be text."""

    content: bytes
    texts: Iterable[bytes]


def comments(source: ByteSource, pixel_data: PixelData, transfer_syntax_uid: str) -> Iterator[bytes]:
    """Yield every stretch of encapsulated Pixel Data that may hold text beside the picture.

    A frame that cannot be taken apart is yielded whole, or in parts that overlap if it is large, and so is an
    offset table without offsets: what is not understood is searched. Native and RLE pixels have no place
    for text.

    Raises:
        PixelsUncleanable: text may stand there that cannot be searched.
    """
    for stretch in stretches(source, pixel_data, transfer_syntax_uid):
        yield from stretch.texts


def stretches(source: ByteSource, pixel_data: PixelData, transfer_syntax_uid: str) -> Iterator[Stretch]:
    """Yield the whole value of Pixel Data, image by image, so that it is read once.

    Raises:
        PixelsUncleanable: text may stand there that cannot be searched.
    """
    if transfer_syntax_uid in _JPEG_XL:
        raise uncleanable("metadata of JPEG XL may be compressed")
    position = pixel_data.value
    if pixel_data.fragments and pixel_data.fragments[0][1]:
        table = source.read(*pixel_data.fragments[0])
        if not _has_offsets(table, pixel_data.end - position):
            yield Stretch(source.read(position, sum(pixel_data.fragments[0]) - position), (table,))
            position = sum(pixel_data.fragments[0])
    if pixel_data.fragments and transfer_syntax_uid != RLE_LOSSLESS:
        for image in _images(source, pixel_data.fragments[1:]):
            yield Stretch(source.read(position, image[0][0] - position), ())
            yield from _image(source, image)
            position = sum(image[-1])
    for start in range(position, pixel_data.end, _CHUNK_BYTES):
        yield Stretch(source.read(start, min(_CHUNK_BYTES, pixel_data.end - start)), ())


def _has_offsets(table: bytes, size: int) -> bool:
    """Tell whether the first fragment is a Basic Offset Table (PS3.5 section A.4), and no place for text."""
    if len(table) % 4:
        return False
    offsets = [offset for (offset,) in iter_unpack("<I", table)]
    return all(one < other < size for one, other in pairwise([-1, *offsets])) and offsets[:1] in ([], [0])


def _images(source: ByteSource, fragments: Sequence[Fragment]) -> Iterator[list[Fragment]]:
    """Put the fragments of one image together: the next one begins with its start."""
    image: list[Fragment] = []
    for fragment in fragments:
        if image and source.read(fragment[0], _LONGEST_START).startswith(_STARTS):
            yield image
            image = []
        image.append(fragment)
    if image:
        yield image


def _image(source: ByteSource, fragments: list[Fragment]) -> Iterator[Stretch]:
    first, end = fragments[0][0], sum(fragments[-1])
    if end - first > _LARGEST_IMAGE:
        yield from _searched(source, first, end)
        return
    content = source.read(first, end - first)
    image = content
    if len(fragments) > 1:
        image = b"".join(content[offset - first : offset - first + length] for offset, length in fragments)
    yield Stretch(content, _comments(image))


def _searched(source: ByteSource, first: int, end: int) -> Iterator[Stretch]:
    for text in windows(source, first, end, _WINDOW):
        yield Stretch(text[:_WINDOW], [text])


def _comments(image: bytes) -> Iterable[bytes]:
    found = jpeg.comments if image.startswith(jpeg.START) else jpeg2000.comments
    try:
        texts = [*islice(found(image), _MOST_COMMENTS + 1)]
    except Damaged:
        texts = []
    else:
        if len(texts) <= _MOST_COMMENTS:
            return texts
    return windows(MemorySource(image), 0, len(image), _WINDOW)


def strip_comments(frame: bytes) -> bytes:
    """Take the comments out of a compressed frame; every sample stays what it is.

    Raises:
        PixelsUncleanable: the frame cannot be taken apart.
    """
    strip = jpeg.strip if frame.startswith(jpeg.START) else jpeg2000.strip
    try:
        return strip(frame)
    except Damaged as error:
        raise uncleanable("a damaged frame") from error
