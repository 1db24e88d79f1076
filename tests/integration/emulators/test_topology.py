"""`create_topics` and `create_subscriptions`: the emulator has what the pipeline asks for."""

from datetime import timedelta
from typing import Any

import msgspec
import pytest

from functions.pipeline import PIPELINE
from shared.local.emulators import PubsubEmulator
from shared.local.push_bridge import subscriber
from shared.local.topology import create_subscriptions, create_topics
from shared.ports.bus import Subscription
from tests.integration.emulators.conftest import DEAD_LETTERS, TOPIC

POLICY = Subscription(
    name="validate-arrivals",
    topic=TOPIC,
    dead_letter_topic=DEAD_LETTERS,
    max_delivery_attempts=8,
    minimum_backoff=1.5,
    maximum_backoff=20,
    ack_deadline=30,
)
pytestmark = pytest.mark.emulators


@pytest.fixture
def host(pubsub_emulator: PubsubEmulator, project: str) -> str:
    """The emulator, with two topics in the project of the test."""
    create_topics(pubsub_emulator.host, project, [TOPIC, DEAD_LETTERS])
    return pubsub_emulator.host


def found(host: str, name: str) -> Any:
    """A subscription as the emulator has it."""
    with subscriber(host) as client:
        return client.get_subscription(subscription=name)


def test_a_subscription_has_its_policies(host: str, project: str) -> None:
    """Topic, deadline, back-off and dead letters are as given; it is pulled and never expires."""
    (name,) = create_subscriptions(host, project, [POLICY])
    made = found(host, name)

    assert name == f"projects/{project}/subscriptions/validate-arrivals"
    assert (made.topic, made.ack_deadline_seconds) == (f"projects/{project}/topics/{TOPIC}", 30)
    assert made.retry_policy.minimum_backoff == timedelta(seconds=1.5)
    assert made.retry_policy.maximum_backoff == timedelta(seconds=20)
    assert made.dead_letter_policy.dead_letter_topic == f"projects/{project}/topics/{DEAD_LETTERS}"
    assert made.dead_letter_policy.max_delivery_attempts == 8
    assert made.push_config.push_endpoint == ""
    assert not made.expiration_policy.ttl


def test_who_keeps_its_messages_for_ever_has_no_dead_letters(host: str, project: str) -> None:
    """The recorder of failures has no dead-letter policy."""
    (name,) = create_subscriptions(host, project, [msgspec.structs.replace(POLICY, dead_letter_topic=None)])
    made = found(host, name)

    assert not made.dead_letter_policy


def test_fewer_attempts_than_pubsub_allows_are_five(host: str, project: str) -> None:
    """Pub/Sub refuses a policy of fewer."""
    (name,) = create_subscriptions(host, project, [msgspec.structs.replace(POLICY, max_delivery_attempts=2)])
    made = found(host, name)

    assert made.dead_letter_policy.max_delivery_attempts == 5


def test_an_endpoint_is_pushed_to(host: str, project: str) -> None:
    """With an endpoint for its name, the emulator itself pushes the subscription."""
    endpoints = {"validate-arrivals": "http://127.0.0.1:1/"}
    (name,) = create_subscriptions(host, project, [POLICY], endpoints=endpoints)
    made = found(host, name)

    assert made.push_config.push_endpoint == "http://127.0.0.1:1/"


def test_topics_that_exist_stay(host: str, project: str) -> None:
    """A subscription keeps its topic when that is asked for again."""
    (name,) = create_subscriptions(host, project, [POLICY])
    create_topics(host, project, [TOPIC, "another"])
    made = found(host, name)

    assert made.topic == f"projects/{project}/topics/{TOPIC}"


def test_the_whole_pipeline_can_be_subscribed(host: str, project: str) -> None:
    """Every name and policy of the pipeline is one that Pub/Sub takes."""
    subscriptions = [each for stage in PIPELINE for each in stage.subscriptions()]
    dead_letters = [each.dead_letter_topic for each in subscriptions if each.dead_letter_topic]
    create_topics(host, project, {*(each.topic for each in subscriptions), *dead_letters})
    names = create_subscriptions(host, project, subscriptions)

    assert names == tuple(f"projects/{project}/subscriptions/{each.name}" for each in subscriptions)
