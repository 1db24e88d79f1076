"""An installation's prefix, which names of subscriptions begin with, ends at the edge."""

import base64
import json

import pytest

from shared.envelope import delivery_of
from shared.notifications import dead_letter
from shared.ports.bus import Delivery

SOURCE = "CloudPubSubDeadLetterSourceSubscription"


def pushed(subscription: str, attributes: dict[str, str], prefix: str) -> Delivery:
    """A message as a prefixed subscription pushes it."""
    message = {
        "messageId": "1",
        "publishTime": "2025-11-22T10:00:00Z",
        "data": base64.b64encode(b"{}").decode(),
        "attributes": attributes,
    }
    body = {"message": message, "subscription": f"projects/p/subscriptions/{subscription}"}
    return delivery_of(json.dumps(body).encode(), prefix=prefix)


@pytest.mark.parametrize("prefix", ["", "airlock", "acme-prod", "validate"])
def test_a_prefixed_subscription_is_known_by_its_own_name(prefix: str) -> None:
    """Stage and topic are found behind any prefix, also one with hyphens or named like a stage."""
    delivery = pushed("-".join(filter(None, [prefix, "validate-arrivals"])), {}, prefix)

    assert (delivery.subscription, delivery.message.topic) == ("validate-arrivals", "arrivals")


@pytest.mark.parametrize("prefix", ["", "airlock", "acme-prod", "validate"])
def test_a_dead_letter_tells_its_stage_behind_a_prefix(prefix: str) -> None:
    """A dead letter of a prefixed subscription is its stage's, and its topic has no prefix."""
    before = f"{prefix}-" if prefix else ""
    attributes = {SOURCE: f"{before}validate-arrivals", "own": "stays"}
    message = pushed(f"{before}quarantine-validate-dead-letters", attributes, prefix).message
    letter = dead_letter(message.topic, message.data, message.attributes, message.publish_time)

    assert letter is not None
    assert (letter.stage, letter.message.topic) == ("validate", "arrivals")
    assert letter.message.attributes == {"own": "stays"}


def test_only_the_installations_own_prefix_is_taken_off() -> None:
    """A name that does not begin with the prefix and its hyphen is left as it is."""
    assert pushed("airlocks-validate-arrivals", {}, "airlock").subscription == "airlocks-validate-arrivals"
