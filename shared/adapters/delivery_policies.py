"""What every broker on this machine makes of a subscription's policies, as Pub/Sub does."""

from datetime import UTC, datetime

from shared.errors import ConfigurationError
from shared.ports.bus import DEAD_LETTER_ATTRIBUTES, Message, Subscription

#: the project that a subscription on this machine belongs to
LOCAL_PROJECT = "local"

FEWEST_DELIVERY_ATTEMPTS = 5
MOST_DELIVERY_ATTEMPTS = 100


def require_valid(subscription: Subscription, existing: Subscription | None) -> None:
    """Check a subscription before it is created or takes the place of an `existing` one of its name.

    Raises:
        ConfigurationError: `max_delivery_attempts` is not 5 to 100, or the topic is another than before.
    """
    attempts = subscription.max_delivery_attempts
    if not FEWEST_DELIVERY_ATTEMPTS <= attempts <= MOST_DELIVERY_ATTEMPTS:
        raise ConfigurationError(subscription=subscription.name, max_delivery_attempts=attempts)
    if existing is not None and existing.topic != subscription.topic:
        raise ConfigurationError(
            subscription=subscription.name, topic=subscription.topic, existing_topic=existing.topic
        )


def dead_letter_topic(subscription: Subscription, delivery_attempt: int) -> str | None:
    """Where a message goes whose failed delivery had this number (from 1); None to deliver it again."""
    used_up = delivery_attempt >= subscription.max_delivery_attempts
    return subscription.dead_letter_topic if used_up else None


def dead_letter_attributes(
    message: Message, subscription: Subscription, delivery_attempt: int
) -> dict[str, str]:
    """The attributes of the message that is forwarded: its own, and those that tell where it comes from."""
    publish_time = datetime.fromtimestamp(message.publish_time, UTC).isoformat(timespec="milliseconds")
    source = (str(delivery_attempt), subscription.name, LOCAL_PROJECT, publish_time)
    return {**message.attributes, **dict(zip(DEAD_LETTER_ATTRIBUTES, source, strict=True))}
