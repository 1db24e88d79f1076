"""The key and the tokens in Secret Manager and Cloud KMS.

There is no emulator of either. Their requests are held against the shapes of Google's discovery documents by
a double on this machine, `tests.unit.shared.adapters.google_secrets`, which refuses every other request.
"""

from collections.abc import Callable, Iterator

import pytest
from google.oauth2.credentials import Credentials

from shared.adapters.google_http import GoogleSession
from shared.adapters.key_derivation import derive
from shared.adapters.secret_manager import CloudKeys, CloudSecrets, KeyManagementService, SecretManager
from shared.errors import (
    AirlockError,
    ConfigurationError,
    KeyInvalid,
    ObjectNotFound,
    StorageError,
    StorageUnavailable,
    TokensMissing,
)
from shared.ports.keys import Keys, Secrets
from tests.contracts.keys import FIRST, KeysContract, SecretsContract
from tests.contracts.races import at_once
from tests.unit.shared.adapters.google_secrets import KMS_KEY, PROJECT, GoogleSecrets, Refused, wrapped

KEY, OTHER_KEY = bytes(range(32)), bytes(range(1, 33))
NAME = "airlock-deidentification-key"


@pytest.fixture
def google(without_waiting: None) -> Iterator[GoogleSecrets]:
    """Both services; what is tried again is tried at once."""
    with GoogleSecrets() as running:
        yield running


@pytest.fixture
def session() -> Iterator[GoogleSession]:
    """The requests of an identity."""
    session = GoogleSession(Credentials(token="token-1"))
    yield session
    session.close()


@pytest.fixture
def secret_manager(google: GoogleSecrets, session: GoogleSession) -> SecretManager:
    """The secrets of the project."""
    return SecretManager(PROJECT, session, url=google.url)


def keys_of(secrets: SecretManager, unwrap: Callable[[bytes], bytes] | None = None) -> CloudKeys:
    """The key as an installation reads it."""
    return CloudKeys(lambda: secrets.latest(NAME), unwrap=unwrap)


def failure(action: Callable[[], object]) -> AirlockError:
    """The error that something fails with; it never shows the key."""
    with pytest.raises(AirlockError) as caught:
        action()
    assert KEY.hex() not in str(caught.value)
    return caught.value


class TestCloudKeys(KeysContract):
    """A key in Secret Manager holds the contract of all keys."""

    @pytest.fixture
    def keys(self, google: GoogleSecrets, secret_manager: SecretManager) -> Keys:
        """The keys of an installation."""
        google.secrets[NAME] = [KEY]
        return keys_of(secret_manager)

    @pytest.fixture
    def same_keys(self, keys: Keys, secret_manager: SecretManager) -> Keys:
        """The keys as another worker opens them."""
        return keys_of(secret_manager)

    @pytest.fixture
    def other_keys(self) -> Keys:
        """The keys of another installation."""
        return CloudKeys(lambda: OTHER_KEY)


class TestWrappedKeys(TestCloudKeys):
    """So does one that Cloud KMS has wrapped."""

    @pytest.fixture
    def keys(self, google: GoogleSecrets, secret_manager: SecretManager) -> Keys:
        """The keys of an installation."""
        google.secrets[NAME] = [wrapped(KEY)]
        return keys_of(secret_manager, self._kms(google, secret_manager).decrypt)

    @pytest.fixture
    def same_keys(self, keys: Keys, google: GoogleSecrets, secret_manager: SecretManager) -> Keys:
        """The keys as another worker opens them."""
        return keys_of(secret_manager, self._kms(google, secret_manager).decrypt)

    def _kms(self, google: GoogleSecrets, secret_manager: SecretManager) -> KeyManagementService:
        return KeyManagementService(KMS_KEY, secret_manager._session, url=google.url)


class TestCloudSecrets(SecretsContract):
    """Tokens in Secret Manager hold the contract of all secrets."""

    @pytest.fixture
    def secrets(self, google: GoogleSecrets, secret_manager: SecretManager) -> Secrets:
        """The secrets of an installation, as Terraform made them: without versions."""
        google.secrets.update({f"airlock-tokens-{name}": [] for name in ("segmentation", "other_one-2")})
        return CloudSecrets(secret_manager)

    @pytest.fixture
    def same_secrets(self, secrets: Secrets, secret_manager: SecretManager) -> Secrets:
        """The secrets as another worker opens them."""
        return CloudSecrets(secret_manager)


