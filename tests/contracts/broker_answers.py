"""What every broker holds about answers, missing answers and the time."""

import pytest

from shared.adapters.clock import FakeClock
from shared.ports.bus import Broker, Delivery, Subscription
from tests.contracts.broker_cases import START, WORK, BrokerCases, publish, texts


class AnswersContract(BrokerCases):
    """A message is delivered until it is acknowledged, at the times that its subscription says."""

    def test_an_acknowledged_message_is_gone(self, broker: Broker, clock: FakeClock) -> None:
        """After its ack a message is never delivered again."""
        broker.subscribe(WORK)
        publish(broker, 2)
        first, _second = broker.lease(10)
        broker.ack(first)
        clock.advance(10 * WORK.ack_deadline)

        assert texts(broker.lease(10)) == ["1"]

    def test_an_expired_delivery_comes_again(self, broker: Broker, clock: FakeClock) -> None:
        """A message is hidden until its ack deadline, and due again from that very moment."""
        broker.subscribe(WORK)
        publish(broker, 1)
        broker.lease(1)
        clock.advance(59)
        before = broker.lease(1)
        clock.advance(1)
        [again] = broker.lease(1)

        assert list(before) == []
        assert again.delivery_attempt == 2

    def test_a_refused_delivery_comes_again_after_exactly_the_back_off(
        self, broker: Broker, clock: FakeClock
    ) -> None:
        """The wait after each failed delivery is what the subscription says, up to its maximum."""
        broker.subscribe(WORK)
        publish(broker, 1)
        waits = []
        for attempt in range(1, 10):
            [delivery] = broker.lease(1)
            broker.nack(delivery)
            due = broker.next_due()
            assert due is not None
            waits.append(due - clock.now())
            clock.advance(waits[-1] - 0.5)
            assert list(broker.lease(1)) == []
            clock.advance(0.5)
            assert delivery.delivery_attempt == attempt

        assert waits == [10, 20, 40, 80, 160, 320, 600, 600, 600]

    def test_a_stale_ack_is_ignored(self, broker: Broker, clock: FakeClock) -> None:
        """The ack of a delivery that was followed by another one changes nothing."""
        broker.subscribe(WORK)
        publish(broker, 1)
        [stale] = broker.lease(1)
        clock.advance(WORK.ack_deadline)
        [current] = broker.lease(1)
        broker.ack(stale)
        still_there = broker.backlog()
        broker.ack(current)

        assert still_there == {"work": 1}
        assert broker.backlog() == {}

    def test_a_stale_nack_is_ignored(self, broker: Broker, clock: FakeClock) -> None:
        """The nack of a delivery that was followed by another one neither hides nor frees the message."""
        broker.subscribe(WORK)
        publish(broker, 1)
        [stale] = broker.lease(1)
        clock.advance(WORK.ack_deadline)
        [current] = broker.lease(1)
        broker.nack(stale)

        assert broker.next_due() == clock.now() + WORK.ack_deadline
        broker.ack(current)
        assert broker.backlog() == {}

    @pytest.mark.parametrize("second", ["ack", "nack"])
    def test_the_first_answer_counts(self, broker: Broker, second: str) -> None:
        """After a nack, neither an ack nor another nack of the same delivery changes anything."""
        broker.subscribe(WORK)
        publish(broker, 1)
        [delivery] = broker.lease(1)
        broker.nack(delivery)
        getattr(broker, second)(delivery)

        assert broker.backlog() == {"work": 1}
        assert broker.next_due() == START + WORK.backoff(1)

    def test_an_answer_to_an_acknowledged_delivery_is_ignored(self, broker: Broker) -> None:
        """A message that was acknowledged stays so, whatever else is said of that delivery."""
        broker.subscribe(WORK)
        publish(broker, 1)
        [delivery] = broker.lease(1)
        broker.ack(delivery)
        broker.ack(delivery)
        broker.nack(delivery)

        assert broker.backlog() == {}
        assert broker.next_due() is None

    def test_a_late_ack_counts_until_the_next_delivery(self, broker: Broker, clock: FakeClock) -> None:
        """Work that outlived its deadline is not repeated if nobody was given it in the meantime."""
        broker.subscribe(WORK)
        publish(broker, 2)
        late, _other = broker.lease(2)
        clock.advance(WORK.ack_deadline)
        promoted = broker.lease(0)
        broker.ack(late)

        assert list(promoted) == []
        assert texts(broker.lease(10)) == ["1"]

    def test_a_late_nack_counts_until_the_next_delivery(self, broker: Broker, clock: FakeClock) -> None:
        """A refusal after the deadline still makes the message wait for its back-off."""
        broker.subscribe(WORK)
        publish(broker, 1)
        [late] = broker.lease(1)
        clock.advance(WORK.ack_deadline)
        broker.lease(0)
        broker.nack(late)

        assert list(broker.lease(10)) == []
        assert broker.next_due() == clock.now() + WORK.backoff(1)

    def test_an_unknown_ack_id_is_ignored(self, broker: Broker) -> None:
        """An answer to a delivery that this broker never made changes nothing."""
        broker.subscribe(WORK)
        publish(broker, 1)
        [delivery] = broker.lease(1)
        foreign = Delivery(
            subscription="work", message=delivery.message, delivery_attempt=1, ack_id="foreign"
        )
        broker.ack(foreign)
        broker.nack(foreign)

        assert broker.backlog() == {"work": 1}
        assert broker.next_due() == START + WORK.ack_deadline

    def test_tells_when_the_next_message_is_due(self, broker: Broker, clock: FakeClock) -> None:
        """Nothing, at once, at the ack deadline, after the back-off: next_due names the earliest."""
        broker.subscribe(WORK)
        empty = broker.next_due()
        publish(broker, 2)
        published = broker.next_due()
        clock.advance(1)
        first, second = broker.lease(2)
        leased = broker.next_due()
        broker.nack(first)
        refused = broker.next_due()
        broker.ack(second)
        clock.advance(50)

        assert empty is None
        assert published == START
        assert leased == START + 1 + WORK.ack_deadline
        assert refused == START + 1 + WORK.backoff(1)
        assert broker.next_due() == START + 1 + WORK.backoff(1)

    def test_counts_the_backlog_whatever_its_state(self, broker: Broker) -> None:
        """Waiting, leased and refused messages count; acknowledged ones do not."""
        broker.subscribe(WORK)
        broker.subscribe(Subscription(name="idle", topic="other"))
        publish(broker, 4)
        first, second, _third = broker.lease(3)
        broker.ack(first)
        broker.nack(second)

        assert broker.backlog() == {"work": 3}
