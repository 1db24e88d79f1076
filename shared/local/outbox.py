"""The outbox: publishes owed messages in the background, at least once, for as long as it takes."""

import itertools
import threading
from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from shared.errors import StorageUnavailable
from shared.local.publishing import Publish, PubsubMessage

_PAGE = 100
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0


class OwedMessage(NamedTuple):
    """A message that is to be published to `projects/P/topics/T`; `attributes` as JSON."""

    number: int
    topic: str
    attributes: str
    data: bytes


class Owed(Protocol):
    """What keeps the messages until they are published."""

    def owed(self, topics_left_out: Sequence[str], limit: int) -> Sequence[OwedMessage]:
        """The oldest owed messages to other topics than these."""
        ...

    def settle(self, messages: Sequence[OwedMessage]) -> None:
        """Forget messages that were published."""
        ...


class Outbox:
    """Publishes in a thread of its own what is owed.

    Args:
        messages: keeps them until they are published.
        publish: publishes them; None: they are kept for a later start that has one.
        name: the thread's.
    """

    def __init__(self, messages: Owed, publish: Publish | None, name: str) -> None:
        self._messages = messages
        self._publish = publish
        self._woken = threading.Event()
        self._settled = threading.Condition()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name=name)

    def start(self) -> None:
        """Begin with what an earlier process left."""
        if self._publish is not None:
            self._thread.start()

    def wake(self) -> None:
        """Say that something may be owed."""
        self._woken.set()

    def wait_until_published(self, timeout: float) -> bool:
        """Wait until nothing is owed, at most so many seconds; say whether it is so."""
        with self._settled:
            return self._settled.wait_for(lambda: not self._messages.owed((), 1), timeout)

    def stop(self) -> None:
        """End the thread; what is still owed is kept."""
        self._stopped = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        wait: float | None = _FIRST_WAIT
        while not self._stopped:
            self._woken.clear()
            wait = None if self._is_all_published() else min(_LONGEST_WAIT, (wait or _FIRST_WAIT) * 2)
            self._woken.wait(wait)

    def _is_all_published(self) -> bool:
        try:
            return self._publish_owed()
        except StorageUnavailable:
            return False

    def _publish_owed(self) -> bool:
        """Publish all that can be published; tell whether that was everything."""
        failed: list[str] = []
        while not self._stopped:
            # A topic that fails is left out until the next round: it must not hold up the others.
            messages = self._messages.owed(failed, _PAGE)
            if not messages:
                break
            for topic, group in itertools.groupby(messages, lambda message: message.topic):
                if topic not in failed and not self._published(topic, list(group)):
                    failed.append(topic)
        return not failed

    def _published(self, topic: str, owed: Sequence[OwedMessage]) -> bool:
        if self._publish is None:
            return False
        try:
            self._publish(topic, [_message(each) for each in owed])
            self._messages.settle(owed)
        except Exception:  # noqa: BLE001 - it is a caller's; whatever it raises, the messages stay owed
            return False
        with self._settled:
            self._settled.notify_all()
        return True


def _message(owed: OwedMessage) -> PubsubMessage:
    return PubsubMessage(owed.data, msgspec.json.decode(owed.attributes, type=dict[str, str]))
