"""Blank what a decision says, in whatever way Pixel Data is encoded (PS3.15 E.3.1, Clean Pixel Data)."""

from contextlib import ExitStack
from typing import NamedTuple

from shared.deid.pixels import facts
from shared.deid.pixels.blackness import black_samples
from shared.deid.pixels.cleaned import Change, Cleaned
from shared.deid.pixels.codec import FrameCodec, Target, target_of
from shared.deid.pixels.codestream import uncleanable
from shared.deid.pixels.comments import RLE_LOSSLESS, strip_comments
from shared.deid.pixels.compressed import FrameCleaner, JpegFrames, RleFrames
from shared.deid.pixels.encapsulate import Assembly
from shared.deid.pixels.facts import ImageFacts, Layout, layout_of
from shared.deid.pixels.frames import Encapsulated
from shared.deid.pixels.geometry import Areas
from shared.deid.pixels.native import Brush, blanked, check_length, stored_bits
from shared.deid.pixels.overlays import overlay_groups
from shared.dicom.pixel_data import PixelData
from shared.dicom.scan import Encoding
from shared.dicom.source import ByteSource


class Job(NamedTuple):
    """What to clean, and how.

    Attributes:
        source: the file, or its inflated form; `Header.source`.
        pixel_data: where Pixel Data lies in it.
        transfer_syntax_uid: how it is encoded.
        encoding: of the data set around it.
        image: the attributes of the image.
        areas: what to blank.
        clear_unused_bits: whether to clear the bits that belong to no sample.
        strip_comments: whether to take text out of compressed frames.
        codec: decodes and encodes frames; without it only native pixels can be blanked.
    """

    source: ByteSource
    pixel_data: PixelData
    transfer_syntax_uid: str
    encoding: Encoding
    image: ImageFacts
    areas: Areas = Areas()
    clear_unused_bits: bool = False
    strip_comments: bool = False
    codec: FrameCodec | None = None

    @property
    def blanks(self) -> bool:
        """Whether any sample is to change."""
        return bool(self.areas) or self.clear_unused_bits


def clean(job: Job) -> Cleaned:
    """Blank rectangles of pixels; every other sample keeps its value.

    Native pixels are blanked while they stream, and keep their transfer syntax. Of encapsulated ones, frames
    with something to blank are encoded anew before this function returns; the others stay as they are, unless
    the transfer syntax changes (`shared.deid.pixels.codec`).

    Raises:
        PixelsUncleanable: it cannot be done with certainty.
    """
    layout = layout_of(job.image)
    if job.pixel_data.fragments is None:
        return _native(job, layout)
    return _encapsulated(job, layout)


def _native(job: Job, layout: Layout) -> Cleaned:
    pixel_data = job.pixel_data
    check_length(layout, pixel_data)
    length = pixel_data.end - pixel_data.value
    brush = Brush(layout, _black(job, layout), job.encoding, pixel_data.vr)
    clears = job.clear_unused_bits or layout.has_spare_bits
    mask = stored_bits(layout, job.encoding) if clears else None
    chunks = blanked(job.source, pixel_data, brush, job.areas, mask)
    changes = _changes(job, {})
    groups = _removed_groups(job)
    return Cleaned(
        job.transfer_syntax_uid,
        length,
        encapsulated=False,
        chunks=chunks,
        changes=changes,
        removed_groups=groups,
    )


def _black(job: Job, layout: Layout) -> tuple[int, ...]:
    if job.pixel_data.tag != facts.PIXEL_DATA:
        return (0,) * layout.samples
    return black_samples(layout, job.image)


def _encapsulated(job: Job, layout: Layout) -> Cleaned:
    extended = facts.EXTENDED_OFFSET_TABLE in job.image
    frames = Encapsulated(job.source, job.pixel_data, layout.frames, extended=extended)
    assembly = Assembly(job.source)
    with ExitStack() as undoing:
        undoing.callback(assembly.close)
        target, photometric = _assembled(job, layout, frames, assembly)
        undoing.pop_all()
    tables = assembly.tables
    table = tables.basic if frames.has_table else b""
    told = _told(job, layout, photometric)
    changes = _changes(job, told | (_extended(*tables.extended) if extended else {}))
    return Cleaned(
        transfer_syntax_uid=target,
        length=assembly.length(table),
        encapsulated=True,
        chunks=assembly.chunks(table),
        changes=changes,
        removed_groups=_removed_groups(job),
        close=assembly.close,
    )


