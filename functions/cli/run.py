"""The main job: take files in, and run the pipeline until it settles."""

import os
from collections import Counter
from collections.abc import Sequence
from math import ceil
from pathlib import Path
from typing import NamedTuple

from functions.cli.companions import DESTINATION_VARIABLE
from functions.cli.engine import Engine
from functions.cli.intake import LeftOut, Reason, Source, is_own, sources, take_in
from functions.cli.options import messages
from functions.cli.progress import Board
from functions.cli.workspace import usable
from shared.errors import InputMissing, WorkspaceMissing
from shared.wiring import EmbeddedWiring

#: seconds between two looks at a destination: the local double answers at once, a real one takes minutes
_POLL_DOUBLE, _POLL_DESTINATION = 0.1, 15.0
_PATIENCE_DOUBLE = 2.0


class Batch(NamedTuple):
    """What a person gave: the files to take in, and what is left out."""

    sources: list[Source]
    left_out: list[LeftOut]


def collect(paths: Sequence[Path], workspace: Path) -> Batch:
    """Find the files; changes nothing.

    Raises:
        InputMissing: a path does not exist, or there are no files in any of them.
        WorkspaceMissing: there are neither paths nor a workspace to go on with.
    """
    with usable():
        if not paths and not (workspace / "ledger").is_dir():
            raise WorkspaceMissing
    missing = [number for number, path in enumerate(paths, start=1) if not _exists(path)]
    if missing:
        raise InputMissing(paths=len(paths), first_missing=missing[0])
    left_out: list[LeftOut] = []
    found = list(sources(paths, workspace=workspace, leave_out=left_out.append))
    if paths and not found:
        raise InputMissing(files=0, **_why_none(paths, workspace, left_out))
    return Batch(found, left_out)


def _why_none(paths: Sequence[Path], workspace: Path, left_out: Sequence[LeftOut]) -> dict[str, str | int]:
    if any(is_own(path.resolve(), workspace.resolve()) for path in paths):
        return {"problem": "the workspace is not taken into itself"}
    return dict(Counter(each.reason.value for each in left_out))


def run(wiring: EmbeddedWiring, batch: Batch, *, wait_seconds: float | None) -> bool:
    """Take a batch in and run until nothing is under way; tell whether it settled in `wait_seconds`.

    A file that cannot be read joins what is left out; the others go on.
    """
    with board(wiring) as shown:
        # The engine subscribes the stages; before that nobody would hear of what is taken in.
        engine = Engine(wiring, observe=shown.count, waiting=shown.wait)
        batch.left_out.extend(_take_all_in(wiring, batch.sources, shown))
        return settle(wiring, engine, wait_seconds=wait_seconds)


def board(wiring: EmbeddedWiring) -> Board:
    """The board for people; where only the double is waited for, it is not worth a word at first."""
    return Board(wiring, messages(), patience=_PATIENCE_DOUBLE if _only_the_double(wiring) else 0.0)


def settle(wiring: EmbeddedWiring, engine: Engine, *, wait_seconds: float | None) -> bool:
    """Run until nothing is under way; tell whether it settled in `wait_seconds`."""
    poll = _POLL_DOUBLE if _only_the_double(wiring) else _POLL_DESTINATION
    if wait_seconds:
        # Equal parts of the time to wait, so that the last one ends with it.
        poll = wait_seconds / ceil(wait_seconds / poll)
    return engine.settle(poll_seconds=poll, wait_seconds=wait_seconds)


def _take_all_in(wiring: EmbeddedWiring, found: Sequence[Source], shown: Board) -> list[LeftOut]:
    left_out = []
    with wiring.clinical_bucket.together(wiring.bus.together()):
        for source in shown.taking(found):
            try:
                take_in(source, wiring.clinical, copied=shown.copied)
            except OSError:
                left_out.append(LeftOut(source.path, Reason.UNREADABLE))
    return left_out


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return False


def _only_the_double(wiring: EmbeddedWiring) -> bool:
    url = wiring.environ.get(DESTINATION_VARIABLE)
    double = url != os.environ.get(DESTINATION_VARIABLE)
    return double and all(settings.base_url == url for settings in wiring.destination_settings)
