"""Preconditions on generation and metageneration, as query parameters of a request.

See "Request preconditions" in the documentation of Cloud Storage.
"""

from collections.abc import Mapping
from typing import NamedTuple, Protocol, Self

from shared.local.object_store.refusals import condition_not_met, invalid, not_modified


class Numbered(Protocol):
    """What has a generation and a metageneration: an object, or a bucket."""

    @property
    def generation(self) -> int:
        """The generation; that of a bucket has no meaning here."""
        ...

    @property
    def metageneration(self) -> int:
        """How many times the metadata was written."""
        ...


class Preconditions(NamedTuple):
    """What must hold; None: not asked for. Generation 0 stands for no live generation."""

    generation_match: int | None = None
    generation_not_match: int | None = None
    metageneration_match: int | None = None
    metageneration_not_match: int | None = None

    @classmethod
    def of(cls, parameters: Mapping[str, str], prefix: str = "if") -> Self:
        """Read those that begin with `prefix`: `if`, or `ifSource` for the source of a copy.

        Raises:
            Refused: 400, one is no number.
        """
        names = ("GenerationMatch", "GenerationNotMatch", "MetagenerationMatch", "MetagenerationNotMatch")
        return cls(*(number(parameters, prefix + name) for name in names))

    def require(self, found: Numbered | None, *, reading: bool = False) -> None:
        """Check them against what is there.

        Raises:
            Refused: 412, or 304 where a reader asks not to be sent what it has.
        """
        generation = found.generation if found is not None else 0
        metageneration = found.metageneration if found is not None else 0
        if self.generation_match not in {None, generation}:
            raise condition_not_met()
        if self.metageneration_match not in {None, metageneration}:
            raise condition_not_met()
        if generation == self.generation_not_match or metageneration == self.metageneration_not_match:
            raise not_modified() if reading else condition_not_met()


def number(parameters: Mapping[str, str], name: str) -> int | None:
    """A parameter that is a whole number; None if it is not there.

    Raises:
        Refused: 400, it is none.
    """
    text = parameters.get(name)
    if text is None:
        return None
    try:
        return int(text)
    except ValueError:
        raise invalid(f"Invalid argument for parameter {name}.") from None
