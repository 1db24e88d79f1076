"""What the catalog records."""

from typing import Any, NamedTuple

import msgspec

from shared.local.object_store.checksums import Checksums


class Bucket(NamedTuple):
    """A bucket; times in microseconds since the epoch, `settings` as JSON."""

    name: str
    created: int
    updated: int
    metageneration: int
    settings: str

    @property
    def generation(self) -> int:
        """A bucket has none."""
        return 0

    @property
    def fields(self) -> dict[str, Any]:
        """The settings that people can change, as in the bucket resource."""
        return decoded(self.settings)

    @property
    def is_versioned(self) -> bool:
        """Whether replaced and deleted generations are archived."""
        return bool((self.fields.get("versioning") or {}).get("enabled"))


class Generation(NamedTuple):
    """A generation of an object; live as long as `deleted` is None.

    Times are in microseconds since the epoch, the size is in bytes, checksums are in Base64; `components` is
    the number of objects that were composed, `place` where the content lies, `settings` the metadata as JSON.
    """

    bucket: str
    name: str
    generation: int
    metageneration: int
    size: int
    crc32c: str
    md5: str | None
    components: int | None
    place: str
    settings: str
    created: int
    updated: int
    deleted: int | None

    @property
    def checksums(self) -> Checksums:
        """Both checksums."""
        return Checksums(self.crc32c, self.md5)

    @property
    def fields(self) -> dict[str, Any]:
        """The metadata that people can change, as in the object resource."""
        return decoded(self.settings)

    @property
    def etag(self) -> str:
        """Changes with the content and with the metadata."""
        return f"{self.generation}/{self.metageneration}"


class Configuration(NamedTuple):
    """A notification configuration; `settings` as JSON."""

    bucket: str
    number: int
    settings: str

    @property
    def fields(self) -> dict[str, Any]:
        """The configuration as in the notification resource."""
        return decoded(self.settings)


class StartedUpload(NamedTuple):
    """A resumable upload; `request` as JSON, `finished` the object resource that it became, or None."""

    upload_id: str
    bucket: str
    name: str
    started: int
    request: str
    finished: str | None


def encoded(fields: object) -> str:
    """A value as JSON."""
    return msgspec.json.encode(fields).decode()


def decoded(text: str) -> dict[str, Any]:
    """An object of JSON that `encoded` made."""
    return msgspec.json.decode(text, type=dict[str, Any])
