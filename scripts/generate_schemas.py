"""Write the JSON schemas of the ruleset files from the structs that read them; `--check` only compares.

Run it from the repository: `python -m scripts.generate_schemas`.
"""

import inspect
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from shared.deid.pixels.policy import PixelDefinition
from shared.deid.rules.profile import Profile
from shared.rules.model import GROUPS, OPERATORS, Condition, RulesetDefinition
from shared.settings import IntakePolicy

ROOT = Path(__file__).resolve().parent.parent
DIALECT = "https://json-schema.org/draft/2020-12/schema"


def match_schema() -> dict[str, Any]:
    """The schema of `rulesets/match/*.yaml`, with what the structs cannot say."""
    return _with_conditions(struct_schema(RulesetDefinition))


def pixels_schema() -> dict[str, Any]:
    """The schema of `rulesets/pixels/*.yaml`, with what the structs cannot say."""
    return _with_conditions(struct_schema(PixelDefinition))


def _with_conditions(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema in which a condition is a group, or an attribute with one operator."""
    condition = schema["$defs"][Condition.__name__]
    condition["oneOf"] = [_group(name) for name in GROUPS] + [_leaf(name) for name in OPERATORS]
    for operator in set(OPERATORS) - {"exists"}:
        operand = condition["properties"][operator]
        # An editor reads `less: 3` as a number; the loader reads the text that stands there.
        operand.get("items", operand)["type"] = ["string", "number"]
    return schema


def struct_schema(struct: type[msgspec.Struct]) -> dict[str, Any]:
    """The schema of a struct; an object is described by the first line of its docstring."""
    schema = msgspec.json.schema(struct)
    for definition in schema["$defs"].values():
        definition["description"] = inspect.cleandoc(definition["description"]).partition("\n")[0]
    return {"$schema": DIALECT, **schema}


def _group(name: str) -> dict[str, Any]:
    return {"required": [name], "maxProperties": 1}


def _leaf(operator: str) -> dict[str, Any]:
    allowed = ["attribute", operator, "ignore_case"]
    return {"required": ["attribute", operator], "propertyNames": {"enum": allowed}}


def schemas() -> Mapping[Path, str]:
    """The text of every generated file by its path."""
    generated = {
        "deidentify": struct_schema(Profile),
        "match": match_schema(),
        "pixels": pixels_schema(),
        "validate": struct_schema(IntakePolicy),
    }
    return {
        ROOT / "rulesets" / f"{folder}.schema.json": json.dumps(schema, indent=2) + "\n"
        for folder, schema in generated.items()
    }


def stale() -> list[Path]:
    """The files that are missing or differ from what would be generated."""
    return [
        path
        for path, text in schemas().items()
        if not path.is_file() or path.read_text(encoding="utf-8") != text
    ]


def main(arguments: Sequence[str]) -> int:
    """Write the files, or with `--check` name those that need it; gives the exit code."""
    if arguments not in ([], ["--check"]):
        print("usage: generate_schemas.py [--check]", file=sys.stderr)
        return 2
    outdated = stale()
    if arguments:
        for path in outdated:
            print(f"{path.relative_to(ROOT)} is out of date: run scripts/generate_schemas.py")
        return 1 if outdated else 0
    for path, text in schemas().items():
        path.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
