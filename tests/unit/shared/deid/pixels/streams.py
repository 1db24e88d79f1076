"""JPEG and JPEG 2000 frames, encoded by imagecodecs, and segments to put into them."""

from typing import Any

import imagecodecs
import numpy as np
from numpy.typing import NDArray

JPEG_COMMENT, JPEG_2000_COMMENT = 0xFE, 0x64


def jpeg(array: NDArray[Any], *, ybr: bool = False) -> bytes:
    """A baseline JPEG; three components are said to be RGB, or YCbCr in a JFIF file."""
    if array.ndim == 2:
        return bytes(imagecodecs.jpeg8_encode(array, level=90))
    colours = "YCBCR" if ybr else "RGB"
    return bytes(imagecodecs.jpeg8_encode(array, level=90, colorspace=colours, outcolorspace=colours))


def jpeg_12(array: NDArray[Any]) -> bytes:
    """An extended JPEG of 12 bits."""
    return bytes(imagecodecs.jpeg8_encode(array, level=90, bitspersample=12))


def lossless_jpeg(array: NDArray[Any], bits: int, predictor: int = 1) -> bytes:
    """A lossless JPEG, process 14."""
    colours = {"colorspace": "RGB", "outcolorspace": "RGB"} if array.ndim == 3 else {}
    options = {"lossless": True, "predictor": predictor, "bitspersample": bits}
    return bytes(imagecodecs.jpeg8_encode(array, **options, **colours))


def jpeg_ls(array: NDArray[Any], near: int = 0) -> bytes:
    """A JPEG-LS frame."""
    return bytes(imagecodecs.jpegls_encode(array, level=near))


def jpeg_2000(array: NDArray[Any], bits: int = 8, *, reversible: bool = True, mct: bool = False) -> bytes:
    """A JPEG 2000 codestream."""
    level = 0 if reversible else 40
    options = {"codecformat": "j2k", "bitspersample": bits, "mct": mct, "reversible": reversible}
    return bytes(imagecodecs.jpeg2k_encode(array, level=level, **options))


def jp2(array: NDArray[Any]) -> bytes:
    """A JPEG 2000 file with boxes."""
    return bytes(imagecodecs.jpeg2k_encode(array, level=0, codecformat="jp2", reversible=True))


def htj2k(array: NDArray[Any], *, rgb: bool = False) -> bytes:
    """An HTJ2K codestream."""
    return bytes(imagecodecs.htj2k_encode(array, level=0, reversible=True, rgb=rgb, planar=False))


def segment(marker: int, content: bytes) -> bytes:
    """A marker segment."""
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def with_segment(frame: bytes, added: bytes) -> bytes:
    """A JPEG with a segment behind its start."""
    return frame[:2] + added + frame[2:]


def gradient(*shape: int, kind: str = "u1", bits: int = 8) -> NDArray[Any]:
    """A smooth picture with a little noise, such as compress well."""
    rows, columns = shape[:2]
    base = np.add.outer(np.arange(rows), np.arange(columns)) * (1 << bits) // (2 * (rows + columns))
    noise = np.random.default_rng(1).integers(0, 4, shape)
    return ((base if len(shape) == 2 else base[..., None]) + noise).astype(kind)
