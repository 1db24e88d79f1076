"""The key and the tokens in files."""

import errno
import hashlib
import hmac
from pathlib import Path

import msgspec
import pytest

from shared.adapters.files import FileKeys, FileSecrets
from shared.errors import AirlockError, ConfigurationError, KeyInvalid, SpaceExhausted, StorageUnavailable
from shared.ports.keys import Keys, Secrets
from tests.contracts.keys import FIRST, SECOND, KeysContract, SecretsContract
from tests.contracts.races import at_once

KEY = bytes(range(32))


class TestFileKeys(KeysContract):
    """The key in a file holds the contract of all keys."""

    @pytest.fixture
    def keys(self, tmp_path: Path) -> Keys:
        """A key that was just made."""
        return FileKeys.create_if_absent(tmp_path / "new/folder/key")

    @pytest.fixture
    def same_keys(self, keys: Keys, tmp_path: Path) -> Keys:
        """The same file, found by the next worker."""
        return FileKeys.create_if_absent(tmp_path / "new/folder/key")

    @pytest.fixture
    def other_keys(self, tmp_path: Path) -> Keys:
        """Another file."""
        return FileKeys.create_if_absent(tmp_path / "other")


class TestFileSecrets(SecretsContract):
    """Tokens in files hold the contract of all secrets."""

    @pytest.fixture
    def secrets(self, tmp_path: Path) -> Secrets:
        """A folder that is not there yet."""
        return FileSecrets(tmp_path / "secrets")

    @pytest.fixture
    def same_secrets(self, secrets: Secrets, tmp_path: Path) -> Secrets:
        """The same folder."""
        return FileSecrets(tmp_path / "secrets")


def write(path: Path, content: bytes, mode: int = 0o600) -> Path:
    """Write a file with a mode."""
    path.write_bytes(content)
    path.chmod(mode)
    return path


# -- the key


def test_a_new_key_is_32_private_bytes(tmp_path: Path) -> None:
    """The file holds 32 bytes, belongs to its owner alone, and nothing lies beside it."""
    FileKeys.create_if_absent(tmp_path / "key")

    assert ((tmp_path / "key").stat().st_size, (tmp_path / "key").stat().st_mode & 0o7777) == (32, 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["key"]


def test_a_key_that_is_there_stays(tmp_path: Path) -> None:
    """No second key is ever made over a first one, not even over a wrong one."""
    path = write(tmp_path / "key", b"short")
    keys = FileKeys.create_if_absent(path)

    assert path.read_bytes() == b"short"
    with pytest.raises(KeyInvalid):
        keys.derive("uid")


def test_derives_by_hmac(tmp_path: Path) -> None:
    """A derived key is HMAC-SHA-256 of the domain and the purpose: other programs can compute it."""
    keys = FileKeys(write(tmp_path / "key", KEY))

    assert keys.derive("uid") == hmac.new(KEY, b"airlock/v1/uid", hashlib.sha256).digest()


def test_one_of_many_makes_the_key(tmp_path: Path) -> None:
    """16 workers that start at once work with one key."""
    derived = at_once(16, lambda _: FileKeys.create_if_absent(tmp_path / "a/key").derive("uid"))

    assert derived == [FileKeys(tmp_path / "a/key").derive("uid")] * 16


def test_the_key_is_read_once(tmp_path: Path) -> None:
    """A worker keeps to the key that it began with."""
    keys = FileKeys(write(tmp_path / "key", KEY))
    derived = keys.derive("uid")
    (tmp_path / "key").unlink()

    assert keys.derive("uid") == derived


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o610, 0o601, 0o666])
def test_refuses_a_file_that_others_may_use(tmp_path: Path, mode: int) -> None:
    """The message names the permissions and the way out, for the key as for the tokens."""
    write(tmp_path / "segmentation.json", msgspec.json.encode(FIRST), mode)
    with pytest.raises(KeyInvalid) as key:
        FileKeys(write(tmp_path / "key", KEY, mode)).derive("uid")
    with pytest.raises(ConfigurationError) as tokens:
        FileSecrets(tmp_path).tokens("segmentation")

    for caught in (key, tokens):
        assert caught.value.details["mode"] == f"{mode:04o}"
        assert "chmod 600" in caught.value.cause


@pytest.mark.parametrize("content", [b"", KEY[:-1], KEY + b"\n", KEY * 2])
def test_refuses_a_key_of_another_length(tmp_path: Path, content: bytes) -> None:
    """A key is 32 bytes, and what is wrong with another one is said without showing it."""
    with pytest.raises(KeyInvalid) as caught:
        FileKeys(write(tmp_path / "key", content)).derive("uid")

    assert caught.value.details == {"problem": "wrong length", "bytes": len(content)}


