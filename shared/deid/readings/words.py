"""The words of bytes: by them a gate decides at once whether an identifier can stand in a value at all.

A word is a run of letters or a run of digits in lower case; bytes beyond ASCII count as letters. Whatever
stands alone somewhere, by the gate's policy, has all its words among the words of that place. Text beyond
ASCII is read in every character set that it may be in, without accents; there a word also ends at quotation
marks and other signs beyond ASCII, and where a script without spaces begins or ends.
"""

import re
import unicodedata
from collections.abc import Iterator

from shared.deid.text.letters import PLAIN
from shared.dicom.charset import decode

#: what is read in every character set, and what of it people write freely
TEXT_VRS = frozenset({"AE", "CS", "LO", "LT", "PN", "SH", "ST", "UC", "UR", "UT"})
FREE_TEXT_VRS = TEXT_VRS - {"AE", "CS", "UR"}
#: stands for all text of scripts without spaces, which has no words
FOREIGN = b""

# where a word ends whatever goes before it; not between letters and digits, which may come in turn for long
_GAP = re.compile(rb"[^a-z0-9\x80-\xff]")
_PIECE_BYTES = 1 << 20
_WORDS = re.compile(rb"[a-z\x80-\xff]+|[0-9]+")
# PS3.5 section 6.1.2.5.1: what switches between code tables, such as ESC $ ) A
_ESCAPES = re.compile(r"\x1b[$()*+,./-]{1,2}[0-9A-Z]")
_ESCAPE = b"\x1b"
# The zeros of Arabic, Persian, Indian, Thai and other scripts, whose digits follow each other.
_ZEROS = "\u0660\u06f0\u0966\u09e6\u0a66\u0ae6\u0b66\u0be6\u0c66\u0ce6\u0d66\u0e50\u0ed0\u1040\u17e0"
_PLAIN = str.maketrans(PLAIN | {chr(ord(zero) + digit): str(digit) for zero in _ZEROS for digit in range(10)})
# Grapheme joiner, fillers, variation selectors: as invisible as those that Unicode calls format characters.
_INVISIBLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
# Beyond ASCII; what stands for bytes that cannot be read may be a letter, and apostrophes count as letters.
_SIGN = re.compile("[^\\w\\x00-\\x7f\ufffd]|[\u02b9-\u02cf]")
_SPACELESS = "\u0e00-\u0eff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\U00020000-\U0003ffff"
_OTHER_LETTER = rf"[^\W\d_{_SPACELESS}]"
_NO_WORD_BREAKS = re.compile("[\u0e00-\u0eff\u2e80-\U0010ffff]")
_CHANGE_OF_SCRIPT = re.compile(
    rf"(?<=[{_SPACELESS}])(?={_OTHER_LETTER})|(?<={_OTHER_LETTER})(?=[{_SPACELESS}])"
)
# What parts the characters of a short name, to fill a line; Korean has spaces between words as well.
_HAN, _HANGUL = (
    "[\u2e80-\u2fff\u3040-\u30fa\u30fc-\ua4cf\uf900-\ufaff\U00020000-\U0003ffff]",
    "[\uac00-\ud7a3]",
)
_BETWEEN = "[ \u3000^\xb7\u30fb]{1,2}"
_SPREAD = re.compile(
    rf"(?<={_HAN}){_BETWEEN}(?={_HAN})"
    rf"|(?<=(?<!{_HANGUL}){_HANGUL}){_BETWEEN}(?={_HANGUL}(?!{_HANGUL}))"
)


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
    texts += [_SPREAD.sub("", text) for text in texts if has_no_word_breaks(text) and _SPREAD.search(text)]
    # UTF-8 that is read as Latin-1 has signs in place of letters, which end no word.
    is_utf_8 = not raw.isascii() and "\ufffd" not in texts[1]
    folded = {_bare(text) if is_utf_8 and max(text) <= "\xff" else fold(text) for text in {*texts}}
    return "\n".join(folded).encode("utf-8", "replace")


def fold(text: str) -> str:
    """Lower case without accents, invisible characters, signs beyond ASCII and escape sequences.

    A space parts scripts without spaces from others.
    """
    if text.isascii() and "\x1b" not in text:
        return text.lower()
    signs = {ord(each): _plain_sign(each) for each in {*_SIGN.findall(text)}}
    bare = _bare(text.translate(signs) if signs else text)
    return _CHANGE_OF_SCRIPT.sub(" ", bare) if has_no_word_breaks(bare) else bare


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", _INVISIBLE.sub("", _ESCAPES.sub("", text)))
    marks = {ord(each): None for each in {*decomposed} if _is_mark(each)}
    bare = decomposed.translate(marks) if marks else decomposed
    return unicodedata.normalize("NFC", bare).casefold().translate(_PLAIN)


def _plain_sign(sign: str) -> str:
    """A sign as ASCII has it, or a space; what is no sign of its own, such as an accent, stays."""
    category = unicodedata.category(sign)
    if category == "Pd":
        return "-"
    if category[0] not in "PSZ" and category not in {"Cc", "Lm"}:
        return sign
    # A wide comma is a comma, but the sign of a number is no letters.
    plain = unicodedata.normalize("NFKD", sign)
    return plain if plain.isascii() and not any(map(str.isalnum, plain)) else " "


def _is_mark(character: str) -> bool:
    """Tell whether it is an accent, or a soft hyphen, joiner or mark of direction, which nobody sees."""
    return unicodedata.combining(character) != 0 or unicodedata.category(character) == "Cf"


def has_no_word_breaks(text: str) -> bool:
    """Tell whether a part of `text` is of a script without spaces: Thai, Lao, Han, kana or Hangul."""
    return not text.isascii() and _NO_WORD_BREAKS.search(text) is not None
