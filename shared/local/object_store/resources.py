"""Resources of the JSON API: buckets, objects and notification configurations as clients see them."""

import base64
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from shared.local.object_store.metadata import DEFAULT_CONTENT_TYPE
from shared.local.object_store.records import Bucket, Configuration, Generation

STORAGE_CLASS = "STANDARD"
LOCATION = "US"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Resource = dict[str, Any]


class Resources:
    """Renders resources whose links begin with `base_url`."""

    def __init__(self, base_url: str) -> None:
        self._base_url = base_url

    def bucket(self, bucket: Bucket) -> Resource:
        """The bucket resource."""
        return {
            "kind": "storage#bucket",
            "id": bucket.name,
            "selfLink": self._link(f"b/{bucket.name}"),
            "projectNumber": "0",
            "name": bucket.name,
            "location": LOCATION,
            "locationType": "multi-region",
            "storageClass": STORAGE_CLASS,
            "etag": etag(bucket.metageneration),
            "timeCreated": rfc3339(bucket.created),
            "updated": rfc3339(bucket.updated),
            "metageneration": str(bucket.metageneration),
            **bucket.fields,
        }

    def object(self, generation: Generation) -> Resource:
        """The object resource."""
        path = f"b/{generation.bucket}/o/{quote(generation.name, safe='')}"
        media = f"{self._base_url}/download/storage/v1/{path}?generation={generation.generation}&alt=media"
        return {
            "kind": "storage#object",
            "id": f"{generation.bucket}/{generation.name}/{generation.generation}",
            "selfLink": self._link(path),
            "mediaLink": media,
            "name": generation.name,
            "bucket": generation.bucket,
            "generation": str(generation.generation),
            "metageneration": str(generation.metageneration),
            "contentType": DEFAULT_CONTENT_TYPE,
            "storageClass": STORAGE_CLASS,
            "size": str(generation.size),
            "crc32c": generation.crc32c,
            "etag": etag(generation.etag),
            **_times(generation),
            **({"md5Hash": generation.md5} if generation.md5 is not None else {}),
            **({"componentCount": generation.components} if generation.components is not None else {}),
            **generation.fields,
        }

    def configuration(self, configuration: Configuration) -> Resource:
        """The notification resource."""
        number = str(configuration.number)
        return {
            "kind": "storage#notification",
            "id": number,
            "selfLink": self._link(f"b/{configuration.bucket}/notificationConfigs/{number}"),
            "etag": etag(number),
            **configuration.fields,
        }

    def _link(self, path: str) -> str:
        return f"{self._base_url}/storage/v1/{path}"


def etag(state: object) -> str:
    """An opaque tag for a state."""
    return base64.b64encode(str(state).encode()).decode()


def rfc3339(microseconds: int) -> str:
    """A time since the epoch, with microseconds."""
    return f"{_EPOCH + timedelta(microseconds=microseconds):%Y-%m-%dT%H:%M:%S.%fZ}"


def _times(generation: Generation) -> dict[str, str]:
    created = rfc3339(generation.created)
    times = {
        "timeCreated": created,
        "updated": rfc3339(generation.updated),
        "timeStorageClassUpdated": created,
        "timeFinalized": created,
    }
    if generation.deleted is not None:
        times["timeDeleted"] = rfc3339(generation.deleted)
    return times
