"""`progress`: what is done of what is known, and what is waited for."""

import re
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from functions.cli import progress
from functions.cli.intake import Source
from functions.cli.progress import Board
from shared.ports.bus import Subscription
from shared.ports.records import ArchiveRecord
from shared.runtime import Outcome
from shared.states import JobState, SeriesState
from shared.wiring import EmbeddedWiring
from tests.factories import blob_ref, generation_record, job_record, series_ref

TIME = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"
_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


@pytest.fixture
def written() -> StringIO:
    """What a terminal was given."""
    return StringIO()


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Count at every delivery."""
    monkeypatch.setattr(progress, "_LEAST_SECONDS", 0.0)
    monkeypatch.setattr(progress, "_COST_SHARE", 0.0)


def last_frame(written: StringIO, lines: int) -> list[str]:
    """The last lines that a terminal shows, without their colours."""
    text = _ESCAPES.sub("", written.getvalue()).replace("\r", "\n")
    return [" ".join(line.split()) for line in text.splitlines() if line.strip()][-lines:]


def terminal(written: StringIO, width: int = 80) -> Console:
    """A terminal of some width."""
    return Console(file=written, force_terminal=True, width=width, legacy_windows=False)


def pipe(written: StringIO) -> Console:
    """No terminal."""
    return Console(file=written, width=80)


def publish(wiring: EmbeddedWiring, topic: str, subscription: str, count: int) -> None:
    """Leave messages for a stage."""
    wiring.bus.subscribe(Subscription(name=subscription, topic=topic))
    for _ in range(count):
        wiring.bus.publish(topic, b"", {})


def sent_jobs(wiring: EmbeddedWiring, *states: JobState) -> None:
    """A matched series for each state of a job."""
    for number, state in enumerate(states, start=1):
        job_id = f"job-{number}"
        wiring.jobs.add_job(job_record(job_id=job_id, state=state, created_at=3000.0 + number))
        wiring.ledger.add_generation(
            generation_record(
                series=series_ref(number),
                sop_instance_uids=(),
                job_id=job_id,
                ruleset="neck",
                state=SeriesState.DEIDENTIFIED,
            )
        )


# -- the bars


def test_counts_the_files_that_are_taken_in(wiring: EmbeddedWiring, written: StringIO) -> None:
    """The total is known from the first file on."""
    found = [Source(Path(f"{number}.dcm"), f"intake/{number}.dcm") for number in range(3)]
    seen = []
    with Board(wiring, terminal(written)) as board:
        for source in board.taking(found):
            seen.append(source)
            board._bars.refresh()
            if len(seen) == 2:
                assert "1/3" in last_frame(written, 1)[0]

    assert seen == found
    assert "3/3" in last_frame(written, 1)[0]


def test_a_large_file_is_seen_to_move(wiring: EmbeddedWiring, written: StringIO, tmp_path: Path) -> None:
    """Within a file the bar moves with its bytes."""
    large = tmp_path / "large.zip"
    large.write_bytes(bytes(1000))
    with Board(wiring, terminal(written)) as board:
        for _ in board.taking([Source(large, "intake/large.zip")]):
            board.copied(250)
            assert board._bars.tasks[0].completed == 0.25
            board.copied(500)
            assert board._bars.tasks[0].completed == 0.75


def test_knows_what_is_ahead_of_a_stage(wiring: EmbeddedWiring, written: StringIO) -> None:
    """The total is what is done and what waits; members that are still in their archive count, too."""
    publish(wiring, "arrivals", "validate-arrivals", 5)
    wiring.ledger.put_archive(ArchiveRecord(blob=blob_ref(1), members=40, unpacked_to=10))
    wiring.ledger.put_archive(ArchiveRecord(blob=blob_ref(2), members=40, unpacked_to=40, finished=True))
    with Board(wiring, terminal(written)) as board:
        board.count("validate", Outcome.HANDLED)

    assert last_frame(written, 1)[0].split()[:1] == ["Validated"]
    assert "1/36" in last_frame(written, 1)[0]


@pytest.mark.parametrize(
    ("outcome", "done"),
    [
        (Outcome.HANDLED, "1/2"),
        (Outcome.DUPLICATE, "1/2"),
        (Outcome.FAILED, "1/2"),
        (Outcome.IRRELEVANT, "0/1"),
        (Outcome.RETRY, "0/1"),
    ],
)
def test_counts_what_is_done_with(
    wiring: EmbeddedWiring, written: StringIO, outcome: Outcome, done: str
) -> None:
    """What is to come again is not done; what failed for good is."""
    publish(wiring, "series", "match-series", 1)
    with Board(wiring, terminal(written)) as board:
        board.count("match", outcome)

    assert done in last_frame(written, 1)[0]


def test_series_are_counted_against_all_that_match(wiring: EmbeddedWiring, written: StringIO) -> None:
    """How many will be sent and come back is known as soon as the rules have judged."""
    sent_jobs(wiring, JobState.PENDING, JobState.PENDING)
    with Board(wiring, terminal(written)) as board:
        board.count("match", Outcome.HANDLED)
        assert [line.split(" ")[0] for line in last_frame(written, 2)]
    sent, results = last_frame(written, 2)

    assert (sent.split()[0], "0/2" in sent) == ("Sent", True)
    assert (results.split()[0], "0/2" in results) == ("Results", True)


def test_what_earlier_runs_did_is_not_counted(wiring: EmbeddedWiring, written: StringIO) -> None:
    """A board begins at nothing, whatever the workspace holds."""
    sent_jobs(wiring, JobState.CLOSED, JobState.EXPORTED, JobState.PENDING)
    with Board(wiring, terminal(written)) as board:
        board.count("export", Outcome.HANDLED)
    sent, results = last_frame(written, 2)

    assert "0/1" in sent
    assert "0/2" in results


def test_counting_takes_a_small_part_of_the_time(
    wiring: EmbeddedWiring, written: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In a large workspace counting is slow: the slower, the rarer."""
    monkeypatch.setattr(progress, "_COST_SHARE", 20.0)
    now, counted = [0.0], []
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])

    def count_for_a_second(_board: Board) -> Counter[str]:
        counted.append(now[0])
        now[0] += 1.0
        return Counter()

    monkeypatch.setattr(Board, "_coming", count_for_a_second)
    board = Board(wiring, terminal(written))
    for moment in (0.0, 1.0, 19.9, 20.1, 40.0, 41.0):
        now[0] = moment
        board.count("retrieve", Outcome.HANDLED)

    assert counted == [0.0, 20.1, 41.0]


