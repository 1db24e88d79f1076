"""Images of every layout for tests of Clean Pixel Data, and whole files made of what comes out.

Originals are written and results are read by pydicom, whose decoders are others than ours.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pydicom import dcmread
from pydicom.pixels import get_decoder
from pydicom.uid import ExplicitVRLittleEndian, RLELossless

from shared.adapters.imagecodecs import ImagecodecsFrames
from shared.deid.header import encode
from shared.deid.pixels import rle as rle_frames
from shared.deid.pixels.clean import Job, clean
from shared.deid.pixels.cleaned import Cleaned
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.deid.pixels.policy import PixelPolicy, load_policies, parse_policy
from shared.dicom.dataset import DataSet
from shared.dicom.read import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, Header, read_accepted
from shared.dicom.source import MemorySource
from tests.images import ct_image, part10

DEFAULT: PixelPolicy = load_policies(Path(__file__).parents[1] / "rulesets" / "pixels")["default"]
RECTANGLE = Rectangle(2, 1, 3, 2)


class Facts:
    """An image's facts, given by tag."""

    def __init__(self, values: Mapping[int, Any]) -> None:
        self._values = values

    def __contains__(self, tag: int) -> bool:
        return tag in self._values

    def text(self, tag: int) -> str:
        """All values joined by backslashes."""
        return str(self._values.get(tag, ""))

    def number(self, tag: int) -> int | None:
        """The first value as a whole number."""
        first = self.text(tag).partition("\\")[0]
        return int(first) if first.lstrip("+-").isdecimal() else None

    def items(self, tag: int) -> Iterable["Facts"]:
        """The items of a sequence."""
        return [Facts(item) for item in self._values.get(tag, ())]


class Overlaid:
    """The facts of an image with further numbers."""

    def __init__(self, image: Any, numbers: Mapping[int, int]) -> None:
        self._image, self._numbers = image, numbers

    def __contains__(self, tag: int) -> bool:
        return tag in self._numbers or tag in self._image

    def __getattr__(self, name: str) -> Any:
        return getattr(self._image, name)

    def number(self, tag: int) -> int | None:
        """The first value as a whole number."""
        return self._numbers.get(tag, self._image.number(tag))


class Frames(NamedTuple):
    """The samples of an image: frames, rows, columns and, of several, samples."""

    array: NDArray[Any]
    photometric: str = "MONOCHROME2"
    bits_stored: int = 0
    planar: bool = False

    @property
    def attributes(self) -> dict[str, Any]:
        """The Image Pixel Module, and a modality without a black of its own."""
        frames, rows, columns, *samples = self.array.shape
        bits = self.array.dtype.itemsize * 8
        stored = self.bits_stored or bits
        return {
            "Modality": "OT",
            "SamplesPerPixel": samples[0] if samples else 1,
            "PhotometricInterpretation": self.photometric,
            "PlanarConfiguration": int(self.planar) if samples else None,
            "NumberOfFrames": frames,
            "Rows": rows,
            "Columns": columns,
            "BitsAllocated": bits,
            "BitsStored": stored,
            "HighBit": stored - 1,
            "PixelRepresentation": int(self.array.dtype.kind == "i"),
        }

    @property
    def native(self) -> bytes:
        """The value of native Pixel Data."""
        array = np.moveaxis(self.array, -1, 1) if self.planar else self.array
        content = array.tobytes()
        return content + b"\0" * (len(content) % 2)


def noise(*shape: int, kind: str = "u2", bits: int = 0, seed: int = 1) -> NDArray[Any]:
    """Random samples of this shape and kind."""
    dtype = np.dtype(kind)
    bits = bits or dtype.itemsize * 8
    low = -(1 << bits - 1) if dtype.kind == "i" else 0
    return np.random.default_rng(seed).integers(low, low + (1 << bits), shape).astype(dtype)


def native_file(
    frames: Frames, syntax: str = ExplicitVRLittleEndian, *, vr: str = "", **changes: Any
) -> bytes:
    """A file with native pixels; pydicom chooses their VR unless it is given."""
    image = ct_image(**{**frames.attributes, "PixelData": frames.native, **changes})
    if vr:
        image["PixelData"].VR = vr
    return part10(image, syntax)