def _assembled(job: Job, layout: Layout, frames: Encapsulated, assembly: Assembly) -> tuple[str, str]:
    """Collect all frames; return their transfer syntax and Photometric Interpretation."""
    if not job.blanks:
        for index, fragments in enumerate(frames.frames):
            _keep(job, frames, index, fragments, assembly)
        return job.transfer_syntax_uid, layout.photometric
    cleaner, target = frame_cleaner(job, layout)
    # A JPEG tells itself which bits its samples have.
    has_spare_bits = layout.has_spare_bits and isinstance(cleaner, RleFrames)
    clears = job.clear_unused_bits or has_spare_bits
    touches_all = job.clear_unused_bits or target.uid != job.transfer_syntax_uid
    photometrics = set()
    for index, fragments in enumerate(frames.frames):
        rectangles = job.areas.of(index)
        if rectangles or touches_all:
            new = cleaner.blank(frames.read(index), rectangles, clear=clears)
            assembly.add(new.frame)
            photometrics.add(new.photometric)
        else:
            _keep(job, frames, index, fragments, assembly)
            photometrics.add(layout.photometric)
    if len(photometrics) != 1:
        raise uncleanable("frames of several colour spaces")
    return target.uid, photometrics.pop()


def _keep(
    job: Job, frames: Encapsulated, index: int, fragments: tuple[tuple[int, int], ...], assembly: Assembly
) -> None:
    if job.strip_comments and job.transfer_syntax_uid != RLE_LOSSLESS:
        assembly.add(strip_comments(frames.read(index)))
    else:
        assembly.keep(fragments)


def frame_cleaner(job: Job, layout: Layout) -> tuple[FrameCleaner, Target]:
    """What blanks frames of this transfer syntax, and what becomes of it.

    Raises:
        PixelsUncleanable: nothing here can.
    """
    target = target_of(job.transfer_syntax_uid, layout.samples)
    if target is None:
        raise uncleanable("a transfer syntax that cannot be cleaned")
    # RLE needs no codec, but the arrays that are installed with one.
    if job.codec is None:
        raise uncleanable("no image codecs are installed")
    layout.check_frame()
    black = black_samples(layout, job.image)
    if target.family == "rle":
        return RleFrames(layout, black), target
    return JpegFrames(layout, black, target, job.codec), target


def _changes(job: Job, told: dict[int, Change]) -> tuple[Change, ...]:
    """What the header says anew: nothing is burned in any more, and the extremes may have changed.

    Lossy Image Compression (0028,2110) stays as it was: what was lost does not come back.
    """
    changes = dict(told)
    if job.areas:
        changes[facts.BURNED_IN_ANNOTATION] = Change(facts.BURNED_IN_ANNOTATION, "CS", "NO")
        for tag in (facts.SMALLEST_IMAGE_PIXEL_VALUE, facts.LARGEST_IMAGE_PIXEL_VALUE):
            if tag in job.image:
                changes[tag] = Change(tag, "US", None)
    return tuple(changes[tag] for tag in sorted(changes))


def _told(job: Job, layout: Layout, photometric: str) -> dict[int, Change]:
    """Colours as they are encoded now; by pixel, which is the only way in the JPEGs (PS3.5 section 8.2)."""
    told = {}
    if photometric != layout.photometric:
        tag = facts.PHOTOMETRIC_INTERPRETATION
        told[tag] = Change(tag, "CS", photometric)
    if layout.planar and job.blanks and job.transfer_syntax_uid != RLE_LOSSLESS:
        told[facts.PLANAR_CONFIGURATION] = Change(facts.PLANAR_CONFIGURATION, "US", 0)
    return told


def _extended(offsets: bytes, lengths: bytes) -> dict[int, Change]:
    tags = facts.EXTENDED_OFFSET_TABLE, facts.EXTENDED_OFFSET_TABLE_LENGTHS
    return {tags[0]: Change(tags[0], "OV", offsets), tags[1]: Change(tags[1], "OV", lengths)}


def _removed_groups(job: Job) -> tuple[int, ...]:
    return overlay_groups(job.image) if job.clear_unused_bits else ()
