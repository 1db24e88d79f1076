"""What every `ClinicalLedger` must do with exceptions."""

from collections.abc import Callable

import pytest

from shared.errors import RecordConflict
from shared.events import OriginalMessage
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import ExceptionRecord
from tests.contracts.clinical_ledger import ClinicalLedgerFixtures
from tests.contracts.races import at_once
from tests.factories import exception_record, series_ref

LATER = "2026-01-02T00:00:00Z"
LATER_MESSAGE = OriginalMessage(topic="arrivals", data=b"\x00\xff", attributes={})
ID = "exception-00000001"


def later_failure(**changes: object) -> ExceptionRecord:
    """The exception of the factory, failed for another reason two times more, a day later."""
    fields: dict[str, object] = {
        "code": "truncated",
        "cause": "The file ends before its content does.",
        "attempts": 2,
        "first_failed_at": LATER,
        "last_failed_at": LATER,
        "message": LATER_MESSAGE,
    }
    return exception_record(**{**fields, **changes})


class ExceptionsContract(ClinicalLedgerFixtures):
    """Exceptions."""

    def test_an_exception_is_opened(self, ledger: ClinicalLedger) -> None:
        """What was raised is returned and can be read by its id, every field of it."""
        record = exception_record(series=series_ref(), generation=3, job_id="job-1", message=LATER_MESSAGE)

        stored = ledger.raise_exception(record)

        assert stored == record
        assert ledger.exception(ID) == record

    def test_an_unknown_exception_is_none(self, ledger: ClinicalLedger) -> None:
        """An id that is not there is answered by None."""
        assert ledger.exception(ID) is None

    def test_one_more_failure_is_counted(self, ledger: ClinicalLedger) -> None:
        """The attempts add up, the first failure's time stays, and the rest is that of the last failure."""
        ledger.raise_exception(exception_record())

        stored = ledger.raise_exception(later_failure())

        expected = later_failure(attempts=3, first_failed_at="2026-01-01T00:00:00Z", revision=2)
        assert stored == expected
        assert ledger.exception(ID) == expected

    def test_the_category_follows_the_code(self, ledger: ClinicalLedger) -> None:
        """An exception whose last failure is of another category is of that category."""
        ledger.raise_exception(exception_record())

        stored = ledger.raise_exception(later_failure(code="residue", category="processing"))

        assert (stored.code, stored.category) == ("residue", "processing")

    def test_the_same_failure_again_changes_nothing(self, ledger: ClinicalLedger) -> None:
        """A failure whose message is delivered twice is counted once."""
        ledger.raise_exception(exception_record())

        stored = ledger.raise_exception(exception_record())

        assert stored == exception_record()
        assert ledger.exception(ID) == exception_record()

    def test_another_code_at_the_same_time_is_another_failure(self, ledger: ClinicalLedger) -> None:
        """Two failures of one moment with different codes both count."""
        ledger.raise_exception(exception_record())

        stored = ledger.raise_exception(exception_record(code="truncated"))

        assert (stored.attempts, stored.code) == (2, "truncated")

    def test_a_failure_opens_a_closed_exception(self, ledger: ClinicalLedger) -> None:
        """What was retried and fails again is open again; who had closed it is forgotten."""
        ledger.raise_exception(exception_record())
        ledger.replace_exception(
            exception_record(status="retried", closed_by="ops", closed_reason="sent again", closed_at=LATER)
        )

        stored = ledger.raise_exception(later_failure())

        expected = later_failure(attempts=3, first_failed_at="2026-01-01T00:00:00Z", revision=3)
        assert stored == expected
        assert list(ledger.exceptions("open")) == [expected]
        assert list(ledger.exceptions("retried")) == []

    def test_a_late_redelivery_does_not_open_a_closed_exception(self, ledger: ClinicalLedger) -> None:
        """The failure that was closed, delivered once more, leaves the exception closed."""
        ledger.raise_exception(exception_record())
        closed = ledger.replace_exception(exception_record(status="archived", closed_by="ops"))

        stored = ledger.raise_exception(exception_record())

        assert stored == closed
        assert ledger.exception(ID) == closed

    def test_sixteen_failures_at_once_are_all_counted(self, ledger: ClinicalLedger) -> None:
        """Failures of one subject that are raised at the same time lose none of their attempts."""
        at_once(
            16,
            lambda n: ledger.raise_exception(exception_record(last_failed_at=f"2026-01-02T00:00:{n:02d}Z")),
        )

        stored = ledger.exception(ID)
        assert stored is not None
        assert (stored.attempts, stored.revision) == (16, 16)

    def test_exceptions_are_oldest_first(self, ledger: ClinicalLedger) -> None:
        """The exceptions come in the order of their first failures, and by id within one moment."""
        days = {"c": 1, "a": 3, "d": 2, "b": 2}
        for name, day in days.items():
            ledger.raise_exception(
                exception_record(exception_id=name, first_failed_at=f"2026-01-0{day}T00:00:00Z")
            )

        assert [record.exception_id for record in ledger.exceptions()] == ["c", "b", "d", "a"]

    def test_exceptions_in_one_status(self, ledger: ClinicalLedger) -> None:
        """Each status has its own list, and all together are there without one."""
        for name in ("a", "b", "c"):
            ledger.raise_exception(exception_record(exception_id=name))
        ledger.replace_exception(exception_record(exception_id="b", status="retried"))
        ledger.replace_exception(exception_record(exception_id="c", status="archived"))

        ids = [
            [record.exception_id for record in ledger.exceptions(status)]
            for status in ("open", "retried", "archived", None)
        ]

        assert ids == [["a"], ["b"], ["c"], ["a", "b", "c"]]

    def test_exceptions_can_be_closed_while_they_are_read(self, ledger: ClinicalLedger) -> None:
        """Whoever goes through the open ones and closes each misses none."""
        for n in range(5):
            ledger.raise_exception(exception_record(exception_id=f"e{n}"))

        for record in ledger.exceptions("open"):
            ledger.replace_exception(exception_record(exception_id=record.exception_id, status="archived"))

        assert list(ledger.exceptions("open")) == []
        assert len(list(ledger.exceptions("archived"))) == 5

    def test_an_exception_is_closed(self, ledger: ClinicalLedger) -> None:
        """A replacement is stored with the next revision, and that is what its giver gets."""
        ledger.raise_exception(exception_record())

        stored = ledger.replace_exception(exception_record(status="archived", closed_by="ops"))

        assert stored == exception_record(status="archived", closed_by="ops", revision=2)
        assert ledger.exception(ID) == stored

    @pytest.mark.parametrize("revision", [0, 1, 3])
    def test_a_stale_closing_is_refused(self, ledger: ClinicalLedger, revision: int) -> None:
        """Only the stored revision can be replaced, neither an older nor a made-up one."""
        ledger.raise_exception(exception_record())
        stored = ledger.replace_exception(exception_record(status="retried"))

        with pytest.raises(RecordConflict):
            ledger.replace_exception(exception_record(status="archived", revision=revision))

        assert ledger.exception(ID) == stored

    def test_nothing_cannot_be_closed(self, ledger: ClinicalLedger) -> None:
        """An exception that was never raised cannot be closed."""
        with pytest.raises(RecordConflict):
            ledger.replace_exception(exception_record(status="archived"))

        assert ledger.exception(ID) is None

    def test_one_of_sixteen_closes(self, ledger: ClinicalLedger) -> None:
        """Of 16 people who close one exception at once one does, the others learn that they were late."""
        ledger.raise_exception(exception_record())

        outcomes = at_once(
            16, lambda n: ledger.replace_exception(exception_record(status="retried", closed_by=f"ops{n}"))
        )

        winners = [outcome for outcome in outcomes if isinstance(outcome, ExceptionRecord)]
        assert winners == [ledger.exception(ID)]
        assert sum(isinstance(outcome, RecordConflict) for outcome in outcomes) == 15

    def test_exceptions_are_durable(self, open_ledger: Callable[[], ClinicalLedger]) -> None:
        """Whoever opens the storage again finds the exceptions."""
        stored = open_ledger().raise_exception(exception_record())

        assert list(open_ledger().exceptions("open")) == [stored]