# -- the key


def test_the_key_is_read_once(google: GoogleSecrets, secret_manager: SecretManager) -> None:
    """However many threads ask first, and whatever for, there is one request with the identity's token."""
    google.secrets[NAME] = [OTHER_KEY, KEY]
    keys = keys_of(secret_manager)
    derived = at_once(8, lambda n: keys.derive(str(n % 2)))

    assert derived == [derive(KEY, str(n % 2)) for n in range(8)]
    assert google.tokens == ["Bearer token-1"]


@pytest.mark.parametrize(
    "stored", [b"", KEY[:-1], KEY + b"\n", KEY.hex().encode()], ids=["0", "31", "33", "64"]
)
def test_a_key_of_another_length_is_none(
    google: GoogleSecrets, secret_manager: SecretManager, stored: bytes
) -> None:
    """A key is 32 bytes; nothing is cut, padded or decoded."""
    google.secrets[NAME] = [stored]
    unwrap = KeyManagementService(KMS_KEY, secret_manager._session, url=google.url).decrypt
    bare = failure(lambda: keys_of(secret_manager).derive("uid"))
    google.secrets[NAME] = [wrapped(stored)]

    assert (type(bare), bare.details["bytes"]) == (KeyInvalid, len(stored))
    assert type(failure(lambda: keys_of(secret_manager, unwrap).derive("uid"))) is KeyInvalid


@pytest.mark.parametrize("versions", [None, []], ids=["no secret", "no version"])
def test_a_missing_key_is_never_made(
    google: GoogleSecrets, secret_manager: SecretManager, versions: list[bytes | None] | None
) -> None:
    """Terraform makes the key; a new one would break every link."""
    google.secrets.update({NAME: versions} if versions is not None else {})
    error = failure(lambda: keys_of(secret_manager).derive("uid"))

    assert type(error) is KeyInvalid
    assert google.secrets.get(NAME) == versions


def test_a_key_that_cannot_be_had_is_asked_for_again(
    google: GoogleSecrets, secret_manager: SecretManager
) -> None:
    """A failure is not kept: the next event reads the key."""
    google.secrets[NAME] = [KEY]
    google.failures = [Refused(503, "UNAVAILABLE") for _ in range(3)]
    keys = keys_of(secret_manager)
    error = failure(lambda: keys.derive("uid"))

    assert type(error) is StorageUnavailable
    assert keys.derive("uid") == derive(KEY, "uid")


def test_a_key_that_was_wrapped_otherwise_is_none(
    google: GoogleSecrets, secret_manager: SecretManager
) -> None:
    """What Cloud KMS cannot decrypt is no key, for good."""
    google.secrets[NAME] = [KEY]
    kms = KeyManagementService(KMS_KEY, secret_manager._session, url=google.url)

    assert type(failure(lambda: keys_of(secret_manager, kms.decrypt).derive("uid"))) is KeyInvalid


def test_a_missing_wrapping_key_is_none(google: GoogleSecrets, secret_manager: SecretManager) -> None:
    """Nor can a key of Cloud KMS that is not there."""
    google.secrets[NAME] = [wrapped(KEY)]
    kms = KeyManagementService(f"{KMS_KEY}-2", secret_manager._session, url=google.url)

    assert type(failure(lambda: keys_of(secret_manager, kms.decrypt).derive("uid"))) is KeyInvalid


@pytest.mark.parametrize("name", ["", "wrapping", f"{KMS_KEY}/cryptoKeyVersions/1", "projects/p"])
def test_a_wrapping_key_has_its_full_name(session: GoogleSession, name: str) -> None:
    """Anything else is a mistake of configuration, found before a request."""
    with pytest.raises(ConfigurationError):
        KeyManagementService(name, session)


# -- requests


