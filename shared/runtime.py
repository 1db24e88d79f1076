"""Runs a stage: decode, claim, handle, publish, complete.

The order makes at-least-once delivery safe. The results are published before the claim is completed: a crash
in between publishes them again, and whoever receives them twice handles them once. A permanent failure is an
event of its own and is acknowledged; a transient or unknown one is let out for redelivery. Of a handler whose
work may be repeated nothing is claimed but its failures.
"""

import inspect
import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from enum import StrEnum
from functools import cached_property
from typing import Any, NamedTuple, Protocol, get_args, get_type_hints

import msgspec

from shared import log
from shared.errors import AirlockError, ClaimHeld, EventUndecodable
from shared.events import AUDIT, Event, EventFailed, decode, encode
from shared.failures import failed_event, where
from shared.notifications import dated, dead_letter, is_notification, notified
from shared.ports.bus import Bus, Delivery, Message, Subscription
from shared.ports.clock import Clock
from shared.ports.ledger import Claims
from shared.ports.records import ClaimOutcome
from shared.review import RETRY_ATTRIBUTE

Handler = Callable[..., Iterable[Event]]

#: how long a claim holds without being completed: the ack deadline, which is also the request timeout
LEASE_SECONDS = 600.0


class Outcome(StrEnum):
    """What became of one delivery."""

    #: handled now
    HANDLED = "handled"
    #: handled, or recorded as failed, by an earlier delivery
    DUPLICATE = "duplicate"
    #: tells of nothing that this stage cares about
    IRRELEVANT = "irrelevant"
    #: failed for good and recorded
    FAILED = "failed"
    #: to be delivered again
    RETRY = "retry"

    @property
    def acknowledges(self) -> bool:
        """Whether the message is done with."""
        return self is not Outcome.RETRY

    @property
    def level(self) -> int:
        """How loud its line in the log is."""
        return {Outcome.FAILED: logging.ERROR, Outcome.RETRY: logging.WARNING}.get(self, logging.INFO)


class Wiring(Protocol):
    """The ports of one installation; a handler's keyword-only parameters are looked up here by name."""

    @property
    def bus(self) -> Bus:
        """Where results are published."""
        ...

    @property
    def clock(self) -> Clock:
        """The time."""
        ...


class Stage(NamedTuple):
    """One function: its handlers say what it listens to, what it may touch and who keeps its claims.

    Attributes:
        name: the function's name, with which its subscriptions' names begin.
        handlers: one or more, each for the events that its first parameter names.
        more_topics: topics besides those of the events, such as the dead-letter topics of other stages.
        max_delivery_attempts: after so many failures a message is a dead letter.
        repeatable: those handlers that may run twice, and at once, with the same outcome, and cost less than
            a claim. So their events are handled without one; only a failure is claimed, to be recorded once.
    """

    name: str
    handlers: tuple[Handler, ...]
    more_topics: tuple[str, ...] = ()
    max_delivery_attempts: int = 8
    repeatable: tuple[Handler, ...] = ()

    @property
    def topics(self) -> tuple[str, ...]:
        """What the stage is subscribed to: where its events are published."""
        own = (event.TOPIC for handler in self.handlers for event in handled_events(handler))
        return tuple(dict.fromkeys((*own, *self.more_topics)))

    @property
    def claims(self) -> str:
        """The ledger that the stage may reach: the released one, `jobs`, or the clinical one, `ledger`."""
        ports = {port for handler in self.handlers for port in required_ports(handler)}
        return "ledger" if "ledger" in ports else "jobs"

    @property
    def dead_letter_topic(self) -> str | None:
        """Where messages go whose retries are used up; the recorder of failures keeps its own for ever."""
        return None if self.records_failures else f"{self.name}-dead-letters"

    @property
    def records_failures(self) -> bool:
        """Whether this is the stage that the failures of all others go to."""
        return EventFailed.TOPIC in self.topics

    def subscriptions(self) -> Iterator[Subscription]:
        """One subscription a topic, each with this stage's dead-letter policy."""
        for topic in self.topics:
            yield Subscription(
                name=f"{self.name}-{topic}",
                topic=topic,
                dead_letter_topic=self.dead_letter_topic,
                max_delivery_attempts=self.max_delivery_attempts,
            )


