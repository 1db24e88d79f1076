"""Topics in Pub/Sub, on Google's emulator and on servers that do not answer."""

import base64
import json
import time
import urllib.request
from collections.abc import Iterator
from concurrent import futures
from typing import Any, Self

import grpc
import pytest
from google.pubsub_v1 import PublishRequest, PublishResponse

from shared.adapters import pubsub_bus
from shared.adapters.pubsub_bus import PubsubBus
from shared.errors import AirlockError, ConfigurationError, StorageError, StorageUnavailable
from shared.local.emulators import PubsubEmulator
from tests.contracts.races import at_once

_PUBLISH = "/google.pubsub.v1.Publisher/Publish"


class Topic:
    """A topic of the emulator with a subscription that keeps what is published."""

    def __init__(self, emulator: PubsubEmulator, project: str, name: str) -> None:
        self._emulator = emulator
        self._subscription = f"projects/{project}/subscriptions/kept-{name}"
        self._put(f"projects/{project}/topics/{name}", {})
        self._put(self._subscription, {"topic": f"projects/{project}/topics/{name}"})

    def messages(self, count: int) -> list[dict[str, Any]]:
        """Take so many messages."""
        taken: list[dict[str, Any]] = []
        deadline = time.monotonic() + 30
        while len(taken) < count and time.monotonic() < deadline:
            answer = self._send("POST", f"{self._subscription}:pull", {"maxMessages": 1000})
            received = answer.get("receivedMessages", [])
            taken += [each["message"] for each in received]
            if received:
                acknowledged = {"ackIds": [each["ackId"] for each in received]}
                self._send("POST", f"{self._subscription}:acknowledge", acknowledged)
        assert len(taken) == count
        return taken

    def _put(self, resource: str, body: dict[str, Any]) -> None:
        self._send("PUT", resource, body)

    def _send(self, method: str, resource: str, body: dict[str, Any]) -> dict[str, Any]:
        url = f"http://{self._emulator.host}/v1/{resource}"
        request = urllib.request.Request(
            url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method=method
        )
        with urllib.request.urlopen(request, timeout=60) as answer:
            return dict(json.load(answer))


@pytest.fixture
def bus(pubsub_emulator: PubsubEmulator, project: str) -> Iterator[PubsubBus]:
    """The bus of a project of its own."""
    bus = PubsubBus(project)
    yield bus
    bus.close()


def failure(bus: PubsubBus, topic: str = "arrivals", data: bytes = b"x") -> AirlockError:
    """The error that a publication fails with."""
    with pytest.raises(AirlockError) as caught:
        bus.publish(topic, data, {})
    return caught.value


# -- on the emulator


@pytest.mark.emulators
class TestEmulator:
    """What the emulator does as Pub/Sub does."""

    @pytest.fixture
    def topic(self, pubsub_emulator: PubsubEmulator, project: str) -> Topic:
        """The topic `arrivals`."""
        return Topic(pubsub_emulator, project, "arrivals")

    def test_publishes_data_and_attributes(self, bus: PubsubBus, topic: Topic) -> None:
        """A message arrives with its bytes, its attributes and the id that was returned."""
        published = bus.publish("arrivals", b"\x00\xff data", {"kind": "Größe", "empty": ""})
        (message,) = topic.messages(1)

        assert base64.b64decode(message["data"]) == b"\x00\xff data"
        assert message["attributes"] == {"kind": "Größe", "empty": ""}
        assert message["messageId"] == published
        assert message.get("orderingKey", "") == ""

    @pytest.mark.parametrize("data", [b"\x00", bytes(range(256)) * 8_192], ids=["1", "2 MiB"])
    def test_publishes_any_size_without_attributes(self, bus: PubsubBus, topic: Topic, data: bytes) -> None:
        """Data arrive bit by bit, and no attribute is added to none."""
        bus.publish("arrivals", data, {})
        (message,) = topic.messages(1)

        assert base64.b64decode(message["data"]) == data
        assert message.get("attributes", {}) == {}

    def test_attributes_alone_are_a_message(self, bus: PubsubBus, topic: Topic) -> None:
        """Notifications of Cloud Storage may have no data."""
        bus.publish("arrivals", b"", {"eventType": "OBJECT_FINALIZE"})
        (message,) = topic.messages(1)

        assert (message.get("data", ""), message["attributes"]) == ("", {"eventType": "OBJECT_FINALIZE"})

    def test_message_ids_are_unique(self, bus: PubsubBus, topic: Topic) -> None:
        """Threads that publish the same at once get each an id of its own, and each message arrives."""
        ids = at_once(16, lambda _: bus.publish("arrivals", b"same", {}))
        arrived = {message["messageId"] for message in topic.messages(16)}

        assert len(arrived) == 16
        assert arrived == {str(each) for each in ids}

    def test_the_largest_message(self, bus: PubsubBus, topic: Topic) -> None:
        """What Pub/Sub takes is published: something less than 10 MB."""
        assert topic
        assert bus.publish("arrivals", bytes(9_990_000), {})

    @pytest.mark.parametrize("topic_name", ["missing", "missing-too"])
    def test_a_missing_topic_is_a_mistake_of_configuration(self, bus: PubsubBus, topic_name: str) -> None:
        """Nothing is published into nowhere."""
        error = failure(bus, topic_name)

        assert type(error) is ConfigurationError
        assert error.details == {"problem": "NotFound"}

    def test_an_empty_message_is_refused(self, bus: PubsubBus, topic: Topic) -> None:
        """A message has data or attributes."""
        assert topic
        assert type(failure(bus, data=b"")) is StorageError

    def test_the_prefix_stands_before_the_topic(
        self, pubsub_emulator: PubsubEmulator, project: str, topic: Topic
    ) -> None:
        """Two installations in one project have topics of their own."""
        staging = Topic(pubsub_emulator, project, "staging-arrivals")
        bus = PubsubBus(project, prefix="staging")
        bus.publish("arrivals", b"of staging", {})
        bus.close()
        other = PubsubBus(project)
        other.publish("arrivals", b"of production", {})
        other.close()

        assert [base64.b64decode(each["data"]) for each in staging.messages(1)] == [b"of staging"]
        assert [base64.b64decode(each["data"]) for each in topic.messages(1)] == [b"of production"]


