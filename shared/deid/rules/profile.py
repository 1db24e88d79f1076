"""De-identification profiles: policy, as it stands in `rulesets/deidentify`."""

from typing import Annotated, Literal

import msgspec

from shared.deid.readings.words import FREE_TEXT_VRS
from shared.deid.rules.options import BASIC_CODE, OPTIONS, Dates, Option
from shared.deid.rules.overrides import Override
from shared.deid.text.settings import TextSettings
from shared.dicom.dictionary import DICOM_UID_ROOT, tag_for_keyword, vr_of
from shared.errors import RulesetInvalid
from shared.identifiers import is_uid

#: the root for UIDs made from 128 bits (PS3.5 Annex B.2)
UUID_ROOT = "2.25"

#: a name that travels in records and in (0012,0063); `$` alone would let a line feed pass
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,62}(?!\n)$")]
Unknown = Literal["remove", "hold"]

# They clean text: Table E.1-1 says C of it. Modified dates have nothing to clean but dates.
_CLEANING = frozenset(
    {
        "clean_descriptors",
        "clean_graphics",
        "clean_structured_content",
        "device_identity",
        "patient_characteristics",
    }
)


class Profile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A de-identification profile: the Basic Profile of PS3.15 Annex E with options and exceptions.

    Attributes:
        name: the file's name without its ending.
        description: one sentence for people.
        options: the options of PS3.15 section E.3 that apply, by the names of the reference page.
        one_study_date: puts the study's shifted date in place of every date; needs `modified_dates`.
        uid_root: the root of new UIDs; `2.25` makes them of 128 bits, others of as many digits as fit.
        mask: attributes whose value becomes `#` where it would be removed, emptied or replaced.
        mask_person_names: the same for every attribute of VR PN.
        overrides: single attributes that are treated otherwise, each with its reason.
        unknown_elements: what happens to elements that nobody can judge: not in PS3.6, or of VR UN.
        unknown_sop_classes: what happens to instances of a SOP Class without an IOD in PS3.3.
        encapsulated_documents: what happens to documents in instances, such as PDF: `remove` puts an empty
            one in their place.
        text: how texts are cleaned, where an option says so.
        pixel_policy: the file of `rulesets/pixels` that judges images; what it would blank is blanked with
            the option `clean_pixel_data`, and held without.
    """

    name: Name
    description: str
    options: tuple[Option, ...] = ()
    one_study_date: bool = False
    uid_root: str = UUID_ROOT
    mask: tuple[str, ...] = ()
    mask_person_names: bool = False
    overrides: tuple[Override, ...] = ()
    unknown_elements: Unknown = "remove"
    unknown_sop_classes: Unknown = "hold"
    encapsulated_documents: Unknown = "hold"
    text: TextSettings = TextSettings()
    pixel_policy: Name = "default"

    @property
    def dates(self) -> Dates:
        """What happens to the dates of the examination."""
        if "full_dates" in self.options:
            return "keep"
        if "modified_dates" not in self.options:
            return "remove"
        return "study_date" if self.one_study_date else "shift"

    @property
    def cleans_text(self) -> bool:
        """Whether what is done to an instance depends on what identifies elsewhere in it."""
        overridden = any(override.action == "clean" for override in self.overrides)
        return overridden or not _CLEANING.isdisjoint(self.options)

    @property
    def masked_tags(self) -> frozenset[int]:
        """The tags of `mask`."""
        return frozenset(tag for keyword in self.mask if (tag := tag_for_keyword(keyword)))

    @property
    def method_codes(self) -> tuple[tuple[str, str], ...]:
        """Code value and meaning of what this profile does to every instance (PS3.16 CID 7050)."""
        return (BASIC_CODE, *(OPTIONS[option].code for option in self.options))

    def check(self, source: str) -> None:
        """Refuse what cannot work.

        Raises:
            RulesetInvalid: options exclude each other, a keyword is unknown or not of text, an override
                cannot be done, or the root is too long or the Standard's own.
        """
        self._check_dates(source)
        self._check_masks(source)
        self._check_root(source)
        self.text.check(source)
        for number, override in enumerate(self.overrides):
            override.check(source, f"overrides[{number}]")

    def _check_dates(self, source: str) -> None:
        if {"full_dates", "modified_dates"} <= set(self.options):
            raise RulesetInvalid(file=source, place="options", rule="full_dates or modified_dates, not both")
        if self.one_study_date and "modified_dates" not in self.options:
            raise RulesetInvalid(file=source, place="one_study_date", rule="needs the option modified_dates")

    def _check_masks(self, source: str) -> None:
        unknown = [keyword for keyword in self.mask if tag_for_keyword(keyword) is None]
        if unknown:
            raise RulesetInvalid(file=source, place="mask", unknown_keyword=unknown[0])
        if any(vr_of(tag) not in FREE_TEXT_VRS for tag in self.masked_tags):
            raise RulesetInvalid(file=source, place="mask", rule="attributes whose value is text")

    def _check_root(self, source: str) -> None:
        if not is_uid(self.uid_root) or len(self.uid_root) > 30:
            raise RulesetInvalid(file=source, place="uid_root", rule="a UID of at most 30 characters")
        if f"{self.uid_root}.".startswith(DICOM_UID_ROOT):
            raise RulesetInvalid(file=source, place="uid_root", rule="a root of one's own")
