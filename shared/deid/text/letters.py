"""Letters that are written for others: those that no decomposition takes apart, and those that look alike."""

from collections.abc import Mapping
from functools import cache
from importlib.resources import files

#: letters that Unicode does not take apart, as they are compared
PLAIN = {"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "\u0131": "i", "ħ": "h"}
#: how those with accents are written without, besides the bare letter
DIGRAPHS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe"})


@cache
def look_alikes() -> Mapping[int, str]:
    """For `str.translate`: letters of other alphabets that look like one of ASCII."""
    text = files("shared.deid.text").joinpath("look_alikes.txt").read_text(encoding="utf-8")
    rows = [line.split() for line in text.splitlines() if not line.startswith("#")]
    return {ord(letter): latin for *letters, latin in rows for letter in letters}
