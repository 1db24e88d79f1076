"""The main job: take files in, run the pipeline until it settles, with a live progress bar."""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeElapsedColumn,
)

from functions.cli.engine import Engine
from functions.cli.intake import Source, sources, take_in
from functions.cli.workspace import DESTINATION_VARIABLE
from shared.errors import InputMissing
from shared.runtime import Outcome
from shared.wiring import EmbeddedWiring

_DONE = {Outcome.HANDLED, Outcome.FAILED}
_STEPS = {
    "validate": "Validated",
    "match": "Matched",
    "deidentify": "De-identified (shards)",
    "export": "Exported (series)",
    "reidentify": "Results delivered",
}
#: seconds between two looks at a destination: the local double answers at once, a real one takes minutes
_POLL_DOUBLE, _POLL_DESTINATION = 0.1, 15.0


def run(
    wiring: EmbeddedWiring, paths: Sequence[Path], console: Console, *, wait_seconds: float | None
) -> bool:
    """Take `paths` in and run until nothing is under way; tell whether it settled in `wait_seconds`.

    Raises:
        InputMissing: a path does not exist, or there are no files in any of them.
    """
    taken = _collect(paths)
    with _progress(console) as progress:
        counters = _Counters(progress)
        engine = Engine(wiring, observe=counters.count)
        for source in progress.track(taken, description="Taken in"):
            take_in(source, wiring.clinical)
        local = DESTINATION_VARIABLE not in os.environ
        return engine.settle(
            poll_seconds=_POLL_DOUBLE if local else _POLL_DESTINATION, wait_seconds=wait_seconds
        )


def _collect(paths: Sequence[Path]) -> list[Source]:
    missing = sum(not path.exists() for path in paths)
    if missing:
        raise InputMissing(missing_paths=missing)
    taken = list(sources(paths))
    if paths and not taken:
        raise InputMissing(files=0)
    return taken


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description:<24}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    with Progress(*columns, console=console) as progress:
        yield progress


class _Counters:
    """Counts what each stage has done on a bar of its own."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._counts: Counter[str] = Counter()
        self._tasks: dict[str, TaskID] = {}

    def count(self, stage: str, outcome: Outcome) -> None:
        """Take note of one delivery."""
        if stage not in _STEPS or outcome not in _DONE:
            return
        self._counts[stage] += 1
        done = self._counts[stage]
        if stage not in self._tasks:
            self._tasks[stage] = self._progress.add_task(_STEPS[stage])
        self._progress.update(self._tasks[stage], completed=done, total=done)
