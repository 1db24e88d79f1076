"""Log lines: structured, and without anything that names a person."""

import json
from io import StringIO
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from shared import log
from shared.log import IDENTIFYING_FIELDS, mask

UID = "1.2.840.113619.2.55.3.604688119"
HIDDEN = "1.2....8119"
BY_UUID = "2.25.329800735698586629295641978511506172918"

components = st.integers(0, 10**30).map(str)
uids = st.lists(components, min_size=4, max_size=10).map(".".join) | st.integers(1).map("2.25.{}".format)
names = st.sampled_from(sorted(IDENTIFYING_FIELDS))
secrets = st.text(min_size=6).map(lambda text: f"\u00a7{text}\u00a7")
values: st.SearchStrategy[Any] = secrets | st.lists(secrets) | st.dictionaries(st.text(), secrets)


def masked(**event: Any) -> dict[str, Any]:
    """The fields of a log line after masking."""
    return dict(mask(None, "info", event))


def written(*, as_json: bool = True, **fields: Any) -> str:
    """One log line as it is written."""
    stream = StringIO()
    before = structlog.get_config()
    try:
        log.configure(json=as_json, stream=stream)
        log.logger().info("handled", **fields)
    finally:
        structlog.configure(**before)
    return stream.getvalue()


def hidden(uid: str) -> str:
    """How a UID is shown."""
    return f"{uid[:4]}...{uid[-4:]}" if len(uid) > 12 else "..."


# UIDs


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (UID, HIDDEN),
        (f"series {UID} failed", f"series {HIDDEN} failed"),
        (f"It was {UID}.", f"It was {HIDDEN}."),
        (f"({UID})", f"({HIDDEN})"),
        (f"uid={UID},", f"uid={HIDDEN},"),
        (f"intake/{UID}.dcm", f"intake/{HIDDEN}.dcm"),
        (f"CT_{UID}_1", f"CT_{HIDDEN}_1"),
        (f"UID{UID}x", f"UID{HIDDEN}x"),
        (f"{UID}/{UID}", f"{HIDDEN}/{HIDDEN}"),
        (f"..{UID}..", f"..{HIDDEN}.."),
        (f"study {BY_UUID}", "study 2.25...2918"),
        ("1.2.3." + "4" * 58, "1.2....4444"),
        ("1.2.3.4", "..."),
    ],
)
def test_uids_are_masked_wherever_they_stand(text: str, expected: str) -> None:
    """A UID is masked within a sentence, at its end, in a path and against letters; a short one whole."""
    assert masked(cause=text) == {"cause": expected}


@given(st.text(st.characters(exclude_characters="0123456789.")), uids, st.text(max_size=8))
def test_no_uid_passes(before: str, uid: str, after: str) -> None:
    """Whatever stands before and behind it, no whole UID of four components is shown."""
    shown = masked(cause=before + uid + after)["cause"]

    assert uid not in shown
    assert shown.startswith(before)


@given(st.text(), uids)
def test_any_field_is_searched(field: str, uid: str) -> None:
    """UIDs are masked in every field, whatever its name."""
    assert uid not in str(masked(**{field: f"of {uid}"})[field])


@pytest.mark.parametrize(
    "text",
    [
        "version 1.2.3",
        "pydicom 3.0.1",
        "2026-01-01T12:00:00.123456+00:00",
        "took 12.5 s",
        "PS3.15",
        "CP-2.25",
        "1.2.840",
        "validate.py:12 in read.py:140",
        "1..2..3..4",
        "",
    ],
)
def test_what_is_no_uid_stays(text: str) -> None:
    """Versions, times and numbers are shown as they are."""
    assert masked(cause=text) == {"cause": text}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("http://127.0.0.1:8080/", "http://...:8080/"),
        ("192.168.100.200", "192....00"[:4] + "..." + ".200"),
        ("release 2026.1.20.3", "release ..."),
    ],
)
def test_four_numbers_are_taken_for_a_uid(text: str, expected: str) -> None:
    """An address or a version of four numbers cannot be told from a UID; it is masked rather than shown."""
    assert masked(cause=text) == {"cause": expected}


