"""Claims in SQLite: one row an event."""

from shared.adapters.sqlite_database import SqliteDatabase
from shared.ports.records import ClaimOutcome

CLAIMS_SCHEMA = (
    """CREATE TABLE IF NOT EXISTS claims (
        key TEXT PRIMARY KEY,
        completed INTEGER NOT NULL,
        claimed_at REAL NOT NULL,
        expires_at REAL NOT NULL
    ) WITHOUT ROWID""",
    "CREATE INDEX IF NOT EXISTS completed_claims ON claims (claimed_at) WHERE completed = 1",
)

_TAKE = """INSERT INTO claims (key, completed, claimed_at, expires_at) VALUES (?, 0, ?, ?)
    ON CONFLICT (key) DO UPDATE SET claimed_at = excluded.claimed_at, expires_at = excluded.expires_at
    WHERE completed = 0 AND expires_at <= excluded.claimed_at"""
_PRUNE = """DELETE FROM claims WHERE key IN (
    SELECT key FROM claims WHERE completed = 1 AND claimed_at < ? LIMIT ?)"""
_PRUNE_ROWS = 5000


class SqliteClaims:
    """Who handles which event. Times in seconds since the epoch, leases in seconds.

    Claims survive the end of the process; after a power cut the last ones may be forgotten, and their events
    are handled once more, without harm.
    """

    _database: SqliteDatabase

    def claim(self, key: str, *, now: float, lease: float) -> ClaimOutcome:
        """Claim `key` for `lease` seconds: `held` while another claim runs, `done` once completed.

        A claim whose lease is over is taken over.
        """
        with self._database.transaction(durable=False) as connection:
            if connection.execute(_TAKE, (key, now, now + lease)).rowcount:
                return "claimed"
            query = "SELECT completed FROM claims WHERE key = ?"
            (completed,) = connection.execute(query, (key,)).fetchone()
        return "done" if completed else "held"

    def complete_claim(self, key: str) -> None:
        """Record that the event's effects are all there.

        A claim that was released meanwhile stays released: its event may be handled once more, without harm.
        """
        with self._database.transaction(durable=False) as connection:
            connection.execute("UPDATE claims SET completed = 1 WHERE key = ?", (key,))

    def release_claim(self, key: str) -> None:
        """Give the claim up, so that a later delivery may try again; a completed one stays."""
        with self._database.transaction(durable=False) as connection:
            connection.execute("DELETE FROM claims WHERE key = ? AND completed = 0", (key,))

    def recover(self) -> int:
        """Release all claims that are not completed and return how many there were.

        For the start of the one process that owns the workspace: whoever held them is gone.
        """
        with self._database.transaction() as connection:
            return connection.execute("DELETE FROM claims WHERE completed = 0").rowcount

    def prune_claims(self, before: float) -> int:
        """Remove the completed claims that were made before a time and return how many there were."""
        pruned = 0
        while rows := self._prune_some(before):
            pruned += rows
        return pruned

    def close(self) -> None:
        """Close the file; operations under way finish first, later ones raise `StorageUnavailable`."""
        self._database.close()

    def _prune_some(self, before: float) -> int:
        # In small transactions, because nobody else can write while one runs.
        with self._database.transaction() as connection:
            return connection.execute(_PRUNE, (before, _PRUNE_ROWS)).rowcount
