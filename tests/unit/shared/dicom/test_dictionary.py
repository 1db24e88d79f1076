"""The data dictionary, against pydicom's."""

import pytest
from pydicom.datadict import DicomDictionary
from pydicom.uid import UID_dictionary

from shared.dicom.dictionary import (
    DICOM_UID_ROOT,
    DictionaryEntry,
    entry_of,
    first_of_range,
    image_sop_classes,
    keyword_of,
    sop_classes,
    tag_for_keyword,
    transfer_syntaxes,
    vr_of,
)


def test_every_attribute_of_the_standard() -> None:
    """Each tag has the keyword and the first VR of pydicom's dictionary; delimiters have none."""
    expected = {
        tag: DictionaryEntry(vr.partition(" or ")[0], keyword)
        for tag, (vr, _, _, _, keyword) in DicomDictionary.items()
        if tag >> 16 != 0xFFFE
    }

    assert {tag: entry_of(tag) for tag in expected} == expected


def test_keywords_lead_back_to_their_tags() -> None:
    """A keyword that the dictionary gives for a tag finds that tag."""
    keywords = {tag: keyword_of(tag) for tag in DicomDictionary if tag >> 16 != 0xFFFE and keyword_of(tag)}

    assert {tag: tag_for_keyword(keyword) for tag, keyword in keywords.items()} == {
        tag: tag for tag in keywords
    }
    assert tag_for_keyword("NoSuchKeyword") is None


@pytest.mark.parametrize(
    ("tag", "keyword"),
    [
        (0x00100010, "PatientName"),
        (0x60000010, "OverlayRows"),
        (0x601E3000, "OverlayData"),
        (0x50040005, "CurveDimensions"),
        (0x00091001, "(0009,1001)"),
        (0x60013000, "(6001,3000)"),
        (0xFFFEE000, "(FFFE,E000)"),
    ],
)
def test_keywords(tag: int, keyword: str) -> None:
    """A tag has the Standard's keyword, also in repeating groups; private ones are written as numbers."""
    assert keyword_of(tag) == keyword


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (0x00080005, "CS"),
        (0x00081115, "SQ"),
        (0x60040010, "US"),
        (0x50FE0005, "US"),
        (0x00080000, "UL"),
        (0x00090000, "UL"),
        (0x00090010, "LO"),
        (0x000900FF, "LO"),
        (0x00090100, "UN"),
        (0x0009000F, "UN"),
        (0x00091010, "UN"),
        (0x60010010, "LO"),
        (0x50010005, "UN"),
        (0x600110FF, "UN"),
        (0x00080010, "SH"),
        (0x0008FFFF, "UN"),
    ],
)
def test_vrs_of_implicit_elements(tag: int, vr: str) -> None:
    """Implicit VR follows the dictionary; odd groups are private, also among curves and overlays."""
    assert vr_of(tag) == vr


@pytest.mark.parametrize(
    ("tag", "first"),
    [
        (0x60043000, 0x60003000),
        (0x60003000, 0x60003000),
        (0x501E0005, 0x50000005),
        (0x60013000, 0x60013000),
        (0x50050005, 0x50050005),
        (0x00100010, 0x00100010),
        (0x7FE00010, 0x7FE00010),
    ],
)
def test_repeating_groups(tag: int, first: int) -> None:
    """Even groups of curves and overlays repeat their first one; odd ones are private and repeat nothing."""
    assert first_of_range(tag) == first


def test_uids_are_those_of_pydicom() -> None:
    """SOP Classes and transfer syntaxes are those of PS3.6 Annex A, JPEG XL included."""
    by_kind: dict[str, set[str]] = {"SOP Class": set(), "Transfer Syntax": set()}
    for uid, (_, kind, *_) in UID_dictionary.items():
        by_kind.setdefault(kind, set()).add(uid)
    jpeg_xl = {f"1.2.840.10008.1.2.4.{number}" for number in (110, 111, 112)}

    assert sop_classes() == by_kind["SOP Class"]
    assert transfer_syntaxes() == by_kind["Transfer Syntax"] | jpeg_xl
    assert all(uid.startswith(DICOM_UID_ROOT) for uid in sop_classes() | transfer_syntaxes())


@pytest.mark.parametrize(
    ("uid", "expected"),
    [
        ("1.2.840.10008.5.1.4.1.1.2", True),
        ("1.2.840.10008.5.1.4.1.1.4.1", True),
        ("1.2.840.10008.5.1.4.1.1.7", True),
        ("1.2.840.10008.5.1.4.1.1.128", True),
        ("1.2.840.10008.5.1.4.1.1.481.1", True),
        ("1.2.840.10008.5.1.4.1.1.481.3", False),
        ("1.2.840.10008.5.1.4.1.1.481.2", False),
        ("1.2.840.10008.5.1.4.1.1.88.11", False),
        ("1.2.840.10008.5.1.4.1.1.11.1", False),
        ("1.2.840.10008.1.3.10", False),
    ],
)
def test_image_sop_classes(uid: str, *, expected: bool) -> None:
    """Images are told from structure sets, doses, reports and presentation states."""
    assert (uid in image_sop_classes()) is expected
    assert image_sop_classes() <= sop_classes()
