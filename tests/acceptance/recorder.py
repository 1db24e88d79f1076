"""A bus that remembers what is published."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from shared.ports.bus import Broker


class Published(NamedTuple):
    """A message as it was published."""

    topic: str
    data: bytes
    attributes: Mapping[str, str]


class Recorder:
    """Passes everything on to a broker.

    Args:
        broker: the broker.
        messages: is given every message that is published.
    """

    def __init__(self, broker: Broker, messages: list[Published]) -> None:
        self._broker = broker
        self._messages = messages

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Remember a message and pass it on."""
        self._messages.append(Published(topic, data, dict(attributes)))
        return self._broker.publish(topic, data, attributes)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._broker, name)
