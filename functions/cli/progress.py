"""What is done of what is known, and what is waited for: live on a terminal, elsewhere a line a change."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

from rich.console import Console, RenderableType
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)
from rich.text import Text

from functions.cli.intake import Source
from functions.cli.waiting import waiting_for
from shared.runtime import Outcome
from shared.states import EXPORTED_STATES, JobState
from shared.wiring import EmbeddedWiring

_ANSWERED = {Outcome.HANDLED, Outcome.DUPLICATE, Outcome.FAILED}
_TAKEN, _SENT, _DELIVERED = "Taken in (files)", "Sent (series)", "Results (series)"
_COUNTED = {"validate": "Validated", "match": "Matched (series)", "deidentify": "De-identified (parts)"}
_MOVING = {*_COUNTED, "unpack", "export", "reidentify"}
_WIDTH_OF_TEXT, _LEAST_BAR, _LARGEST_BAR = 46, 4, 30
# Counting costs time that grows with the workspace: at least so many seconds, and so much more than it took.
_LEAST_SECONDS, _COST_SHARE = 0.2, 20.0


class _Bars(Progress):
    """Bars with a note below them."""

    note = ""

    def get_renderables(self) -> Iterator[RenderableType]:
        """The bars, then the note."""
        yield self.make_tasks_table(self.tasks)
        if self.note:
            yield Text(self.note, style="yellow")


class Board:
    """Shows how far a run has come; a context manager."""

    def __init__(self, wiring: EmbeddedWiring, console: Console, *, patience: float = 0.0) -> None:
        """Show it on `console`, counted from now on; waiting is told after `patience` seconds."""
        self._wiring = wiring
        self._console = console
        self._bars = _Bars(*_columns(console.width), console=console, disable=not console.is_terminal)
        self._tasks: dict[str, TaskID] = {}
        self._answered: Counter[str] = Counter()
        self._sent_before, self._delivered_before = self._jobs_done() if console.is_terminal else (0, 0)
        self._patience, self._moved = patience, time.monotonic()
        self._file_bytes = 1
        self._said = ""
        self._next_count = 0.0

    def taking(self, sources: Sequence[Source]) -> Iterator[Source]:
        """Yield the sources, counting them."""
        for number, source in enumerate(sources):
            self._show(_TAKEN, number, len(sources))
            self._file_bytes = _size(source.path)
            yield source
        self._show(_TAKEN, len(sources), len(sources))

    def copied(self, size: int) -> None:
        """Take note of a piece of the file that is being taken in, so that a large one is seen to move."""
        self._bars.advance(self._tasks[_TAKEN], size / self._file_bytes)

    def count(self, stage: str, outcome: Outcome) -> None:
        """Take note of one delivery."""
        if stage in _MOVING and outcome in _ANSWERED:
            self._answered[stage] += 1
            self._moved = time.monotonic()
            self._bars.note = ""
        if time.monotonic() >= self._next_count:
            self._recount()

    def wait(self) -> None:
        """Say what is waited for and since when; nothing is said twice."""
        self._recount()
        if time.monotonic() - self._moved < self._patience:
            return
        note = waiting_for(self._wiring)
        self._bars.note = note
        if note != self._said and not self._console.is_terminal:
            self._console.print(note, highlight=False, soft_wrap=True)
        self._said = note

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._bars.note = ""
        if not any(exc_info):
            self._recount()
        self._bars.stop()

    def _recount(self) -> None:
        if not self._console.is_terminal:
            return
        started = time.monotonic()
        coming = self._coming()
        for stage, title in _COUNTED.items():
            self._show(title, self._answered[stage], self._answered[stage] + coming[stage])
        matched = sum(each.ruleset is not None for each in self._wiring.ledger.generations())
        sent, delivered = self._jobs_done()
        self._show(_SENT, sent - self._sent_before, matched - self._sent_before)
        self._show(_DELIVERED, delivered - self._delivered_before, matched - self._delivered_before)
        self._next_count = started + max(_LEAST_SECONDS, _COST_SHARE * (time.monotonic() - started))

    def _coming(self) -> Counter[str]:
        """What is known to be ahead of each stage."""
        coming: Counter[str] = Counter()
        for subscription, count in self._wiring.bus.backlog().items():
            coming[subscription.partition("-")[0]] += count
        unpacking = (each for each in self._wiring.ledger.archives() if not each.finished)
        coming["validate"] += sum(archive.members - archive.unpacked_to for archive in unpacking)
        return coming

    def _jobs_done(self) -> tuple[int, int]:
        states = [job.state for job in self._wiring.jobs.jobs()]
        return sum(state in EXPORTED_STATES for state in states), states.count(JobState.CLOSED)

    def _show(self, title: str, done: int, total: int) -> None:
        known = max(done, total)
        if title not in self._tasks:
            if known <= 0:
                return
            self._tasks[title] = self._bars.add_task(title, completed=done, total=known)
        self._bars.update(self._tasks[title], completed=done, total=known)


def _columns(width: int) -> list[ProgressColumn]:
    """What fits: a terminal is as narrow as its window."""
    columns: list[ProgressColumn] = [TextColumn("{task.description}"), MofNCompleteColumn()]
    if width >= _WIDTH_OF_TEXT + _LEAST_BAR:
        columns.insert(1, BarColumn(min(width - _WIDTH_OF_TEXT, _LARGEST_BAR)))
        columns.append(TimeElapsedColumn())
    return columns


def _size(path: Path) -> int:
    try:
        return max(path.stat().st_size, 1)
    except OSError:
        return 1
