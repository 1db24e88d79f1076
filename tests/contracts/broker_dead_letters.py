"""What every broker holds about messages that keep failing."""

from shared.adapters.clock import FakeClock
from shared.ports.bus import DEAD_LETTER_ATTRIBUTES, Broker
from tests.contracts.broker_cases import AUDIT, BURY, GRAVE, WORK, BrokerCases, due_times, publish


class DeadLettersContract(BrokerCases):
    """A message that keeps failing ends on the dead-letter topic, once, and blocks nobody."""

    def test_refusals_end_as_a_dead_letter(self, broker: Broker, clock: FakeClock) -> None:
        """With the last attempt refused, the message goes to the dead-letter topic and tells its story."""
        broker.subscribe(BURY)
        broker.subscribe(GRAVE)
        message_id = broker.publish("orders", b"poison", {"kind": "order"})
        attempts = []
        for wait in (10, 20, 40, 80, 0):
            [delivery] = broker.lease(1)
            attempts.append(delivery.delivery_attempt)
            broker.nack(delivery)
            clock.advance(wait)
        [delivery] = broker.lease(1)

        assert attempts == [1, 2, 3, 4, 5]
        assert (delivery.subscription, delivery.delivery_attempt) == ("grave", 1)
        assert delivery.message.topic == "dead"
        assert delivery.message.data == b"poison"
        assert delivery.message.message_id != message_id
        assert delivery.message.publish_time == clock.now()
        assert delivery.message.attributes == {
            "kind": "order",
            **dict(
                zip(
                    DEAD_LETTER_ATTRIBUTES,
                    ("5", "work", "local", "2025-11-22T10:30:45.500+00:00"),
                    strict=True,
                )
            ),
        }
        assert broker.backlog() == {"grave": 1}

    def test_expired_deliveries_end_as_a_dead_letter(self, broker: Broker, clock: FakeClock) -> None:
        """Deliveries without an answer use up attempts too; the next lease finds the dead letter."""
        broker.subscribe(BURY)
        broker.subscribe(GRAVE)
        publish(broker, 1)
        for _ in range(5):
            [last] = broker.lease(10)
            clock.advance(BURY.ack_deadline)
        due = broker.next_due()
        [forwarded] = broker.lease(10)
        broker.ack(last)

        assert due == clock.now()
        assert forwarded.subscription == "grave"
        assert forwarded.message.attributes["CloudPubSubDeadLetterSourceDeliveryCount"] == "5"
        assert broker.backlog() == {"grave": 1}

    def test_an_ack_at_the_last_attempt_saves_the_message(self, broker: Broker, clock: FakeClock) -> None:
        """The last attempt may still succeed, also late, as long as it was not forwarded."""
        broker.subscribe(BURY)
        broker.subscribe(GRAVE)
        publish(broker, 1)
        for _ in range(5):
            [last] = broker.lease(10)
            clock.advance(BURY.ack_deadline)
        broker.ack(last)

        assert list(broker.lease(10)) == []
        assert broker.backlog() == {}

    def test_a_dead_letter_without_subscription_is_gone(self, broker: Broker, clock: FakeClock) -> None:
        """As in Pub/Sub, a dead-letter topic that nobody subscribes to keeps nothing."""
        broker.subscribe(BURY)
        publish(broker, 1)
        for _ in range(5):
            [delivery] = broker.lease(1)
            broker.nack(delivery)
            clock.advance(BURY.maximum_backoff)

        assert broker.backlog() == {}
        assert broker.next_due() is None

    def test_the_dead_letter_of_one_subscription_spares_the_other(
        self, broker: Broker, clock: FakeClock
    ) -> None:
        """A message that one subscription buries stays whole for the other subscription of its topic."""
        broker.subscribe(BURY)
        broker.subscribe(AUDIT)
        broker.publish("orders", b"x", {"kind": "order"})
        for _ in range(5):
            [refused] = [delivery for delivery in broker.lease(2) if delivery.subscription == "work"]
            broker.nack(refused)
            clock.advance(100)
        clock.advance(600)
        [audit] = broker.lease(10)

        assert audit.subscription == "audit"
        assert audit.message.data == b"x"
        assert audit.message.attributes == {"kind": "order"}

    def test_without_dead_letter_topic_it_is_tried_for_ever(self, broker: Broker, clock: FakeClock) -> None:
        """Nothing but an ack ends the deliveries of a subscription without a dead-letter topic."""
        broker.subscribe(WORK)
        publish(broker, 1)
        for _ in range(150):
            [delivery] = broker.lease(1)
            broker.nack(delivery)
            clock.advance(WORK.maximum_backoff)

        assert delivery.delivery_attempt == 150
        assert broker.backlog() == {"work": 1}

    def test_a_poison_message_does_not_block_others(self, broker: Broker, clock: FakeClock) -> None:
        """While the first message fails again and again, those behind it are delivered and acknowledged."""
        broker.subscribe(BURY)
        broker.subscribe(GRAVE)
        publish(broker, 20)
        served = []
        for due in due_times(broker):
            clock.advance(max(0, due - clock.now()))
            for delivery in broker.lease(1):
                if delivery.message.data == b"0" and delivery.subscription == "work":
                    broker.nack(delivery)
                else:
                    broker.ack(delivery)
                    served.append(delivery.message.data.decode())

        assert served == [*map(str, range(1, 20)), "0"]
