"""Which fragments make which frame of encapsulated Pixel Data (PS3.5 Annex A.4)."""

from struct import iter_unpack

from shared.deid.pixels import jpeg, jpeg2000
from shared.deid.pixels.codestream import uncleanable
from shared.dicom.pixel_data import PixelData
from shared.dicom.source import ByteSource

#: offset and length in the source
Fragment = tuple[int, int]


class Encapsulated:
    """Encapsulated Pixel Data by frame."""

    def __init__(self, source: ByteSource, pixel_data: PixelData, frames: int, *, extended: bool) -> None:
        """Tell the frames apart; `extended` says that there is an Extended Offset Table.

        Raises:
            PixelsUncleanable: nobody can say where a frame begins.
        """
        self._source = source
        table, *fragments = pixel_data.fragments or ((0, 0),)
        offsets = [offset for (offset,) in iter_unpack("<I", source.read(table[0], table[1] // 4 * 4))]
        self.has_table = bool(offsets)
        self.frames = _frames(source, fragments, frames, offsets)
        if extended and any(len(each) != 1 for each in self.frames):
            raise uncleanable("an Extended Offset Table over frames of several fragments")

    def read(self, frame: int) -> bytes:
        """The bytes of one frame."""
        return b"".join(self._source.read(offset, length) for offset, length in self.frames[frame])


def _frames(
    source: ByteSource, fragments: list[Fragment], count: int, offsets: list[int]
) -> list[tuple[Fragment, ...]]:
    if len(fragments) == count:
        return [(each,) for each in fragments]
    if count == 1:
        return [tuple(fragments)]
    starts = _listed(fragments, offsets) if offsets else _recognised(source, fragments)
    if len(starts) != count or starts[0] != 0:
        raise uncleanable("frames that cannot be told apart")
    ends = [*starts[1:], len(fragments)]
    return [tuple(fragments[start:end]) for start, end in zip(starts, ends, strict=True)]


def _listed(fragments: list[Fragment], offsets: list[int]) -> list[int]:
    """The fragments at which the Basic Offset Table says that frames begin."""
    first = fragments[0][0] if fragments else 0
    positions = {offset - first: index for index, (offset, _) in enumerate(fragments)}
    starts = [positions.get(offset, -1) for offset in offsets]
    if any(after <= before for before, after in zip([-1, *starts], starts, strict=False)):
        raise uncleanable("a Basic Offset Table that points nowhere")
    return starts


def _recognised(source: ByteSource, fragments: list[Fragment]) -> list[int]:
    """The fragments that begin as a JPEG or JPEG 2000 codestream does."""
    starts = (jpeg.START, jpeg2000.START)
    return [index for index, (offset, _) in enumerate(fragments) if source.read(offset, 4).startswith(starts)]
