"""Values of a scanned data set."""

from typing import Any

import pytest
from pydicom.datadict import dictionary_VR
from pydicom.dataset import Dataset

from shared.dicom.dataset import DataSet
from shared.dicom.scan import EXPLICIT_LITTLE, Element
from shared.errors import LimitExceeded
from tests.unit.shared.dicom.instances import (
    BIG_ENDIAN,
    EXPLICIT,
    IMPLICIT,
    NATIVE_SYNTAXES,
    document,
    header_of,
    image,
    written,
)

PRIVATE = 0x00091001


def data_set_of(source: Dataset, transfer_syntax_uid: str = EXPLICIT) -> DataSet:
    """A data set as it is scanned from a file."""
    return DataSet.of(header_of(written(source, transfer_syntax_uid)))


def values_of(tag: int, vr: str, value: Any, transfer_syntax_uid: str = EXPLICIT) -> tuple[str, ...] | None:
    """The values of one element that was written by pydicom."""
    source = document()
    source.add_new(tag, vr, value)
    return data_set_of(source, transfer_syntax_uid).values(tag)


NUMBERS: list[tuple[str, Any, tuple[str, ...]]] = [
    ("US", 65_535, ("65535",)),
    ("US", [1, 2, 3], ("1", "2", "3")),
    ("SS", [-32_768, 32_767], ("-32768", "32767")),
    ("UL", 4_294_967_295, ("4294967295",)),
    ("SL", -2_147_483_648, ("-2147483648",)),
    ("UV", 18_446_744_073_709_551_615, ("18446744073709551615",)),
    ("UV", [1_000_000_000_000_000_001], ("1000000000000000001",)),
    ("SV", -9_223_372_036_854_775_808, ("-9223372036854775808",)),
    ("FL", [1.5, -0.25], ("1.5", "-0.25")),
    ("FD", [0.1, 1e300, 2.0], ("0.1", "1e+300", "2")),
    ("AT", [0x00100010, 0x7FE00010], ("00100010", "7FE00010")),
]


@pytest.mark.parametrize(("vr", "value", "expected"), NUMBERS)
@pytest.mark.parametrize("transfer_syntax_uid", [EXPLICIT, BIG_ENDIAN])
def test_binary_numbers(vr: str, value: Any, expected: tuple[str, ...], transfer_syntax_uid: str) -> None:
    """Binary numbers and tags are written out exactly, in either byte order."""
    assert values_of(PRIVATE, vr, value, transfer_syntax_uid) == expected


@pytest.mark.parametrize(
    ("tag", "value", "expected"),
    [
        (0x00280010, 512, ("512",)),
        (0x00200013, "7", ("7",)),
        (0x00720074, 0.5, ("0.5",)),
        (0x00081150, "1.2.3", ("1.2.3",)),
    ],
)
def test_implicit_values_follow_the_dictionary(tag: int, value: Any, expected: tuple[str, ...]) -> None:
    """In implicit VR a value is decoded by the dictionary's VR."""
    source = document()
    source.add_new(tag, dictionary_VR(tag), value)

    assert data_set_of(source, IMPLICIT).values(tag) == expected


TEXTS: list[tuple[str, Any, tuple[str, ...]]] = [
    ("CS", ["ORIGINAL", "PRIMARY"], ("ORIGINAL", "PRIMARY")),
    ("LO", " padded ", ("padded",)),
    ("LO", ["a", "", "c"], ("a", "", "c")),
    ("LO", "", ()),
    ("PN", "Doe^Jane", ("Doe^Jane",)),
    ("IS", ["12", " 7"], ("12", "7")),
    ("DS", "1.50", ("1.50",)),
    ("UI", "1.2.3", ("1.2.3",)),
    ("LT", " two\\three\r\n", (" two\\three\r\n",)),
    ("ST", "a\\b", ("a\\b",)),
    ("UT", "  text  ", ("  text",)),
    ("UR", "https://example.org/a\\b", ("https://example.org/a\\b",)),
    ("UC", ["long", "longer"], ("long", "longer")),
    ("OB", b"\1\2", ()),
    ("OW", b"\1\2", ()),
    ("UN", b"\1\2", ()),
]


@pytest.mark.parametrize(("vr", "value", "expected"), TEXTS)
def test_texts(vr: str, value: Any, expected: tuple[str, ...]) -> None:
    """Text is split at backslashes where its VR allows it, and loses its padding; bytes are none."""
    assert values_of(PRIVATE, vr, value) == expected


def test_no_element_is_not_an_empty_one() -> None:
    """A missing element has None for its values, an empty one no values."""
    source = document()
    source.StudyDescription = ""
    data_set = data_set_of(source)

    assert (data_set.values(0x00081030), data_set.text(0x00081030), 0x00081030 in data_set) == ((), "", True)
    assert (data_set.values(0x0008103E), data_set.text(0x0008103E), 0x0008103E in data_set) == (
        None,
        "",
        False,
    )
    assert data_set.element(0x0008103E) is None
    assert data_set.raw(0x0008103E) is None


