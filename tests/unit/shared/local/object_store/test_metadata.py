"""The metadata that people can change."""

from typing import Any

import pytest

from shared.local.object_store.metadata import patched, written
from shared.local.object_store.refusals import Refused

FIELDS: dict[str, Any] = {"contentType": "text/plain", "metadata": {"a": "1", "b": "2"}}


@pytest.mark.parametrize(
    ("patch", "expected"),
    [
        ({}, FIELDS),
        ({"contentType": None}, {"metadata": {"a": "1", "b": "2"}}),
        ({"metadata": {"a": None, "c": "3"}}, {**FIELDS, "metadata": {"b": "2", "c": "3"}}),
        ({"metadata": {"a": None, "b": None}}, {"contentType": "text/plain"}),
        ({"metadata": None}, {"contentType": "text/plain"}),
        ({"temporaryHold": True, "size": "9", "generation": "1"}, {**FIELDS, "temporaryHold": True}),
    ],
)
def test_a_patch(patch: dict[str, Any], expected: dict[str, Any]) -> None:
    """Null takes away, what is not named stays, and Cloud Storage's own fields are nobody's to change."""
    assert patched(FIELDS, patch) == expected


def test_what_is_written_takes_nothing_over() -> None:
    """An update replaces everything that can be changed."""
    assert written({"cacheControl": "no-store", "name": "a"}) == {"cacheControl": "no-store"}


@pytest.mark.parametrize(
    "patch", [{"contentType": 5}, {"metadata": "x"}, {"metadata": {"a": 1}}, {"temporaryHold": "yes"}]
)
def test_a_value_of_another_type_is_refused(patch: dict[str, Any]) -> None:
    """It is not stored for a client to stumble over."""
    with pytest.raises(Refused, match="Invalid value"):
        patched(FIELDS, patch)
