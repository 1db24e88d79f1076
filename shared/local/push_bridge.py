"""Pulls from Pub/Sub and pushes to functions, as the service itself does and its emulator does not.

The emulator pushes two messages of a subscription at a time, tells neither attempt nor ordering key, and does
not take 202 for an acknowledgement. The bridge pushes as many as it is told to, in the production envelope.
"""

import base64
import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import msgspec

if TYPE_CHECKING:
    from google.pubsub_v1 import SubscriberClient
    from google.pubsub_v1.types import ReceivedMessage
    from urllib3 import PoolManager

_ACKNOWLEDGED = frozenset({102, 200, 201, 202, 204})
#: the ack deadline, which is also the longest request
_REQUEST_SECONDS = 600.0
_PULL_SECONDS = 2.0
#: for Pub/Sub to take an acknowledgement; one that is lost lets the message come again
_ANSWER_SECONDS = 10.0
#: after a pull that failed
_PAUSE_SECONDS = 0.5


class PushBridge:
    """Pushes the messages of pull subscriptions to their endpoints; a context manager.

    Args:
        emulator: `host:port` of the Pub/Sub emulator.
        endpoints: by the resource name of the subscription.
        concurrency: how many messages of one subscription are pushed at once.
        pushes: how often each message is pushed; Pub/Sub promises once at least.
    """

    def __init__(
        self, emulator: str, endpoints: Mapping[str, str], *, concurrency: int = 8, pushes: int = 1
    ) -> None:
        self._client = subscriber(emulator)
        self._pool = _pool(len(endpoints), concurrency)
        self._endpoints = endpoints
        self._concurrency = concurrency
        self._pushes = pushes
        self._counting: frozenset[str] = frozenset()
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=self._push, args=each, name="push-bridge", daemon=True)
            for each in endpoints.items()
        ]

    def start(self) -> None:
        """Begin to push.

        Raises:
            google.api_core.exceptions.GoogleAPIError: a subscription is not there, or the emulator is not.
        """
        self._counting = frozenset(filter(self._counts_attempts, self._endpoints))
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        """Wait for the requests that are under way; what was not acknowledged comes again."""
        self._stopping.set()
        for thread in self._threads:
            if thread.ident is not None:
                thread.join()
        self._client.transport.close()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def _push(self, subscription: str, endpoint: str) -> None:
        free = threading.Semaphore(self._concurrency)
        with ThreadPoolExecutor(self._concurrency) as pool:
            while not self._stopping.is_set():
                wanted = self._taken(free)
                received = self._pulled(subscription, wanted)
                if len(received) < wanted:
                    free.release(wanted - len(received))
                for each in received:
                    answered = pool.submit(self._answer, subscription, endpoint, each)
                    answered.add_done_callback(lambda _: free.release())

    def _taken(self, free: threading.Semaphore) -> int:
        """Take all places that are free, at least one; return how many."""
        free.acquire()
        taken = 1
        while taken < self._concurrency and free.acquire(blocking=False):
            taken += 1
        return taken

    def _pulled(self, subscription: str, limit: int) -> "Sequence[ReceivedMessage]":
        from google.api_core.exceptions import DeadlineExceeded, GoogleAPIError

        try:
            answer = self._client.pull(
                subscription=subscription, max_messages=limit, timeout=_PULL_SECONDS, retry=None
            )
        except DeadlineExceeded:
            return ()
        except GoogleAPIError:
            self._stopping.wait(_PAUSE_SECONDS)
            return ()
        return list(answer.received_messages)

    def _counts_attempts(self, subscription: str) -> bool:
        """Whether Pub/Sub tells the attempt: only with a dead-letter policy; its emulator always does."""
        found = self._client.get_subscription(subscription=subscription, timeout=_REQUEST_SECONDS)
        return bool(found.dead_letter_policy.dead_letter_topic)

    def _answer(self, subscription: str, endpoint: str, received: "ReceivedMessage") -> None:
        from google.api_core.exceptions import GoogleAPIError

        body = envelope(subscription, received, counting=subscription in self._counting)
        acknowledged = {self._post(endpoint, body) in _ACKNOWLEDGED for _ in range(self._pushes)} == {True}
        ids = [received.ack_id]
        with suppress(GoogleAPIError):
            if acknowledged:
                self._client.acknowledge(
                    subscription=subscription, ack_ids=ids, retry=None, timeout=_ANSWER_SECONDS
                )
            else:
                self._client.modify_ack_deadline(
                    subscription=subscription,
                    ack_ids=ids,
                    ack_deadline_seconds=0,
                    retry=None,
                    timeout=_ANSWER_SECONDS,
                )

    def _post(self, endpoint: str, body: bytes) -> int:
        """The status of the answer; 0 without one."""
        from urllib3.exceptions import HTTPError

        headers = {"Content-Type": "application/json"}
        try:
            return self._pool.request("POST", endpoint, body=body, headers=headers).status
        except HTTPError:
            return 0


def envelope(subscription: str, received: "ReceivedMessage", *, counting: bool) -> bytes:
    """The body of a push request as Pub/Sub sends it, both spellings of two of its fields included.

    Args:
        subscription: its resource name.
        received: the message.
        counting: whether the number of the attempt is told.
    """
    message = received.message
    published = message.publish_time.isoformat().replace("+00:00", "Z")
    fields: dict[str, Any] = {
        "data": base64.b64encode(message.data).decode(),
        "attributes": dict(message.attributes),
        "messageId": message.message_id,
        "message_id": message.message_id,
        "publishTime": published,
        "publish_time": published,
    }
    if message.ordering_key:
        fields["orderingKey"] = message.ordering_key
    attempt = {"deliveryAttempt": received.delivery_attempt} if counting else {}
    return msgspec.json.encode({"message": fields, "subscription": subscription, **attempt})


def _pool(endpoints: int, concurrency: int) -> "PoolManager":
    from urllib3 import PoolManager, Timeout

    timeout = Timeout(connect=10.0, read=_REQUEST_SECONDS)
    return PoolManager(endpoints, maxsize=concurrency, retries=False, timeout=timeout)


def subscriber(emulator: str) -> "SubscriberClient":
    """A client of the emulator; gRPC's own limit of 4 MB is below that of messages."""
    import grpc
    from google.pubsub_v1 import SubscriberClient
    from google.pubsub_v1.services.subscriber.transports import SubscriberGrpcTransport

    channel = grpc.insecure_channel(emulator, options=[("grpc.max_receive_message_length", -1)])
    return SubscriberClient(transport=SubscriberGrpcTransport(channel=channel))