def test_a_number_of_odd_length_loses_its_rest() -> None:
    """Bytes that are no whole number are left out, never an error."""
    content = written(document()) + b"\x28\0\x10\0US\3\0\1\0\2" + b"\x28\0\x09\0AT\6\0\1\0\2\0\3\0"
    data_set = DataSet.of(header_of(content))

    assert data_set.values(0x00280010) == ("1",)
    assert data_set.values(0x00280009) == ("00010002", "00030000")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("12", 12),
        (" 12", 12),
        ("+5", 5),
        ("-3", -3),
        ("007", 7),
        ("", None),
        ("1.5", None),
        ("1_000", None),
        ("1e3", None),
        ("0x10", None),
        ("\u0663", None),
        ("9" * 5000, None),
    ],
)
def test_whole_numbers(value: str, expected: int | None) -> None:
    """A whole number is read as PS3.5 writes an IS; nothing else is a number."""
    source = document()
    source.add_new(PRIVATE, "UC", value)

    assert data_set_of(source).number(PRIVATE) == expected


def test_the_first_of_several_numbers() -> None:
    """Of several values the first is the number."""
    source = document()
    source.add_new(PRIVATE, "US", [3, 4])

    assert data_set_of(source).number(PRIVATE) == 3


# Sequences


def with_items(*names: str, character_set: str = "ISO_IR 192") -> Dataset:
    """A document whose sequence has an item for each patient name."""
    source = document()
    source.SpecificCharacterSet = character_set
    items = []
    for name in names:
        item = Dataset()
        item.PatientName = name
        items.append(item)
    source.OtherPatientIDsSequence = items
    return source


@pytest.mark.parametrize("transfer_syntax_uid", NATIVE_SYNTAXES)
def test_items_are_data_sets(transfer_syntax_uid: str) -> None:
    """The items of a sequence are data sets again, in any encoding."""
    data_set = data_set_of(with_items("A^B", "C^D"), transfer_syntax_uid)

    assert [item.text(0x00100010) for item in data_set.items(0x00101002)] == ["A^B", "C^D"]
    assert list(data_set.items(0x00100010)) == []
    assert list(data_set.items(0x00081110)) == []


def test_items_of_vr_un_are_implicit_little_endian() -> None:
    """Numbers within a sequence of VR UN are little endian also in a big endian file."""
    item = b"\xfe\xff\0\xe0\x0a\0\0\0" + b"\x28\0\x10\0\2\0\0\0\1\2"
    sequence = b"\0\x40\xa7\x30UN\0\0\xff\xff\xff\xff" + item + b"\xfe\xff\xdd\xe0\0\0\0\0"
    data_set = DataSet.of(header_of(written(document(), BIG_ENDIAN) + sequence))

    assert [each.number(0x00280010) for each in data_set.items(0x0040A730)] == [0x0201]


def test_items_inherit_the_character_set() -> None:
    """Specific Character Set holds for the items, unless an item has its own (PS3.3 section C.12.1.1.2)."""
    source = with_items("Jos\u00e9", "plain", character_set="ISO_IR 100")
    own = source.OtherPatientIDsSequence[1]
    own.SpecificCharacterSet, own.PatientName = "ISO_IR 192", "Jos\u00e9"

    items = list(data_set_of(source).items(0x00101002))
    assert [item.text(0x00100010) for item in items] == ["Jos\u00e9", "Jos\u00e9"]
    assert [item.raw(0x00100010) for item in items] == [b"Jos\xe9", b"Jos\xc3\xa9"]


def test_only_some_vrs_follow_the_character_set() -> None:
    """CS, UI and the like are ASCII whatever the character set; their other bytes are read as Latin-1."""
    content = written(document()) + b"\x18\0\x15\0CS\2\0\xc3\xa9" + b"\x18\0\x30\x10LO\2\0\xc3\xa9"
    data_set = DataSet.of(header_of(content))

    assert data_set.text(0x00180015) == "\u00c3\u00a9"
    assert data_set.text(0x00181030) == "\u00e9"


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ((0x00100010,), ("Doe^Jane",)),
        ((0x00101002, 0x00100010), ("A^B", "C^D")),
        ((0x00101002, 0x00100020), None),
        ((0x00081110, 0x00100010), None),
        ((0x00100010, 0x00100010), None),
    ],
)
def test_values_at_a_path(path: tuple[int, ...], expected: tuple[str, ...] | None) -> None:
    """A path collects the values of all items, and is nowhere where no item has its last tag."""
    assert data_set_of(with_items("A^B", "C^D")).at(path) == expected


def test_a_walk_visits_every_element_with_its_level() -> None:
    """A walk yields every element at every depth, with the data set that decodes it."""
    data_set = data_set_of(image())

    walked = [(element.tag, level.values_of(element)) for level, element in data_set.walk()]
    assert (0x00082218, ()) in walked
    assert (0x00080104, ("Brain",)) in walked
    assert (0x00091001, ("PRIVATE",)) in walked
    assert len(walked) == len(data_set.elements) + 3


@pytest.mark.parametrize("vr", ["LO", "SV", "AT", "UT"])
def test_what_is_too_long_for_values_is_refused(vr: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list of millions of values would take many times its size in memory."""
    monkeypatch.setattr("shared.dicom.dataset._LONGEST_VALUE", 16)
    data_set = DataSet(bytes(24), [Element(0x00091001, vr, 0, 0, 24)], EXPLICIT_LITTLE)

    with pytest.raises(LimitExceeded) as caught:
        data_set.text(0x00091001)
    assert caught.value.details == {"limit": "value_bytes", "allowed": 16}


def test_endless_character_sets_are_refused() -> None:
    """Nobody declares thousands of character sets."""
    data_set = DataSet(b"\\" * 5000, [Element(0x00080005, "CS", 0, 0, 5000)], EXPLICIT_LITTLE)

    with pytest.raises(LimitExceeded) as caught:
        _ = data_set.character_sets
    assert caught.value.details == {"limit": "value_bytes", "allowed": 4096}
