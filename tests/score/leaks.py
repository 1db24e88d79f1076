"""Search released files for what may not be in them: in every encoding, deflated, and without accents."""

import io
import re
import unicodedata
import warnings
import zlib
from collections.abc import Iterable, Iterator

from pydicom import dcmread
from pydicom.charset import convert_encodings, encode_string

from tests.score.places import text_of, walked

_EVERYWHERE = ("utf-8", "utf-16-le", "utf-16-be", "latin-1")
_ESCAPES = re.compile(rb"\x1b[$()]{1,2}[A-Z0-9]")
_DEFLATED = re.compile(rb"\x78[\x01\x5e\x9c\xda]")


def folded(text: str) -> str:
    """A text without case, accents and width."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def leaks(content: bytes, secrets: Iterable[str], character_sets: Iterable[str] = ()) -> list[int]:
    """The numbers of the secrets that are in a file: in its bytes, in what is deflated there, or in its text.

    Args:
        content: the file.
        secrets: what may not be in it.
        character_sets: those of the original, in which a value may have survived.
    """
    haystacks = [each.lower() for each in (content, *_inflated(content))]
    text = folded("\n".join([*_texts(content)]))
    encodings = convert_encodings([*character_sets])
    return [
        number
        for number, secret in enumerate(secrets)
        if folded(secret) in text
        or any(form in haystack for haystack in haystacks for form in _forms(secret, encodings))
    ]


def _forms(secret: str, encodings: list[str]) -> set[bytes]:
    """The bytes in which a text may stand, in lower case as Latin letters go."""
    spelled = {secret, secret.lower(), secret.upper()}
    forms = {_encoded(text, codec) for text in spelled for codec in _EVERYWHERE}
    native = {encode_string(secret, encodings)} if _is_encodable(secret, encodings) else set()
    forms |= native | {_ESCAPES.sub(b"", form) for form in native}
    return {form.lower() for form in forms if len(form) > 2}


def _encoded(text: str, codec: str) -> bytes:
    try:
        return text.encode(codec)
    except UnicodeEncodeError:
        return b""


def _is_encodable(text: str, encodings: list[str]) -> bool:
    for encoding in encodings:
        try:
            text.encode(encoding)
        except (LookupError, UnicodeEncodeError):
            continue
        return True
    return False


def _inflated(content: bytes) -> Iterator[bytes]:
    """What is deflated anywhere in a file, as streams of a PDF are."""
    for start in _DEFLATED.finditer(content):
        try:
            yield zlib.decompressobj().decompress(content[start.start() :])
        except zlib.error:
            continue


def _texts(content: bytes) -> Iterator[str]:
    """Every value of text of a file, as pydicom reads it."""
    with warnings.catch_warnings():
        # Some originals are wrong on purpose, and what stays of them is, too.
        warnings.simplefilter("ignore")
        for _, element in walked(dcmread(io.BytesIO(content), force=True)):
            if element.VR not in {"SQ", "OB", "OW", "UN"}:
                yield text_of(element)
