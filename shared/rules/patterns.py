"""Regular expressions of rules: compiled at load, and only those whose work is bounded."""

import re
import warnings
from collections.abc import Iterator
from itertools import pairwise

from shared.rules.place import Place

#: only so many characters of a value are searched
MAX_INPUT = 1024
MAX_PATTERN = 256
#: the most ways in which a pattern may try to match at one position: two unbounded repeats and little more
MAX_WAYS = 4 * (MAX_INPUT + 1) ** 2

_TOKEN = re.compile(
    r"""
    (?P<escape>\\.)
    | (?P<set>\[\^?\]?(?:\\.|[^\]\\])*\])
    | (?P<open>\((?:\?(?:[:=!]|<[=!]|P<\w+>))?)
    | (?P<close>\))
    | (?P<branch>\|)
    | (?P<repeat>(?:[*+?]|\{(?:[0-9]+(?:,[0-9]*)?|,[0-9]*)\})[?+]?)
    | (?P<literal>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_BOUNDS = {"*": (0, MAX_INPUT), "+": (1, MAX_INPUT), "?": (0, 1)}


def compile_pattern(text: str, place: Place, *, ignore_case: bool) -> re.Pattern[str]:
    """Compile a pattern whose search is bounded: a few seconds for the worst pattern on the worst value.

    Raises:
        RulesetInvalid: it does not compile, uses a construct that rules do without, or has too many ways.
    """
    if len(text) > MAX_PATTERN:
        raise place.error(f"longer than {MAX_PATTERN} characters")
    try:
        with warnings.catch_warnings(action="error"):
            pattern = re.compile(text, re.IGNORECASE if ignore_case else 0)
    except (re.error, OverflowError, RecursionError, Warning) as error:
        raise place.error(f"not a regular expression: {error}") from error
    tokens = [(str(match.lastgroup), match[0]) for match in _TOKEN.finditer(text)]
    _refuse_constructs(tokens, place)
    if _ways(iter(tokens)) > MAX_WAYS:
        raise place.error("could take too long: at most two of * and +, none around another choice")
    return pattern


def _refuse_constructs(tokens: list[tuple[str, str]], place: Place) -> None:
    for (kind, token), (next_kind, _) in pairwise([*tokens, ("", "")]):
        if kind == "escape" and token[1] in "123456789":
            raise place.error("back-references are not allowed")
        if kind == "open" and next_kind == "repeat":
            raise place.error("of the (?…) constructs only groups and look-around are allowed")


def _ways(tokens: Iterator[tuple[str, str]]) -> int:
    """An upper bound of the ways in which an alternation can match at one position."""
    total, product, last = 0, 1, 1
    for kind, token in tokens:
        if kind == "close":
            break
        if kind == "branch":
            total, product = total + product, 1
        if kind == "repeat":
            product = product // last * _repeated(last, *_bounds(token))
        elif kind != "branch":
            last = _ways(tokens) if kind == "open" else 1
            product *= last
    return min(total + product, MAX_WAYS + 1)


def _bounds(token: str) -> tuple[int, int]:
    if token[0] in _BOUNDS:
        return _BOUNDS[token[0]]
    low, comma, high = token.strip("{?+}").partition(",")
    return int(low or 0), int(high or (MAX_INPUT if comma else low))


def _repeated(ways: int, low: int, high: int) -> int:
    if ways > 1 and high > MAX_WAYS.bit_length():
        return MAX_WAYS + 1
    return int(ways**high) * (min(high, MAX_INPUT) - min(low, high, MAX_INPUT) + 1)
