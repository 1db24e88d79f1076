"""How values of the Value Representations are read."""

import pytest

from shared.dicom.scan import LONG_VRS, SHORT_VRS
from shared.rules.operators import APPLICABLE
from shared.rules.representations import (
    read_date,
    read_date_time,
    read_number,
    read_single,
    read_time,
    representation,
)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1", 1),
        (" +7 ", 7),
        ("1.", 1.0),
        (".5", 0.5),
        ("-1.5E2", -150.0),
        ("9007199254740993", 9007199254740993),
        ("", None),
        ("1e400", None),
        ("0x10", None),
        ("1 2", None),
        ("\u0661", None),
        ("inf", None),
        ("9" * 100_000, None),
    ],
)
def test_numbers(text: str, number: float | None) -> None:
    """A number is decimal and finite; integers keep every digit."""
    assert read_number(text) == number


@pytest.mark.parametrize(("text", "number"), [("0.5", 0.5), ("x", None), ("1e39", None)])
def test_single_precision(text: str, number: float | None) -> None:
    """What no single-precision number can hold is not readable as FL."""
    assert read_single(text) == number


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("20240229", "20240229"),
        ("2024.02.29", "20240229"),
        ("20230229", None),
        ("00000101", None),
        ("202402", None),
        ("", None),
    ],
)
def test_dates(text: str, day: str | None) -> None:
    """A date is a day that exists."""
    assert read_date(text) == day


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("07", "070000000000"),
        ("0730", "073000000000"),
        ("073015", "073015000000"),
        ("073015.25", "073015250000"),
        ("07:30:15", "073015000000"),
        ("235960", "235960000000"),
        ("24", None),
        ("0760", None),
        ("073", None),
        ("07.5", None),
    ],
)
def test_times(text: str, time: str | None) -> None:
    """A time that is cut short counts from its beginning."""
    assert read_time(text) == time


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024", "20240101000000000000"),
        ("202403", "20240301000000000000"),
        ("2024031507", "20240315070000000000"),
        ("20240315073015.5-0500", "20240315073015500000"),
        ("202400", None),
        ("20240", None),
        ("2024.5", None),
        ("2024031525", None),
    ],
)
def test_date_times(text: str, moment: str | None) -> None:
    """A date-time that is cut short counts from its beginning; its offset is set aside."""
    assert read_date_time(text) == moment


@pytest.mark.parametrize("vr", sorted(LONG_VRS | SHORT_VRS))
def test_every_vr_has_operators(vr: str) -> None:
    """Each Value Representation of PS3.5 is of a kind, and whatever reads as text has more than `exists`."""
    kind = representation(vr).kind

    binary = {"AT", "OB", "OD", "OF", "OL", "OV", "OW", "SQ", "UN"}
    assert (APPLICABLE[kind] == {"exists"}) == (vr in binary)


def test_what_has_no_readable_value_reads_as_none() -> None:
    """Bulk data compares as nothing."""
    other = representation("OW")

    assert (other.read("1"), other.fits("1"), other.fits_part("1")) == (None, False, False)
