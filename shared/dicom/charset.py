"""Character sets: from Specific Character Set (0008,0005) to text (PS3.3 C.12.1.1.2, PS3.5 section 6.1)."""

import re

SPECIFIC_CHARACTER_SET = 0x00080005
#: Value Representations whose text follows Specific Character Set (PS3.5 Table 6.2-1)
CHARSET_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})

#: an escape sequence that designates a character set (ISO/IEC 2022 section 13.2)
_ESCAPE_SEQUENCE = re.compile(r"\x1b[$()*+\-./]{1,2}[0-9A-Za-z]?")
# A page of Japanese has a hundred; each takes pydicom ten microseconds.
_MOST_ESCAPES = 20_000

# Defined terms without code extensions, and the Python codecs that decode them.
_SINGLE = {
    "": "ascii",
    "ISO_IR 6": "ascii",
    "ISO_IR 13": "shift_jis",
    "ISO_IR 100": "latin_1",
    "ISO_IR 101": "iso8859_2",
    "ISO_IR 109": "iso8859_3",
    "ISO_IR 110": "iso8859_4",
    "ISO_IR 126": "iso8859_7",
    "ISO_IR 127": "iso8859_6",
    "ISO_IR 138": "iso8859_8",
    "ISO_IR 144": "iso8859_5",
    "ISO_IR 148": "iso8859_9",
    "ISO_IR 166": "tis_620",
    "ISO_IR 192": "utf_8",
    "ISO_IR 203": "iso8859_15",
    "GB18030": "gb18030",
    "GBK": "gbk",
}


def terms(raw: bytes) -> tuple[str, ...]:
    """The values of Specific Character Set from its bytes."""
    return tuple(term.strip(" \0") for term in raw.decode("ascii", "replace").split("\\"))


def decode(raw: bytes, character_sets: tuple[str, ...]) -> str:
    """Decode text; bytes that its character sets do not define become U+FFFD, never an error.

    Where the character set is unknown or ASCII, other bytes are read as Latin-1, which loses none of them.

    Args:
        raw: the value's bytes.
        character_sets: the values of Specific Character Set; none means ASCII.
    """
    if raw.isascii() and b"\x1b" not in raw:
        return raw.decode("ascii")
    codec = _SINGLE.get(character_sets[0]) if len(character_sets) == 1 else None
    if codec == "ascii" or not character_sets:
        codec = "latin_1"
    if codec and b"\x1b" not in raw:
        return raw.decode(codec, "replace")
    return _decode_with_escapes(raw, character_sets)


def encode_text(text: str, character_sets: tuple[str, ...]) -> bytes:
    """Encode text that was decoded by the same character sets; empty where they cannot hold it."""
    if text.isascii():
        return text.encode("ascii")
    codec = _SINGLE.get(character_sets[0]) if len(character_sets) == 1 else None
    if codec == "ascii" or not character_sets:
        codec = "latin_1"
    try:
        return text.encode(codec) if codec else _encode_with_escapes(text, character_sets)
    except (LookupError, ValueError):
        return b""


def _encode_with_escapes(text: str, character_sets: tuple[str, ...]) -> bytes:
    import warnings

    from pydicom.charset import convert_encodings, encode_string

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return bytes(encode_string(text, convert_encodings(list(character_sets))))
        except UserWarning as error:
            raise ValueError("the character sets cannot hold this text") from error


def _decode_with_escapes(raw: bytes, character_sets: tuple[str, ...]) -> str:
    """Code extensions by ISO 2022 escape sequences are pydicom's to decode; few data sets have them."""
    if raw.count(b"\x1b") > _MOST_ESCAPES:
        return raw.decode("latin_1")
    import warnings

    from pydicom.charset import convert_encodings, decode_bytes, python_encoding

    # pydicom mends misspelt terms, but takes the name of any Python codec for a term, too.
    if not all(term in python_encoding or term.startswith("ISO") for term in character_sets):
        return raw.decode("latin_1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            encodings = convert_encodings(list(character_sets))
        except (LookupError, ValueError):
            return raw.decode("latin_1")
        text = str(decode_bytes(raw, encodings, set(b"\\^=\r\n\t\f")))
    # pydicom decodes ISO 2022 IR 58 and leaves its escape sequences in the text.
    return _ESCAPE_SEQUENCE.sub("", text)
