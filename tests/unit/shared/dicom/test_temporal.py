"""Dates and times."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.dicom.temporal import ends_of_range, is_date, is_datetime, is_moment, is_one_or_range, is_time


@pytest.mark.parametrize("value", ["20200229", "19000101", "2020.02.29", "00010101", "99991231"])
def test_dates(value: str) -> None:
    """A date is YYYYMMDD, or YYYY.MM.DD as before 1993."""
    assert is_date(value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "2020",
        "202002",
        "20210229",
        "20201301",
        "20200100",
        "00000000",
        "2020-02-29",
        "2020.2.29",
        "2020.1.123",
        "20.2001.01",
        "2020.0229",
        "202002.29",
        "2020.02.2.",
        " 20200229",
        "20200229-20200301",
        "2020022a",
        "\u0662\u0660\u0662\u0660\u0660\u0662\u0662\u0669",
        "2020\u00b2\u00b22",
    ],
)
def test_what_is_no_date(value: str) -> None:
    """Days that do not exist, parts of dates and other notations are no dates."""
    assert not is_date(value)


@pytest.mark.parametrize(
    "value",
    [
        "00",
        "23",
        "2359",
        "235959",
        "235960",
        "235959.1",
        "235959.123456",
        "23:59",
        "23:59:59",
        "23:59:59.123456",
    ],
)
def test_times(value: str) -> None:
    """A time is HH[MM[SS[.F]]], with colons as before 1993; a minute may have a leap second."""
    assert is_time(value)


@pytest.mark.parametrize(
    "value",
    [
        *("", "2", "24", "2360", "235961", "235959.", "235959.1234567", "2359.5", "23595", "-12"),
        *("12:3", "12::30", ":1230", "12:30:", "noon", "\u0661\u0662", "1\u0662", " 12", "12 "),
    ],
)
def test_what_is_no_time(value: str) -> None:
    """Hours after 23, single digits and other notations are no times."""
    assert not is_time(value)


@pytest.mark.parametrize(
    "value",
    [
        *("2020", "202002", "20200229", "2020022923", "202002292359", "20200229235959"),
        *("20200229235959.123456", "20200229235960", "2020+0100", "20200229-0500", "20200229235959.1+1400"),
        "202002292359+0000",
    ],
)
def test_datetimes(value: str) -> None:
    """A date time may end after any part from the year on, and have an offset from UTC."""
    assert is_datetime(value)


@pytest.mark.parametrize(
    "value",
    [
        *("", "202", "20201", "202013", "20210229", "2020022924", "202002292360", "20200229235959."),
        *("20200229235959.1234567", "20200229+01", "20200229+01:00", "20200229+1500", "20200229+0060"),
        *("2020022923:59", "2020.02.29", "20200229T235959", "0000", "\u0662\u0660\u0662\u0660", "+0100"),
    ],
)
def test_what_is_no_datetime(value: str) -> None:
    """Parts that do not exist, offsets beyond fourteen hours and ISO 8601 notation are no date times."""
    assert not is_datetime(value)


@given(st.datetimes(timezones=st.just(dt.UTC)))
def test_every_moment_can_be_written(moment: dt.datetime) -> None:
    """The date, time and date time of any moment are what they are called."""
    day = f"{moment.year:04d}{moment:%m%d}"
    time = f"{moment:%H%M%S.%f}"

    assert is_date(day)
    assert is_time(time)
    assert is_datetime(day + time)


@given(st.text(st.sampled_from("0123456789.:+-"), max_size=16))
def test_dates_are_days_of_the_calendar(value: str) -> None:
    """Whatever is taken for a date is a day that exists; whatever is a date is a date time, too."""
    if is_date(value):
        digits = value.replace(".", "")
        assert dt.date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
        assert is_datetime(digits)


@pytest.mark.parametrize(
    ("value", "ends"),
    [
        ("20200101-20200131", ("20200101", "20200131")),
        ("20200101-", ("20200101", "")),
        ("-20200131", ("", "20200131")),
        ("2019-202001", ("2019", "202001")),
        ("20200101-0500-20200131-0500", ("20200101-0500", "20200131-0500")),
        ("20200101-20200131-0500", ("20200101", "20200131-0500")),
    ],
)
def test_a_range_has_two_ends_of_which_one_may_be_missing(value: str, ends: tuple[str, str]) -> None:
    """A hyphen may also be the sign of an offset from UTC."""
    assert ends_of_range(value, is_moment) == ends


@pytest.mark.parametrize(
    "value",
    ["", "-", "--", "20200101", "20200101-0500", "20200101-Zqhead", "Zqhead-", "20200101--", "-" * (1 << 20)],
)
def test_what_is_no_range(value: str) -> None:
    """A date, also with an offset, nothing at all, and whatever has something else at an end."""
    assert ends_of_range(value, is_moment) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [("1015", True), ("1015-1130", True), ("-1015", True), ("", False), ("-", False), ("1015-x", False)],
)
def test_one_or_a_range(value: str, *, expected: bool) -> None:
    """Either will do."""
    assert is_one_or_range(value, is_time) is expected


@given(st.text("0123456789-:+.", max_size=60))
def test_the_ends_of_a_range_make_it_up(value: str) -> None:
    """Nothing is lost between them."""
    ends = ends_of_range(value, is_time)

    assert ends is None or "-".join(ends) == value
