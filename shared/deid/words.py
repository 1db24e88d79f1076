"""The words of bytes: by them a gate decides at once whether an identifier can stand in a value at all.

A word is a run of letters or a run of digits in lower case; bytes beyond ASCII count as letters. Whatever
stands alone somewhere, by the gate's policy, has all its words among the words of that place. Text beyond
ASCII is read in every character set that it may be in, without accents.
"""

import re
import unicodedata
from collections.abc import Iterator

from shared.dicom.charset import decode

#: stands for all text of scripts without spaces, which has no words
FOREIGN = b""

# where a word ends whatever goes before it; not between letters and digits, which may come in turn for long
_GAP = re.compile(rb"[^a-z0-9\x80-\xff]")
_PIECE_BYTES = 1 << 20
_WORDS = re.compile(rb"[a-z\x80-\xff]+|[0-9]+")
# PS3.5 section 6.1.2.5.1: what switches between code tables, such as ESC $ ) A
_ESCAPES = re.compile(r"\x1b[$()*+,./-]{1,2}[0-9A-Z]")
_ESCAPE = b"\x1b"


def words_of(lowered: bytes) -> list[bytes]:
    """The words of bytes in lower case, in order."""
    return _WORDS.findall(lowered)


def pieces(lowered: bytes) -> Iterator[bytes]:
    """Cut bytes in lower case into pieces of some size between words; a longer word stays whole."""
    start = 0
    while start < len(lowered):
        gap = _GAP.search(lowered, start + _PIECE_BYTES)
        end = gap.start() if gap else len(lowered)
        yield lowered[start:end]
        start = end


def is_foreign(raw: bytes) -> bool:
    """Tell whether text is more than ASCII, so that its character set matters, or has NUL between letters."""
    return not raw.isascii() or _ESCAPE in raw or b"\0" in raw[:-1]


def readings(raw: bytes, character_sets: tuple[str, ...]) -> bytes:
    """What text beyond ASCII may mean, folded and in UTF-8: the declared character set may be wrong."""
    texts = [decode(raw, character_sets), raw.decode("utf-8", "replace"), raw.decode("latin_1")]
    if b"\0" in raw:
        # Such as UTF-16.
        texts.append(raw.replace(b"\0", b"").decode("latin_1"))
    return "\n".join(fold(text) for text in texts).encode("utf-8", "replace")


def fold(text: str) -> str:
    """Lower case without accents, invisible characters and what is left of escape sequences."""
    if text.isascii() and "\x1b" not in text:
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", _ESCAPES.sub("", text))
    bare = "".join(character for character in decomposed if not _is_mark(character))
    return unicodedata.normalize("NFC", bare).casefold()


def _is_mark(character: str) -> bool:
    """Tell whether it is an accent, or a soft hyphen, joiner or mark of direction, which nobody sees."""
    return unicodedata.combining(character) != 0 or unicodedata.category(character) == "Cf"


def has_no_word_breaks(text: str) -> bool:
    """Tell whether a part of `text` is of a script without spaces: Thai, Lao, Han, kana or Hangul."""
    return not text.isascii() and any("\u0e00" <= each <= "\u0eff" or each >= "\u2e80" for each in text)
