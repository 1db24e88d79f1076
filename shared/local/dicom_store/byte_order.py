"""Big-endian values as web services send them: in little endian (PS3.18 section F.2.7, PS3.5 Annex A.3)."""

from array import array

#: the words of binary Value Representations, in bytes, and their codes for `array`
_WORDS = {"OW": "H", "OL": "I", "OF": "I", "OD": "Q", "OV": "Q"}


def little_endian(content: bytes, vr: str) -> bytes:
    """Swap the bytes of each word of a big-endian value; what is no whole word stays as it is."""
    code = _WORDS.get(vr)
    if code is None:
        return content
    words = array(code)
    whole = len(content) // words.itemsize * words.itemsize
    words.frombytes(content[:whole])
    words.byteswap()
    return words.tobytes() + content[whole:]
