"""What the values of an instance may ask of de-identification, which reads them as text more than once.

The limits of a header bound its bytes; these bound what takes many times its own size to work out.
"""

from collections.abc import Mapping
from typing import Literal

from shared.deid.header.memos import Group
from shared.errors import LimitExceeded

Limit = Literal["identifying_bytes", "uid_bytes", "text_bytes"]

#: for each block: names, ids and institutions; UIDs; text and dates that are read or written anew
ALLOWED: dict[Limit, int] = {"identifying_bytes": 1 << 20, "uid_bytes": 8 << 20, "text_bytes": 1 << 20}
#: for an instance: the forms in which its people are sought
MOST_TOKENS = 50_000


def require_allowed(asked: Mapping[Limit, int]) -> None:
    """Refuse a block that asks for more bytes than it may.

    Raises:
        LimitExceeded: it does.
    """
    for limit, length in asked.items():
        if length > ALLOWED[limit]:
            raise LimitExceeded(limit=limit, allowed=ALLOWED[limit])


class TokenCount:
    """Counts what identifies people in an instance, each value once."""

    def __init__(self) -> None:
        """Begin an instance."""
        self._last: Group | None = None
        self._counted = set[int]()
        self._left = MOST_TOKENS

    def add(self, group: Group) -> None:
        """Count a block's; the groups must live as long as this.

        Raises:
            LimitExceeded: there are too many.
        """
        if not group or group is self._last:
            return
        before, self._last = self._last, group
        # One block is all that most instances have: there each value need not be told from the others.
        if before is None and sum([len(each.tokens) for each in group]) <= MOST_TOKENS:
            return
        if before is not None and not self._counted:
            self._count(before)
        self._count(group)

    def _count(self, group: Group) -> None:
        self._left -= sum(
            {id(each): len(each.tokens) for each in group if id(each) not in self._counted}.values()
        )
        self._counted.update(map(id, group))
        if self._left < 0:
            raise LimitExceeded(limit="identifier_count", allowed=MOST_TOKENS)
