"""docs/reference/states.md against the tables of transitions and the reports."""

from collections.abc import Mapping

import pytest

from functions.cli import report
from shared.states import JOB_TRANSITIONS, SERIES_TRANSITIONS, JobState, SeriesState
from tests.unit.docs.pages import bare, blocks, inline_code, reference, sections, table

PAGE = reference("states")
PARTS = sections(PAGE, 2)
MACHINES: Mapping[
    str, Mapping[SeriesState, frozenset[SeriesState]] | Mapping[JobState, frozenset[JobState]]
] = {
    "A generation of a series": SERIES_TRANSITIONS,
    "A job": JOB_TRANSITIONS,
}


@pytest.mark.parametrize("heading", MACHINES)
def test_every_state_lists_its_moves(heading: str) -> None:
    """The table is the table of transitions."""
    listed = {bare(row[0]): set(inline_code(row[2])) for row in table(PARTS[heading])}

    assert listed == {state.value: {to.value for to in moves} for state, moves in MACHINES[heading].items()}


@pytest.mark.parametrize("heading", MACHINES)
def test_every_state_is_explained(heading: str) -> None:
    """No state goes without a meaning."""
    assert all(row[1] for row in table(PARTS[heading]))


def test_the_diagrams_show_every_move() -> None:
    """As many arrows as transitions, and the two beginnings."""
    arrows = [
        line.strip() for block in blocks(PAGE, "mermaid") for line in block.splitlines() if "-->" in line
    ]
    moves = {
        f"{state} --> {to}"
        for machine in MACHINES.values()
        for state, targets in machine.items()
        for to in targets
    }

    assert set(arrows) == moves | {"[*] --> completed", "[*] --> pending"}


def test_every_word_on_the_screen_is_explained() -> None:
    """What `airlock status` calls the states."""
    tables = (
        report._STATE_BY_JOB,
        report._STATE_BY_SERIES,
        report._STATE_BY_FAILED_STAGE,
        report._STATE_BY_CODE,
    )
    words = {word for each in tables for word in each.values()}

    assert {row[0] for row in table(PARTS["What `airlock status` says"])} == words