# -- on a server that answers by a script


class Publisher(grpc.GenericRpcHandler):
    """Answers publications with statuses, one after the other, the last one for ever."""

    def __init__(self, *statuses: grpc.StatusCode) -> None:
        self.statuses = list(statuses)
        self.requests: list[PublishRequest] = []

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> grpc.RpcMethodHandler | None:
        """Know one method."""
        if handler_call_details.method != _PUBLISH:
            return None
        return grpc.unary_unary_rpc_method_handler(
            self._publish,
            request_deserializer=PublishRequest.deserialize,
            response_serializer=PublishResponse.serialize,
        )

    def _publish(self, request: PublishRequest, context: grpc.ServicerContext) -> PublishResponse:
        self.requests.append(request)
        status = self.statuses.pop(0) if len(self.statuses) > 1 else self.statuses[0]
        if status is not grpc.StatusCode.OK:
            context.abort(status, "Zylberquist^Ottokar")
        return PublishResponse(message_ids=[f"message-{len(self.requests)}"])


class Served:
    """A publisher on a port of this machine, and a bus before it."""

    def __init__(self, *statuses: grpc.StatusCode) -> None:
        self.publisher = Publisher(*statuses)
        self._server = grpc.server(futures.ThreadPoolExecutor(2), handlers=(self.publisher,))
        port = self._server.add_insecure_port("127.0.0.1:0")
        self.bus = PubsubBus("test-project", emulator=f"127.0.0.1:{port}")

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.bus.close()
        self._server.stop(None).wait()


@pytest.mark.parametrize(
    ("status", "meaning"),
    [
        (grpc.StatusCode.NOT_FOUND, ConfigurationError),
        (grpc.StatusCode.PERMISSION_DENIED, ConfigurationError),
        (grpc.StatusCode.UNAUTHENTICATED, ConfigurationError),
        (grpc.StatusCode.INVALID_ARGUMENT, StorageError),
        (grpc.StatusCode.FAILED_PRECONDITION, StorageError),
    ],
)
def test_a_refusal_is_not_tried_again(status: grpc.StatusCode, meaning: type[AirlockError]) -> None:
    """What Pub/Sub refuses for good is the error that says so, after one try, without its words."""
    with Served(status) as served:
        error = failure(served.bus)

    assert type(error) is meaning
    assert "Zylberquist" not in str(error)
    assert len(served.publisher.requests) == 1


@pytest.mark.parametrize(
    "status", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.ABORTED]
)
def test_a_busy_service_is_asked_again(status: grpc.StatusCode) -> None:
    """A moment's trouble is bridged."""
    with Served(status, grpc.StatusCode.OK) as served:
        published = served.bus.publish("arrivals", b"x", {})

    assert published == "message-2"
    assert [each.topic for each in served.publisher.requests] == ["projects/test-project/topics/arrivals"] * 2


def test_trouble_that_lasts_is_left_to_redelivery(monkeypatch: pytest.MonkeyPatch) -> None:
    """All tries together end in time: a handler that waits longer loses its lease."""
    monkeypatch.setattr(pubsub_bus, "_PUBLISH_SECONDS", 1.0)
    started = time.monotonic()
    with Served(grpc.StatusCode.UNAVAILABLE) as served:
        error = failure(served.bus)

    assert type(error) is StorageUnavailable
    assert len(served.publisher.requests) > 1
    assert time.monotonic() - started < 120


def test_nobody_there_is_transient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port where nobody listens is a service that does not answer."""
    monkeypatch.setattr(pubsub_bus, "_PUBLISH_SECONDS", 0.5)
    bus = PubsubBus("test-project", emulator="127.0.0.1:9")
    error = failure(bus)
    bus.close()

    assert type(error) is StorageUnavailable


def test_a_bus_that_was_not_used_is_closed() -> None:
    """Closing opens nothing."""
    bus = PubsubBus("test-project", emulator="127.0.0.1:9")
    bus.close()

    assert "_client" not in vars(bus)
