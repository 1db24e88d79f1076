"""What a value says: as it stands, as what text beyond ASCII may mean, and behind disguises."""

import re
from typing import NamedTuple

from shared.deid.readings.disguises import revealed
from shared.deid.readings.words import FOREIGN, TEXT_VRS, has_no_word_breaks, is_foreign, readings, words_of

_NUMBERS = re.compile(
    rb"(?: *+[+-]?(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:[eE][+-]?[0-9]++)? *+(?:\\(?!$)|$))++"
)
_OF_UIDS = b"0123456789.\0"
_BINARY_VRS = frozenset({"OB", "OW", "UN"})
# In bytes that are no text a letter beyond ASCII is none, and ends no word.
_ASCII_ALONE = bytes(code if code < 0x80 else 0 for code in range(256))
_PLAIN = {
    "DA": re.compile(rb"[0-9]{8}"),
    "DS": _NUMBERS,
    "DT": re.compile(rb"[0-9]{4,14}(?:\.[0-9]{1,6})?(?:[+-][0-9]{4})? ?"),
    "IS": _NUMBERS,
    "TM": re.compile(rb"[0-9]{2,6}(?:\.[0-9]{1,6})? *"),
}


class Said(NamedTuple):
    """What a value says, in lower case and in UTF-8 where it was decoded.

    Attributes:
        literal: as it stands.
        read: what text beyond ASCII may mean; of binary values, what in them is ASCII.
        hidden: what stands behind a disguise.
        is_foreign: a script without spaces may be in it.
    """

    literal: bytes
    read: bytes
    hidden: bytes
    is_foreign: bool

    @property
    def words(self) -> list[bytes]:
        """Its words."""
        words = words_of(self.literal)
        if self.read:
            words += words_of(self.read)
        if self.hidden:
            words += words_of(self.hidden)
        if self.is_foreign:
            words.append(FOREIGN)
        return words


def said_by(vr: str, raw: bytes, character_sets: tuple[str, ...]) -> Said | None:
    """What a value says; None of a plain number, date or time: whatever is found in one has an excuse."""
    if _is_plain(vr, raw):
        return None
    foreign, lowered, read = is_foreign(raw), raw.lower(), b""
    if foreign and vr in TEXT_VRS:
        read = readings(raw, character_sets)
    elif foreign and vr in _BINARY_VRS:
        read = lowered.translate(_ASCII_ALONE)
    hidden = revealed(vr, raw, character_sets)
    shows_spaceless = hidden and has_no_word_breaks(hidden.decode("utf-8", "replace"))
    return Said(lowered, read, hidden, foreign or bool(shows_spaceless))


def said_beside_pixels(text: bytes) -> bytes:
    """What text inside a compressed frame says, in lower case; metadata of cameras has UTF-16 and base64."""
    lowered = text.lower()
    return b"\n".join((lowered, lowered.translate(_ASCII_ALONE), revealed("OB", text, ())))


def words_in(vr: str, raw: bytes, character_sets: tuple[str, ...]) -> frozenset[bytes]:
    """The words of what a value says."""
    if vr == "UI" and not raw.translate(None, _OF_UIDS):
        return frozenset(raw.rstrip(b"\0").split(b"."))
    said = said_by(vr, raw, character_sets)
    return frozenset(said.words if said else ())


def _is_plain(vr: str, raw: bytes) -> bool:
    plain = _PLAIN.get(vr)
    return plain is not None and plain.fullmatch(raw) is not None
