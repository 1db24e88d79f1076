"""One ruleset, compiled."""

from copy import copy
from typing import Self

import msgspec

from shared.rules.conditions import Check, compile_condition, trace_lines
from shared.rules.model import Attributes, Condition, RulesetDefinition, Verdict
from shared.rules.place import Place
from shared.rules.representations import representation

#: what no localizer says of itself (PS3.3 C.8.2.1.1.1: value 3 of Image Type)
_NO_LOCALIZER = Condition(attribute="ImageType", does_not_contain="LOCALIZER", ignore_case=True)


class Ruleset:
    """A ruleset ready to judge instances.

    An instance is claimed if its modality is listed, `when` holds, and it is no localizer or those count.
    """

    def __init__(self, definition: RulesetDefinition, place: Place) -> None:
        """Compile the conditions.

        Raises:
            RulesetInvalid: one of them is invalid; the error names its place.
        """
        self.definition = definition
        self._checks = _compiled(definition, place)
        self._labels = tuple(label for check in self._checks for label in check.labels)

    @property
    def name(self) -> str:
        """The ruleset's name, unique among all."""
        return self.definition.name

    def with_profile(self, profile: str) -> Self:
        """The same ruleset with another de-identification profile."""
        changed = copy(self)
        changed.definition = msgspec.structs.replace(self.definition, profile=profile)
        return changed

    def evaluate(self, attributes: Attributes) -> Verdict:
        """Judge one instance and say why."""
        claimed, outcomes = self.judge(attributes)
        return Verdict(claimed=claimed, trace=self.trace(outcomes))

    def judge(self, attributes: Attributes) -> tuple[bool, tuple[str, ...]]:
        """Judge one instance; the outcomes are what `trace` makes lines of."""
        outcomes: list[str] = []
        held = [check.run(attributes, outcomes) for check in self._checks]
        return all(held), tuple(outcomes)

    def trace(self, outcomes: tuple[str, ...]) -> tuple[str, ...]:
        """The lines that say why each condition did or did not hold, indented by depth."""
        return trace_lines(self._labels, outcomes)


def _compiled(definition: RulesetDefinition, place: Place) -> tuple[Check, ...]:
    fits = representation("CS").fits
    for index, modality in enumerate(definition.modalities):
        if not fits(modality):
            raise place.child("modalities").child(index).error("is no value of VR CS (PS3.5 section 6.2)")
    own = [Condition(attribute="Modality", in_=definition.modalities)]
    if not definition.include_localizers:
        own.append(_NO_LOCALIZER)
    checks = [compile_condition(condition, place) for condition in own]
    return (*checks, compile_condition(definition.when, place.child("when")))
