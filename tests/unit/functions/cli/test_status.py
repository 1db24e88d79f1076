"""`status`: finds series by a handle or a UID."""

import pytest

from functions.cli.report import handle_of
from functions.cli.status import find_series, one_generation
from shared.errors import NameAmbiguous, NothingFound
from shared.identifiers import SeriesRef
from shared.wiring import EmbeddedWiring
from tests.factories import generation_record, series_ref

STUDY = "2.25.100000009"
TWINS = [SeriesRef(study_instance_uid=STUDY, series_instance_uid=f"2.25.20000000{n}") for n in (8, 9)]
ALL = [series_ref(1), series_ref(2), *TWINS]


@pytest.fixture
def filled(wiring: EmbeddedWiring) -> EmbeddedWiring:
    """Four series, two of them of one study."""
    for series in ALL:
        wiring.ledger.add_generation(generation_record(series=series, sop_instance_uids=()))
    return wiring


def handles(filled: EmbeddedWiring, name: str | None) -> set[str]:
    """The handles of what a name means."""
    return {report.handle for report in find_series(filled, name)}


def test_no_name_means_all(filled: EmbeddedWiring) -> None:
    """Without a name every series is meant."""
    assert handles(filled, None) == {handle_of(series) for series in ALL}


def test_a_handle_means_one(filled: EmbeddedWiring) -> None:
    """The whole handle, or its first characters, in either case."""
    handle = handle_of(ALL[0])

    assert (
        handles(filled, handle) == handles(filled, handle[:4]) == handles(filled, handle.upper()) == {handle}
    )


def test_a_uid_means_a_series_or_a_study(filled: EmbeddedWiring) -> None:
    """A Series Instance UID means one, a Study Instance UID all of the study."""
    assert handles(filled, TWINS[0].series_instance_uid) == {handle_of(TWINS[0])}
    assert handles(filled, STUDY) == {handle_of(series) for series in TWINS}


@pytest.mark.parametrize("name", ["", "0", "zzzz", "2.25", STUDY[:-1], handle_of(ALL[0])[:3]])
def test_anything_else_means_nothing(filled: EmbeddedWiring, name: str) -> None:
    """A part of a UID, and too few characters of a handle, name no series."""
    with pytest.raises(NothingFound):
        find_series(filled, name)
    with pytest.raises(NothingFound):
        one_generation(filled, name)


def test_one_series_is_one(filled: EmbeddedWiring) -> None:
    """Where one is needed, a study of several is not enough."""
    assert one_generation(filled, handle_of(ALL[1])).series == ALL[1]
    with pytest.raises(NameAmbiguous) as caught:
        one_generation(filled, STUDY)
    assert caught.value.details == {"matching_series": 2}
