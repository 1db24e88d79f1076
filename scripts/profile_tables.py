"""The table of the de-identification profiles that come with the project."""

from pathlib import Path

from shared.deid.rules.load import load_profiles
from shared.deid.rules.profile import Profile

_FOLDER = Path(__file__).resolve().parent.parent / "rulesets" / "deidentify"


def shipped_profiles() -> str:
    """A row for each profile."""
    rows = (_row(profile) for profile in load_profiles(_FOLDER).values())
    return "\n".join(["| profile | options | what it is for |", "|---|---|---|", *rows])


def _row(profile: Profile) -> str:
    options = ", ".join(f"`{option}`" for option in profile.options) or "none"
    return f"| `{profile.name}` | {options} | {profile.description} |"