def test_refuses_what_is_no_file(tmp_path: Path) -> None:
    """A missing file and a folder are no key."""
    for path in (tmp_path / "missing", tmp_path):
        with pytest.raises(KeyInvalid):
            FileKeys(path).derive("uid")


# -- the tokens


def test_tokens_are_private_json(tmp_path: Path) -> None:
    """People can put a pair there by hand: one JSON file, its owner's alone, with nothing beside it."""
    secrets = FileSecrets(tmp_path / "secrets")
    secrets.store_tokens("segmentation", FIRST)
    secrets.store_tokens("segmentation", SECOND)
    path = tmp_path / "secrets/segmentation.json"

    assert msgspec.json.decode(path.read_bytes()) == msgspec.to_builtins(SECOND)
    assert (path.stat().st_mode & 0o7777, path.parent.stat().st_mode & 0o7777) == (0o600, 0o700)
    assert [path.name for path in path.parent.iterdir()] == ["segmentation.json"]


@pytest.mark.parametrize("name", ["", "..", "a/b", "../a", "A", "a.b", "a\n", "\u00e4", "a\x00"])
def test_refuses_names_that_are_no_plain_word(tmp_path: Path, name: str) -> None:
    """A destination's name cannot lead to another file."""
    with pytest.raises(ConfigurationError):
        FileSecrets(tmp_path).tokens(name)
    with pytest.raises(ConfigurationError):
        FileSecrets(tmp_path).store_tokens(name, FIRST)

    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"access_token": "secret-1"}', b'"secret-1"', b"\xff"]
)
def test_refuses_what_is_no_token_pair(tmp_path: Path, content: bytes) -> None:
    """A file that cannot be decoded is a mistake of configuration, and its content is not shown."""
    write(tmp_path / "segmentation.json", content)
    with pytest.raises(ConfigurationError) as caught:
        FileSecrets(tmp_path).tokens("segmentation")

    assert "secret-1" not in f"{caught.value}{caught.value.__cause__}"


# -- failures of the disk


@pytest.mark.parametrize(
    ("place", "theirs", "ours"),
    [
        ("os.open", PermissionError(errno.EACCES, "Permission denied"), KeyInvalid),
        ("os.open", OSError(errno.EIO, "Input/output error"), StorageUnavailable),
        ("os.read", OSError(errno.EIO, "Input/output error"), StorageUnavailable),
    ],
)
def test_translates_what_fails_in_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, theirs: OSError, ours: type[AirlockError]
) -> None:
    """A file that this user may not read is a mistake of configuration; a failing disk is not."""
    keys = FileKeys(write(tmp_path / "key", KEY))
    with monkeypatch.context() as patch:
        patch.setattr(place, _raiser(theirs))
        with pytest.raises(ours) as caught:
            keys.derive("uid")

    assert (type(caught.value), caught.value.__cause__) == (ours, theirs)


@pytest.mark.parametrize(
    ("place", "theirs", "ours"),
    [
        ("os.open", OSError(errno.EROFS, "Read-only file system"), StorageUnavailable),
        ("os.fsync", OSError(errno.ENOSPC, "No space left on device"), SpaceExhausted),
        ("os.fsync", OSError(errno.EDQUOT, "Disk quota exceeded"), SpaceExhausted),
        ("os.fsync", OSError(errno.EIO, "Input/output error"), StorageUnavailable),
        ("os.replace", OSError(errno.EIO, "Input/output error"), StorageUnavailable),
    ],
)
def test_translates_what_fails_in_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str, theirs: OSError, ours: type[AirlockError]
) -> None:
    """A pair that cannot be stored leaves the old one, and no draft with a token."""
    secrets = FileSecrets(tmp_path)
    secrets.store_tokens("segmentation", FIRST)
    with monkeypatch.context() as patch:
        patch.setattr(place, _raiser(theirs))
        with pytest.raises(ours) as caught:
            secrets.store_tokens("segmentation", SECOND)

    assert caught.value.__cause__ is theirs
    assert [path.name for path in tmp_path.iterdir()] == ["segmentation.json"]
    assert secrets.tokens("segmentation") == FIRST


@pytest.mark.parametrize("place", ["os.fsync", "os.link"])
def test_a_key_that_cannot_be_made_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    """No half key is left for the next start to take for one."""
    with monkeypatch.context() as patch:
        patch.setattr(place, _raiser(OSError(errno.ENOSPC, "No space left on device")))
        with pytest.raises(SpaceExhausted):
            FileKeys.create_if_absent(tmp_path / "key")

    assert list(tmp_path.iterdir()) == []


def _raiser(error: Exception) -> object:
    def fail(*args: object, **kwargs: object) -> None:
        raise error

    return fail
