"""Dates move by whole days, and what is no date goes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.header.dates import day_of, shift_date, shift_datetime
from shared.dicom.temporal import is_date, is_datetime

SHIFTS = st.integers(-3650, -30)


@pytest.mark.parametrize(
    ("value", "days", "shifted"),
    [
        ("20200315", -30, "20200214"),
        ("20200301", -1, "20200229"),
        ("20190301", -1, "20190228"),
        ("20200101", -366, "20181231"),
        ("2020.03.15", -30, "20200214"),
        ("20200315", 0, "20200315"),
    ],
)
def test_a_date_moves_by_days(value: str, days: int, shifted: str) -> None:
    """Months, years, leap years and the dotted form of ACR-NEMA are reckoned with."""
    assert shift_date(value, days) == shifted


@pytest.mark.parametrize(
    "value",
    [
        *("", "2020", "202003", "20201301", "20200230", "2020-03-15", "20200315 ", "20200315-20200401"),
        *("QUARRING", "QUARRINGTON", "20200315 QUARRINGTON", "٢٠٢٠٠٣١٥", "00010115"),
    ],
)
def test_what_is_no_date_is_not_shifted(value: str) -> None:
    """Anything else, or a day before the first, gives None."""
    assert shift_date(value, -30) is None


@pytest.mark.parametrize(
    ("value", "shifted"),
    [
        ("20200315101530.123456+0100", "20200214101530.123456+0100"),
        ("2020031510", "2020021410"),
        ("20200315", "20200214"),
        ("202003", "202001"),
        ("2020", "2019"),
        ("20200315-0500", "20200214-0500"),
    ],
)
def test_a_datetime_keeps_time_zone_and_precision(value: str, shifted: str) -> None:
    """Only the day moves; month and year alone move as their first day."""
    assert shift_datetime(value, -30) == shifted


@pytest.mark.parametrize(
    "value",
    [
        *(
            "",
            "20200315 QUARRINGTON^ZEBULON",
            "20200315QUARRINGTON",
            "2020 born 1951",
            "202",
            "20200315+",
            "QX",
        ),
        *("20200315256199", "2020031510+1", "00010115"),
    ],
)
def test_text_behind_a_datetime_is_not_carried_along(value: str) -> None:
    """A value that is not wholly a DT gives None: a name could stand in its tail."""
    assert shift_datetime(value, -30) is None


@pytest.mark.parametrize(
    ("value", "day"),
    [
        ("20200315", "20200315"),
        ("2020.03.15", "20200315"),
        ("20200315101530.25", "20200315"),
        ("20200315\\20200316", "20200315"),
        ("202003", "202003"),
        ("", ""),
    ],
)
def test_the_day_that_a_value_begins_with(value: str, day: str) -> None:
    """However it is spelled; of what is shorter what there is."""
    assert day_of(value) == day


@given(st.dates().map(lambda day: f"{day.year:04d}{day.month:02d}{day.day:02d}"), SHIFTS)
def test_shifting_back_gives_the_date_again(value: str, days: int) -> None:
    """A shift can be undone with the same number of days."""
    shifted = shift_date(value, days)

    assert shifted is None or (is_date(shifted) and shift_date(shifted, -days) == value)


@given(st.text(max_size=30) | st.from_regex(r"\d{4,14}[ +.A-Z\d]{0,12}", fullmatch=True), SHIFTS)
def test_whatever_comes_out_is_a_date_or_datetime(value: str, days: int) -> None:
    """Nothing but digits, a fraction and an offset can pass."""
    date, datetime = shift_date(value, days), shift_datetime(value, days)

    assert date is None or is_date(date)
    assert datetime is None or is_datetime(datetime)
