"""Notifications to Pub/Sub: which are configured, and the messages that a change owes.

See "Pub/Sub notifications for Cloud Storage" for the attributes and the payload formats.
"""

from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from shared.local.object_store.catalog import Changes
from shared.local.object_store.records import Configuration, Generation, encoded
from shared.local.object_store.refusals import invalid, required
from shared.local.object_store.resources import Resources, rfc3339

Event = Literal["OBJECT_FINALIZE", "OBJECT_DELETE", "OBJECT_ARCHIVE", "OBJECT_METADATA_UPDATE"]

TOPIC_PREFIX = "//pubsub.googleapis.com/"
JSON_API_V1, NO_PAYLOAD = "JSON_API_V1", "NONE"


class _Settings(msgspec.Struct, frozen=True, omit_defaults=True):
    """What people configure, as in the notification resource."""

    topic: str
    payload_format: Literal["JSON_API_V1", "NONE"]
    event_types: tuple[Event, ...] = ()
    object_name_prefix: str = ""
    custom_attributes: dict[str, str] = {}


def settings_of(resource: Mapping[str, Any]) -> str:
    """The settings in a notification resource, as JSON.

    Raises:
        Refused: 400, one is missing or of no known value.
    """
    for name in ("topic", "payload_format"):
        if name not in resource:
            raise required(name)
    try:
        settings = msgspec.convert(resource, _Settings)
    except msgspec.ValidationError as error:
        raise invalid(f"Invalid notification configuration: {error}") from None
    topic = settings.topic.removeprefix(TOPIC_PREFIX)
    if topic.split("/")[::2] != ["projects", "topics"]:
        raise invalid("Invalid topic: it must be //pubsub.googleapis.com/projects/P/topics/T.")
    return encoded(settings)


class Notifier:
    """Owes the messages about a change in the transaction of the change itself."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources

    def owe(
        self, changes: Changes, event: Event, generation: Generation, microseconds: int, **attributes: int
    ) -> None:
        """Owe a message to each topic that asked for this event; `microseconds` is when it happened."""
        for configuration in changes.configurations(generation.bucket):
            settings = msgspec.convert(configuration.fields, _Settings)
            if _asks_for(settings, event, generation.name):
                common = _attributes(configuration, settings, event, generation)
                more = {name: str(value) for name, value in attributes.items()}
                named = {**settings.custom_attributes, **common, "eventTime": rfc3339(microseconds), **more}
                topic = settings.topic.removeprefix(TOPIC_PREFIX)
                changes.owe(topic, encoded(named), self._data(settings, generation))

    def _data(self, settings: _Settings, generation: Generation) -> bytes:
        if settings.payload_format == NO_PAYLOAD:
            return b""
        return msgspec.json.encode(self._resources.object(generation))


def _asks_for(settings: _Settings, event: Event, name: str) -> bool:
    return (not settings.event_types or event in settings.event_types) and name.startswith(
        settings.object_name_prefix
    )


def _attributes(
    configuration: Configuration, settings: _Settings, event: Event, generation: Generation
) -> dict[str, str]:
    bucket = generation.bucket
    return {
        "notificationConfig": f"projects/_/buckets/{bucket}/notificationConfigs/{configuration.number}",
        "eventType": event,
        "payloadFormat": settings.payload_format,
        "bucketId": bucket,
        "objectId": generation.name,
        "objectGeneration": str(generation.generation),
    }
