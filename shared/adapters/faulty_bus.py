"""A bus with the faults that Pub/Sub allows itself, and with crashes; the same for the same seed."""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from threading import Lock

import msgspec

from shared.ports.bus import Broker, Delivery, Subscription

#: how many messages a reordering bus draws from
WINDOW = 64

_COPY = "copy-"

#: which publish crashes: the one with this number, from 1, or all that the predicate picks by topic, data and
#: attributes
CrashPoint = int | Callable[[str, bytes, Mapping[str, str]], bool]


class InjectedCrash(BaseException):
    """The process ends here; no handler of `Exception` may hold it up."""


class FaultyBus:
    """A broker that delivers what another one holds, as badly as Pub/Sub may.

    A copy is a delivery of its own. Only the original's answer counts for the wrapped broker, so a copy may
    arrive after the message was acknowledged, and its own answer changes nothing. Copies are made of first
    deliveries: a message is delivered `1 + duplicates` times, and once more for every failure.

    Args:
        broker: the broker that holds the messages.
        seed: the same seed gives the same faults for the same calls.
        duplicates: how many copies of each message are delivered beside it.
        reorder: whether what is due is delivered in random order instead of the wrapped broker's.
        crash_before_publish: which publish raises `InjectedCrash` and publishes nothing.
        crash_after_publish: which publish raises `InjectedCrash` although it published.
    """

    def __init__(
        self,
        broker: Broker,
        *,
        seed: int,
        duplicates: int = 0,
        reorder: bool = False,
        crash_before_publish: CrashPoint | None = None,
        crash_after_publish: CrashPoint | None = None,
    ) -> None:
        self._broker = broker
        self._random = random.Random(seed)  # noqa: S311 - an order that can be repeated, not a secret
        self._duplicates = duplicates
        self._reorder = reorder
        self._crash_before_publish = crash_before_publish
        self._crash_after_publish = crash_after_publish
        self._lock = Lock()
        self._published = 0
        self._held: list[Delivery] = []

    def subscribe(self, subscription: Subscription) -> None:
        """Create the subscription, or give an existing one its new policies."""
        self._broker.subscribe(subscription)

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Publish a message, or crash just before or just after.

        Raises:
            InjectedCrash: this is a publish that was to crash.
        """
        with self._lock:
            self._published += 1
            number = self._published
        if _hits(self._crash_before_publish, number, topic, data, attributes):
            raise InjectedCrash
        message_id = self._broker.publish(topic, data, attributes)
        if _hits(self._crash_after_publish, number, topic, data, attributes):
            raise InjectedCrash
        return message_id

    def lease(self, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` deliveries, originals and copies, out of more that are held for later calls."""
        with self._lock:
            wanted = max(limit, WINDOW) if self._reorder and limit > 0 else limit
            for delivery in self._broker.lease(wanted - len(self._held)):
                self._held += [delivery, *self._copies(delivery)]
            if self._reorder:
                self._random.shuffle(self._held)
            taken = self._held[: max(limit, 0)]
            del self._held[: len(taken)]
            return taken

    def ack(self, *deliveries: Delivery) -> None:
        """Acknowledge originals; the answer to a copy is ignored, as is a stale one."""
        self._broker.ack(*deliveries)

    def nack(self, delivery: Delivery) -> None:
        """Refuse an original; the answer to a copy is ignored, as is a stale one."""
        self._broker.nack(delivery)

    def together(self) -> AbstractContextManager[None]:
        """As the broker does it."""
        return self._broker.together()

    def next_due(self) -> float | None:
        """When the next delivery is due, in seconds since the epoch; None if there is none."""
        with self._lock:
            held = [delivery.message.publish_time for delivery in self._held]
        due = self._broker.next_due()
        return min(held if due is None else [*held, due], default=None)

    def backlog(self) -> Mapping[str, int]:
        """How many messages each subscription has yet to acknowledge, with the copies yet to be delivered."""
        with self._lock:
            copies = Counter(held.subscription for held in self._held if held.ack_id.startswith(_COPY))
        return dict(copies + Counter(self._broker.backlog()))

    def _copies(self, delivery: Delivery) -> list[Delivery]:
        """Copies under ack ids that the wrapped broker does not know, so that it ignores their answers."""
        number = self._duplicates if delivery.delivery_attempt == 1 else 0
        return [
            msgspec.structs.replace(delivery, ack_id=f"{_COPY}{copy}-{delivery.ack_id}")
            for copy in range(1, number + 1)
        ]


def _hits(
    point: CrashPoint | None, number: int, topic: str, data: bytes, attributes: Mapping[str, str]
) -> bool:
    if point is None or isinstance(point, int):
        return point == number
    return point(topic, data, attributes)
