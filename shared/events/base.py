"""The base of all events."""

from typing import ClassVar

import msgspec

#: every event goes here, too; those with no other topic are facts for the record alone
AUDIT = "audit"


class Event(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="type", tag=True
):
    """Base of all events; `VERSION` rises when a field changes its meaning."""

    VERSION: ClassVar[int] = 1
    TOPIC: ClassVar[str] = AUDIT
    version: int = 1

    @property
    def key(self) -> str:
        """The business key: the same for every delivery and replay of this event."""
        raise TypeError(f"{type(self).__name__} has no key")  # pragma: no cover

    @property
    def masked(self) -> dict[str, str | int]:
        """What a log line may show of this event."""
        return {}
