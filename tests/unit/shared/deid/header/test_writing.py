"""The values that go out in place of the original's."""

import pytest
from pydicom.config import RAISE
from pydicom.valuerep import validate_value

from shared.deid.header.writing import Write, WriteKey, dummy, moved_date
from shared.deid.rules.actions import Action, Rule
from shared.dicom.dictionary import _entries
from shared.dicom.scan import EXPLICIT_LITTLE, IMPLICIT_LITTLE, LONG_VRS, Encoding


class Nobody:
    """A subject whose new values tell how they were made."""

    pseudonym = "PSEUDONYM"

    def uid(self, original: str, /) -> str:
        """Marks the UID."""
        return f"2.25.{len(original)}" if original else ""

    def date(self, original: str, /) -> str:
        """Moves the date by ten days."""
        return moved_date(original, -10, None)

    def is_own_date(self, original: str, /) -> bool:
        """Was born on one day."""
        return original == "19510204"

    def is_own_number(self, original: bytes, vr: str, byte_order: str, /) -> bool:
        """Has one number."""
        return (original, vr, byte_order) == (b"4711", "DS", "<")

    def text(self, original: str, /) -> str:
        """Cuts one name out."""
        return original.replace("Zqhead", "").strip()

    def roi_name(self, original: str, /) -> str:
        """Marks the name of a region of interest."""
        return f"ROI {original}"


def written(
    action: Action,
    source: bytes,
    vr: str = "LO",
    *,
    tag: int = 0x00081030,
    value: str = "",
    required: bool = False,
    encoding: Encoding = EXPLICIT_LITTLE,
    character_sets: tuple[str, ...] = (),
) -> bytes:
    """The value that goes out, padding included."""
    key = WriteKey(Rule("table", action, value, required), tag, vr, encoding, character_sets)
    write = Write(key, Nobody())
    content = write.make(source).content
    return content[12 if encoding.explicit and vr in LONG_VRS else 8 :]


@pytest.mark.parametrize("vr", sorted({entry.vr for entry in _entries().values() if entry.vr} - {"SQ", "UI"}))
def test_every_vr_has_a_dummy_of_its_kind(vr: str) -> None:
    """Pydicom finds it valid where it is text; of numbers it is a zero of the right length."""
    content = dummy(vr)
    size = {"AT": 4, "FL": 4, "FD": 8, "SL": 4, "UL": 4, "SS": 2, "US": 2, "SV": 8, "UV": 8, "OD": 8}.get(vr)

    assert content
    if size is None and content.strip(b"\0"):
        validate_value(vr, content.decode(), RAISE)
    else:
        assert content == bytes(size or len(content))


@pytest.mark.parametrize(
    ("action", "value", "expected"),
    [
        (Action.EMPTY, "", b""),
        (Action.DUMMY, "", b"ANONYMIZED"),
        (Action.MASK, "", b"# "),
        (Action.REPLACE, "SCANNER", b"SCANNER "),
        (Action.PSEUDONYM, "", b"PSEUDONYM "),
    ],
)
def test_constants_do_not_depend_on_the_original(action: Action, value: str, expected: bytes) -> None:
    """The same for a name, for nothing, and for what cannot be decoded."""
    assert {written(action, source, value=value) for source in (b"Zqhead", b"", b"\xff\0\x1b$B")} == {
        expected
    }


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"1.2.3\0", b"2.25.5"),
        (b"1.2.3\\1.2.34", b"2.25.5\\2.25.6\0"),
        (b" 1.2.3 ", b"2.25.5"),
        (b"", b""),
        (b"\\1.2.3", b"\\2.25.5\0"),
    ],
)
def test_each_uid_is_mapped(source: bytes, expected: bytes) -> None:
    """Without its padding, and padded with NUL (PS3.5 section 9.1)."""
    assert written(Action.MAP_UID, source, "UI") == expected


