"""The OIDC token with which Pub/Sub signs its push requests, checked by the function itself as well.

Cloud Run checks the token of a request to a service that is not public, and takes its signature off before
the function sees it. Behind another front door a function has to check it by Google's certificates.
"""

import threading
from collections.abc import Callable, Mapping
from contextlib import closing
from typing import Literal, Protocol

from shared.errors import ConfigurationError, PushUnauthorized, StorageUnavailable
from shared.ports.clock import Clock

Signature = Literal["checked_here", "checked_by_cloud_run"]

_ISSUERS = ("https://accounts.google.com", "accounts.google.com")
_CERTIFICATES_URL = "https://www.googleapis.com/oauth2/v1/certs"
_REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"
# Clocks differ; Google's libraries allow as much.
_SKEW_SECONDS = 10.0
#: how long certificates are good without being asked for again, and how often an unknown key id may ask
_FRESH_SECONDS, _ASK_SECONDS = 3600.0, 60.0


class PushIdentity(Protocol):
    """Tells whether a request is from who may push."""

    def require(self, authorization: str | None) -> None:
        """Pass if the `Authorization` header has the right token.

        Raises:
            PushUnauthorized: it has not.
        """
        ...


class AnybodyOnThisMachine:
    """Nobody is asked: for emulators, which send no token."""

    def require(self, authorization: str | None) -> None:
        """Pass."""


def google_certificates() -> Mapping[str, str]:
    """Fetch the certificates of the keys that sign Google's tokens, by key id.

    Raises:
        StorageUnavailable: they cannot be had.
    """
    from shared.adapters.google_http import GoogleSession

    with closing(GoogleSession(None)) as session:
        found = session.json("GET", _CERTIFICATES_URL)
    if not isinstance(found, dict):
        raise StorageUnavailable(problem="no certificates")
    return found


class Certificates:
    """Google's certificates by key id, as `fetch` gets them."""

    def __init__(self, fetch: Callable[[], Mapping[str, str]], clock: Clock) -> None:
        self._fetch = fetch
        self._clock = clock
        self._lock = threading.Lock()
        self._known: Mapping[str, str] = {}
        self._asked_at = float("-inf")

    def of(self, key_id: str) -> Mapping[str, str]:
        """The certificates, asked for again when they are old or do not have this key id."""
        with self._lock:
            age = self._clock.now() - self._asked_at
            if age > (_FRESH_SECONDS if key_id in self._known else _ASK_SECONDS):
                self._known, self._asked_at = self._fetch(), self._clock.now()
            return self._known


class PushTokens:
    """Accepts the tokens of one service account for one audience.

    Args:
        audience: the `aud` that the subscription is configured with.
        service_account: the e-mail address of the push identity.
        signature: who checks it; `checked_by_cloud_run` only behind a service that is not public.
        certificates: Google's.
        clock: says what has expired.
    """

    def __init__(
        self,
        *,
        audience: str,
        service_account: str,
        signature: Signature = "checked_here",
        certificates: Certificates,
        clock: Clock,
    ) -> None:
        if signature not in {"checked_here", "checked_by_cloud_run"}:
            raise ConfigurationError(problem="a push signature is checked_here or checked_by_cloud_run")
        self._expected = {"aud": audience, "email": service_account, "email_verified": True}
        self._signature = signature
        self._certificates = certificates
        self._clock = clock

    def require(self, authorization: str | None) -> None:
        """Pass if the `Authorization` header has a valid token of the push identity.

        Raises:
            PushUnauthorized: it has not.
            StorageUnavailable: Google's certificates cannot be had.
        """
        scheme, _, token = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not token:
            raise PushUnauthorized(problem="no bearer token")
        claims = self._signed_claims(token)
        if claims.get("iss") not in _ISSUERS:
            raise PushUnauthorized(problem="another issuer")
        for name, value in self._expected.items():
            if claims.get(name) != value:
                raise PushUnauthorized(problem=f"another {name}")
        self._require_current(claims)

    def _signed_claims(self, token: str) -> Mapping[str, object]:
        """The claims of a token whose signature was checked, here or by Cloud Run."""
        from google.auth import exceptions, jwt

        if self._signature == "checked_by_cloud_run" and not token.endswith(f".{_REMOVED}"):
            raise PushUnauthorized(problem="a signature that Cloud Run did not check")
        try:
            if self._signature == "checked_by_cloud_run":
                return dict(jwt.decode(token.removesuffix(_REMOVED), verify=False))
            key_id = jwt.decode_header(token).get("kid")
            if not isinstance(key_id, str):
                raise PushUnauthorized(problem="no key id")
            certificates = self._certificates.of(key_id)
            return dict(jwt.decode(token, certs=certificates, clock_skew_in_seconds=int(_SKEW_SECONDS)))
        # The library expects numbers where a token has anything, and JSON of any depth.
        except (exceptions.GoogleAuthError, ValueError, TypeError, RecursionError) as error:
            raise PushUnauthorized(problem="no valid signature") from error

    def _require_current(self, claims: Mapping[str, object]) -> None:
        """Check the times, which nobody did yet where the signature is gone."""
        now, issued, expires = self._clock.now(), claims.get("iat"), claims.get("exp")
        if not (isinstance(issued, int | float) and isinstance(expires, int | float)):
            raise PushUnauthorized(problem="no times")
        if not issued - _SKEW_SECONDS <= now <= expires + _SKEW_SECONDS:
            raise PushUnauthorized(problem="expired")
