"""How texts are cleaned: the part of a de-identification profile that is about words."""

import re
from typing import Annotated, Literal, get_args

import msgspec

from shared.deid.text.spelling import fold
from shared.errors import RulesetInvalid

#: what the cleaner seeks by its shape
PatternClass = Literal[
    "address",
    "age",
    "date",
    "device",
    "email",
    "id",
    "name",
    "network",
    "number",
    "phone",
    "time",
    "uid",
    "url",
]
PATTERN_CLASSES: tuple[PatternClass, ...] = get_args(PatternClass)

_LONGEST_PATTERN = 200
# A group that is repeated, or a repetition without end: with them, a pattern may take for ever.
_UNBOUNDED = re.compile(r"(?<!\\)(?:\\\\)*(?:\)[*+{]|[*+]|\{\d*,\})")


class TextSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the cleaner of texts keeps and cuts.

    Attributes:
        vocabulary: words that stay, besides those that come with Airlock.
        patterns: regular expressions of what goes, besides the classes; compared with the text in lower case
            and without accents.
        classes: the classes of patterns that are sought.
    """

    vocabulary: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=64)], ...] = ()
    patterns: tuple[Annotated[str, msgspec.Meta(min_length=1, max_length=_LONGEST_PATTERN)], ...] = ()
    classes: tuple[PatternClass, ...] = PATTERN_CLASSES

    def check(self, source: str) -> None:
        """Refuse what cannot work.

        Raises:
            RulesetInvalid: a pattern is no regular expression, repeats without bound, has capitals or
                accents, or fits nothing at all.
        """
        for pattern in self.patterns:
            if problem := _problem(pattern):
                raise RulesetInvalid(file=source, place="patterns", rule=problem)


def _problem(pattern: str) -> str | None:
    """What a pattern would have to be."""
    try:
        fits_nothing = re.compile(pattern).search("") is not None
    except re.error:
        return "a regular expression"
    if _UNBOUNDED.search(pattern):
        return "a regular expression whose repetitions have an upper bound, and none of a group"
    literal = re.sub(r"\\.", "", pattern)
    if fits_nothing or fold(literal) != literal:
        return "a regular expression in lower case without accents that fits something"
    return None
