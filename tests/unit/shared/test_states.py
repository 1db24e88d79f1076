"""The states of series and jobs."""

from collections.abc import Mapping
from enum import StrEnum
from itertools import product
from typing import Any

import pytest

from shared.errors import TransitionIllegal
from shared.states import (
    EXPORTED_STATES,
    JOB_TRANSITIONS,
    SERIES_TRANSITIONS,
    JobState,
    SeriesState,
    require_transition,
)

Table = Mapping[Any, frozenset[Any]]
MACHINES: list[tuple[type[StrEnum], Table, StrEnum]] = [
    (SeriesState, SERIES_TRANSITIONS, SeriesState.COMPLETED),
    (JobState, JOB_TRANSITIONS, JobState.PENDING),
]
PAIRS = [
    (table, current, wanted) for states, table, _ in MACHINES for current, wanted in product(states, states)
]


@pytest.mark.parametrize(("states", "table", "first"), MACHINES)
def test_the_tables_are_complete(states: type[StrEnum], table: Table, first: StrEnum) -> None:
    """Every state has a row, a row names states only, and never itself."""
    assert set(table) == set(states)
    assert all(row <= set(states) for row in table.values())
    assert [state for state, row in table.items() if state in row] == []


@pytest.mark.parametrize(("states", "table", "first"), MACHINES)
def test_every_state_can_be_reached(states: type[StrEnum], table: Table, first: StrEnum) -> None:
    """From the first state every other one can be reached."""
    reached, waiting = set(), [first]
    while waiting:
        state = waiting.pop()
        if state not in reached:
            reached.add(state)
            waiting.extend(table[state])

    assert reached == set(states)


@pytest.mark.parametrize(("states", "table", "first"), MACHINES)
def test_every_state_leads_to_an_end(states: type[StrEnum], table: Table, first: StrEnum) -> None:
    """There is one last state, and no state from which it cannot be reached."""
    last = {state for state, row in table.items() if not row}
    ending = set(last)
    for _ in states:
        ending |= {state for state, row in table.items() if row & ending}

    assert last in ({SeriesState.SUPERSEDED}, {JobState.CLOSED})
    assert ending == set(states)


@pytest.mark.parametrize(("table", "current", "wanted"), PAIRS)
def test_legal_and_illegal_moves(table: Table, current: Any, wanted: Any) -> None:
    """A move of the table and staying are legal; any other raises with both names."""
    if wanted is current or wanted in table[current]:
        require_transition(table, current, wanted)
        return
    with pytest.raises(TransitionIllegal) as raised:
        require_transition(table, current, wanted)

    assert raised.value.details == {"current": current.value, "wanted": wanted.value}
    assert current.value in str(raised.value)
    assert wanted.value in str(raised.value)


def test_a_new_generation_replaces_a_series_wherever_it_stands() -> None:
    """Every state of a series can be superseded."""
    assert all(SeriesState.SUPERSEDED in row for state, row in SERIES_TRANSITIONS.items() if row)


def test_exported_stays_exported() -> None:
    """A job that counts as exported never goes back to where it does not, save to send it again."""
    leaving = {
        (state, after) for state in EXPORTED_STATES for after in JOB_TRANSITIONS[state] - EXPORTED_STATES
    }

    assert JobState.EXPORTED in EXPORTED_STATES
    assert not EXPORTED_STATES & {JobState.PENDING, JobState.UPLOADING}
    assert {after for _, after in leaving} <= {JobState.PENDING}


@pytest.mark.parametrize("states", [SeriesState, JobState])
def test_values_are_written_like_names(states: type[StrEnum]) -> None:
    """What is stored and shown of a state is its name in lower case."""
    assert [state.value for state in states] == [state.name.lower() for state in states]
