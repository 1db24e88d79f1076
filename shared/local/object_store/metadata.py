"""The metadata of an object that people can change.

See "Objects: patch" and "Objects: update" in the reference of the JSON API.
"""

from collections.abc import Mapping
from typing import Any

from shared.local.object_store.refusals import invalid

DEFAULT_CONTENT_TYPE = "application/octet-stream"
CUSTOM = "metadata"
_TEXTS = (
    "cacheControl",
    "contentDisposition",
    "contentEncoding",
    "contentLanguage",
    "contentType",
    "customTime",
    "storageClass",
)
_FLAGS = ("eventBasedHold", "temporaryHold")

Fields = dict[str, Any]


def written(resource: Mapping[str, Any]) -> Fields:
    """What a new object, or an update, takes from an object resource; all else of it is Cloud Storage's own.

    Raises:
        Refused: 400, a field is of another type.
    """
    return patched({}, resource)


def patched(fields: Fields, patch: Mapping[str, Any]) -> Fields:
    """Apply a patch: null takes a field away, and so it does a key of the custom metadata.

    Raises:
        Refused: 400, a field is of another type.
    """
    result = dict(fields)
    for names, kind in ((_TEXTS, str), (_FLAGS, bool)):
        for name in names:
            if name in patch:
                _set(result, name, patch[name], kind)
    if CUSTOM in patch:
        _set(result, CUSTOM, _custom(result.get(CUSTOM, {}), patch[CUSTOM]), dict)
    return result


def _custom(keys: dict[str, str], patch: object) -> dict[str, str] | None:
    if patch is None:
        return None
    if not isinstance(patch, dict) or not all(isinstance(value, str | None) for value in patch.values()):
        raise invalid("Invalid value for field metadata: it takes texts by texts.")
    merged = {**keys, **patch}
    return {key: value for key, value in merged.items() if value is not None} or None


def _set(fields: Fields, name: str, value: object, kind: type) -> None:
    if value is None:
        fields.pop(name, None)
    elif isinstance(value, kind):
        fields[name] = value
    else:
        raise invalid(f"Invalid value for field {name}.")
