"""The days that a value of a date tells."""

from datetime import date

import pytest

from shared.deid.readings.days import days_of
from shared.errors import LimitExceeded

DAY = date(1951, 2, 4)


@pytest.mark.parametrize(
    "value",
    [
        *("19510204", "1951.02.04", "1951-02-04", "1951/02/04", "1951 02 04", "1951-2-4", " 19510204 "),
        *("19510204120000", "19510204120000.5+0100", "1951-02-04T12:00:00", "1951-02-04 12:00", "19510204Z"),
        *("19510204-", "-19510204", "born 1951-02-04", "19510204-0500"),
    ],
)
def test_a_day_with_its_year_first(value: str) -> None:
    """With any sign between the numbers, and with a time of day."""
    assert days_of(value) == {DAY}


@pytest.mark.parametrize("value", ["04.02.1951", "4/2/1951", "02-04-1951", "4 2 1951"])
def test_a_day_with_its_year_last_may_be_two(value: str) -> None:
    """Nobody knows which number is the month."""
    assert days_of(value) == {DAY, date(1951, 4, 2)}


@pytest.mark.parametrize(
    "value",
    [
        *("19510204-19520306", "1951-02-04-1952-03-06", "1951.02.04 - 1952.03.06", "19510204\\19520306"),
        "19510204120000-19520306120000",
    ],
)
def test_ranges_have_two_ends(value: str) -> None:
    """And so have two values."""
    assert days_of(value) == {DAY, date(1952, 3, 6)}


@pytest.mark.parametrize(
    "value", ["", "1951", "195102", "19511304", "1951-02.04", "00000000", "unknown", "9" * 5000, "\u0661" * 8]
)
def test_what_is_no_day(value: str) -> None:
    """A month or year alone, and what no calendar has."""
    assert days_of(value) == set()


def test_a_date_of_very_many_days_is_none() -> None:
    """Each would be sought in many forms."""
    days = [f"1951{month:02}{day:02}" for month in range(1, 13) for day in range(1, 29)]

    assert len(days_of("\\".join(days[:100]))) == 100
    with pytest.raises(LimitExceeded, match="day_count"):
        days_of("\\".join(days))
