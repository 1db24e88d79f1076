"""One key a purpose from the de-identification key."""

import hashlib
import hmac

from shared.errors import KeyInvalid

KEY_BYTES = 32
_DOMAIN = b"airlock/v1/"


def derive(key: bytes, purpose: str) -> bytes:
    """Derive the 32-byte key of one purpose: HMAC-SHA-256 of `airlock/v1/` and the purpose."""
    return hmac.digest(key, _DOMAIN + purpose.encode(), hashlib.sha256)


def require_key(key: bytes) -> bytes:
    """Return what was read as a key if it can be one.

    Raises:
        KeyInvalid: it is not 32 bytes long.
    """
    if len(key) != KEY_BYTES:
        raise KeyInvalid(problem="wrong length", bytes=len(key))
    return key