def handled_events(handler: Handler) -> tuple[type[Event], ...]:
    """The types of event that a handler takes: the annotation of its first parameter."""
    annotation = get_type_hints(handler)[next(iter(inspect.signature(handler).parameters))]
    return get_args(annotation) or (annotation,)


def required_ports(handler: Handler) -> tuple[str, ...]:
    """The names of the ports that a handler takes: its keyword-only parameters."""
    parameters = inspect.signature(handler).parameters.values()
    return tuple(each.name for each in parameters if each.kind is inspect.Parameter.KEYWORD_ONLY)


class Runtime:
    """Delivers messages to one stage."""

    def __init__(self, stage: Stage, wiring: Wiring, *, lease_seconds: float = LEASE_SECONDS) -> None:
        """Bind the stage to the ports of an installation.

        Args:
            stage: the function.
            wiring: the ports.
            lease_seconds: how long a claim holds: no request may run longer.
        """
        self.stage = stage
        self._wiring = wiring
        self._lease_seconds = lease_seconds

    @cached_property
    def _handlers(self) -> Mapping[type[Event], tuple[Handler, tuple[str, ...]]]:
        return {
            event: (handler, required_ports(handler))
            for handler in self.stage.handlers
            for event in handled_events(handler)
        }

    @cached_property
    def _claims(self) -> Claims:
        claims: Claims = getattr(self._wiring, self.stage.claims)
        return claims

    def deliver(self, delivery: Delivery) -> Outcome:
        """Handle one delivery and write its outcome line."""
        started = time.perf_counter()
        facts: dict[str, Any] = {}
        outcome = self._attempt(delivery, facts)
        log.logger().log(
            outcome.level,
            outcome.value,
            stage=self.stage.name,
            message_id=delivery.message.message_id,
            attempt=delivery.delivery_attempt,
            duration_ms=round((time.perf_counter() - started) * 1000, 1),
            **facts,
        )
        return outcome

    def _attempt(self, delivery: Delivery, facts: dict[str, Any]) -> Outcome:
        """The only place that catches everything: what escapes a handler must not escape the outcome line."""
        event: Event | None = None
        try:
            delivery = _dated(delivery)
            event = self._decode(delivery.message)
            if event is None:
                return Outcome.IRRELEVANT
            facts.update(event_type=type(event).__name__, **event.masked)
            return self._handle_once(event, delivery.message, facts)
        except AirlockError as error:
            facts.update(code=error.code, category=error.category, cause=error.cause)
            return self._answer(event, delivery, error, facts)
        except Exception as error:  # noqa: BLE001 - the edge: an unknown failure is transient until it is known
            facts.update(code="unexpected", cause=type(error).__name__, where=where(error))
            return self._answer(event, delivery, error, facts)

    def _decode(self, message: Message) -> Event | None:
        # A dead letter first: that of a notification has the attributes of both.
        letter = dead_letter(message.topic, message.data, message.attributes, message.publish_time)
        event: Event | None = letter
        if letter is None and is_notification(message.data, message.attributes):
            event = notified(message.data, message.attributes)
        elif letter is None:
            event = decode(message.data)
        if event is not None and type(event) not in self._handlers:
            raise EventUndecodable(type=type(event).__name__, stage=self.stage.name)
        return event

    def _handle_once(self, event: Event, message: Message, facts: dict[str, Any]) -> Outcome:
        if self._may_repeat(event):
            facts["published"] = self._handle(event)
            return Outcome.HANDLED
        key = self._claim_key(event, message)
        claim = self._claim(key)
        if claim == "done":
            return Outcome.DUPLICATE
        if claim == "held":
            raise ClaimHeld(stage=self.stage.name)
        published = self._handle(event)
        self._claims.complete_claim(key)
        facts["published"] = published
        return Outcome.HANDLED

    def _handle(self, event: Event) -> int:
        """Run the handler and publish what it says; return how many events that were."""
        handler, ports = self._handlers[type(event)]
        results = list(handler(event, **{name: getattr(self._wiring, name) for name in ports}))
        self._publish(results)
        return len(results)

    def _claim(self, key: str) -> ClaimOutcome:
        return self._claims.claim(key, now=self._wiring.clock.now(), lease=self._lease_seconds)

    def _claim_key(self, event: Event, message: Message) -> str:
        retry = message.attributes.get(RETRY_ATTRIBUTE)
        return f"{self.stage.name}:{type(event).__name__}:{event.key}" + (f"~{retry}" if retry else "")

    def _publish(self, events: Iterable[Event]) -> None:
        for event in events:
            data, attributes = encode(event), {"type": type(event).__name__}
            for topic in dict.fromkeys((event.TOPIC, AUDIT)):
                self._wiring.bus.publish(topic, data, attributes)

    def _answer(
        self, event: Event | None, delivery: Delivery, error: Exception, facts: dict[str, Any]
    ) -> Outcome:
        """Let a failure out for redelivery or record it for good; where that fails, too, let it out."""
        try:
            outcome = self._fail(event, delivery, error) if self._is_final(delivery, error) else Outcome.RETRY
            if event is not None and outcome is Outcome.RETRY and self._has_claimed(event, error):
                self._claims.release_claim(self._claim_key(event, delivery.message))
        except Exception as second:  # noqa: BLE001 - the edge again: whatever failed, the message must not be lost
            facts["unanswered"] = type(second).__name__
            return Outcome.RETRY
        return outcome

    def _may_repeat(self, event: Event) -> bool:
        return self._handlers[type(event)][0] in self.stage.repeatable

    def _has_claimed(self, event: Event, error: Exception) -> bool:
        """Whether the event was claimed before it failed: not by another worker, and not in vain."""
        return not self._may_repeat(event) and not isinstance(error, ClaimHeld)

    def _is_final(self, delivery: Delivery, error: Exception) -> bool:
        """Whether a failure is permanent, or the last that the subscription allows."""
        permanent = isinstance(error, AirlockError) and not error.retryable
        return permanent or delivery.delivery_attempt >= self.stage.max_delivery_attempts

    def _fail(self, event: Event | None, delivery: Delivery, failure: Exception) -> Outcome:
        """Record a failure as an event of its own; its claim is completed, so that a copy is not recorded.

        Nobody records the failures of the recorder: its messages are delivered again for ever. What it cannot
        even decode is recorded as any other failure, for that is an event which it does know.
        """
        if self.stage.records_failures and event is not None:
            return Outcome.RETRY
        now = self._wiring.clock.now()
        failed = failed_event(event, delivery, failure, stage=self.stage.name, now=now)
        if event is None:
            self._publish([failed])
            return Outcome.FAILED
        key = self._claim_key(event, delivery.message)
        if self._may_repeat(event) and (claim := self._claim(key)) != "claimed":
            # Another copy has recorded the same failure, or is about to.
            return Outcome.DUPLICATE if claim == "done" else Outcome.RETRY
        self._publish([failed])
        if not isinstance(failure, ClaimHeld):
            self._claims.complete_claim(key)
        return Outcome.FAILED


def _dated(delivery: Delivery) -> Delivery:
    message = delivery.message
    attributes = dated(message.data, message.attributes, message.publish_time)
    if attributes is message.attributes:
        return delivery
    message = msgspec.structs.replace(message, attributes=dict(attributes))
    return msgspec.structs.replace(delivery, message=message)