def fragments_value(fragments: Sequence[bytes], table: Sequence[int] = ()) -> bytes:
    """The value of encapsulated Pixel Data, its end marker left to pydicom."""
    even = [each + b"\0" * (len(each) % 2) for each in fragments]
    items = [b"".join(offset.to_bytes(4, "little") for offset in table), *even]
    return b"".join(b"\xfe\xff\x00\xe0" + len(item).to_bytes(4, "little") + item for item in items)


def encapsulated_file(
    frames: Frames, fragments: Sequence[bytes], syntax: str, table: Sequence[int] = (), **changes: Any
) -> bytes:
    """A file with encapsulated pixels."""
    image = ct_image(**{**frames.attributes, "PixelData": fragments_value(fragments, table), **changes})
    image["PixelData"].VR = "OB"
    image["PixelData"].is_undefined_length = True
    return part10(image, syntax)


def rle_file(frames: Frames, table: Sequence[int] = (), **changes: Any) -> bytes:
    """A file with pixels in RLE."""
    fragments = [rle_frames.encode(frame) for frame in frames.array]
    return encapsulated_file(frames, fragments, RLELossless, table, **changes)


@cache
def codec() -> ImagecodecsFrames:
    """The image codecs."""
    return ImagecodecsFrames()


def job_of(content: bytes, *rectangles: Rectangle, **changes: Any) -> Job:
    """What is to be done to a file in memory."""
    header = read_accepted(MemorySource(content))
    assert header.pixel_data is not None
    job = Job(
        source=header.source,
        pixel_data=header.pixel_data,
        transfer_syntax_uid=header.transfer_syntax_uid,
        encoding=header.encoding,
        image=DataSet.of(header),
        areas=Areas(rectangles),
        codec=codec(),
    )
    return job._replace(**changes)


def cleaned(content: bytes, *rectangles: Rectangle, **changes: Any) -> bytes:
    """Blank rectangles in a file, and write it whole."""
    return written(read_accepted(MemorySource(content)), clean(job_of(content, *rectangles, **changes)))


def written(header: Header, result: Cleaned) -> bytes:
    """The file with its new pixels, in the way in which the product puts files together."""
    value = b"".join(result.chunks)
    assert len(value) == result.length
    syntax = result.transfer_syntax_uid
    if syntax == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN:
        syntax = ExplicitVRLittleEndian
    data_set, pixel_data = DataSet.of(header), header.pixel_data
    assert pixel_data is not None
    changed = {change.tag: change.encoded(header.encoding) for change in result.changes}
    kept = {
        element.tag: header.buffer[element.start : element.end]
        for element in data_set.elements
        if element.tag >> 16 not in result.removed_groups
    }
    elements = [element for _, element in sorted({**kept, **changed}.items())]
    meta = encode.file_meta(data_set.text(0x00080016), data_set.text(0x00080018), syntax)
    pixels = encode.element(
        pixel_data.tag, pixel_data.vr, value, header.encoding, undefined=result.encapsulated
    )
    return b"".join([meta, *elements, pixels, header.trailer])


def decoded(content: bytes, *, rgb: bool = False) -> NDArray[Any]:
    """All frames of a file as pydicom decodes them, colours as they are stored or as RGB."""
    data_set = dcmread(io.BytesIO(content), force=True)
    array, facts = get_decoder(data_set.file_meta.TransferSyntaxUID).as_array(data_set, raw=not rgb)
    return array if int(facts["number_of_frames"]) > 1 else array[None]


def inside(shape: Sequence[int], rectangle: Rectangle) -> NDArray[Any]:
    """Which pixels of a frame a rectangle covers."""
    mask = np.zeros(shape[1:3], bool)
    mask[rectangle.y : rectangle.bottom, rectangle.x : rectangle.right] = True
    return mask


def policy(rule: str, **keys: str) -> PixelPolicy:
    """A policy of one rule, given as YAML of its keys but name and reason."""
    body = "\n".join(f"    {line}" for line in rule.strip().splitlines())
    head = "\n".join(f"{key}: {value}" for key, value in keys.items())
    text = f"name: one\ndescription: One.\n{head}\nrules:\n  - name: only\n    reason: Because.\n{body}\n"
    return parse_policy(text, "pixels/one.yaml")
