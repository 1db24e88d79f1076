"""The structs of matching: a ruleset file as it is written, and the verdicts about instances and series."""

from typing import Annotated, Protocol

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

#: an operand is read as the text that stands in the file, also where it looks like a number
Operand = Annotated[str, Meta(min_length=1)]
#: a name that travels in events and records; `$` alone would let a line feed pass
Name = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9_]{0,62}(?!\n)$")]

GROUPS = ("all", "any", "not")
OPERATORS = (
    "equals",
    "not_equals",
    "in",
    "exists",
    "contains",
    "does_not_contain",
    "matches",
    "greater",
    "less",
    "greater_or_equal",
    "less_or_equal",
)


class Condition(
    Struct,
    frozen=True,
    kw_only=True,
    forbid_unknown_fields=True,
    rename={"all_": "all", "any_": "any", "not_": "not", "in_": "in"},
):
    """A node of a condition tree: one group, or one attribute with one operator.

    Attributes:
        all_, any_, not_: the groups `all`, `any` and `not`.
        attribute: a keyword, a tag, or a path into sequences.
        ignore_case: compare text without regard to upper and lower case.
    """

    all_: Annotated[tuple["Condition", ...], Meta(min_length=1)] | UnsetType = UNSET
    any_: Annotated[tuple["Condition", ...], Meta(min_length=1)] | UnsetType = UNSET
    not_: "Condition | UnsetType" = UNSET
    attribute: str | UnsetType = UNSET
    equals: Operand | UnsetType = UNSET
    not_equals: Operand | UnsetType = UNSET
    in_: Annotated[tuple[Operand, ...], Meta(min_length=1)] | UnsetType = UNSET
    exists: bool | UnsetType = UNSET
    contains: Operand | UnsetType = UNSET
    does_not_contain: Operand | UnsetType = UNSET
    matches: Operand | UnsetType = UNSET
    greater: Operand | UnsetType = UNSET
    less: Operand | UnsetType = UNSET
    greater_or_equal: Operand | UnsetType = UNSET
    less_or_equal: Operand | UnsetType = UNSET
    ignore_case: bool = False


class RulesetDefinition(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A ruleset as its file defines it.

    Attributes:
        priority: of several rulesets that claim a series, the one with the highest priority wins.
        when: what an instance must be.
        profile: the de-identification profile.
        destination: where the series goes.
        template: the template that goes with it.
        modalities: an instance of another modality is left out.
        include_localizers: whether localizers (scouts) count as well.
    """

    name: Name
    description: Annotated[str, Meta(min_length=1)]
    when: Condition
    profile: Name
    destination: Name
    template: Name
    priority: int = 0
    modalities: Annotated[tuple[Operand, ...], Meta(min_length=1)] = ("CT", "MR", "PT")
    include_localizers: bool = False


class Attributes(Protocol):
    """The attributes of one instance, as far as rules ask for them."""

    def values(self, path: tuple[int, ...]) -> tuple[str, ...] | None:
        """The values of the attribute at a path of tags, as text.

        Args:
            path: the tags of the sequences around the attribute, then its own.

        Returns:
            The values in every item of those sequences; `()` if it is empty or a sequence, None if missing.
        """
        ...


class Verdict(Struct, frozen=True):
    """What a ruleset says about an instance; `trace` tells why, without any value of the data set."""

    claimed: bool
    trace: tuple[str, ...]


class SeriesVerdict(Struct, frozen=True, kw_only=True):
    """What all rulesets say about a series.

    Attributes:
        ruleset: the one that wins; None if none claims the series.
        claimed: which instances it claims, by their position, counted from 0.
        instance_count: how many instances there are.
        trace: for each ruleset, why it did or did not claim instances, without any value of the data set.
    """

    ruleset: RulesetDefinition | None
    claimed: tuple[int, ...]
    instance_count: int
    trace: tuple[str, ...]

    @property
    def matched(self) -> int:
        """How many instances the winner claims."""
        return len(self.claimed)

    @property
    def unmatched(self) -> int:
        """How many instances stay behind."""
        return self.instance_count - len(self.claimed)


def convert_definition(document: object) -> RulesetDefinition:
    """Convert a document of plain text strictly.

    Raises:
        msgspec.ValidationError: it is no ruleset; the message ends with the place in it.
    """
    return msgspec.convert(document, RulesetDefinition, strict=False)
