"""The key and the destinations' tokens in Secret Manager, the key wrapped by Cloud KMS where one is named.

Two requests a process, by the REST APIs (`secretmanager/v1`, `cloudkms/v1`): no client library is worth its
start-up for them.
"""

import base64
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import google_crc32c
import msgspec

from shared.adapters.google_http import GoogleSession, decoded
from shared.adapters.key_derivation import derive, require_key
from shared.errors import (
    AirlockError,
    ConfigurationError,
    KeyInvalid,
    ObjectNotFound,
    StorageError,
    StorageUnavailable,
    TokensMissing,
)
from shared.ports.keys import TokenPair

SECRET_MANAGER_URL = "https://secretmanager.googleapis.com"  # noqa: S105 - an address
KMS_URL = "https://cloudkms.googleapis.com"
_BAD_REQUEST = 400


# The names in full: made camel case by rule, they would end in a capital letter.
class _Payload(msgspec.Struct, frozen=True):
    data: bytes
    crc32c: int | None = msgspec.field(default=None, name="dataCrc32c")


class _SecretVersion(msgspec.Struct, frozen=True):
    payload: _Payload


class _Decrypted(msgspec.Struct, frozen=True):
    plaintext: bytes
    crc32c: int | None = msgspec.field(default=None, name="plaintextCrc32c")


class SecretManager:
    """The secrets of one project, by their names.

    Args:
        project: the project's id.
        session: sends the requests.
        url: the address of Secret Manager.
    """

    def __init__(self, project: str, session: GoogleSession, *, url: str = SECRET_MANAGER_URL) -> None:
        self._secrets = f"{url}/v1/projects/{project}/secrets"
        self._session = session

    def latest(self, name: str) -> bytes:
        """Read the latest version of a secret.

        Raises:
            ObjectNotFound: there is no such secret, or it has no version.
            ConfigurationError: the identity may not read it, or its latest version is disabled.
            StorageUnavailable: Secret Manager did not answer, or garbled.
        """
        with _refused_as(ConfigurationError, problem="the secret's latest version is disabled or destroyed"):
            answer = self._session.read("GET", f"{self._secrets}/{name}/versions/latest:access")
        payload = decoded(answer, _SecretVersion).payload
        _check(payload.data, payload.crc32c)
        return payload.data

    def add(self, name: str, data: bytes) -> None:
        """Add a version to a secret.

        Raises:
            AirlockError: as `latest`.
        """
        payload = {"data": data, "dataCrc32c": str(google_crc32c.value(data))}
        body = msgspec.json.encode({"payload": payload})
        headers = {"Content-Type": "application/json"}
        self._session.read("POST", f"{self._secrets}/{name}:addVersion", headers=headers, body=body)


class CloudSecrets:
    """The destinations' tokens, each pair the latest version of a secret `PREFIX-tokens-DESTINATION`."""

    def __init__(self, secrets: SecretManager, *, prefix: str = "airlock") -> None:
        self._secrets = secrets
        self._prefix = prefix

    def tokens(self, destination: str) -> TokenPair:
        """Read the current pair.

        Raises:
            TokensMissing: there is none for this destination, or it cannot be decoded.
            StorageUnavailable: Secret Manager did not answer.
        """
        try:
            return msgspec.json.decode(self._secrets.latest(self._name(destination)), type=TokenPair)
        except ObjectNotFound as error:
            raise TokensMissing(destination=destination) from error
        except msgspec.DecodeError as error:
            raise TokensMissing(problem="the secret is no token pair") from error

    def store_tokens(self, destination: str, tokens: TokenPair) -> None:
        """Store a refreshed pair as a new version.

        Raises:
            TokensMissing: the destination has no secret.
            StorageUnavailable: Secret Manager did not answer.
        """
        try:
            self._secrets.add(self._name(destination), msgspec.json.encode(tokens))
        except ObjectNotFound as error:
            raise TokensMissing(destination=destination) from error

    def _name(self, destination: str) -> str:
        return f"{self._prefix}-tokens-{destination}"


class CloudKeys:
    """The de-identification key; read once, at first use, whatever the number of threads.

    Args:
        read: reads the key, or its ciphertext.
        unwrap: decrypts what was read, where it is wrapped.
    """

    def __init__(self, read: Callable[[], bytes], *, unwrap: Callable[[bytes], bytes] | None = None) -> None:
        self._read = read
        self._unwrap = unwrap
        self._lock = threading.Lock()
        self._key: bytes | None = None

    def derive(self, purpose: str) -> bytes:
        """Derive the 32-byte key of one purpose.

        Raises:
            KeyInvalid: there is no key, or it is not 32 bytes.
            StorageUnavailable: the key cannot be had at the moment.
        """
        with self._lock:
            self._key = self._key or self._fetch()
        return derive(self._key, purpose)

    def _fetch(self) -> bytes:
        try:
            stored = self._read()
            return require_key(self._unwrap(stored) if self._unwrap else stored)
        except ObjectNotFound as error:
            raise KeyInvalid(problem="there is no such secret or key") from error


class KeyManagementService:
    """One key of Cloud KMS, `projects/…/locations/…/keyRings/…/cryptoKeys/…`, which wraps ours."""

    def __init__(self, crypto_key: str, session: GoogleSession, *, url: str = KMS_URL) -> None:
        if crypto_key.count("/") != 7:
            raise ConfigurationError(problem="a KMS key is projects/…/locations/…/keyRings/…/cryptoKeys/…")
        self._url = f"{url}/v1/{crypto_key}:decrypt"
        self._session = session

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Decrypt a wrapped key.

        Raises:
            KeyInvalid: this key has not encrypted it, or is disabled.
            AirlockError: Cloud KMS refused, or did not answer.
        """
        body = {
            "ciphertext": base64.b64encode(ciphertext).decode(),
            "ciphertextCrc32c": str(google_crc32c.value(ciphertext)),
        }
        headers = {"Content-Type": "application/json"}
        with _refused_as(KeyInvalid, problem="Cloud KMS cannot decrypt it"):
            answer = self._session.read("POST", self._url, headers=headers, body=msgspec.json.encode(body))
        decrypted = decoded(answer, _Decrypted)
        _check(decrypted.plaintext, decrypted.crc32c)
        return decrypted.plaintext


@contextmanager
def _refused_as(meaning: type[AirlockError], *, problem: str) -> Iterator[None]:
    """Give the answer 400 a meaning: the requests are right, so what they are about is not."""
    try:
        yield
    except StorageError as error:
        if error.details.get("status") != _BAD_REQUEST:
            raise
        raise meaning(problem=problem) from error


def _check(data: bytes, crc32c: int | None) -> None:
    """Refuse data that the way here has changed."""
    if crc32c is not None and crc32c != google_crc32c.value(data):
        raise StorageUnavailable(problem="the bytes are not those of the checksum")
