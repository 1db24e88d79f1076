"""Text inside compressed frames, for the release gate and for those who want it out; nothing is decoded."""

from collections.abc import Iterator

from shared.deid.pixels import jpeg, jpeg2000
from shared.deid.pixels.codestream import Damaged, uncleanable
from shared.deid.pixels.frames import Fragment
from shared.dicom.pixel_data import PixelData
from shared.dicom.source import ByteSource

RLE_LOSSLESS = "1.2.840.10008.1.2.5"
#: its metadata may be compressed, so that nobody finds a text in it
_JPEG_XL = frozenset({"1.2.840.10008.1.2.4.110", "1.2.840.10008.1.2.4.111", "1.2.840.10008.1.2.4.112"})
_STARTS = (jpeg.START, jpeg2000.START, jpeg2000.BOX_START)
_LONGEST_START = max(map(len, _STARTS))


def comments(source: ByteSource, pixel_data: PixelData, transfer_syntax_uid: str) -> Iterator[bytes]:
    """Yield every stretch of encapsulated Pixel Data that may hold text beside the picture.

    A frame that cannot be taken apart is yielded whole: what is not understood is searched. Native and RLE
    pixels have no place for text.

    Raises:
        PixelsUncleanable: text may stand there that cannot be searched.
    """
    if transfer_syntax_uid in _JPEG_XL:
        raise uncleanable("metadata of JPEG XL may be compressed")
    if pixel_data.fragments is None or transfer_syntax_uid == RLE_LOSSLESS:
        return
    for image in _images(source, pixel_data.fragments[1:]):
        yield from _comments(image)


def _images(source: ByteSource, fragments: tuple[Fragment, ...]) -> Iterator[bytes]:
    """Put the fragments of one image together: the next one begins with its start."""
    image: list[Fragment] = []
    for fragment in fragments:
        if image and source.read(fragment[0], _LONGEST_START).startswith(_STARTS):
            yield _joined(source, image)
            image = []
        image.append(fragment)
    yield _joined(source, image)


def _joined(source: ByteSource, image: list[Fragment]) -> bytes:
    if len(image) == 1:
        return source.read(*image[0])
    return b"".join(source.read(*fragment) for fragment in image)


def _comments(image: bytes) -> Iterator[bytes]:
    found = jpeg.comments if image.startswith(jpeg.START) else jpeg2000.comments
    try:
        yield from list(found(image))
    except Damaged:
        yield image


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
