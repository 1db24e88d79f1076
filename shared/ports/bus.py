"""Topics and subscriptions, with the words and guarantees of Pub/Sub: at least once, in any order."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Protocol

import msgspec


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """A message as Pub/Sub delivers it; `publish_time` is in seconds since the epoch.

    Neither Cloud Storage nor the Healthcare API sets an ordering key, and no stage relies on one.
    """

    topic: str
    data: bytes
    attributes: dict[str, str]
    message_id: str
    publish_time: float
    ordering_key: str = ""


class Subscription(msgspec.Struct, frozen=True, kw_only=True):
    """A subscription and its policies; times in seconds.

    Attributes:
        name: its name.
        topic: the topic whose messages it receives from its creation on.
        dead_letter_topic: where a message goes after `max_delivery_attempts`; None keeps trying for ever.
        max_delivery_attempts: 5 to 100, as Pub/Sub allows.
        minimum_backoff: the wait after the first failed delivery; it doubles from there.
        maximum_backoff: the longest wait between two deliveries.
        ack_deadline: after this time without an answer a message is delivered again.
    """

    name: str
    topic: str
    dead_letter_topic: str | None = None
    max_delivery_attempts: int = 5
    minimum_backoff: float = 10.0
    maximum_backoff: float = 600.0
    ack_deadline: float = 600.0

    def backoff(self, delivery_attempt: int) -> float:
        """The wait in seconds after the failed delivery number `delivery_attempt` (from 1)."""
        return min(self.maximum_backoff, self.minimum_backoff * 2.0 ** min(delivery_attempt - 1, 32))


class Delivery(msgspec.Struct, frozen=True, kw_only=True):
    """One delivery of a message; `ack_id` answers exactly this one."""

    subscription: str
    message: Message
    delivery_attempt: int
    ack_id: str


class Bus(Protocol):
    """Where the stages publish."""

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Publish a message durably; return its message id."""
        ...


class Broker(Bus, Protocol):
    """A bus that runs on this machine, seen from the side that delivers."""

    def subscribe(self, subscription: Subscription) -> None:
        """Create the subscription, or give an existing one its new policies."""
        ...

    def lease(self, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` messages that are due, each hidden until its ack deadline."""
        ...

    def ack(self, *deliveries: Delivery) -> None:
        """Acknowledge: these messages are not delivered again to these subscriptions.

        A stale answer is ignored.
        """
        ...

    def nack(self, delivery: Delivery) -> None:
        """Refuse: deliver it again after the back-off, or dead-letter it. A stale answer is ignored."""
        ...

    def together(self) -> AbstractContextManager[None]:
        """Let what this thread publishes inside be safe at the block's end, not with each call."""
        ...

    def next_due(self) -> float | None:
        """When the next message is due, in seconds since the epoch; None if there is none."""
        ...

    def backlog(self) -> Mapping[str, int]:
        """How many messages each subscription has yet to acknowledge; subscriptions with none left out."""
        ...


#: attributes that Pub/Sub adds to a forwarded dead letter
DEAD_LETTER_ATTRIBUTES = (
    "CloudPubSubDeadLetterSourceDeliveryCount",
    "CloudPubSubDeadLetterSourceSubscription",
    "CloudPubSubDeadLetterSourceSubscriptionProject",
    "CloudPubSubDeadLetterSourceTopicPublishTime",
)
