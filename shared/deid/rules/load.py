"""Load de-identification profiles, which are policy as YAML; nothing that was not thought of is loaded."""

from pathlib import Path

from shared.deid.rules.profile import Profile
from shared.documents import load_document
from shared.errors import RulesetInvalid
from shared.rules.place import Place


def load_profiles(folder: Path) -> dict[str, Profile]:
    """Load every profile of `rulesets/deidentify` by name.

    Raises:
        RulesetInvalid: a file is no valid profile.
    """
    return {path.stem: load_profile(path) for path in sorted(folder.glob("*.yaml"))}


def load_profile(path: Path) -> Profile:
    """Load one profile; its name is the file's name.

    Raises:
        RulesetInvalid: the file is no valid profile.
    """
    source = f"{path.parent.name}/{path.name}"
    profile = load_document(path, Profile)
    if profile.name != path.stem:
        raise RulesetInvalid(file=source, place="name", rule="the file's name")
    check(profile, source)
    return profile


def check(profile: Profile, source: str) -> None:
    """Refuse what cannot work, or would release an identifier unknowingly; `source` is the file's name.

    Raises:
        RulesetInvalid: with what is wrong and the way out.
    """
    profile.check(source)
    if profile.overrides:
        _require_understood(profile, source)


def _require_understood(profile: Profile, source: str) -> None:
    # Only here: whoever merely names profiles needs no rules.
    from shared.deid.rules.basic import releases

    for number, override in enumerate(profile.overrides):
        place = Place(source, f"overrides[{number}]")
        if not override.i_understand.strip() and releases(override.act, override.target(place)):
            raise place.error("this releases what the Standard protects: say why it may, in `i_understand`")