@pytest.mark.parametrize(
    ("vr", "source", "expected"),
    [
        ("DA", b"20200315", b"20200305"),
        ("DA", b"20200315\\20200320", b"20200305\\20200310 "),
        ("DA", b"2020.03.15", b"20200305"),
        ("DA", b"", b""),
        ("DA", b"20200315 Zqhead", b""),
        ("DA", b"Zqhead", b""),
        ("DA", b"20200315-20200401", b"20200305-20200322 "),
        ("DA", b"20200315-", b"20200305- "),
        ("DA", b"-2020.03.15\\20200320", b"-20200305\\20200310"),
        ("DA", b"20200315-Zqhead", b""),
        ("DA", b"00010105-20200315", b""),
        ("DA", b"-", b""),
        ("DT", b"20200315101530.5+0100", b"20200305101530.5+0100 "),
        ("DT", b"20200315-0500", b"20200305-0500 "),
        ("DT", b"2020031510-0500-20200320-0500", b"2020030510-0500-20200310-0500 "),
        ("DT", b"2019-2020", b"2018-2019 "),
        ("TM", b"1015-1130", b"1015-1130 "),
        ("TM", b"-101530", b"-101530 "),
        ("TM", b"1015-Zqhead", b""),
        ("TM", b"101530.25", b"101530.25 "),
        ("TM", b"101530 Zqhead", b""),
        ("TM", b"1015\\Zqhead", b"1015\\ "),
    ],
)
def test_dates_move_and_times_stay(vr: str, source: bytes, expected: bytes) -> None:
    """Each value by itself; what is neither is emptied, for it could be anything."""
    assert written(Action.SHIFT_DATE, source, vr) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("20200315", "20240101"),
        ("20200315101530", "20240101101530"),
        ("20200310-20200315", "20240101-20240101"),
        ("20200310-", "20240101-"),
        ("2019", "2024"),
        ("201906", "202401"),
        ("2019-0500", "2024-0500"),
        ("201906-0500", "202401-0500"),
        ("20200315-0500", "20240101-0500"),
        ("2020031510+0100", "2024010110+0100"),
        ("2020.03.15", "20240101"),
        ("Zqhead", ""),
    ],
)
def test_one_date_stands_in_place_of_all(value: str, expected: str) -> None:
    """The time of day, the precision and the offset from UTC stay."""
    assert moved_date(value, -10, "20240101") == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        (b"089Y", b"089Y"),
        (b"090Y", b"090Y"),
        (b"091Y", b"090Y"),
        (b"104Y ", b"090Y"),
        (b"999M", b"999M"),
        (b"012W", b"012W"),
        (b"003D", b"003D"),
        (b"095Y\\012Y \\", b"090Y\\012Y\\"),
        (b"", b""),
        (b"91Y", b""),
        (b"91", b""),
        (b"Zqhd", b""),
        (b"091y", b""),
    ],
)
def test_ages_over_89_become_90(source: bytes, expected: bytes) -> None:
    """Younger ones stay; what is no age is emptied."""
    assert written(Action.CAP_AGE, source, "AS") == expected


@pytest.mark.parametrize(
    ("vr", "source", "expected"),
    [
        ("LO", b"chest Zqhead ", b"chest "),
        ("LO", b"chest\\Zqhead\\neck", b"chest\\\\neck "),
        ("LT", b"chest\\Zqhead", b"chest\\"),
        ("LO", b"Zqhead", b""),
    ],
)
def test_texts_are_cleaned_value_by_value(vr: str, source: bytes, expected: bytes) -> None:
    """In a text of one value a backslash is a character (PS3.5 section 6.1.2.3)."""
    assert written(Action.CLEAN, source, vr) == expected


def test_what_is_cleaned_keeps_its_character_set() -> None:
    """The rest of a text comes out in the encoding in which it came in."""
    latin = written(Action.CLEAN, "Schädel Zqhead".encode("latin-1"), character_sets=("ISO_IR 100",))
    utf8 = written(Action.CLEAN, "Schädel Zqhead".encode(), character_sets=("ISO_IR 192",))

    assert latin.rstrip() == "Schädel".encode("latin-1")
    assert utf8.rstrip() == "Schädel".encode()


