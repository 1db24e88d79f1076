"""What PS3.15 section E.1.1 wants said: that it was done, by which method, and about dates."""

from collections.abc import Iterable
from functools import lru_cache

from shared.deid import encode
from shared.deid.options import OPTIONS
from shared.deid.profile import Profile
from shared.deid.table import EDITION
from shared.dicom.scan import Encoding

_CLEAN_PIXEL_DATA = OPTIONS["clean_pixel_data"].code
_DATES = {"remove": b"REMOVED", "shift": b"MODIFIED", "study_date": b"MODIFIED", "keep": b"UNMODIFIED"}


@lru_cache(maxsize=64)
def markers(profile: Profile, encoding: Encoding, *, has_pixels: bool) -> tuple[tuple[int, bytes], ...]:
    """The encoded elements by rising tag; Clean Pixel Data is claimed of what has pixels only."""
    method = f"Airlock, PS3.15 {EDITION} Table E.1-1, profile {profile.name}"[:64]
    codes = [code for code in profile.method_codes if has_pixels or code != _CLEAN_PIXEL_DATA]
    return (
        (0x00120062, encode.element(0x00120062, "CS", b"YES", encoding)),
        (0x00120063, encode.element(0x00120063, "LO", method.encode(), encoding)),
        (0x00120064, encode.sequence(0x00120064, _items(codes, encoding), encoding)),
        (0x00280303, encode.element(0x00280303, "CS", _DATES[profile.dates], encoding)),
    )


def _items(codes: Iterable[tuple[str, str]], encoding: Encoding) -> bytes:
    return b"".join(
        encode.item(
            encode.element(0x00080100, "SH", value.encode(), encoding)
            + encode.element(0x00080102, "SH", b"DCM", encoding)
            + encode.element(0x00080104, "LO", meaning.encode(), encoding),
            encoding,
        )
        for value, meaning in codes
    )
