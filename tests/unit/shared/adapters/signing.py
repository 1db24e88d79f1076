"""Keys, certificates and OIDC tokens as Google makes them, made here."""

import base64
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

KEY_ID, AUDIENCE, ACCOUNT = "key-1", "https://validate.example", "push@hospital.example"
#: what Cloud Run puts in the place of a signature that it has checked
REMOVED = "SIGNATURE_REMOVED_BY_GOOGLE"


@cache
def private_key(number: int = 1) -> rsa.RSAPrivateKey:
    """An RSA key, the same for the same number."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@cache
def certificate(number: int = 1) -> str:
    """The key's self-signed certificate, as PEM."""
    return _certificate(private_key(number))


@cache
def elliptic_certificate() -> str:
    """A certificate of a key of another kind."""
    return _certificate(ec.generate_private_key(ec.SECP256R1()))


def _certificate(key: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer.example")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM).decode()


def claims(now: float, **changes: Any) -> dict[str, Any]:
    """What a token of the push identity says; None leaves a claim out."""
    fields = {
        "aud": AUDIENCE,
        "azp": "1234567890",
        "email": ACCOUNT,
        "email_verified": True,
        "iss": "https://accounts.google.com",
        "sub": "1234567890",
        "iat": int(now) - 60,
        "exp": int(now) + 3540,
    }
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def header(**changes: Any) -> dict[str, Any]:
    """The header of a token."""
    fields = {"alg": "RS256", "kid": KEY_ID, "typ": "JWT", **changes}
    return {name: value for name, value in fields.items() if value is not None}


def signed(content: Any, *, head: Any = None, number: int = 1) -> str:
    """A token with a real signature (RFC 7515)."""
    signing_input = f"{_segment(header() if head is None else head)}.{_segment(content)}"
    signature = private_key(number).sign(signing_input.encode(), padding.PKCS1v15(), hashes.SHA256())
    return f"{signing_input}.{_encoded(signature)}"


def unsigned(content: Any, signature: str = REMOVED, head: Any = None) -> str:
    """A token with anything in the place of its signature."""
    return f"{_segment(header() if head is None else head)}.{_segment(content)}.{signature}"


def _segment(content: Any) -> str:
    return _encoded(content if isinstance(content, bytes) else json.dumps(content).encode())


def _encoded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


class Google:
    """Where certificates come from; `failure` is raised while set."""

    def __init__(self) -> None:
        self.certificates: dict[str, str] = {KEY_ID: certificate()}
        self.failure: Exception | None = None
        self.asked = 0

    def __call__(self) -> Mapping[str, str]:
        """Give them out."""
        self.asked += 1
        if self.failure is not None:
            raise self.failure
        return dict(self.certificates)
