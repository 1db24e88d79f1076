"""`PushBridge`: what a subscription holds is pushed as Pub/Sub itself pushes it."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import msgspec
import pytest
from google.api_core.exceptions import ServiceUnavailable

from shared.envelope import delivery_of
from shared.local import push_bridge as module
from shared.local.emulators import PubsubEmulator
from shared.local.push_bridge import PushBridge
from tests.integration.emulators.conftest import DEAD_LETTERS, IMPATIENT, Body, Publish, Receiver
from tests.waiting import until

COUNTED = msgspec.structs.replace(IMPATIENT, dead_letter_topic=DEAD_LETTERS, max_delivery_attempts=5)
pytestmark = pytest.mark.emulators

Bridge = Callable[..., PushBridge]
Subscribed = Callable[..., str]


@pytest.fixture
def bridged(pubsub_emulator: PubsubEmulator, receiver: Receiver) -> Bridge:
    """Makes a bridge from a subscription to the receiver."""

    def made(subscription: str, *, concurrency: int = 8) -> PushBridge:
        return PushBridge(pubsub_emulator.host, {subscription: receiver.url}, concurrency=concurrency)

    return made


def test_pushes_the_envelope_of_production(
    bridged: Bridge, subscribed: Subscribed, publish: Publish, receiver: Receiver
) -> None:
    """Data, attributes, ordering key and attempt are there, the id and the time in both spellings."""
    name = subscribed(COUNTED)
    sent = publish(b"\x00\xff", attributes={"type": "TickElapsed"}, ordering_key="one")
    with bridged(name):
        until(lambda: receiver.bodies)
    (body,) = receiver.bodies
    message = body["message"]
    at = message.pop("publishTime")

    assert body == {"message": message, "subscription": name, "deliveryAttempt": 1}
    assert message == {
        "data": base64.b64encode(b"\x00\xff").decode(),
        "attributes": {"type": "TickElapsed"},
        "messageId": sent,
        "message_id": sent,
        "publish_time": at,
        "orderingKey": "one",
    }
    assert at.endswith("Z")
    assert abs(datetime.fromisoformat(at).timestamp() - time.time()) < 120


def test_a_function_reads_what_is_pushed(
    bridged: Bridge, subscribed: Subscribed, publish: Publish, receiver: Receiver
) -> None:
    """Without a dead-letter policy nobody counts attempts, and without an ordering key there is none."""
    name = subscribed()
    publish(attributes={"type": "TickElapsed"})
    with bridged(name):
        until(lambda: receiver.bodies)
    (body,) = receiver.bodies
    delivery = delivery_of(json.dumps(body).encode())

    assert body.keys() == {"message", "subscription"}
    assert "orderingKey" not in body["message"]
    assert (delivery.subscription, delivery.delivery_attempt) == ("validate-arrivals", 1)
    assert (delivery.message.topic, delivery.message.data) == ("arrivals", b"content")


def test_pushes_as_many_at_once_as_told(
    bridged: Bridge, subscribed: Subscribed, publish: Publish, receiver: Receiver
) -> None:
    """Five requests wait for each other: with fewer at once none would be answered."""
    name, barrier = subscribed(), threading.Barrier(5, timeout=30)
    receiver.answer = lambda _: 204 if barrier.wait() >= 0 else 500
    sent = {publish() for _ in range(10)}
    with bridged(name, concurrency=5):
        until(lambda: len(receiver.bodies) == 10)

    assert set(receiver.ids) == sent
    assert not barrier.broken


def test_never_pushes_more_at_once_than_told(
    bridged: Bridge, subscribed: Subscribed, publish: Publish, receiver: Receiver
) -> None:
    """While all places are taken, what waits is pulled by nobody."""
    name, lock, counts = subscribed(), threading.Lock(), [0]

    def answer(_: Body) -> int:
        with lock:
            counts.append(counts[-1] + 1)
        until(lambda: len(receiver.bodies) >= min(3, 12 - len(done)))
        with lock:
            counts.append(counts[-1] - 1)
            done.append(None)
        return 204

    done: list[None] = []
    receiver.answer = answer
    for _ in range(12):
        publish()
    with bridged(name, concurrency=3):
        until(lambda: len(done) == 12)

    assert max(counts) == 3


@pytest.mark.parametrize("status", [200, 202])
def test_what_was_acknowledged_does_not_come_again(
    bridged: Bridge, subscribed: Subscribed, publish: Publish, receiver: Receiver, status: int
) -> None:
    """What acknowledges in production does, 202 included, which the emulator itself refuses."""
    name = subscribed()
    receiver.answer = lambda _: status
    sent = []
    with bridged(name):
        for _ in range(4):
            sent.append(publish())
            until(lambda: sent[-1] in receiver.ids)

    # What is refused comes again at once: the later ones would have come after it.
    assert receiver.ids == sent


@pytest.mark.parametrize("status", [503, 206, None])
def test_what_was_not_acknowledged_comes_again(
    bridged: Bridge, subscribed: Subscribed, publish: Publish, receiver: Receiver, status: int | None
) -> None:
    """Any other answer, and none at all, brings the message back, with its attempts counted."""
    name = subscribed(COUNTED)
    receiver.answer = lambda body: 204 if body["deliveryAttempt"] == 2 else status
    sent = publish()
    with bridged(name):
        until(lambda: len(receiver.bodies) == 2)

    assert receiver.ids == [sent] * 2
    assert [body["deliveryAttempt"] for body in receiver.bodies] == [1, 2]


def test_a_receiver_that_is_not_there_yet(
    pubsub_emulator: PubsubEmulator,
    bridged: Bridge,
    subscribed: Subscribed,
    publish: Publish,
    receiver: Receiver,
) -> None:
    """A message to a process that is being started again waits for it."""
    name = subscribed(IMPATIENT)
    sent, tried = publish(), threading.Event()

    def post(endpoint: str, body: bytes) -> int:
        tried.set()
        return PushBridge._post(nobody, endpoint, body)

    nobody = PushBridge(pubsub_emulator.host, {name: "http://127.0.0.1:1/"})
    nobody._post = post  # type: ignore[method-assign]
    with nobody:
        until(tried.is_set)
    with bridged(name):
        until(lambda: receiver.bodies)

    assert receiver.ids == [sent]


@contextmanager
def stopping(bridge: PushBridge) -> Iterator[threading.Thread]:
    """Stop a bridge in a thread, which has ended after the block."""
    thread = threading.Thread(target=bridge.stop)
    thread.start()
    yield thread
    thread.join(60)
    assert not thread.is_alive()


@pytest.mark.parametrize(("status", "deliveries"), [(204, 1), (503, 2)])
def test_the_end_waits_for_what_is_under_way(
    bridged: Bridge,
    subscribed: Subscribed,
    publish: Publish,
    receiver: Receiver,
    status: int,
    deliveries: int,
) -> None:
    """A request that runs at the end is answered first; what it did not acknowledge comes again."""
    name, answered = subscribed(), threading.Event()
    receiver.answer = lambda _: status if answered.wait(60) else None
    sent = publish()
    bridge = bridged(name)
    bridge.start()
    until(lambda: receiver.bodies)
    with stopping(bridge) as end:
        until(bridge._stopping.is_set)
        waits = end.is_alive()
        answered.set()
    receiver.answer = lambda _: 204
    with bridged(name):
        last = publish()
        until(lambda: last in receiver.ids and len(receiver.ids) == deliveries + 1)

    assert waits
    assert receiver.ids.count(sent) == deliveries


def test_a_message_of_ten_megabytes_is_pushed(
    bridged: Bridge, subscribed: Subscribed, publish: Publish, receiver: Receiver
) -> None:
    """The limit of gRPC's clients, 4 MB, is below that of messages."""
    name, data = subscribed(), bytes(9_900_000)
    publish(data)
    with bridged(name):
        until(lambda: receiver.bodies)
    (body,) = receiver.bodies

    assert base64.b64decode(body["message"]["data"]) == data


def test_does_not_run_hot_without_pubsub(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pull that fails at once is not repeated at once."""
    pauses: list[float] = []
    bridge = PushBridge("127.0.0.1:1", {"projects/p/subscriptions/s": "http://127.0.0.1:1/"})

    def pull(**_: object) -> None:
        raise ServiceUnavailable("nobody there")

    class Stopping(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            """Keep how long somebody waits, instead of waiting; stop at the third time."""
            pauses.append(timeout or 0.0)
            if len(pauses) == 3:
                self.set()
            return self.is_set()

    bridge._stopping = Stopping()
    monkeypatch.setattr(bridge, "_counts_attempts", lambda _: False)
    monkeypatch.setattr(bridge._client, "pull", pull)
    with bridge:
        until(bridge._stopping.is_set)

    assert pauses == [module._PAUSE_SECONDS] * 3


def test_a_bridge_that_was_not_started_can_be_stopped(bridged: Bridge) -> None:
    """What failed to start beside it may have it stopped before it began."""
    bridge = bridged("projects/p/subscriptions/s")
    bridge.stop()

    assert bridge._stopping.is_set()
