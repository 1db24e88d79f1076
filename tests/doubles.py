"""Doubles of ports: where a test needs to see, order or break what the embedded adapters do."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.events import AUDIT, Event, decode
from shared.ports.records import ClaimOutcome

#: what happened, in order: the port, what was done, and to what
Journal = list[tuple[str, str, str]]


class Published(NamedTuple):
    """One message on a `RecordingBus`."""

    topic: str
    data: bytes
    attributes: Mapping[str, str]

    @property
    def event(self) -> Event:
        """The event in it."""
        return decode(self.data)


class RecordingBus:
    """A bus that keeps what is published, and fails while `failure` is set."""

    def __init__(self, journal: Journal | None = None) -> None:
        self.journal: Journal = [] if journal is None else journal
        self.published: list[Published] = []
        self.failure: BaseException | None = None

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Keep one message."""
        if self.failure is not None:
            raise self.failure
        self.journal.append(("bus", "publish", topic))
        self.published.append(Published(topic, data, dict(attributes)))
        return f"message-{len(self.published)}"

    @property
    def events(self) -> list[Event]:
        """The events that were published anywhere but on the audit topic."""
        return [each.event for each in self.published if each.topic != AUDIT]


class RecordingClaims:
    """Claims that answer `outcome` and keep what was asked of them; `failure` is raised instead while set."""

    def __init__(self, journal: Journal | None = None, outcome: ClaimOutcome = "claimed") -> None:
        self.journal: Journal = [] if journal is None else journal
        self.outcome: ClaimOutcome = outcome
        self.failure: Exception | None = None

    def claim(self, key: str, *, now: float, lease: float) -> ClaimOutcome:
        """Answer as told."""
        self._record("claim", key)
        return self.outcome

    def complete_claim(self, key: str) -> None:
        """Keep that it was completed."""
        self._record("complete", key)

    def release_claim(self, key: str) -> None:
        """Keep that it was released."""
        self._record("release", key)

    def _record(self, action: str, key: str) -> None:
        if self.failure is not None:
            raise self.failure
        self.journal.append(("claims", action, key))


class RecordingLedger:
    """Passes everything on to a ledger and keeps the names of the methods that change something."""

    _CHANGES = ("add_", "put_", "raise_", "release_", "replace_")

    def __init__(self, ledger: Any, journal: Journal, name: str = "ledger") -> None:
        self._ledger = ledger
        self._name = name
        self.journal = journal

    def __getattr__(self, method: str) -> Any:
        if method.startswith(self._CHANGES):
            self.journal.append((self._name, method, ""))
        return getattr(self._ledger, method)


class FailingOnce:
    """Passes everything on, but the first call of one method raises `failure` and does nothing."""

    def __init__(self, target: Any, method: str, failure: BaseException) -> None:
        self._target = target
        self._method = method
        self._failures = [failure]

    def __getattr__(self, method: str) -> Any:
        if method == self._method and self._failures:
            return self._fail
        return getattr(self._target, method)

    def _fail(self, *_arguments: Any, **_options: Any) -> Any:
        raise self._failures.pop()