# Identifying fields


@given(names, values)
def test_no_value_of_an_identifying_field_passes(name: str, value: Any) -> None:
    """Whatever the value, an identifying field shows its own name only."""
    assert masked(**{name: value}) == {name: f"***{name.upper()}_MASKED***"}


@given(names, secrets)
def test_identifying_fields_are_masked_at_every_depth(name: str, secret: str) -> None:
    """Within mappings and lists the same fields are masked."""
    line = written(facts={"of": [{name: secret}, ({name: secret},)]}, **{name: secret})

    assert "\\u00a7" not in line
    assert "\u00a7" not in line
    assert line.count(f"***{name.upper()}_MASKED***") == 3


@pytest.mark.parametrize("name", ["PATIENT_NAME", "Patient_Name"])
def test_the_case_of_a_field_does_not_matter(name: str) -> None:
    """An identifying field is masked in capitals, too."""
    assert masked(**{name: "Doe^Jane"}) == {name: "***PATIENT_NAME_MASKED***"}


def test_what_identifies() -> None:
    """The names of patients, their dates and the names that people give to files are identifying."""
    assert {"patient_name", "patient_id", "patient_birth_date", "accession_number"} <= IDENTIFYING_FIELDS
    assert {"file_name", "object_name", "blob_name", "path"} <= IDENTIFYING_FIELDS
    assert {name.lower() for name in IDENTIFYING_FIELDS} == IDENTIFYING_FIELDS


# Other values


class Opaque:
    """Something whose text holds a UID."""

    def __str__(self) -> str:
        return f"opaque {UID}"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (5, 5),
        (0.25, 0.25),
        (True, True),
        (None, None),
        ([UID, 1], [HIDDEN, 1]),
        ((UID,), [HIDDEN]),
        ({"a": {"b": UID}}, {"a": {"b": HIDDEN}}),
        ({UID: 1}, {HIDDEN: 1}),
        (Opaque(), f"opaque {HIDDEN}"),
        (ValueError(UID), HIDDEN),
        (UID.encode(), f"b'{HIDDEN}'"),
    ],
)
def test_values_of_other_kinds(value: object, expected: object) -> None:
    """Numbers stay numbers, containers are searched, and everything else is masked as text."""
    assert masked(fact=value) == {"fact": expected}


# Lines


def test_a_line_is_json() -> None:
    """For machines a line is one JSON object with event, level and time in UTC."""
    line = written(stage="validate", attempt=2, duration_ms=1.5)
    fields = json.loads(line)

    assert line.count("\n") == 1
    assert fields.pop("timestamp").endswith("Z")
    assert fields == {
        "event": "handled",
        "level": "info",
        "stage": "validate",
        "attempt": 2,
        "duration_ms": 1.5,
    }


@pytest.mark.parametrize("as_json", [False, True])
def test_both_forms_mask(*, as_json: bool) -> None:
    """The text for people masks what the JSON for machines masks."""
    line = written(as_json=as_json, patient_name="Doe^Jane", series=UID)

    assert "Doe" not in line
    assert UID not in line
    assert "***PATIENT_NAME_MASKED***" in line
    assert HIDDEN in line


def test_line_breaks_do_not_make_lines() -> None:
    """A value with line breaks stays in its line, so that nobody can forge one."""
    assert written(cause='a\n{"event": "forged"}').count("\n") == 1


def test_lines_go_to_standard_error_by_default(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a stream lines are written to standard error and standard output stays clean."""
    before = structlog.get_config()
    try:
        log.configure(json=True)
        log.logger().info("handled")
    finally:
        structlog.configure(**before)
    captured = capsys.readouterr()

    assert json.loads(captured.err)["event"] == "handled"
    assert captured.out == ""
