"""The bus in memory, for tests and for runs that need not outlive their process."""

import itertools
import math
import uuid
from bisect import bisect_left, bisect_right, insort
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from threading import Lock

import msgspec

from shared.adapters.delivery_policies import dead_letter_attributes, dead_letter_topic, require_valid
from shared.ports.bus import Delivery, Message, Subscription
from shared.ports.clock import Clock


class _Pending(msgspec.Struct):
    """One message that one subscription has yet to acknowledge; `sequence` is the publish order."""

    sequence: int
    subscription: str
    message: Message
    due: float
    attempt: int = 0
    ack_id: str | None = None
    ready: bool = True


class MemoryBus:
    """A broker in memory with the guarantees of Pub/Sub, except that it ends with its process.

    Two lists hold what is pending: the ready ones in publish order, and the hidden ones (leased, or waiting
    for their back-off) by the time they are due. What falls due moves from the second to the first, so a call
    costs the same however many messages wait.

    Args:
        clock: the time that leases, back-off and publish times are counted in.
    """

    def __init__(self, *, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._sequence = itertools.count()
        self._subscriptions: dict[str, Subscription] = {}
        self._pending: dict[int, _Pending] = {}
        self._leased: dict[str, _Pending] = {}
        self._ready: list[int] = []
        self._hidden: list[tuple[float, int]] = []

    def subscribe(self, subscription: Subscription) -> None:
        """Create the subscription, or give an existing one its new policies.

        Raises:
            ConfigurationError: `max_delivery_attempts` is not 5 to 100, or the topic is another than before.
        """
        with self._lock:
            require_valid(subscription, self._subscriptions.get(subscription.name))
            self._subscriptions[subscription.name] = subscription

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Give every subscription of `topic` the message; return its message id."""
        with self._lock:
            return self._publish(topic, data, attributes)

    def lease(self, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` messages that are due, in publish order, each hidden until its ack deadline."""
        with self._lock:
            self._expire()
            taken = self._ready[: max(limit, 0)]
            return [self._hand_out(self._pending[sequence]) for sequence in taken]

    def ack(self, *deliveries: Delivery) -> None:
        """Acknowledge: these messages are not delivered again; a stale answer is ignored."""
        with self._lock:
            for delivery in deliveries:
                pending = self._leased.get(delivery.ack_id)
                if pending is not None:
                    self._remove(pending)

    def nack(self, delivery: Delivery) -> None:
        """Refuse: deliver it again after the back-off, or dead-letter it. A stale answer is ignored."""
        with self._lock:
            pending = self._leased.get(delivery.ack_id)
            if pending is None or self._bury(pending):
                return
            self._end_lease(pending)
            wait = self._subscriptions[pending.subscription].backoff(pending.attempt)
            self._hide(pending, self._clock.now() + wait)

    def together(self) -> AbstractContextManager[None]:
        """Nothing is ever safer than memory."""
        return nullcontext()

    def next_due(self) -> float | None:
        """When the next message is due, in seconds since the epoch; None if there is none."""
        with self._lock:
            ready = [self._pending[sequence].due for sequence in self._ready[:1]]
            return min([*ready, *(due for due, _ in self._hidden[:1])], default=None)

    def backlog(self) -> Mapping[str, int]:
        """How many messages each subscription has yet to acknowledge; subscriptions with none left out."""
        with self._lock:
            return dict(Counter(pending.subscription for pending in self._pending.values()))

    def _publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        now = self._clock.now()
        message = Message(
            topic=topic,
            data=data,
            attributes=dict(attributes),
            message_id=uuid.uuid4().hex,
            publish_time=now,
        )
        for name in sorted(name for name, known in self._subscriptions.items() if known.topic == topic):
            pending = _Pending(next(self._sequence), name, message, now)
            self._pending[pending.sequence] = pending
            self._ready.append(pending.sequence)
        return message.message_id

    def _expire(self) -> None:
        count = bisect_right(self._hidden, (self._clock.now(), math.inf))
        due = [self._pending[sequence] for _, sequence in self._hidden[:count]]
        buried = [self._bury(pending) for pending in due].count(True)
        # With the buried ones gone, those that are delivered again are all there is at the front.
        promoted = self._hidden[: count - buried]
        del self._hidden[: len(promoted)]
        for _, sequence in promoted:
            self._pending[sequence].ready = True
        if promoted:
            self._ready = sorted([*self._ready, *(sequence for _, sequence in promoted)])

    def _hand_out(self, pending: _Pending) -> Delivery:
        self._end_lease(pending)
        pending.attempt += 1
        pending.ack_id = uuid.uuid4().hex
        self._leased[pending.ack_id] = pending
        self._hide(pending, self._clock.now() + self._subscriptions[pending.subscription].ack_deadline)
        message = pending.message
        return Delivery(
            subscription=pending.subscription,
            # A copy, so that a receiver that changes its attributes changes no later delivery.
            message=msgspec.structs.replace(message, attributes=dict(message.attributes)),
            delivery_attempt=pending.attempt,
            ack_id=pending.ack_id,
        )

    def _hide(self, pending: _Pending, due: float) -> None:
        self._unlist(pending)
        pending.due, pending.ready = due, False
        insort(self._hidden, (due, pending.sequence))

    def _unlist(self, pending: _Pending) -> None:
        if pending.ready:
            del self._ready[bisect_left(self._ready, pending.sequence)]
        else:
            del self._hidden[bisect_left(self._hidden, (pending.due, pending.sequence))]

    def _end_lease(self, pending: _Pending) -> None:
        if pending.ack_id is not None:
            del self._leased[pending.ack_id]
            pending.ack_id = None

    def _remove(self, pending: _Pending) -> None:
        self._end_lease(pending)
        self._unlist(pending)
        del self._pending[pending.sequence]

    def _bury(self, pending: _Pending) -> bool:
        """Forward the message to the dead-letter topic if its attempts are used up; tell whether they are."""
        subscription, message = self._subscriptions[pending.subscription], pending.message
        topic = dead_letter_topic(subscription, pending.attempt)
        if topic is None:
            return False
        self._publish(topic, message.data, dead_letter_attributes(message, subscription, pending.attempt))
        self._remove(pending)
        return True
