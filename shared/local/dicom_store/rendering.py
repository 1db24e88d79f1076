"""Render a frame for the eye (PS3.18 10.4.1.1.3, PS3.3 C.11.1 and C.11.2); needs the extra `pixels`."""

import threading
import warnings
from io import BytesIO
from typing import TYPE_CHECKING, Any, NamedTuple

from shared.adapters.imagecodecs import ImagecodecsFrames
from shared.deid.pixels.codec import target_of
from shared.deid.pixels.compressed import JpegFrames, RleFrames
from shared.errors import PixelsUncleanable
from shared.local.dicom_store.frames import Frames
from shared.local.dicom_store.refusal import bad_request

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pydicom import Dataset

PNG = "image/png"
JPEG = "image/jpeg"
_BLACK = (0,)
#: what numpy and pydicom raise when attributes contradict the pixels, or each other
_CONTRADICTIONS = (ArithmeticError, LookupError, NotImplementedError, OSError, TypeError, ValueError)
#: pydicom warns of odd values, and the filters of warnings belong to all threads
_QUIET = threading.Lock()


class Window(NamedTuple):
    """A VOI window in the units of the modality (PS3.18 section 8.3.5.1.4)."""

    center: float
    width: float
    function: str = "LINEAR"


def parse_window(text: str) -> Window | None:
    """Read `center,width,function`; None if the text is empty.

    Raises:
        Refusal: 400, it is none.
    """
    if not text:
        return None
    try:
        center, width, *function = text.split(",")
        window = Window(float(center), float(width), *(each.upper().replace("-", "_") for each in function))
    except (TypeError, ValueError) as error:
        raise bad_request("a window is given as its center, its width and its function") from error
    if window.width < 1 or window.function not in {"LINEAR", "LINEAR_EXACT", "SIGMOID"}:
        raise bad_request("a window has a width of at least 1, and a function that is known")
    return window


def render(frames: Frames, number: int, media_type: str, window: Window | None) -> bytes:
    """Render frame `number` as PNG or JPEG of 8 bits a sample.

    Raises:
        PixelsUncleanable: the pixels cannot be decoded.
        ConfigurationError: the extra `pixels` is not installed.
    """
    import imagecodecs

    frames.layout.check_frame()
    try:
        with _QUIET, warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = _picture(_decoded(frames, number), frames, window)
    except _CONTRADICTIONS as error:
        raise PixelsUncleanable(reason="pixels that their attributes do not describe") from error
    if media_type == PNG:
        return bytes(imagecodecs.png_encode(picture))
    return bytes(imagecodecs.jpeg8_encode(picture, level=90))


def _decoded(frames: Frames, number: int) -> "NDArray[Any]":
    """The samples of a frame: rows, columns and, of several samples, samples."""
    content = frames.read(number)
    if frames.encapsulated is None:
        return _native(frames, content)
    syntax = frames.instance.header.transfer_syntax_uid
    target = target_of(syntax, frames.layout.samples)
    if target is None:
        raise PixelsUncleanable(reason="a transfer syntax without a decoder")
    if target.family == "rle":
        return RleFrames(frames.layout, _BLACK).decode(content)
    return JpegFrames(frames.layout, _BLACK, target, ImagecodecsFrames()).decode(content)


def _native(frames: Frames, content: bytes) -> "NDArray[Any]":
    import numpy as np

    layout = frames.layout
    if layout.subsampled or layout.bits_allocated > 32:
        raise PixelsUncleanable(reason="pixels of a form that is not rendered")
    if layout.bits_allocated == 1:
        cells = np.unpackbits(np.frombuffer(content, np.uint8), bitorder="little")
        return cells[: layout.rows * layout.columns].reshape(layout.rows, layout.columns)
    cells = np.frombuffer(content, f"<u{layout.bits_allocated // 8}")
    if layout.samples == 1:
        return cells.reshape(layout.rows, layout.columns)
    if layout.planar:
        return np.moveaxis(cells.reshape(layout.samples, layout.rows, layout.columns), 0, -1)
    return cells.reshape(layout.rows, layout.columns, layout.samples)


