"""PS3.15 Table E.1-1: what the Basic Application Level Confidentiality Profile does with each attribute."""

from functools import cache
from importlib.resources import files

from shared.dicom.dictionary import entry_of, tag_for_keyword

#: edition of the table
EDITION = "2026c"

_DATE_VRS = frozenset({"DA", "DT", "TM"})
# Table E.1-1 gives these no C under Retain Longitudinal Temporal Information Modified Dates.
_DATES_NEVER_RETAINED = frozenset({0x00100030, 0x00100032, 0x00160077})
# Attributes that Table E.1-1 leaves out although their values lead to the patient: dates of life, order
# numbers under their retired tags, free text, addresses in the hospital's network, and an earlier identity.
_LEFT_OUT = (
    "CommentsOnTheScheduledProcedureStep",
    "EncryptedAttributesSequence",
    "FileAccessURI",
    "FilenameInContainer",
    "FillerOrderNumberImagingServiceRequestRetired",
    "FillerOrderNumberProcedure",
    "FolderAccessURI",
    "NTPSourceAddress",
    "PatientBirthDateInAlternativeCalendar",
    "PatientDeathDateInAlternativeCalendar",
    "PixelDataProviderURL",
    "PlacerOrderNumberImagingServiceRequestRetired",
    "PlacerOrderNumberProcedure",
    "RetrieveURI",
    "RetrieveURL",
    "StorageURL",
    "StoredInstanceBaseURI",
    "TextValue",
)


@cache
def basic_profile() -> dict[int, str]:
    """The Basic Profile's code (X, Z, D, U and their combinations) by tag.

    Curves and overlays stand under the first group of their range; of the overlays Table E.1-1 lists data and
    comments. What the table leaves out although it identifies is removed as well.
    """
    text = files("shared.deid").joinpath(f"ps3_15_table_e1_1_{EDITION}.csv").read_text(encoding="utf-8")
    rows = (line.split(",") for line in text.splitlines()[1:])
    listed = {int(row[0].replace("x", "0"), 16): row[-1] for row in rows}
    return {tag: "X" for keyword in _LEFT_OUT if (tag := tag_for_keyword(keyword))} | listed


def keeps_modified_date(tag: int) -> bool:
    """Tell whether the Modified Dates option keeps this attribute, shifted (PS3.15 section E.3.6)."""
    entry = entry_of(tag)
    return entry is not None and entry.vr in _DATE_VRS and tag not in _DATES_NEVER_RETAINED
