"""The double's tasks: one for each package it was given."""

import hashlib
from typing import Final

import msgspec

from shared.errors import ObjectNotFound
from shared.local.autosegmentation.database import Database

RECEIVED: Final = "Received"
COMPLETED: Final = "Segmentation Completed"
DELIVERED: Final = "Delivered to Client"
CLOSED: Final = "Transfer Completed"
#: stands before the reason, in words
FAILED: Final = "Failed: "


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """A package and what became of it; `received` counts how often it was uploaded."""

    task_id: str
    sha256: str
    client_id: str
    status: str
    received: int


class Tasks:
    """All tasks, in the order in which they were made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def receive(self, sha256: str, client_id: str, *, deduplicate: bool) -> tuple[Task, bool]:
        """Count an upload; return its task and whether it is new.

        With `deduplicate`, a package that the same client has sent before has the task it had then.
        """
        with self._database.transaction() as connection:
            known = connection.execute(
                "SELECT task_id FROM tasks WHERE sha256 = ? AND client_id = ? ORDER BY rowid",
                (sha256, client_id),
            ).fetchall()
            new = not (known and deduplicate)
            task_id = _task_id(sha256, client_id, len(known)) if new else known[0][0]
            connection.execute(
                "INSERT INTO tasks VALUES (?, ?, ?, ?, 1)"
                " ON CONFLICT (task_id) DO UPDATE SET received = received + 1",
                (task_id, sha256, client_id, RECEIVED),
            )
        return self.task(task_id), new

    def task(self, task_id: str) -> Task:
        """Read a task.

        Raises:
            ObjectNotFound: there is none.
        """
        with self._database.transaction() as connection:
            row = connection.execute("SELECT * FROM tasks WHERE task_id = ?", (task_id,)).fetchone()
        if row is None:
            raise ObjectNotFound
        return _task(row)

    def move(self, task_id: str, status: str) -> None:
        """Give a task its next status."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE tasks SET status = ? WHERE task_id = ?", (status, task_id))

    def all(self) -> list[Task]:
        """Every task, the first one first."""
        with self._database.transaction() as connection:
            rows = connection.execute("SELECT * FROM tasks ORDER BY rowid").fetchall()
        return [_task(row) for row in rows]


def _task_id(sha256: str, client_id: str, earlier: int) -> str:
    return hashlib.sha256(f"{sha256}/{client_id}/{earlier}".encode()).hexdigest()[:24]


def _task(row: tuple[str, str, str, str, int]) -> Task:
    return msgspec.convert(dict(zip(Task.__struct_fields__, row, strict=True)), Task)
