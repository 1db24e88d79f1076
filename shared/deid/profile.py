"""De-identification profiles: policy as YAML, checked when it is loaded."""

from pathlib import Path
from typing import Annotated, Literal

import msgspec

from shared.dicom.dictionary import DICOM_UID_ROOT, tag_for_keyword, vr_of
from shared.documents import load_document
from shared.errors import RulesetInvalid
from shared.identifiers import is_uid

#: the root for UIDs made from 128 bits (PS3.5 Annex B.2)
UUID_ROOT = "2.25"

#: PS3.16 CID 7050, the codes of (0012,0064)
METHOD_CODES = {
    "basic": ("113100", "Basic Application Confidentiality Profile"),
    "modified_dates": ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
}
#: a name that travels in records and in (0012,0063); `$` alone would let a line feed pass
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,62}(?!\n)$")]

_TEXT_VRS = frozenset({"LO", "LT", "PN", "SH", "ST", "UC", "UT"})


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A de-identification profile.

    Attributes:
        name: the file's name without its ending.
        description: one sentence for people.
        dates: `remove` as the Basic Profile does; `shift` keeps every date, moved by the patient's own number
            of days; `study_date` puts the study's shifted date in place of every date.
        uid_root: the root of new UIDs; `2.25` makes them of 128 bits, others of as many digits as fit.
        mask: attributes whose value becomes `#` where the Basic Profile would remove or empty it.
        mask_person_names: the same for every attribute of VR PN.
    """

    name: Name
    description: str
    dates: Literal["remove", "shift", "study_date"] = "remove"
    uid_root: str = UUID_ROOT
    mask: tuple[str, ...] = ()
    mask_person_names: bool = False

    @property
    def masked_tags(self) -> frozenset[int]:
        """The tags of `mask`."""
        return frozenset(tag for keyword in self.mask if (tag := tag_for_keyword(keyword)))

    @property
    def method_codes(self) -> tuple[tuple[str, str], ...]:
        """Code value and meaning of what this profile really does (PS3.16 CID 7050)."""
        options = ("basic",) if self.dates == "remove" else ("basic", "modified_dates")
        return tuple(METHOD_CODES[option] for option in options)

    def check(self, source: str) -> None:
        """Refuse what cannot work.

        Raises:
            RulesetInvalid: a keyword is unknown or not of text, or the root leaves too little room or is
                the Standard's own.
        """
        unknown = [keyword for keyword in self.mask if tag_for_keyword(keyword) is None]
        if unknown:
            raise RulesetInvalid(file=source, place="mask", unknown_keyword=unknown[0])
        if any(vr_of(tag) not in _TEXT_VRS for tag in self.masked_tags):
            raise RulesetInvalid(file=source, place="mask", rule="attributes whose value is text")
        if not is_uid(self.uid_root) or len(self.uid_root) > 30:
            raise RulesetInvalid(file=source, place="uid_root", rule="a UID of at most 30 characters")
        if f"{self.uid_root}.".startswith(DICOM_UID_ROOT):
            raise RulesetInvalid(file=source, place="uid_root", rule="a root of one's own")


def load_profiles(folder: Path) -> dict[str, Profile]:
    """Load every profile of `rulesets/deidentify` by name.

    Raises:
        RulesetInvalid: a file is no valid profile.
    """
    profiles = {}
    for path in sorted(folder.glob("*.yaml")):
        source = f"{folder.name}/{path.name}"
        profile = load_document(path, Profile)
        if profile.name != path.stem:
            raise RulesetInvalid(file=source, place="name", rule="the file's name")
        profile.check(source)
        profiles[profile.name] = profile
    return profiles
