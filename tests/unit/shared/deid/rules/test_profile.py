"""Profiles as YAML."""

from pathlib import Path

import pytest

from shared.deid.rules.load import load_profiles
from shared.deid.rules.options import OPTIONS
from shared.deid.rules.profile import Profile
from shared.errors import RulesetInvalid
from shared.identifiers import is_uid
from tests.images import IMAGING, PROFILES

SHIPPED = Path(__file__).parents[5] / "rulesets" / "deidentify"


def load(folder: Path, text: str, name: str = "local") -> Profile:
    """Load one profile from a file."""
    (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return load_profiles(folder)[name]


def test_the_shipped_profiles_load() -> None:
    """Some for whole uses, and one for each option alone."""
    alone = {name for name, profile in PROFILES.items() if profile.options == (name,)}

    assert alone == {*OPTIONS}
    assert PROFILES.keys() - alone == {
        "basic",
        "clean_recognizable_visual_features",
        "draw",
        "extended",
        "research",
    }


def test_every_shipped_profile_names_rules_for_pixels_that_there_are() -> None:
    """A missing file would stop each image."""
    assert {profile.pixel_policy for profile in PROFILES.values()} <= IMAGING.policies.keys()


def test_every_shipped_file_names_its_schema() -> None:
    """Editors find the schema by the first line of each file."""
    first_lines = {path.read_text(encoding="utf-8").splitlines()[0] for path in SHIPPED.glob("*.yaml")}

    assert first_lines == {"# yaml-language-server: $schema=../deidentify.schema.json"}


def test_a_profile_is_the_basic_profile_unless_it_says_otherwise(tmp_path: Path) -> None:
    """Name and description suffice; everything else is the strictest choice."""
    profile = load(tmp_path, "name: local\ndescription: Ours.\n")

    assert profile == Profile(name="local", description="Ours.")
    assert (profile.dates, profile.uid_root, profile.mask) == ("remove", "2.25", ())
    assert profile.method_codes == (("113100", "Basic Application Confidentiality Profile"),)


@pytest.mark.parametrize("more", ["", "one_study_date: true\n"])
def test_the_method_codes_say_what_is_done(tmp_path: Path, more: str) -> None:
    """Modified dates are named as the option of the Standard that they are (PS3.16 CID 7050)."""
    profile = load(tmp_path, f"name: local\ndescription: Ours.\noptions: [modified_dates]\n{more}")

    assert [value for value, _ in profile.method_codes] == ["113100", "113107"]


@pytest.mark.parametrize(
    ("line", "place"),
    [
        ("mask: [InstitutionNom]", "mask"),
        ("mask: [PatientBirthDate]", "mask"),
        ("mask: [PatientWeight]", "mask"),
        ("mask: [RequestAttributesSequence]", "mask"),
        ("mask: [StudyInstanceUID]", "mask"),
        ("uid_root: 1.2.3.a", "uid_root"),
        ("uid_root: ''", "uid_root"),
        ("uid_root: 1.2.03", "uid_root"),
        ("uid_root: 1.2.3456789012345678901234567890", "uid_root"),
        ("uid_root: 1.2.840.10008", "uid_root"),
        ("uid_root: 1.2.840.10008.1.2", "uid_root"),
    ],
)
def test_what_cannot_work_is_refused_with_its_place(tmp_path: Path, line: str, place: str) -> None:
    """Unknown keywords, `#` where no text can stand, and roots that are wrong, long or the Standard's."""
    with pytest.raises(RulesetInvalid) as caught:
        load(tmp_path, f"name: local\ndescription: Ours.\n{line}\n")

    assert caught.value.details["place"] == place
    assert str(caught.value.details["file"]).endswith("/local.yaml")


@pytest.mark.parametrize(
    "text",
    [
        "name: other\ndescription: Ours.\n",
        "name: local\n",
        "description: Ours.\n",
        "name: local\ndescription: Ours.\nkeep_dates: true\n",
        "name: local\ndescription: Ours.\ndates: keep\n",
        "name: local\ndescription: Ours.\nmask_person_names: 3\n",
        "[]",
        "name: [",
    ],
)
def test_what_is_no_profile_is_refused(tmp_path: Path, text: str) -> None:
    """Unknown, missing and misspelt fields, another name than the file's, and broken YAML."""
    with pytest.raises(RulesetInvalid):
        load(tmp_path, text)


@pytest.mark.parametrize("name", ["Local", "a b", "0local", "größe"])
def test_a_name_is_plain(tmp_path: Path, name: str) -> None:
    """The name is written into every instance, where only ASCII is safe."""
    with pytest.raises(RulesetInvalid):
        load(tmp_path, f"name: {name}\ndescription: Ours.\n", name)


def test_masked_tags_are_those_of_the_keywords() -> None:
    """Each keyword of `mask` is looked up in PS3.6."""
    profile = Profile(name="local", description="", mask=("InstitutionName", "PatientAddress"))

    assert profile.masked_tags == {0x00080080, 0x00101040}


@pytest.mark.parametrize("profile", PROFILES.values(), ids=list(PROFILES))
def test_the_roots_of_shipped_profiles_are_uids(profile: Profile) -> None:
    """Each root leaves room for at least thirty digits."""
    assert is_uid(profile.uid_root)
    assert len(profile.uid_root) <= 33
