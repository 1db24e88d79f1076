"""A destination that is away, forgets, refuses or lies: nothing is sent twice, nothing false is delivered."""

from pathlib import Path

import pytest

from shared.adapters.files import FileSecrets
from shared.balance import Balance
from shared.local.autosegmentation.faults import Operation
from tests.acceptance.flow import DESTINATION, MINUTE, Flow, opened
from tests.acceptance.transfers import DONE, EXPORTED, HELD, delivered, job, received

DAY = 24 * 3600.0


# -- away


def test_waits_while_the_destination_is_not_ready(flow: Flow, series: Path) -> None:
    """A destination that is busy for two minutes is asked again every minute, and gets the package once."""
    flow.double.faults.answer("health", 503, times=2)
    started = flow.clock.now()
    flow.run(series)
    exported_at = job(flow).exported_at or 0.0

    assert received(flow) == DONE
    assert exported_at - started >= 600 + 2 * MINUTE
    assert flow.exceptions() == []


def test_comes_back_with_back_off_while_the_destination_is_away(flow: Flow, series: Path) -> None:
    """A destination that is away for longer than the wait gets the package at a later attempt, once."""
    flow.double.faults.answer("health", 503, times=10)
    flow.run(series)

    assert received(flow) == DONE
    assert flow.exceptions() == []
    assert flow.balance == EXPORTED


def test_destination_that_stays_away_becomes_an_exception_that_a_retry_resolves(
    flow: Flow, series: Path
) -> None:
    """After all attempts a person is asked; once the destination is back, the retry sends the package."""
    flow.double.faults.answer("health", 503, times=32)
    flow.run(series)
    before = flow.failures, flow.balance
    flow.retry(flow.exception())

    assert before == ([("export", "destination_unavailable")], HELD)
    assert flow.settle()
    assert received(flow) == DONE
    assert flow.balance == EXPORTED


def test_destination_that_is_not_there_becomes_an_exception_that_a_retry_resolves(
    flow: Flow, series: Path
) -> None:
    """The same holds when nobody listens at its address."""
    flow.double.stop()
    flow.run(series)
    before = flow.failures
    flow.double.start()
    flow.retry(flow.exception())

    assert before == [("export", "destination_unavailable")]
    assert flow.settle()
    assert received(flow) == DONE


def test_outage_while_a_result_is_awaited_is_one_exception_at_most(flow: Flow, series: Path) -> None:
    """A day without answers to the questions for a result is no exception a minute."""
    flow.double.faults.polls_before_result = 1_000_000
    flow.take_in(series)
    flow.settle(15 * MINUTE)
    flow.double.stop()
    flow.settle(6 * 3600)
    flow.double.start()
    flow.double.faults.polls_before_result = 0
    asked = flow.failures
    for record in flow.exceptions("open"):
        flow.retry(record)

    assert asked in ([], [("retrieve", "destination_unavailable")])
    assert flow.settle()
    assert job(flow).state == "closed"
    assert flow.exceptions("open") == []


def test_confirmation_is_repeated_until_the_destination_takes_it(flow: Flow, series: Path) -> None:
    """A result that is delivered is confirmed later if the destination cannot hear it now."""
    flow.double.faults.answer("confirm", 503, times=3)
    flow.run(series)

    assert received(flow) == DONE
    assert job(flow).state == "closed"


@pytest.mark.parametrize("operation", ["status", "result"])
def test_question_for_a_result_is_repeated(flow: Flow, series: Path, operation: Operation) -> None:
    """A status or a result that cannot be had now is asked for again."""
    flow.double.faults.answer(operation, 503, times=2)
    flow.run(series)

    assert (received(flow), delivered(flow)) == (DONE, 1)
    assert flow.exceptions("open") == []


# -- tokens


def stored_token(flow: Flow) -> str:
    """The access token that all workers use from now on."""
    return FileSecrets(flow.workspace / "secrets").tokens(DESTINATION).access_token


def test_refused_token_is_refreshed_and_stored(flow: Flow, series: Path) -> None:
    """A token that the destination does not know any more is replaced, and the upload goes through."""
    before = stored_token(flow)
    flow.double.revoke_access_tokens()
    flow.run(series)

    assert received(flow) == DONE
    assert stored_token(flow) != before
    assert flow.exceptions() == []


def test_expired_token_is_refreshed_before_it_is_refused(scratch: Path, series: Path) -> None:
    """A token whose time is over is replaced without a refused request."""
    with opened(scratch, expired_token=True) as flow:
        before = stored_token(flow)
        flow.run(series)

        assert received(flow) == DONE
        assert stored_token(flow) != before


def test_refresh_tokens_may_be_good_for_one_use(scratch: Path, series: Path) -> None:
    """With refresh tokens that rotate, every refresh uses the one before, over days."""
    with opened(scratch, expired_token=True) as flow:
        flow.double.faults.rotate_refresh_tokens = True
        flow.double.faults.polls_before_result = 50
        flow.run(series)

        assert received(flow) == DONE
        assert flow.exceptions() == []


def test_refused_refresh_becomes_an_exception_that_new_tokens_resolve(flow: Flow, series: Path) -> None:
    """Without any good token nothing is sent; with a new pair in the secret the retry sends the package."""
    flow.double.revoke_access_tokens()
    flow.double.revoke_refresh_tokens()
    flow.run(series)
    before = flow.failures, flow.balance
    flow.give_tokens()
    flow.retry(flow.exception())

    assert before == ([("export", "destination_unauthorized")], HELD)
    assert flow.settle()
    assert received(flow) == DONE


# -- uploads whose outcome is unknown


@pytest.mark.parametrize("fault", ["drop_uploads", "garble_uploads"])
def test_lost_answer_is_no_second_transaction_where_the_destination_recognises_the_package(
    scratch: Path, series: Path, fault: str
) -> None:
    """With `resend: deduplicated` the package is sent again by itself, and there is one task."""
    with opened(scratch, {"resend": "deduplicated"}) as flow:
        setattr(flow.double.faults, fault, 1)
        flow.run(series)

        assert received(flow) == [(2, "Transfer Completed")]
        assert flow.exceptions() == []
        assert flow.balance == EXPORTED


@pytest.mark.parametrize("fault", ["drop_uploads", "garble_uploads"])
def test_lost_answer_asks_a_person_where_a_second_transaction_is_possible(
    flow: Flow, series: Path, fault: str
) -> None:
    """With `resend: hold` nothing is sent again before somebody says so; then it is, once."""
    setattr(flow.double.faults, fault, 1)
    flow.run(series)
    before = flow.failures, [count for count, _ in received(flow)], flow.balance
    flow.retry(flow.exception())

    assert before == ([("export", "transfer_unconfirmed")], [1], HELD)
    assert flow.settle()
    assert received(flow) == [(2, "Transfer Completed")]
    assert flow.balance == EXPORTED


def test_archived_upload_without_outcome_is_never_sent_again(flow: Flow, series: Path) -> None:
    """Whoever archives it ends it: it is not sent again, and its instances are rejected."""
    flow.double.faults.drop_uploads = 1
    flow.run(series)
    flow.archive(flow.exception(), "the vendor says that it was deleted")
    flow.restart()

    assert flow.settle(DAY)
    assert [count for count, _ in received(flow)] == [1]
    assert flow.balance == Balance(2, 0, 0, 0, 2, 0, 0)
