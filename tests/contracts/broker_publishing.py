"""What every broker holds about publishing and subscribing."""

import pytest

from shared.adapters.clock import FakeClock
from shared.errors import ConfigurationError
from shared.ports.bus import Broker, Subscription
from tests.contracts.broker_cases import AUDIT, START, WORK, BrokerCases, publish, texts


class PublishingContract(BrokerCases):
    """What is published arrives unchanged at every subscription of its topic."""

    def test_delivers_what_was_published(self, broker: Broker) -> None:
        """A delivery carries the topic, bytes, attributes, id and time of its publish, and is the first."""
        broker.subscribe(WORK)
        message_id = broker.publish("orders", b"\x00\xff data", {"kind": "Größe", "": ""})

        [delivery] = broker.lease(10)

        assert delivery.subscription == "work"
        assert delivery.delivery_attempt == 1
        assert delivery.message.topic == "orders"
        assert delivery.message.data == b"\x00\xff data"
        assert delivery.message.attributes == {"kind": "Größe", "": ""}
        assert delivery.message.message_id == message_id
        assert delivery.message.publish_time == START

    @pytest.mark.parametrize("data", [b"", b"\x00", bytes(range(256)) * 36_864], ids=["0", "1", "9 MiB"])
    def test_delivers_any_size_without_attributes(self, broker: Broker, data: bytes) -> None:
        """Data from nothing to 9 MiB arrive bit by bit, and no attribute is added to none."""
        broker.subscribe(WORK)
        broker.publish("orders", data, {})

        [delivery] = broker.lease(1)

        assert delivery.message.data == data
        assert delivery.message.attributes == {}

    def test_message_ids_are_unique(self, broker: Broker) -> None:
        """No two messages share an id, with or without a subscription."""
        broker.subscribe(WORK)
        ids = [broker.publish(topic, b"same", {}) for topic in ("orders", "nobody") * 50]

        assert len(set(ids)) == 100

    def test_leases_in_publish_order_and_no_more_than_asked(self, broker: Broker) -> None:
        """What is due comes in publish order, in portions of the size that was asked for."""
        broker.subscribe(WORK)
        publish(broker, 5)

        assert [texts(broker.lease(limit)) for limit in (2, 2, 2, 2)] == [
            ["0", "1"],
            ["2", "3"],
            ["4"],
            [],
        ]

    @pytest.mark.parametrize("limit", [0, -1])
    def test_leases_nothing_for_nothing(self, broker: Broker, limit: int) -> None:
        """A limit of none takes none."""
        broker.subscribe(WORK)
        publish(broker, 2)

        assert list(broker.lease(limit)) == []
        assert texts(broker.lease(2)) == ["0", "1"]

    def test_a_message_due_again_keeps_its_place(self, broker: Broker, clock: FakeClock) -> None:
        """Among the due ones, a message that failed before comes where it was published."""
        broker.subscribe(WORK)
        publish(broker, 2)
        broker.nack(broker.lease(1)[0])
        clock.advance(WORK.backoff(1))

        assert texts(broker.lease(10)) == ["0", "1"]

    def test_a_receiver_changes_no_later_delivery(self, broker: Broker, clock: FakeClock) -> None:
        """Attributes that a receiver or a publisher changes afterwards stay as they were published."""
        broker.subscribe(WORK)
        attributes = {"kind": "original"}
        broker.publish("orders", b"", attributes)
        attributes["kind"] = "changed by the publisher"
        [first] = broker.lease(1)
        first.message.attributes["kind"] = "changed by the receiver"
        clock.advance(WORK.ack_deadline)

        [second] = broker.lease(1)

        assert second.message.attributes == {"kind": "original"}

    def test_every_subscription_gets_its_own_copy(self, broker: Broker, clock: FakeClock) -> None:
        """Two subscriptions of one topic are answered independently."""
        broker.subscribe(WORK)
        broker.subscribe(AUDIT)
        broker.publish("orders", b"x", {})
        audit, work = sorted(broker.lease(10), key=lambda delivery: delivery.subscription)
        broker.ack(audit)
        broker.nack(work)
        clock.advance(WORK.backoff(1))

        assert [audit.subscription, work.subscription] == ["audit", "work"]
        assert audit.message == work.message
        assert audit.ack_id != work.ack_id
        assert broker.backlog() == {"work": 1}
        assert [delivery.subscription for delivery in broker.lease(10)] == ["work"]

    def test_a_topic_without_subscription_keeps_nothing(self, broker: Broker) -> None:
        """A subscription receives what is published after its creation, and of its own topic only."""
        broker.publish("orders", b"too early", {})
        broker.subscribe(WORK)
        broker.publish("other", b"elsewhere", {})
        broker.publish("orders", b"in time", {})

        assert texts(broker.lease(10)) == ["in time"]

    def test_subscribing_again_keeps_the_backlog_under_the_new_policies(
        self, broker: Broker, clock: FakeClock
    ) -> None:
        """A subscription that exists keeps its messages; its new deadline and back-off hold from then on."""
        broker.subscribe(WORK)
        publish(broker, 1)
        broker.subscribe(Subscription(name="work", topic="orders", ack_deadline=7.0, minimum_backoff=3.0))
        [delivery] = broker.lease(10)
        leased_until = broker.next_due()
        broker.nack(delivery)

        assert leased_until == START + 7
        assert broker.next_due() == START + 3

    @pytest.mark.parametrize("attempts", [-1, 0, 4, 101])
    def test_refuses_attempts_that_pubsub_refuses(self, broker: Broker, attempts: int) -> None:
        """Fewer than 5 or more than 100 delivery attempts are a configuration error; nothing is created."""
        with pytest.raises(ConfigurationError) as refusal:
            broker.subscribe(Subscription(name="work", topic="orders", max_delivery_attempts=attempts))

        broker.publish("orders", b"x", {})
        assert refusal.value.details == {"subscription": "work", "max_delivery_attempts": attempts}
        assert broker.backlog() == {}

    @pytest.mark.parametrize("attempts", [5, 100])
    def test_accepts_attempts_that_pubsub_accepts(self, broker: Broker, attempts: int) -> None:
        """5 and 100 delivery attempts are within the bounds."""
        broker.subscribe(Subscription(name="work", topic="orders", max_delivery_attempts=attempts))
        publish(broker, 1)

        assert broker.backlog() == {"work": 1}

    def test_refuses_to_move_a_subscription_to_another_topic(self, broker: Broker) -> None:
        """As in Pub/Sub, the topic of a subscription is for life."""
        broker.subscribe(WORK)
        with pytest.raises(ConfigurationError):
            broker.subscribe(Subscription(name="work", topic="other"))
        broker.publish("other", b"x", {})

        assert broker.backlog() == {}
