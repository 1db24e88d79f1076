"""The clinical ledger in one SQLite file."""

from contextlib import AbstractContextManager
from pathlib import Path

from shared.adapters.sqlite_claims import CLAIMS_SCHEMA, SqliteClaims
from shared.adapters.sqlite_database import SqliteDatabase
from shared.adapters.sqlite_exceptions import EXCEPTIONS_SCHEMA, SqliteExceptions
from shared.adapters.sqlite_generations import GENERATIONS_SCHEMA, SqliteGenerations
from shared.adapters.sqlite_intake import INTAKE_SCHEMA, SqliteIntake

CLINICAL_APPLICATION_ID = int.from_bytes(b"AirC")


class SqliteClinicalLedger(SqliteIntake, SqliteGenerations, SqliteExceptions, SqliteClaims):
    """What came in, what became of it, and what failed; for any number of threads and processes.

    Args:
        path: the database file; it is created, readable by its owner alone, in a folder that exists.

    Raises:
        ConfigurationError: the file is not a clinical ledger of this version.
        StorageUnavailable: the file cannot be opened; from every method: SQLite could not do it.
        SpaceExhausted: the disk is full; from every method that writes.
    """

    def __init__(self, path: Path) -> None:
        self._database = SqliteDatabase(
            path,
            application_id=CLINICAL_APPLICATION_ID,
            schema=(*CLAIMS_SCHEMA, *INTAKE_SCHEMA, *GENERATIONS_SCHEMA, *EXCEPTIONS_SCHEMA),
        )

    def together(self) -> AbstractContextManager[None]:
        """Let what this thread records inside be on the disk at the block's end, not with each call."""
        return self._database.together()
