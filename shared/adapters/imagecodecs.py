"""Image codecs by the package imagecodecs: libjpeg-turbo, CharLS, OpenJPEG and OpenJPH."""

from typing import TYPE_CHECKING, Any

from shared.deid.pixels.codec import Family, Samples
from shared.errors import ConfigurationError, PixelsUncleanable

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray


class ImagecodecsFrames:
    """Decodes and encodes frames; what the libraries raise is told as `PixelsUncleanable`."""

    def __init__(self) -> None:
        """Import the codecs, which takes some 0.1 s.

        Raises:
            ConfigurationError: the extra `pixels` is not installed.
        """
        self._codecs = _codecs()

    def decode(self, family: Family, frame: bytes) -> "NDArray[Any]":
        """Decode a frame; HTJ2K by OpenJPEG, since OpenJPH lets values wrap around that overflow."""
        try:
            return self._decode(family, frame)
        except (RuntimeError, ValueError, TypeError) as error:
            raise PixelsUncleanable(reason="a frame that cannot be decoded") from error

    def _decode(self, family: Family, frame: bytes) -> "NDArray[Any]":
        codecs = self._codecs
        decoded: NDArray[Any]
        if family == "jpeg":
            # With one colour space in and out, libjpeg leaves the components as they are.
            decoded = codecs.jpeg8_decode(frame, **_as_is(_components(frame)))
        elif family == "jpeg-ls":
            decoded = codecs.jpegls_decode(frame)
        else:
            decoded = codecs.jpeg2k_decode(frame)
        return decoded

    def encode(self, family: Family, samples: Samples) -> bytes:
        """Encode a frame without loss."""
        try:
            return bytes(self._encode(family, samples))
        except (RuntimeError, ValueError, TypeError) as error:
            raise PixelsUncleanable(reason="a frame that cannot be encoded") from error

    def _encode(self, family: Family, samples: Samples) -> "bytes | bytearray":
        codecs, array = self._codecs, samples.array
        bits, transform = samples.precision, samples.transformed
        encoded: bytes | bytearray
        if family == "jpeg":
            colours = _as_is("UNKNOWN" if array.ndim == 3 else None)
            encoded = codecs.jpeg8_encode(array, lossless=True, predictor=1, bitspersample=bits, **colours)
        elif family == "jpeg-ls":
            encoded = codecs.jpegls_encode(array)
        elif family == "jpeg2000":
            encoded = codecs.jpeg2k_encode(
                array, level=0, codecformat="j2k", reversible=True, bitspersample=bits, mct=transform
            )
        else:
            encoded = codecs.htj2k_encode(array, level=0, reversible=True, rgb=transform, planar=False)
        return encoded


def frames_if_installed() -> ImagecodecsFrames | None:
    """The codecs, or None where the extra `pixels` is not installed: compressed images are held then."""
    try:
        return ImagecodecsFrames()
    except ConfigurationError:
        return None


def _codecs() -> "ModuleType":
    try:
        import imagecodecs
    except ImportError as error:
        raise ConfigurationError(package="imagecodecs", extra="pixels") from error
    return imagecodecs


def _as_is(colours: str | None) -> dict[str, str]:
    return {"colorspace": colours, "outcolorspace": colours} if colours else {}


def _components(frame: bytes) -> str | None:
    """`RGB` where a frame has three components, whatever they mean."""
    from shared.deid.pixels import jpeg

    return "RGB" if jpeg.head(frame).components == 3 else None
