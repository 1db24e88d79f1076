"""Text behind text: what a value says once look-alike letters, encodings for transport and gaps are undone.

Nearly all values say nothing more: one search tells so.
"""

import re
from binascii import a2b_base64
from collections.abc import Iterator

from shared.deid.readings.words import TEXT_VRS, fold, is_foreign
from shared.deid.text.letters import look_alikes
from shared.dicom.charset import decode

_VRS = TEXT_VRS | {"OB", "UN"}
_SUSPICIOUS = re.compile(
    rb"[A-Za-z0-9+/_-]{6}|[0-9A-Fa-f]{2}[ :-][0-9A-Fa-f]{2}|[%=\\][0-9A-Za-z]|&[#A-Za-z]"
    rb"|[0-9][ ./()_-]{1,3}[0-9]|(?<![A-Za-z])[A-Za-z][ ._-]{1,2}[A-Za-z](?![A-Za-z])|\n"
)
_BASE64_RUN = re.compile(rb"[A-Za-z0-9+/_-]{6,}")
_HEX_RUN = re.compile(rb"(?<![0-9A-Za-z])(?:0x)?(?:[0-9A-Fa-f]{2}[ :-]?){4,}(?![0-9A-Za-z])")
_NO_HEX = re.compile(rb"[^0-9A-Fa-f]|0x")
_BYTE = re.compile(rb"(?:%|=|\\x)([0-9A-Fa-f]{2})|=\r?\n")
_CODE_POINT = re.compile(rb"\\u([0-9A-Fa-f]{4})")
# Of bounded length: a number of thousands of digits is no character, and Python refuses to read it.
_REFERENCE = re.compile(r"&(?:#0{0,8}[0-9]{1,7}|#[xX]0{0,8}[0-9A-Fa-f]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});?")
_UTF_16 = re.compile(rb"(?:[ -~]\0){4,}|(?:\0[ -~]){4,}")
# Where mail and certificates fold their lines.
_FOLD = re.compile(rb"(?<=[A-Za-z0-9+/_-]{60})\r?\n")
_JOINING = b"+/_-"
# Of four ways to begin in a run of base64 one is right; the others give noise.
_LEGIBLE = re.compile(rb"(?:[ -~]|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}){4,}")
# Each of them begins at few places only, or long values would take for ever.
_SPREAD_DIGITS = re.compile(rb"(?<![0-9])[0-9]++(?:[ ./()_-]{1,3}[0-9]++)++")
_SPREAD_LETTERS = re.compile(rb"(?<![A-Za-z])[A-Za-z](?:[ ._-]{1,2}[A-Za-z](?![A-Za-z])){3,}+")
_FILLED_UP = re.compile(rb"(?<![0-9.])0++([1-9][0-9]{5,}+)")
_DATE_AND_TIME = re.compile(rb"(?<![0-9])((?:18|19|20)[0-9]{6})[0-9]{4}(?:[0-9]{2})?(?![0-9])")
_BETWEEN = b" ./()_-"
_LINE_END = re.compile(rb"-?[ \t]{0,4}\r?\n[ \t]{0,4}")
_FEWEST_DIGITS = 6
# A larger value, which is no text of anybody, would take many times its size.
_LARGEST = 1 << 20
_URL_SAFE = bytes.maketrans(b"-_", b"+/")


def revealed(vr: str, raw: bytes, character_sets: tuple[str, ...]) -> bytes:
    """What a value says besides what stands there, as it is compared; empty for nearly all values."""
    if vr not in _VRS or len(raw) > _LARGEST:
        return b""
    texts = [*_unmasked(raw, character_sets)] if vr in TEXT_VRS else []
    texts += map(_decoded, _encoded(raw))
    return fold("\n".join(texts)).encode("utf-8", "replace") if texts else b""


def _unmasked(raw: bytes, character_sets: tuple[str, ...]) -> Iterator[str]:
    """Text beyond ASCII with Latin letters in place of what looks like them."""
    if is_foreign(raw):
        for text in {decode(raw, character_sets), raw.decode("utf-8", "replace")}:
            yield text.translate(look_alikes())


def _encoded(raw: bytes) -> Iterator[bytes]:
    if b"\0" in raw:
        yield from (run.replace(b"\0", b"") for run in _UTF_16.findall(raw))
    if _SUSPICIOUS.search(raw):
        yield from _transported(raw)
        yield from _spread(raw)


def _spread(raw: bytes) -> Iterator[bytes]:
    """Numbers and words without what takes them apart or fills them up, and dates without their times."""
    for run in _SPREAD_DIGITS.findall(raw):
        if len(number := run.translate(None, _BETWEEN)) >= _FEWEST_DIGITS:
            yield number
            if run.startswith(b"00"):
                # As a telephone number is dialled from abroad.
                yield number.lstrip(b"0")
    yield from _FILLED_UP.findall(raw)
    yield from (run.translate(None, _BETWEEN) for run in _SPREAD_LETTERS.findall(raw))
    yield from _DATE_AND_TIME.findall(raw)
    if b"\n" in raw:
        yield _LINE_END.sub(b"", raw)


def _transported(raw: bytes) -> Iterator[bytes]:
    """What encodings for transport hide."""
    yield from _escaped(raw)
    for run in _HEX_RUN.findall(raw):
        digits = _NO_HEX.sub(b"", run)
        yield from _legible(bytes.fromhex(digits[: len(digits) // 2 * 2].decode("ascii")))
    for run in _BASE64_RUN.findall(_FOLD.sub(b"", raw)):
        if not _is_word(run.translate(None, _JOINING)):
            yield from _of_base64(run.translate(_URL_SAFE))


def _escaped(raw: bytes) -> Iterator[bytes]:
    """Percent signs, quoted-printable, escapes of programming languages and references of HTML."""
    plain = _BYTE.sub(lambda match: bytes.fromhex((match[1] or b"").decode("ascii")), raw)
    plain = _CODE_POINT.sub(lambda match: chr(int(match[1], 16)).encode("utf-8", "replace"), plain)
    if b"&" in plain and _REFERENCE.search(text := _decoded(plain)):
        plain = _REFERENCE.sub(_referenced, text).encode("utf-8", "replace")
    if plain != raw:
        yield plain


def _referenced(match: re.Match[str]) -> str:
    # Only here: it has a table of thousands of names.
    from html import unescape

    return unescape(match[0])


def _is_word(run: bytes) -> bool:
    """Tell a number or a word of letters, which are never base64 of a text that is long enough to matter."""
    return run.isdigit() or (run.isalpha() and (run.isupper() or run[1:].islower()))


def _of_base64(run: bytes) -> list[bytes]:
    """What may be legible in a run, wherever in it the encoded text begins."""
    # A single character behind the last four is no byte.
    runs = (run[start:] if (len(run) - start) % 4 != 1 else run[start:-1] for start in range(4))
    return _legible(b"\n".join([a2b_base64(each + b"=" * (-len(each) % 4)) for each in runs]))


def _legible(content: bytes) -> list[bytes]:
    """What is text in decoded bytes; of UTF-16, too."""
    return _LEGIBLE.findall(content.replace(b"\0", b""))


def _decoded(content: bytes) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return content.decode("latin_1")
