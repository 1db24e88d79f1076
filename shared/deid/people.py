"""The people around an instance: worked out once for all instances that name the same."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from shared.deid.gate.harvest import Token
from shared.deid.gate.residue import Wanted
from shared.deid.header.memos import Group
from shared.deid.readings.days import days_of

if TYPE_CHECKING:
    from shared.deid.text.known import KnownIdentifiers

_DATE_KEYWORDS = ("PatientBirthDate", "StudyDate")


class People:
    """Everything but UIDs that identifies somebody.

    Attributes:
        keys: the words without which none of it stands anywhere.
    """

    def __init__(self, harvested: Sequence[Group]) -> None:
        """Take what was harvested."""
        # Kept, so that nobody else gets its ids while they are a key.
        self._harvested = harvested
        self.keys = frozenset[bytes]().union(*[each.keys for group in harvested for each in group])

    @property
    def tokens(self) -> Iterator[Token]:
        """Each form of each identifier."""
        return (token for group in self._harvested for each in group for token in each.tokens)

    @cached_property
    def wanted(self) -> Wanted:
        """All of it, to be sought."""
        return Wanted(set(self.tokens))

    @cached_property
    def _texts(self) -> dict[str, set[str]]:
        texts: dict[str, set[str]] = {"words": set(), "phrases": set()}
        # The cleaner knows dates in any spelling by itself.
        for token in (each for each in self.tokens if "date" not in each.kind):
            is_name = token.kind in {"name", "short name"}
            texts["words" if is_name else "phrases"].add(token.text.decode("utf-8", "ignore"))
        return texts

    def known(self, identity: Mapping[str, str]) -> "KnownIdentifiers":
        """What the cleaner of texts has to find; `identity` has the dates of birth and study by keyword."""
        # Only here: most profiles clean no texts.
        from shared.deid.text.known import KnownIdentifiers

        values = [value for keyword in _DATE_KEYWORDS for value in identity.get(keyword, "").split("\\")]
        # What tells no day is sought as it stands.
        phrases = self._texts["phrases"].union(value for value in values if not days_of(value))
        dates = chain.from_iterable(map(days_of, values))
        return KnownIdentifiers.of(self._texts["words"], phrases, dates)