@pytest.mark.parametrize("error", [1, 1 << 31])
def test_another_checksum_is_no_secret(
    google: GoogleSecrets, secret_manager: SecretManager, error: int
) -> None:
    """Bytes that the way here has changed are fetched again: a wrong key pseudonymises wrongly for ever."""
    google.secrets[NAME] = [wrapped(KEY)]
    google.checksum_error = error
    kms = KeyManagementService(KMS_KEY, secret_manager._session, url=google.url)

    assert type(failure(lambda: secret_manager.latest(NAME))) is StorageUnavailable
    assert type(failure(lambda: kms.decrypt(wrapped(KEY)))) is StorageUnavailable


def test_a_checksum_may_be_missing(google: GoogleSecrets, secret_manager: SecretManager) -> None:
    """The documents call it optional."""
    google.secrets[NAME] = [KEY]
    google.checksum_error = None
    kms = KeyManagementService(KMS_KEY, secret_manager._session, url=google.url)

    assert (secret_manager.latest(NAME), kms.decrypt(wrapped(KEY))) == (KEY, KEY)


@pytest.mark.parametrize("data", [b"\x00", bytes(range(256)), b"{}" * 30_000], ids=["1", "256", "60000"])
def test_what_is_added_is_read(google: GoogleSecrets, secret_manager: SecretManager, data: bytes) -> None:
    """A version holds any bytes, and the latest counts."""
    google.secrets["name"] = [b"old"]
    secret_manager.add("name", data)

    assert secret_manager.latest("name") == data


@pytest.mark.parametrize(
    ("status", "expected"),
    [(401, ConfigurationError), (403, ConfigurationError), (404, ObjectNotFound), (429, StorageUnavailable)],
)
def test_a_refusal_has_its_error(
    google: GoogleSecrets, secret_manager: SecretManager, status: int, expected: type[AirlockError]
) -> None:
    """What the table of requests says holds for secrets."""
    google.secrets[NAME] = [KEY]
    google.failures = [Refused(status, "X") for _ in range(9)]

    assert type(failure(lambda: secret_manager.latest(NAME))) is expected
    assert type(failure(lambda: secret_manager.add(NAME, b"x"))) is expected


def test_a_disabled_version_is_a_mistake_of_configuration(
    google: GoogleSecrets, secret_manager: SecretManager
) -> None:
    """Somebody disabled the latest version: an older one is not taken instead."""
    google.secrets[NAME] = [KEY, None]

    assert type(failure(lambda: secret_manager.latest(NAME))) is ConfigurationError


# -- tokens


def test_tokens_have_the_installations_prefix(google: GoogleSecrets, secret_manager: SecretManager) -> None:
    """Two installations in one project have secrets of their own."""
    google.secrets["staging-tokens-segmentation"] = []
    CloudSecrets(secret_manager, prefix="staging").store_tokens("segmentation", FIRST)

    assert CloudSecrets(secret_manager, prefix="staging").tokens("segmentation") == FIRST
    assert type(failure(lambda: CloudSecrets(secret_manager).tokens("segmentation"))) is TokensMissing


def test_tokens_of_nobody_cannot_be_stored(secret_manager: SecretManager) -> None:
    """A secret is Terraform's to make."""
    error = failure(lambda: CloudSecrets(secret_manager).store_tokens("segmentation", FIRST))

    assert type(error) is TokensMissing


@pytest.mark.parametrize("stored", [b"", b"{}", b"access-1", b"\xff", b'"\xff"'], ids=range(5))
def test_what_is_no_token_pair_is_none(
    google: GoogleSecrets, secret_manager: SecretManager, stored: bytes
) -> None:
    """A secret of another form is as good as none, and is not shown."""
    google.secrets["airlock-tokens-segmentation"] = [stored]
    error = failure(lambda: CloudSecrets(secret_manager).tokens("segmentation"))

    assert type(error) is TokensMissing
    assert "access-1" not in str(error)


def test_an_answer_of_another_form_is_an_error_of_ours(google: GoogleSecrets, session: GoogleSession) -> None:
    """What something in between answers is never a secret."""
    google.failures = [Refused(200, "OK")]

    assert type(failure(lambda: SecretManager(PROJECT, session, url=google.url).latest(NAME))) is StorageError
