"""The smoke test of an installation, on embedded adapters whose only worker is the test itself."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from infra.scripts import smoke_test
from infra.scripts.smoke_test import EXPORTED, HELD, IN_FLIGHT, OPEN, UNFIT, Waiting
from shared.balance import Balance
from shared.ports.records import IgnoredRecord
from shared.wiring import EmbeddedWiring
from shared.wiring.cloud import CloudSettings
from tests.wirings import embedded

SENT = 6


def run(folder: Path, between: Callable[[EmbeddedWiring], object], expected: str = "exported") -> int:
    """The exit code, if `between` is what happens while the test waits."""
    with embedded(folder) as wiring:
        waiting = Waiting(0.5, 0.0, pause=lambda _: between(wiring))
        return smoke_test.run(wiring, waiting, expected)


def ignore_all(wiring: EmbeddedWiring) -> None:
    """Account for all that was sent, as ignored."""
    for stat in wiring.clinical.list("intake/smoke-test/"):
        wiring.ledger.add_ignored(IgnoredRecord(subject=str(stat.ref), blob=stat.ref, reason="duplicate"))


def lose_one(wiring: EmbeddedWiring) -> None:
    """Let an object vanish each time, until none is there."""
    for stat in [*wiring.clinical.list("intake/smoke-test/")][:1]:
        wiring.clinical.delete(stat.ref)


@pytest.mark.parametrize(
    ("between", "expected", "code"),
    [
        (lambda _: None, "exported", IN_FLIGHT),
        (ignore_all, "exported", HELD),
        (ignore_all, "accounted", EXPORTED),
        (lose_one, "accounted", OPEN),
    ],
    ids=["nobody works", "ignored", "ignored as expected", "lost"],
)
def test_the_exit_code_says_what_became_of_it(
    tmp_path: Path, between: Callable[[EmbeddedWiring], object], expected: str, code: int
) -> None:
    """Nothing but an exported series, or one that is accounted for where that is enough, is a success."""
    assert run(tmp_path, between, expected) == code


@pytest.mark.parametrize(
    ("counts", "expected", "code"),
    [
        (Balance(6, 6, 0, 0, 0, 0, 0), "exported", EXPORTED),
        (Balance(6, 5, 1, 0, 0, 0, 0), "exported", HELD),
        (Balance(6, 0, 0, 0, 0, 0, 6), "exported", HELD),
        (Balance(6, 0, 0, 0, 0, 0, 6), "accounted", EXPORTED),
        (Balance(6, 5, 0, 0, 0, 1, 0), "accounted", IN_FLIGHT),
        (Balance(6, 5, 0, 0, 0, 0, 0), "accounted", OPEN),
        (Balance(5, 5, 0, 0, 0, 0, 0), "exported", OPEN),
        (Balance(0, 0, 0, 0, 0, 0, 0), "accounted", OPEN),
    ],
)
def test_a_balance_is_judged(counts: Balance, expected: str, code: int) -> None:
    """All that was sent has to be there, once, and nothing of it under way."""
    assert smoke_test.verdict(counts, SENT, expected) == code


def test_every_run_sends_a_series_of_its_own(tmp_path: Path) -> None:
    """Two runs never send the same bytes, which would be ignored as duplicates."""
    with embedded(tmp_path) as wiring:
        runs = [smoke_test.send(wiring) for _ in range(2)]
        found = [{stat.crc32c for stat in wiring.clinical.list(prefix)} for prefix, _ in runs]

    assert [sent for _, sent in runs] == [SENT, SENT]
    assert len(found[0] | found[1]) == 2 * SENT


def test_what_it_prints_names_nobody(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts, and the folder that it made up."""
    run(tmp_path, ignore_all)
    printed = capsys.readouterr().out

    assert "6 instances sent under intake/smoke-test/" in printed
    assert "Balance(received=6, exported=0, unmatched=0, ignored=6" in printed
    assert "GENSOU" not in printed.upper()


def test_the_outputs_of_terraform_lead_to_the_installation() -> None:
    """Buckets and databases by their doors, and the rulesets of this source."""
    outputs = {
        "buckets": {"clinical": "c", "released": "r"},
        "databases": {"clinical": "cd", "released": "rd"},
    }
    found = CloudSettings.from_environment(
        {"GOOGLE_CLOUD_PROJECT": "p", **smoke_test.environment_of(outputs)}
    )

    assert (found.clinical_bucket, found.released_bucket) == ("c", "r")
    assert (found.clinical_database, found.released_database) == ("cd", "rd")
    assert (found.rulesets / "match").is_dir()


def test_an_installation_that_is_not_described_is_unfit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an environment nothing is sent."""
    for name in ("AIRLOCK_WORKSPACE", "GOOGLE_CLOUD_PROJECT"):
        monkeypatch.delenv(name, raising=False)

    assert smoke_test.main([]) == UNFIT


@pytest.mark.parametrize("content", ["", "{}", json.dumps({"buckets": {}})])
def test_outputs_of_something_else_are_unfit(tmp_path: Path, content: str) -> None:
    """A file that describes no installation is refused."""
    file = tmp_path / "outputs.json"
    file.write_text(content, encoding="utf-8")

    assert smoke_test.main(["--outputs", str(file)]) == UNFIT
