"""Bearer tokens (RFC 6750) that expire, are refused, and are refreshed once for all workers."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import msgspec

from shared.errors import DestinationUnauthorized
from shared.ports.clock import Clock
from shared.ports.keys import Secrets, TokenPair


class TokenAnswer(msgspec.Struct, frozen=True):
    """What a refresh answers; `expires_in` in seconds, `expires_at` in ISO 8601 (UTC if it names no zone)."""

    access_token: str
    refresh_token: str | None = None
    expires_in: float | None = None
    expires_at: str | None = None

    def expiry(self, now: float) -> float | None:
        """When the token expires, in seconds since the epoch; None if that is not said or cannot be read.

        An expiry that is not known costs one refused request, no more.
        """
        if self.expires_in is not None:
            return now + self.expires_in
        try:
            moment = datetime.fromisoformat(self.expires_at or "")
        except ValueError:
            return None
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


class BearerTokens:
    """The token pair of one destination, kept in memory until it expires or is refused."""

    def __init__(
        self, destination: str, *, secrets: Secrets, clock: Clock, refresh: Callable[[str], TokenAnswer]
    ) -> None:
        """Keep the ports; `refresh` trades a refresh token and raises DestinationUnauthorized if refused."""
        self._destination = destination
        self._secrets = secrets
        self._clock = clock
        self._refresh = refresh
        self._lock = threading.Lock()
        self._pair: TokenPair | None = None

    def current(self) -> TokenPair:
        """The pair to use now; another one if it has expired."""
        pair = self._pair or self._secrets.tokens(self._destination)
        if self._expired(pair):
            return self.renewed(pair)
        self._pair = pair
        return pair

    def renewed(self, refused: TokenPair) -> TokenPair:
        """Another pair than `refused`: what another worker has stored meanwhile, or a refreshed one.

        Raises:
            DestinationUnauthorized: the refresh token is refused too.
        """
        with self._lock:
            stored = self._secrets.tokens(self._destination)
            if stored.access_token == refused.access_token or self._expired(stored):
                stored = self._refreshed(stored)
            self._pair = stored
            return stored

    def _refreshed(self, old: TokenPair) -> TokenPair:
        try:
            answer = self._refresh(old.refresh_token)
        except DestinationUnauthorized:
            # A refresh token may be good for one use: if another worker used it, its new pair is stored.
            stored = self._secrets.tokens(self._destination)
            if stored == old:
                raise
            return stored
        pair = TokenPair(
            access_token=answer.access_token,
            refresh_token=answer.refresh_token or old.refresh_token,
            expires_at=answer.expiry(self._clock.now()),
        )
        self._secrets.store_tokens(self._destination, pair)
        return pair

    def _expired(self, pair: TokenPair) -> bool:
        return pair.expires_at is not None and pair.expires_at <= self._clock.now()
