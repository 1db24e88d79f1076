"""Attributes and rulesets for tests, named by keyword and complete but for what a test is about."""

from typing import Any, NamedTuple

import yaml

from shared.dicom.dictionary import tag_for_keyword
from shared.rules.load import parse_ruleset
from shared.rules.ruleset import Ruleset


class Recorded(NamedTuple):
    """Attributes of an instance by their path of tags."""

    by_path: dict[tuple[int, ...], tuple[str, ...]]

    def values(self, path: tuple[int, ...]) -> tuple[str, ...] | None:
        """What rules ask for."""
        return self.by_path.get(path)


class PlainDumper(yaml.SafeDumper):
    """Writes a structure that is used twice twice, for rulesets know no aliases."""

    def ignore_aliases(self, _data: Any) -> bool:
        """Write everything in full."""
        return True


def path_of(keywords: str) -> tuple[int, ...]:
    """The path of tags of keywords joined by dots."""
    tags = [tag_for_keyword(keyword) for keyword in keywords.split(".")]
    return tuple(tag for tag in tags if tag is not None)


def recorded(values: dict[str, tuple[str, ...]]) -> Recorded:
    """Attributes by keyword or path of keywords, and nothing else."""
    return Recorded({path_of(keywords): value for keywords, value in values.items()})


def instance(**values: tuple[str, ...]) -> Recorded:
    """An axial CT image with further or other attributes."""
    axial_ct = {"Modality": ("CT",), "ImageType": ("ORIGINAL", "PRIMARY", "AXIAL")}
    return recorded(axial_ct | values)


def ruleset_text(when: Any, **changes: Any) -> str:
    """A ruleset file with the given condition: a structure, or YAML text in flow style."""
    fields = {
        "name": "example",
        "description": "An example.",
        "profile": "basic",
        "destination": "autosegmentation",
        "template": "head_and_neck",
    }
    if not isinstance(when, str):
        return yaml.dump(fields | changes | {"when": when}, Dumper=PlainDumper)
    return f"{yaml.dump(fields | changes, Dumper=PlainDumper)}when: {when}\n"


def ruleset(when: Any, **changes: Any) -> Ruleset:
    """A compiled ruleset with the given condition."""
    return parse_ruleset(ruleset_text(when, **changes), "match/example.yaml")


def holds(when: Any, values: dict[str, tuple[str, ...]]) -> bool:
    """Whether a condition holds for an axial CT image with further attributes."""
    return ruleset(when).evaluate(instance(**values)).claimed
