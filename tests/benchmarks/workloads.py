"""What the benchmarks work on: one series of CT slices, one of many small ones, and one large multi-frame."""

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence
from pydicom.uid import EnhancedCTImageStorage, JPEG2000Lossless, JPEGLosslessSV1

from shared.local.sample.header import Uids
from shared.local.sample.patients import QUIRINSFELD
from shared.local.sample.series import Study, ct_series, file_of

#: how many slices differ in their pixels; then they come again
_DIFFERENT_SLICES = 8
_PRIVATE_CREATORS = ("BENCHMARK HEADER", "BENCHMARK PROTOCOL", "BENCHMARK DOSE")
_PRIVATE_VALUES = 12
_PRIVATE_DUMP_BYTES = 6 << 10
_COMPRESSED_BYTES = 190_000
#: start of image, start of frame, start of scan
_JPEG_BEGINS = bytes.fromhex("ffd8 ffc3000b100040004001011100 ffda0008010100010000")
#: start of codestream, size, coding style, quantization; the tile-part without its length, and its data
_JPEG_2000_BEGINS = bytes.fromhex(
    "ff4f ff5100290000 00000040 00000040 00000000 00000000 00000040 00000040 00000000 00000000 0001 8f0101"
    "ff52000c00000001000004040001 ff5c00044080 ff90000a0000"
)
_TILE_PART_ENDS = bytes.fromhex("0001 ff93")
_ENDS = b"\xff\xd9"
#: Pixel Data (7FE0,0010) in implicit VR little endian, but for its length
_PIXEL_DATA = b"\xe0\x7f\x10\x00"


def write_series(folder: Path, *, count: int, size: int, label: str) -> Path:
    """Write one CT series of `count` slices of `size` by `size` pixels of 16 bits; return its folder.

    A header has 170 elements in 10 KB: persons, places, references, codes, numbers, and of the maker's
    own three private blocks with a binary dump.
    """
    folder.mkdir(parents=True)
    for number, image in enumerate(_images(label, count, size), start=1):
        (folder / f"IM{number:05d}.dcm").write_bytes(file_of(image))
    return folder


def write_compressed(folder: Path, *, count: int) -> Path:
    """Write one CT series with encapsulated pixels, JPEG and JPEG 2000 in turn: noise between markers."""
    folder.mkdir(parents=True)
    noise = np.random.default_rng(2).bytes(_COMPRESSED_BYTES)
    kinds = cycle([(JPEGLosslessSV1, _jpeg(noise)), (JPEG2000Lossless, _jpeg_2000(noise))])
    for number, image in enumerate(_images("compressed", count, 64), start=1):
        syntax, frame = next(kinds)
        image.PixelData = encapsulate([frame])
        image["PixelData"].VR = "OB"
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = syntax
        image.save_as(folder / f"IM{number:05d}.dcm", enforce_file_format=True)
    return folder


def _jpeg(noise: bytes) -> bytes:
    """In a scan a zero follows FF."""
    return _JPEG_BEGINS + noise.replace(b"\xff", b"\xff\0") + _ENDS


def _jpeg_2000(noise: bytes) -> bytes:
    """The length of a tile-part counts from its marker."""
    length = (14 + len(noise)).to_bytes(4, "big")
    return _JPEG_2000_BEGINS + length + _TILE_PART_ENDS + noise.replace(b"\xff", b"\xfe") + _ENDS


def write_multiframe(folder: Path, *, total_bytes: int) -> Path:
    """Write one Enhanced CT of about `total_bytes`, with a functional group for each frame of 512 by 512."""
    folder.mkdir(parents=True)
    image = next(_images("multiframe", 2, 512))
    frame = image.PixelData
    frames = total_bytes // len(frame)
    image.SOPClassUID = EnhancedCTImageStorage
    image.NumberOfFrames = frames
    image.PerFrameFunctionalGroupsSequence = Sequence([_frame_group(number) for number in range(frames)])
    del image.PixelData
    with (folder / "multiframe.dcm").open("wb") as file:
        file.write(file_of(image) + _PIXEL_DATA + (frames * len(frame)).to_bytes(4, "little"))
        for _ in range(frames):
            file.write(frame)
    return folder


def _images(label: str, count: int, size: int) -> Iterator[Dataset]:
    study = Study(QUIRINSFELD, Uids(0), label)
    hu = _slices(size)[np.arange(count) % _DIFFERENT_SLICES]
    for image in ct_series(study, hu, np.arange(count, dtype=np.float64)):
        _add_private(image)
        yield image


def _slices(size: int) -> NDArray[np.int16]:
    """A body of water with a bone in it, and noise that stays far below their contrast; in HU."""
    y, x = np.mgrid[-1 : 1 : size * 1j, -1 : 1 : size * 1j]
    body = np.where(x**2 / 0.7 + y**2 / 0.5 < 1, 40, -1000)
    body[x**2 + (y - 0.4) ** 2 < 0.01] = 700
    noise = np.random.default_rng(1).normal(0, 15, (_DIFFERENT_SLICES, size, size))
    return np.clip(body + noise, -1000, 3000).astype(np.int16)


def _add_private(image: Dataset) -> None:
    for number, creator in enumerate(_PRIVATE_CREATORS):
        block = image.private_block(0x0019 + 2 * number, creator, create=True)
        for value in range(_PRIVATE_VALUES):
            block.add_new(0x40 + value, "DS", f"{value * 1.25:.2f}")
    block.add_new(0x80, "OB", bytes(range(64)) * (_PRIVATE_DUMP_BYTES // 64))


def _frame_group(number: int) -> Dataset:
    content = Dataset()
    content.FrameAcquisitionDateTime = f"20240312101533.{number:06d}"
    content.StackID = "1"
    content.InStackPositionNumber = number + 1
    content.DimensionIndexValues = [1, number + 1]
    content.FrameComments = str(QUIRINSFELD.name)
    position = Dataset()
    position.ImagePositionPatient = ["-128", "-128", str(number)]
    group = Dataset()
    group.FrameContentSequence = Sequence([content])
    group.PlanePositionSequence = Sequence([position])
    return group
