"""Preconditions on generation and metageneration."""

from typing import NamedTuple

import pytest

from shared.local.object_store.preconditions import Preconditions
from shared.local.object_store.refusals import Refused


class Found(NamedTuple):
    """What is there."""

    generation: int = 7
    metageneration: int = 2


@pytest.mark.parametrize(
    ("parameters", "found", "status"),
    [
        ({}, None, None),
        ({"ifGenerationMatch": "0"}, None, None),
        ({"ifGenerationMatch": "0"}, Found(), 412),
        ({"ifGenerationMatch": "7"}, Found(), None),
        ({"ifGenerationMatch": "7"}, None, 412),
        ({"ifGenerationNotMatch": "0"}, None, 412),
        ({"ifGenerationNotMatch": "0"}, Found(), None),
        ({"ifGenerationNotMatch": "7"}, Found(), 412),
        ({"ifMetagenerationMatch": "2"}, Found(), None),
        ({"ifMetagenerationMatch": "1"}, Found(), 412),
        ({"ifMetagenerationMatch": "1"}, None, 412),
        ({"ifMetagenerationNotMatch": "2"}, Found(), 412),
        ({"ifMetagenerationNotMatch": "1"}, Found(), None),
        ({"ifSourceGenerationMatch": "9"}, Found(), None),
    ],
)
def test_what_must_hold(parameters: dict[str, str], found: Found | None, status: int | None) -> None:
    """Generation 0 stands for nothing; a missing object has no metageneration."""
    try:
        Preconditions.of(parameters).require(found)
        answered = None
    except Refused as refused:
        answered = refused.status

    assert answered == status


def test_a_reader_that_has_it_is_told_so() -> None:
    """304 instead of 412, where only reading is asked for."""
    with pytest.raises(Refused) as raised:
        Preconditions.of({"ifGenerationNotMatch": "7"}).require(Found(), reading=True)

    assert raised.value.status == 304


def test_those_of_a_source_have_a_prefix() -> None:
    """They are read apart from those of the target."""
    parameters = {"ifSourceGenerationMatch": "9", "ifGenerationMatch": "0"}

    assert Preconditions.of(parameters, "ifSource") == Preconditions(generation_match=9)


def test_what_is_no_number_is_refused() -> None:
    """A precondition is never ignored because it cannot be read."""
    with pytest.raises(Refused, match="ifGenerationMatch"):
        Preconditions.of({"ifGenerationMatch": "latest"})
