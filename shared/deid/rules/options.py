"""The options of PS3.15 section E.3, their codes (PS3.16 CID 7050) and their columns in Table E.1-1."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

Option = Literal[
    "safe_private",
    "uids",
    "device_identity",
    "institution_identity",
    "patient_characteristics",
    "full_dates",
    "modified_dates",
    "clean_descriptors",
    "clean_structured_content",
    "clean_graphics",
    "clean_pixel_data",
]
#: what becomes of the dates of the examination
Dates = Literal["remove", "shift", "study_date", "keep"]


class OptionFacts(NamedTuple):
    """What the Standard says of an option; `column` is empty where Table E.1-1 has none."""

    code: tuple[str, str]
    column: str


#: the code of the profile that all options add to
BASIC_CODE = ("113100", "Basic Application Confidentiality Profile")

#: no option here, but another tool may have done it
CLEAN_FACES_CODE = ("113102", "Clean Recognizable Visual Features Option")

OPTIONS: Mapping[Option, OptionFacts] = {
    "safe_private": OptionFacts(("113111", "Retain Safe Private Option"), "retain_safe_private"),
    "uids": OptionFacts(("113110", "Retain UIDs Option"), "retain_uids"),
    "device_identity": OptionFacts(("113109", "Retain Device Identity Option"), "retain_device_identity"),
    "institution_identity": OptionFacts(
        ("113112", "Retain Institution Identity Option"), "retain_institution_identity"
    ),
    "patient_characteristics": OptionFacts(
        ("113108", "Retain Patient Characteristics Option"), "retain_patient_characteristics"
    ),
    "full_dates": OptionFacts(
        ("113106", "Retain Longitudinal Temporal Information Full Dates Option"), "retain_long_full_dates"
    ),
    "modified_dates": OptionFacts(
        ("113107", "Retain Longitudinal Temporal Information Modified Dates Option"),
        "retain_long_modified_dates",
    ),
    "clean_descriptors": OptionFacts(("113105", "Clean Descriptors Option"), "clean_descriptors"),
    "clean_structured_content": OptionFacts(
        ("113104", "Clean Structured Content Option"), "clean_structured_content"
    ),
    "clean_graphics": OptionFacts(("113103", "Clean Graphics Option"), "clean_graphics"),
    "clean_pixel_data": OptionFacts(("113101", "Clean Pixel Data Option"), ""),
}
