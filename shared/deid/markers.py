"""What PS3.15 section E.1.1 wants said: that it was done, by which method, and about dates."""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import NamedTuple

from shared.deid.header import encode
from shared.deid.pixels.cleaned import Change
from shared.deid.rules.codes import CODE_MEANING, CODE_VALUE, CODING_SCHEME_DESIGNATOR, code_of
from shared.deid.rules.left_out import left_out_row
from shared.deid.rules.options import BASIC_CODE, CLEAN_FACES_CODE, OPTIONS
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import METHOD_CODE_SEQUENCE, TEMPORAL_INFORMATION_MODIFIED
from shared.deid.rules.table import EDITION, row_of
from shared.dicom.dataset import DataSet
from shared.dicom.scan import Encoding

_CLEAN_PIXEL_DATA = OPTIONS["clean_pixel_data"].code
_DATES = {"remove": "REMOVED", "shift": "MODIFIED", "study_date": "MODIFIED", "keep": "UNMODIFIED"}
#: from what leaves everything to what leaves nothing
_TERMS = ("UNMODIFIED", "MODIFIED", "REMOVED")
#: what stays true whatever is done later: what was cleaned is gone, but what was retained need not be left
_LASTING = {
    value: (value, meaning)
    for value, meaning in (
        BASIC_CODE,
        CLEAN_FACES_CODE,
        *(facts.code for name, facts in OPTIONS.items() if name.startswith("clean_")),
    )
}
_PATIENT_GROUP = 0x0010
# What an option may keep of the patient is not who the patient is.
_NO_IDENTITY = frozenset({"retain_patient_characteristics", "clean_descriptors"})


class Earlier(NamedTuple):
    """What an earlier de-identification says of itself, as far as that still holds.

    Attributes:
        codes: of its methods, with their meanings.
        dates: what became of them, empty if nothing is told.
    """

    codes: tuple[tuple[str, str], ...] = ()
    dates: str = ""

    @classmethod
    def of(cls, data_set: DataSet) -> "Earlier":
        """Read what the top level of an original says."""
        told = dict.fromkeys(map(code_of, data_set.items(METHOD_CODE_SEQUENCE)))
        dates = data_set.text(TEMPORAL_INFORMATION_MODIFIED)
        codes = tuple(_LASTING[value] for value, scheme in told if scheme == "DCM" and value in _LASTING)
        return cls(codes, dates if dates in _TERMS else "")


_NOTHING_EARLIER = Earlier()


@lru_cache(maxsize=64)
def markers(
    profile: Profile, encoding: Encoding, *, has_pixels: bool, earlier: Earlier = _NOTHING_EARLIER
) -> tuple[tuple[int, bytes], ...]:
    """The encoded elements by rising tag; Clean Pixel Data is claimed of what has pixels only."""
    is_identity_removed = b"NO" if keeps_identity(profile) else b"YES"
    own = _own_codes(profile, has_pixels=has_pixels)
    is_second = not {*earlier.codes}.issubset(own)
    codes = _items(_joined(own, earlier), encoding)
    dates = max(_DATES[profile.dates], earlier.dates or _TERMS[0], key=_TERMS.index)
    told = (
        (0x00120062, encode.element(0x00120062, "CS", is_identity_removed, encoding)),
        (0x00120063, encode.element(0x00120063, "LO", _method(profile, is_second=is_second), encoding)),
        (METHOD_CODE_SEQUENCE, encode.sequence(METHOD_CODE_SEQUENCE, codes, encoding) if codes else b""),
        (
            TEMPORAL_INFORMATION_MODIFIED,
            encode.element(TEMPORAL_INFORMATION_MODIFIED, "CS", dates.encode(), encoding),
        ),
    )
    return tuple((tag, encoded) for tag, encoded in told if encoded)


def codes_without_pixels(profile: Profile, data_set: DataSet) -> Change:
    """The codes of the methods for an image that turns out to have no pixels."""
    codes = _joined(_own_codes(profile, has_pixels=False), Earlier.of(data_set))
    return Change(METHOD_CODE_SEQUENCE, "SQ", _items(codes, data_set.encoding) or None)


def keeps_identity(profile: Profile) -> bool:
    """Tell whether an override keeps who the patient is."""
    kept = (each.target_in(profile.name).tag for each in profile.overrides if each.action == "keep")
    return any(map(_is_identity, kept))


def _is_identity(tag: int) -> bool:
    row = row_of(tag) or left_out_row(tag)
    return tag >> 16 == _PATIENT_GROUP and row is not None and _NO_IDENTITY.isdisjoint(row.options)


def _method(profile: Profile, *, is_second: bool) -> bytes:
    """Who did it and how; an override that releases something says why it may."""
    told = [f"Airlock, PS3.15 {EDITION} Table E.1-1, profile {profile.name}"[:64]]
    if any(each.i_understand for each in profile.overrides):
        told.append("with exceptions")
    if is_second:
        told.append("an earlier method, by its codes")
    return "\\".join(told).encode()


def _own_codes(profile: Profile, *, has_pixels: bool) -> list[tuple[str, str]]:
    own = [*profile.method_codes]
    if keeps_identity(profile):
        own.remove(BASIC_CODE)
    if not has_pixels and _CLEAN_PIXEL_DATA in own:
        own.remove(_CLEAN_PIXEL_DATA)
    return own


def _joined(own: Sequence[tuple[str, str]], earlier: Earlier) -> list[tuple[str, str]]:
    """The codes of both methods, each once."""
    return [*own, *(code for code in earlier.codes if code not in own)]


def _items(codes: Iterable[tuple[str, str]], encoding: Encoding) -> bytes:
    return b"".join(
        encode.item(
            encode.element(CODE_VALUE, "SH", value.encode(), encoding)
            + encode.element(CODING_SCHEME_DESIGNATOR, "SH", b"DCM", encoding)
            + encode.element(CODE_MEANING, "LO", meaning.encode(), encoding),
            encoding,
        )
        for value, meaning in codes
    )