@pytest.mark.parametrize("width", [30, 40, 60, 80, 200])
def test_fits_any_terminal(wiring: EmbeddedWiring, written: StringIO, width: int) -> None:
    """No line is wider than the terminal, and the numbers are always there."""
    publish(wiring, "arrivals", "validate-arrivals", 9)
    with Board(wiring, terminal(written, width)) as board:
        board.count("validate", Outcome.HANDLED)
    lines = _ESCAPES.sub("", written.getvalue()).replace("\r", "\n").splitlines()

    assert max(map(len, lines)) <= width
    assert "1/10" in last_frame(written, 1)[0]


def test_a_pipe_gets_no_bars(wiring: EmbeddedWiring, written: StringIO) -> None:
    """Where nobody watches nothing is drawn, and nothing is counted."""
    publish(wiring, "arrivals", "validate-arrivals", 9)
    with Board(wiring, pipe(written)) as board:
        list(board.taking([Source(Path("1.dcm"), "intake/1.dcm")]))
        board.copied(1)
        board.count("validate", Outcome.HANDLED)

    assert written.getvalue() == ""


# -- waiting


def test_a_pipe_is_told_once(wiring: EmbeddedWiring, written: StringIO) -> None:
    """A line is written when what is waited for changes, and not with every look."""
    sent_jobs(wiring, JobState.EXPORTED)
    with Board(wiring, pipe(written)) as board:
        for _ in range(3):
            board.wait()
        wiring.jobs.add_job(job_record(job_id="other", state=JobState.EXPORTED))
        board.wait()
    lines = written.getvalue().splitlines()

    assert ["1 result " in line for line in lines] == [True, False]
    assert "2 results " in lines[1]


def test_a_terminal_shows_it_until_something_moves(wiring: EmbeddedWiring, written: StringIO) -> None:
    """The note stands below the bars while nothing moves, and goes with the next thing that is done."""
    sent_jobs(wiring, JobState.EXPORTED)
    with Board(wiring, terminal(written)) as board:
        board.wait()
        board._bars.refresh()
        assert last_frame(written, 1)[0].startswith("Waiting for autosegmentation")
        board.count("retrieve", Outcome.HANDLED)
        assert board._bars.note
        board.count("reidentify", Outcome.HANDLED)
        assert not board._bars.note

    assert not last_frame(written, 1)[0].startswith("Waiting")


def test_the_double_is_not_worth_a_word_at_first(wiring: EmbeddedWiring, written: StringIO) -> None:
    """With patience a short wait is not told."""
    sent_jobs(wiring, JobState.EXPORTED)
    with Board(wiring, pipe(written), patience=3600.0) as board:
        board.wait()

    assert written.getvalue() == ""


def test_a_failure_is_not_counted_after(wiring: EmbeddedWiring, written: StringIO) -> None:
    """A board that is left by an error asks the ledgers nothing more: they may be what failed."""
    board = Board(wiring, terminal(written))

    def fail() -> None:
        with board:
            wiring.jobs.close()
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
