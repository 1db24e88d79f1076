"""Names of regions of interest: the standard ones of AAPM TG-263 stay, others are cleaned word by word.

TG-263 makes names of parts with underscores between them: `Parotid_L`, `Bone_Mandible`, `SpinalCord_PRV05`,
`Lung~_L` (a part of it), `zPTVopt` or `_Ring` (a help for planning), `PTVn1_5040`, `CTV_High`, `Eye_R^Copy`.
"""

import re
from functools import cache

from shared.deid.text.cleaner import TextCleaner
from shared.deid.text.known import KnownIdentifiers
from shared.deid.text.vocabulary import words_of

_LONGEST_NAME = 64
# A help for planning begins with an underscore, z or x.
_HELPER = re.compile("_|[zx](?=_|[A-Z])")
_SEPARATORS = re.compile(r"[_ ^~!+]+|-(?=[0-9A-Za-z])")
_CAPITALS = re.compile(r"(?<=[a-z])(?=[A-Z])")
# Sides and the like, which are no structure of their own.
_SHORTEST_STRUCTURE = 3
_SHORT_STRUCTURES = frozenset({"ln", "sv", "vb"})
_TARGET = re.compile(
    r"""(?:(?:hr|ir|lr|i)?ctv|i?gtv|i?ptv|itv)s?         # a target volume
        (?:vas|par|sb|ln|n|p|v|t|b)?                     # nodes, primary, surgical bed ...
        (?:[0-9]{1,4}(?:[.p][0-9]{1,2})?(?:c?gy)?)?      # its number or its dose
        (?:opt|eval|evl|exp|boost)?[lr]?""",
    re.VERBOSE,
)
_DETAIL = re.compile(
    r"""prv[0-9]{0,2}                                    # planning organ at risk volume, margin in mm
    |   [0-9]{1,4}(?:[.p][0-9]{1,2})?                    # a number, a dose in cGy or Gy
        (?:cgy|gy|mm|cm|cc|%|x[0-9]{1,2})?               # its unit, or the fractions
    |   (?:ct|mr|pt|pet|sp|us)[0-9]{1,2}                 # the image that it was drawn in
    |   (?:high|mid|low)[0-9]{0,2}                       # relative dose
    |   (?:d|v)[0-9]{1,3}(?:[.][0-9])?(?:cgy|gy|%)?      # a dose to a volume
    |   [tcls](?:1[0-2]|0?[1-9])                         # a vertebra
    |   level|[ivx]{1,5}[ab]?                            # a level of lymph nodes""",
    re.VERBOSE,
)
_NUMBERED = re.compile(r"(?P<word>[a-z]{3,})[0-9]{1,3}")
_DOSE = re.compile(r"(?:iso)?dose[ _]?[0-9]{1,5}(?:\.[0-9]{1,2})?[ _]?(?:\[?(?:%|c?gy)\]?)?")


def is_standard_roi_name(name: str) -> bool:
    """Tell whether a name has the form of AAPM TG-263, or one that planning systems give by themselves."""
    bare = name.strip(" \0")
    if not bare.isascii() or not 0 < len(bare) <= _LONGEST_NAME:
        return False
    helper = _HELPER.match(bare)
    core = bare[helper.end() :] if helper else bare
    parts = [part for part in _SEPARATORS.split(core) if part]
    is_named = any(_is_structure(part) and _says_something(part.lower()) for part in parts)
    is_known = all(_is_structure(part) or _DETAIL.fullmatch(part.lower()) for part in parts)
    return _DOSE.fullmatch(core.lower()) is not None or (is_named and is_known)


def clean_roi_name(name: str, known: KnownIdentifiers, cleaner: TextCleaner) -> str:
    """The name if it is standard and holds nothing known, else what is left of it that says something."""
    if is_standard_roi_name(name) and not cleaner.holds_known(name, known):
        return name
    cleaned = cleaner.clean(name, known)
    return cleaned if re.search(r"[^\W\d_]{2,}", cleaned) else ""


def _is_structure(part: str) -> bool:
    """Tell whether a part is a word of the standard, two or more with capitals between, or a target."""
    if _TARGET.fullmatch(part.lower()):
        return True
    return _is_word(part.lower()) or all(_is_word(each.lower()) for each in _CAPITALS.split(part))


def _is_word(part: str) -> bool:
    numbered = _NUMBERED.fullmatch(part)
    return part in _words() or (numbered is not None and numbered["word"] in _words())


def _says_something(part: str) -> bool:
    return len(part) >= _SHORTEST_STRUCTURE or part in _SHORT_STRUCTURES


@cache
def _words() -> frozenset[str]:
    return frozenset(words_of("roi_names"))
