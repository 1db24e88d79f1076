"""Find series by what a person has at hand: a handle, or a UID."""

from functions.cli.report import SeriesReport, handle_of, series_reports
from shared.errors import NameAmbiguous, NothingFound
from shared.identifiers import SeriesRef
from shared.ports.records import GenerationRecord
from shared.wiring import EmbeddedWiring

_LEAST_CHARACTERS = 4


def find_series(wiring: EmbeddedWiring, name: str | None) -> list[SeriesReport]:
    """Report on the series that `name` means: a handle, a Series or a Study Instance UID; None means all.

    Raises:
        NothingFound: it means none.
    """
    found = list(series_reports(wiring, lambda series: _means(name, series)))
    if name is not None and not found:
        raise NothingFound(matching_series=0)
    return found


def one_generation(wiring: EmbeddedWiring, name: str) -> GenerationRecord:
    """The latest generation of the one series that `name` means.

    Raises:
        NothingFound: it means none.
        NameAmbiguous: it means several.
    """
    found = [each for each in wiring.ledger.generations() if _means(name, each.series)]
    if not found:
        raise NothingFound(matching_series=0)
    if len(found) > 1:
        raise NameAmbiguous(matching_series=len(found))
    return found[0]


def _means(name: str | None, series: SeriesRef) -> bool:
    if name is None or name in {series.study_instance_uid, series.series_instance_uid}:
        return True
    return len(name) >= _LEAST_CHARACTERS and handle_of(series).startswith(name.lower())
