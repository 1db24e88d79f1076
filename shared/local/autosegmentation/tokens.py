"""The bearer tokens that the double has issued."""

import hashlib
import secrets
from typing import Literal

from shared.local.autosegmentation.database import Database
from shared.ports.clock import Clock
from shared.ports.keys import TokenPair

#: how long an access token is good, in seconds
LIFETIME = 3600.0


class IssuedTokens:
    """Access tokens expire by the clock; refresh tokens do not. Only digests are stored."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def issue(self, lifetime: float = LIFETIME) -> TokenPair:
        """Issue a new pair, good for `lifetime` seconds."""
        expires_at = self._clock.now() + lifetime
        return TokenPair(
            access_token=self._new("access", expires_at),
            refresh_token=self._new("refresh", None),
            expires_at=expires_at,
        )

    def accepts(self, kind: Literal["access", "refresh"], token: str) -> bool:
        """Whether a token of this kind was issued and is still good."""
        query = (
            "SELECT 1 FROM tokens WHERE digest = ? AND kind = ? AND (expires_at IS NULL OR expires_at > ?)"
        )
        with self._database.transaction() as connection:
            found = connection.execute(query, (_digest(token), kind, self._clock.now())).fetchone()
        return found is not None

    def access(self, lifetime: float = LIFETIME) -> TokenPair:
        """Issue an access token alone; the pair's refresh token is empty."""
        expires_at = self._clock.now() + lifetime
        token = self._new("access", expires_at)
        return TokenPair(access_token=token, refresh_token="", expires_at=expires_at)

    def revoke(self, token: str) -> None:
        """Refuse one token from now on."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM tokens WHERE digest = ?", (_digest(token),))

    def revoke_all(self, kind: Literal["access", "refresh"]) -> None:
        """Refuse all tokens of one kind from now on."""
        with self._database.transaction() as connection:
            connection.execute("DELETE FROM tokens WHERE kind = ?", (kind,))

    def _new(self, kind: Literal["access", "refresh"], expires_at: float | None) -> str:
        token = secrets.token_urlsafe(32)
        with self._database.transaction() as connection:
            connection.execute("INSERT INTO tokens VALUES (?, ?, ?)", (_digest(token), kind, expires_at))
        return token


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