@pytest.mark.parametrize("tag", [0x30060026, 0x30060085])
def test_names_of_regions_are_cleaned_by_their_own_grammar(tag: int) -> None:
    """ROI Name and ROI Observation Label."""
    assert written(Action.CLEAN, b"PTV1", tag=tag) == b"ROI PTV1"


@pytest.mark.parametrize(
    ("action", "vr", "source", "expected"),
    [
        (Action.CLEAN, "LO", b"Zqhead", b"ANONYMIZED"),
        (Action.SHIFT_DATE, "DA", b"Zqhead", b"19000101"),
        (Action.SHIFT_DATE, "TM", b"", b"000000"),
        (Action.CAP_AGE, "AS", b"old", b"000D"),
        (Action.CLEAN, "LO", b"chest", b"chest "),
    ],
)
def test_what_must_have_a_value_gets_a_dummy(action: Action, vr: str, source: bytes, expected: bytes) -> None:
    """Where nothing is left of a Type 1 attribute; a value that is left stays."""
    assert written(action, source, vr, required=True) == expected


def test_the_gate_is_told_the_value_alone() -> None:
    """Whatever the length of the header before it."""
    for vr, encoding in (("LO", EXPLICIT_LITTLE), ("UT", EXPLICIT_LITTLE), ("UT", IMPLICIT_LITTLE)):
        write = Write(WriteKey(Rule("table", Action.PSEUDONYM), 0x00100020, vr, encoding, ()), Nobody())
        told = write.outgoing(write.make(b"Zqhead").content)

        assert [value.raw for value in told] == [b"PSEUDONYM "]


@pytest.mark.parametrize(
    ("source", "vr", "required", "expected"),
    [
        (b"19510204", "DA", False, b""),
        (b"19510204", "DA", True, b"19000101"),
        (b"20200315\\19510204 ", "DA", False, b""),
        (b"20200315", "DA", True, b"20200315"),
        (b"", "DA", False, b""),
        (b"2020.03.15\\-20200320", "DA", False, b"2020.03.15\\-20200320"),
        (b"not a date", "DA", False, b""),
        (b"20200315\\x20200315", "DA", True, b"19000101"),
        (b"20200315101530.5+0100 ", "DT", False, b"20200315101530.5+0100 "),
        (b"20200315 - 20200320", "DT", False, b""),
        (b"101530.25 ", "TM", False, b"101530.25 "),
        (b"10:15:30\\1015-", "TM", False, b"10:15:30\\1015-"),
        (b"101530.", "TM", True, b"101530. "),
        (b"9:15:30\\240000", "TM", True, b"9:15:30\\240000"),
        (b"00000000", "DA", True, b"00000000"),
        (b"2020-03-15", "DA", True, b"2020-03-15"),
        (b"19510205", "TM", True, b"000000"),
        (b"4711", "DS", True, b"0 "),
        (b"4712", "DS", True, b"4712"),
    ],
)
def test_what_is_the_patients_own_does_not_stay(
    source: bytes, vr: str, expected: bytes, *, required: bool
) -> None:
    """Nor does a date that is none; all else does so byte for byte."""
    assert written(Action.KEEP_UNLESS_OWN, source, vr, required=required) == expected


def test_a_date_in_another_vr_is_a_date_all_the_same() -> None:
    """Acquisition DateTime as an Integer String."""
    tag = 0x0008002A

    assert written(Action.KEEP_UNLESS_OWN, b"19510204", "IS", tag=tag) == b""
    assert written(Action.KEEP_UNLESS_OWN, b"20200315", "IS", tag=tag) == b"20200315"


def test_the_date_of_birth_moves_by_an_override_alone() -> None:
    """Who says so knows what it means."""
    assert written(Action.SHIFT_DATE, b"19510204", "DA") == b""
    override = WriteKey(Rule("override", Action.SHIFT_DATE), 0x00100030, "DA", EXPLICIT_LITTLE, ())
    assert Write(override, Nobody()).make(b"19510204").content[8:] == b"19510125"
