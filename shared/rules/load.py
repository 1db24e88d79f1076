"""Load ruleset files; whatever is not understood to the last key is refused."""

from collections.abc import Collection, Mapping
from importlib.resources.abc import Traversable

import msgspec

from shared.rules.document import read_document
from shared.rules.model import RulesetDefinition, convert_definition
from shared.rules.place import Place
from shared.rules.ruleset import Ruleset


def load_rulesets(
    folder: Traversable,
    *,
    profiles: Collection[str],
    destinations: Collection[str],
    templates: Collection[str],
) -> tuple[Ruleset, ...]:
    """Load every `*.yaml` of a folder, by falling priority, then by name.

    Args:
        folder: a path, or a folder of package data.
        profiles: the de-identification profiles that there are.
        destinations: the destinations that there are.
        templates: the templates that there are.

    Raises:
        RulesetInvalid: a file is invalid, names something unknown or repeats a name, or there is no file.
    """
    known = {"profile": profiles, "destination": destinations, "template": templates}
    rulesets: dict[str, Ruleset] = {}
    for file, text in _texts(folder).items():
        ruleset = parse_ruleset(text, file)
        _require_known(ruleset.definition, known, Place(file))
        if ruleset.name in rulesets:
            raise Place(file, "name").error("another file defines a ruleset of this name")
        rulesets[ruleset.name] = ruleset
    return tuple(sorted(rulesets.values(), key=lambda each: (-each.definition.priority, each.name)))


def parse_ruleset(text: str, file: str) -> Ruleset:
    """Read and compile one ruleset; `file` is what errors call it.

    Raises:
        RulesetInvalid: `text` is not a valid ruleset; the error names the place.
    """
    place = Place(file)
    document = read_document(text, place)
    try:
        definition = convert_definition(document)
    except msgspec.ValidationError as error:
        problem, _, path = str(error).partition(" - at `$")
        raise Place(file, path.strip("`").removeprefix(".")).error(problem) from error
    return Ruleset(definition, place)


def _texts(folder: Traversable) -> Mapping[str, str]:
    place = Place(folder.name)
    try:
        files = sorted(
            (file for file in folder.iterdir() if file.name.endswith(".yaml")), key=lambda file: file.name
        )
        texts = {f"{folder.name}/{file.name}": file.read_text(encoding="utf-8") for file in files}
    except (OSError, UnicodeDecodeError) as error:
        raise place.error("cannot be read") from error
    if not texts:
        raise place.error("holds no ruleset")
    return texts


def _require_known(definition: RulesetDefinition, known: Mapping[str, Collection[str]], place: Place) -> None:
    for field, names in known.items():
        name = getattr(definition, field)
        if name not in names:
            raise place.child(field).error(f"there is no {field} {name!r}")
