"""Topics and subscriptions on the emulator, as Terraform makes them in a project."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from shared.local.push_bridge import subscriber
from shared.ports.bus import Subscription

if TYPE_CHECKING:
    from google.pubsub_v1.types import Subscription as PubsubSubscription

# Pub/Sub allows 5 at least, and 10 to 600 seconds of back-off; its emulator takes less of the latter.
_LEAST_ATTEMPTS = 5


def create_topics(emulator: str, project: str, names: Iterable[str]) -> None:
    """Create topics; those that exist stay.

    Args:
        emulator: `host:port`.
        project: the project's id.
        names: of the topics.
    """
    import grpc
    from google.api_core.exceptions import AlreadyExists
    from google.pubsub_v1 import PublisherClient
    from google.pubsub_v1.services.publisher.transports import PublisherGrpcTransport

    channel = grpc.insecure_channel(emulator)
    with PublisherClient(transport=PublisherGrpcTransport(channel=channel)) as client:
        for name in names:
            try:
                client.create_topic(name=f"projects/{project}/topics/{name}")
            except AlreadyExists:
                continue


def create_subscriptions(
    emulator: str,
    project: str,
    subscriptions: Iterable[Subscription],
    *,
    endpoints: Mapping[str, str] | None = None,
) -> tuple[str, ...]:
    """Create subscriptions; return their resource names.

    Args:
        emulator: `host:port`.
        project: the project's id.
        subscriptions: with their policies.
        endpoints: where each is pushed to, by its name; without them they are pulled.
    """
    with subscriber(emulator) as client:
        requests = [_request(project, each, (endpoints or {}).get(each.name)) for each in subscriptions]
        return tuple(client.create_subscription(request=request).name for request in requests)


def _request(project: str, subscription: Subscription, endpoint: str | None) -> "PubsubSubscription":
    from google.pubsub_v1 import types

    request = types.Subscription(
        name=f"projects/{project}/subscriptions/{subscription.name}",
        topic=f"projects/{project}/topics/{subscription.topic}",
        ack_deadline_seconds=int(subscription.ack_deadline),
        retry_policy=types.RetryPolicy(
            minimum_backoff=timedelta(seconds=subscription.minimum_backoff),
            maximum_backoff=timedelta(seconds=subscription.maximum_backoff),
        ),
        expiration_policy=types.ExpirationPolicy(),
    )
    if subscription.dead_letter_topic is not None:
        request.dead_letter_policy = types.DeadLetterPolicy(
            dead_letter_topic=f"projects/{project}/topics/{subscription.dead_letter_topic}",
            max_delivery_attempts=max(subscription.max_delivery_attempts, _LEAST_ATTEMPTS),
        )
    if endpoint is not None:
        request.push_config = types.PushConfig(push_endpoint=endpoint)
    return request
