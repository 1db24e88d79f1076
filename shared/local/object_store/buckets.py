"""Buckets: what they are called, their settings, and their notification configurations."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from shared.local.object_store.catalog import Catalog
from shared.local.object_store.content import Content
from shared.local.object_store.notifications import settings_of
from shared.local.object_store.preconditions import Preconditions
from shared.local.object_store.records import Bucket, Configuration, encoded
from shared.local.object_store.refusals import conflict, invalid, not_found
from shared.ports.clock import Clock

MICROSECONDS = 1_000_000
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]")
_OWN = frozenset(
    ("kind", "id", "selfLink", "projectNumber", "name", "etag", "timeCreated", "updated", "metageneration")
)

Fields = dict[str, Any]


class Buckets:
    """The buckets of one store."""

    def __init__(self, catalog: Catalog, content: Content, clock: Clock) -> None:
        self._catalog = catalog
        self._content = content
        self._clock = clock

    def insert(self, resource: Mapping[str, Any]) -> Bucket:
        """Create a bucket.

        Raises:
            Refused: 400, the name is invalid; 409, there is one.
        """
        name = resource.get("name")
        if not isinstance(name, str) or _NAME.fullmatch(name) is None:
            raise invalid(f"Invalid bucket name: '{name}'")
        now = self._now()
        bucket = Bucket(name, now, now, 1, encoded(merged({}, resource)))
        with self._catalog.transaction() as changes:
            if any(each.name == name for each in changes.buckets()):
                raise conflict("Your previous request to create the named bucket succeeded and you own it.")
            changes.put_bucket(bucket)
        return bucket

    def get(self, name: str, preconditions: Preconditions) -> Bucket:
        """A bucket.

        Raises:
            Refused: 404, 412 or 304.
        """
        bucket = self._catalog.bucket(name)
        preconditions.require(bucket, reading=True)
        return bucket

    def patch(self, name: str, patch: Mapping[str, Any], preconditions: Preconditions) -> Bucket:
        """Change those settings that are given; null takes one away.

        Raises:
            Refused: 404 or 412.
        """
        return self._change(name, lambda fields: merged(fields, patch), preconditions)

    def update(self, name: str, resource: Mapping[str, Any], preconditions: Preconditions) -> Bucket:
        """Replace all settings.

        Raises:
            Refused: 404 or 412.
        """
        return self._change(name, lambda _fields: merged({}, resource), preconditions)

    def delete(self, name: str, preconditions: Preconditions) -> None:
        """Delete an empty bucket.

        Raises:
            Refused: 404, 412, or 409: it holds objects, archived ones included.
        """
        with self._catalog.transaction() as changes:
            preconditions.require(changes.bucket(name))
            if changes.page(name, "", 0, versions=True, limit=1):
                raise conflict("The bucket you tried to delete is not empty.")
            changes.remove_bucket(name)
            self._content.remove_bucket(name)

    def configure(self, name: str, resource: Mapping[str, Any]) -> Configuration:
        """Create a notification configuration.

        Raises:
            Refused: 404, no such bucket; 400, the configuration is invalid.
        """
        settings = settings_of(resource)
        with self._catalog.transaction() as changes:
            changes.bucket(name)
            return changes.configure(name, settings)

    def configurations(self, name: str) -> list[Configuration]:
        """The notification configurations of a bucket.

        Raises:
            Refused: 404, no such bucket.
        """
        self._catalog.bucket(name)
        return self._catalog.configurations(name)

    def configuration(self, name: str, number: str) -> Configuration:
        """One notification configuration.

        Raises:
            Refused: 404.
        """
        for each in self.configurations(name):
            if str(each.number) == number:
                return each
        raise not_found("The specified notification configuration does not exist. It was")

    def remove_configuration(self, name: str, number: str) -> None:
        """Delete a notification configuration.

        Raises:
            Refused: 404.
        """
        configuration = self.configuration(name, number)
        with self._catalog.transaction() as changes:
            changes.remove_configuration(name, configuration.number)

    def list(self, prefix: str) -> list[Bucket]:
        """The buckets whose name starts with `prefix`, by name."""
        return [bucket for bucket in self._catalog.buckets() if bucket.name.startswith(prefix)]

    def _change(self, name: str, change: Callable[[Fields], Fields], preconditions: Preconditions) -> Bucket:
        with self._catalog.transaction() as changes:
            bucket = changes.bucket(name)
            preconditions.require(bucket)
            changed = bucket._replace(
                updated=self._now(),
                metageneration=bucket.metageneration + 1,
                settings=encoded(change(bucket.fields)),
            )
            changes.put_bucket(changed)
        return changed

    def _now(self) -> int:
        return int(self._clock.now() * MICROSECONDS)


def merged(fields: Fields, patch: Mapping[str, Any]) -> Fields:
    """Apply a patch as RFC 7396 does: null takes a field away; Cloud Storage's own fields are left out."""
    return {name: value for name, value in _merged(fields, patch).items() if name not in _OWN}


def _merged(fields: Fields, patch: Mapping[str, Any]) -> Fields:
    result = dict(fields)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, dict):
            inner = result.get(name)
            result[name] = _merged(inner if isinstance(inner, dict) else {}, value)
        else:
            result[name] = value
    return result