def _picture(samples: "NDArray[Any]", frames: Frames, window: Window | None) -> "NDArray[Any]":
    import numpy as np

    if frames.layout.samples > 1:
        return np.ascontiguousarray(_colours(samples, frames))
    data_set = _attributes(frames)
    values = _signed(samples, frames)
    if frames.layout.photometric == "PALETTE COLOR":
        from pydicom.pixels.processing import apply_color_lut

        return np.ascontiguousarray(_eight_bits(apply_color_lut(values, data_set)))
    grey = _windowed(values, data_set, window)
    return np.ascontiguousarray(255 - grey if frames.layout.photometric == "MONOCHROME1" else grey)


def _colours(samples: "NDArray[Any]", frames: Frames) -> "NDArray[Any]":
    from pydicom.pixels.processing import convert_color_space

    picture = _eight_bits(samples, frames.layout.bits_stored)
    is_ybr = frames.layout.photometric in {"YBR_FULL", "YBR_FULL_422"}
    return convert_color_space(picture, "YBR_FULL", "RGB") if is_ybr else picture


def _eight_bits(values: "NDArray[Any]", bits: int = 0) -> "NDArray[Any]":
    import numpy as np

    excess = (bits or values.dtype.itemsize * 8) - 8
    return (values >> excess if excess > 0 else values).astype(np.uint8)


def _signed(samples: "NDArray[Any]", frames: Frames) -> "NDArray[Any]":
    """Cells as numbers: without the bits that belong to no sample, and with their sign."""
    import numpy as np

    layout = frames.layout
    if samples.dtype.kind == "i" or layout.bits_allocated == 1:
        return samples
    values = (samples.astype(np.int64) & layout.stored_mask) >> layout.high_bit + 1 - layout.bits_stored
    sign = 1 << layout.bits_stored - 1
    return (values ^ sign) - sign if layout.signed else values


def _attributes(frames: Frames) -> "Dataset":
    """The attributes that say how values become grey, as pydicom takes them."""
    from pydicom.filereader import read_dataset

    header = frames.instance.header
    start, end = header.elements[0].start, header.elements[-1].end
    return read_dataset(
        BytesIO(header.buffer[start:end]),
        is_implicit_VR=not header.encoding.explicit,
        is_little_endian=header.encoding.little,
    )


def _windowed(values: "NDArray[Any]", data_set: "Dataset", window: Window | None) -> "NDArray[Any]":
    """Apply the modality's transformation, then the window asked for, the first one stored, or the widest."""
    import numpy as np
    from pydicom.pixels.processing import apply_modality_lut

    level = np.asarray(apply_modality_lut(values, data_set), np.float64)
    chosen = window or _stored_window(data_set) or _whole_range(level)
    if chosen.function == "SIGMOID":
        scaled = 1 / (1 + np.exp(-4 * (level - chosen.center) / chosen.width))
    elif chosen.function == "LINEAR_EXACT" or chosen.width <= 1:
        scaled = (level - chosen.center) / chosen.width + 0.5
    else:
        scaled = (level - (chosen.center - 0.5)) / (chosen.width - 1) + 0.5
    return np.asarray(np.floor(scaled.clip(0, 1) * 255 + 0.5), np.uint8)


def _stored_window(data_set: "Dataset") -> Window | None:
    center, width = (_first(data_set.get(name)) for name in ("WindowCenter", "WindowWidth"))
    if center is None or width is None or width < 1:
        return None
    return Window(center, width, str(data_set.get("VOILUTFunction") or "LINEAR"))


def _first(value: Any) -> float | None:
    try:
        return float(value[0] if hasattr(value, "__len__") and not isinstance(value, str) else value)
    except (IndexError, TypeError, ValueError):
        return None


def _whole_range(level: "NDArray[Any]") -> Window:
    low, high = float(level.min()), float(level.max())
    return Window((low + high) / 2, max(high - low, 1), "LINEAR_EXACT")
