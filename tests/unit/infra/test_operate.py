"""Operating an installation from a shell, on embedded adapters."""

from pathlib import Path

import msgspec
import pytest

from infra.scripts import operate
from shared.wiring import EmbeddedWiring
from tests.factories import exception_record


@pytest.fixture
def wiring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> EmbeddedWiring:
    """An installation with two open exceptions; each command opens it anew."""
    monkeypatch.setenv("AIRLOCK_WORKSPACE", str(tmp_path / "workspace"))
    monkeypatch.setenv("AIRLOCK_RULESETS", str(tmp_path))
    made = EmbeddedWiring.from_environment()
    for number, code in enumerate(("residue", "object_not_found")):
        made.ledger.raise_exception(
            exception_record(exception_id=f"{number}abc", subject=f"subject {number}", code=code)
        )
    return made


def status(wiring: EmbeddedWiring, exception_id: str) -> tuple[str, str | None, str | None]:
    """What an exception is, who closed it and why."""
    record = wiring.ledger.exception(exception_id)
    assert record is not None
    return record.status, record.closed_by, record.closed_reason


def test_the_balance_is_printed(wiring: EmbeddedWiring, capsys: pytest.CaptureFixture[str]) -> None:
    """With the word that says whether anything is missing."""
    assert operate.main(["balance"]) == 0
    assert capsys.readouterr().out.endswith("closed\n")


@pytest.mark.parametrize(("words", "count"), [([], 2), (["--code", "residue"], 1)])
def test_open_exceptions_are_listed(
    wiring: EmbeddedWiring, capsys: pytest.CaptureFixture[str], words: list[str], count: int
) -> None:
    """One a line; and the exit code says that a person is waited for."""
    assert operate.main(["list", *words]) == 1
    lines = capsys.readouterr().out.splitlines()

    assert len(lines) == count
    assert msgspec.json.decode(lines[0])["code"] == "residue"


def test_one_is_retried(wiring: EmbeddedWiring) -> None:
    """Its message is published again, with a name beside it."""
    assert operate.main(["retry", "0a", "--by", "ops"]) == 0
    assert status(wiring, "0abc")[:2] == ("retried", "ops")
    assert status(wiring, "1abc")[0] == "open"


def test_all_with_a_code_are_retried(wiring: EmbeddedWiring) -> None:
    """And no others."""
    assert operate.main(["retry", "--code", "object_not_found", "--by", "ops"]) == 0
    assert (status(wiring, "0abc")[0], status(wiring, "1abc")[0]) == ("open", "retried")


def test_one_is_archived_with_a_reason(wiring: EmbeddedWiring) -> None:
    """Name and reason are kept."""
    assert operate.main(["archive", "1abc", "--by", "ops", "--why", "sent again"]) == 0
    assert status(wiring, "1abc") == ("archived", "ops", "sent again")


def test_what_is_archived_already_is_said_to_be(
    wiring: EmbeddedWiring, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever was cut off while archiving may repeat the command; the first reason stays."""
    operate.main(["archive", "1abc", "--by", "ops", "--why", "sent again"])

    assert operate.main(["archive", "1abc", "--by", "ops", "--why", "once more"]) == 2
    assert "exception_closed" in capsys.readouterr().err
    assert status(wiring, "1abc") == ("archived", "ops", "sent again")


@pytest.mark.parametrize("words", [["retry", "9", "--by", "ops"], ["retry", "--code", "x", "--by", "ops"]])
def test_what_is_not_there_is_refused(wiring: EmbeddedWiring, words: list[str]) -> None:
    """An id or a code that no open exception has does nothing, and says so."""
    assert operate.main(words) == 2
    assert {status(wiring, f"{number}abc")[0] for number in range(2)} == {"open"}


def test_an_id_that_several_begin_with_is_refused(wiring: EmbeddedWiring) -> None:
    """Nobody guesses which one was meant."""
    wiring.ledger.raise_exception(exception_record(exception_id="0abd", subject="other", code="residue"))

    assert operate.main(["archive", "0ab", "--by", "ops", "--why", "x"]) == 2
    assert status(wiring, "0abc")[0] == "open"
