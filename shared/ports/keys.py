"""Keys and secrets."""

from typing import Protocol

import msgspec


class Keys(Protocol):
    """The de-identification key, never seen whole by a handler."""

    def derive(self, purpose: str) -> bytes:
        """Derive the 32-byte key of one purpose; equal purposes give equal keys, others unrelated ones.

        Raises:
            KeyInvalid: the key is missing or not 32 bytes.
        """
        ...


class TokenPair(msgspec.Struct, frozen=True, kw_only=True):
    """Bearer tokens of one destination; `expires_at` in seconds since the epoch."""

    access_token: str
    refresh_token: str
    expires_at: float | None = None


class Secrets(Protocol):
    """Tokens of the destinations; a refreshed pair is stored for all workers."""

    def tokens(self, destination: str) -> TokenPair:
        """Read the current pair.

        Raises:
            ConfigurationError: there is none for this destination.
        """
        ...

    def store_tokens(self, destination: str, tokens: TokenPair) -> None:
        """Store a refreshed pair."""
        ...
