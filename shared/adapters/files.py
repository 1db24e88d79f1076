"""The key and the destinations' tokens as files that only their owner may read."""

import os
import re
import secrets
import stat
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

from shared.adapters.disk_failures import disk_failures
from shared.adapters.key_derivation import KEY_BYTES, derive, require_key
from shared.errors import ConfigurationError, KeyInvalid
from shared.ports.keys import TokenPair

_PLAIN_WORD = re.compile(r"[a-z0-9_-]+")
_OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Larger than any key or token pair; a file beyond it is no secret of ours.
_READ_LIMIT = 1 << 20


class FileKeys:
    """The de-identification key in a file of 32 random bytes and mode 0600; read once, at first use."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._key: bytes | None = None

    @classmethod
    def create_if_absent(cls, path: Path) -> Self:
        """Create the file with a new key unless there is one; of several processes at once, one makes it.

        Raises:
            SpaceExhausted: the disk is full.
            StorageUnavailable: the file cannot be written.
        """
        _create_private(path, secrets.token_bytes(KEY_BYTES))
        return cls(path)

    def derive(self, purpose: str) -> bytes:
        """Derive the 32-byte key of one purpose.

        Raises:
            KeyInvalid: the file is missing, not 32 bytes long, or others than its owner may use it.
            StorageUnavailable: the disk failed.
        """
        if self._key is None:
            self._key = self._read()
        return derive(self._key, purpose)

    def _read(self) -> bytes:
        return require_key(_read_private(self._path, KeyInvalid))


class FileSecrets:
    """The destinations' tokens: one JSON file of mode 0600 each, replaced as a whole."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def tokens(self, destination: str) -> TokenPair:
        """Read the current pair.

        Raises:
            ConfigurationError: there is none, it cannot be decoded, or others than its owner may use it.
            StorageUnavailable: the disk failed.
        """
        content = _read_private(self._path(destination), ConfigurationError)
        try:
            return msgspec.json.decode(content, type=TokenPair)
        except msgspec.DecodeError as exc:
            raise ConfigurationError(problem="the secret is no token pair") from exc

    def store_tokens(self, destination: str, tokens: TokenPair) -> None:
        """Store a refreshed pair; whoever reads meanwhile gets the old one or the new one, whole.

        Raises:
            ConfigurationError: `destination` is not a plain word.
            SpaceExhausted: the disk is full.
            StorageUnavailable: the file cannot be written.
        """
        _replace_private(self._path(destination), msgspec.json.encode(tokens))

    def _path(self, destination: str) -> Path:
        if _PLAIN_WORD.fullmatch(destination) is None:
            raise ConfigurationError(
                problem="a destination's name must be lower-case letters, digits, _ and -"
            )
        return self._folder / f"{destination}.json"


def _read_private(path: Path, invalid: type[ConfigurationError]) -> bytes:
    with disk_failures():
        try:
            descriptor = os.open(path, os.O_RDONLY)
        except FileNotFoundError as exc:
            raise invalid(problem="the file is missing") from exc
        except PermissionError as exc:
            raise invalid(problem="this user may not read the file") from exc
        try:
            _refuse_unsafe(os.fstat(descriptor).st_mode, invalid)
            return os.read(descriptor, _READ_LIMIT)
        finally:
            os.close(descriptor)


def _refuse_unsafe(mode: int, invalid: type[ConfigurationError]) -> None:
    if not stat.S_ISREG(mode):
        raise invalid(problem="it is not a regular file")
    if mode & _OTHERS:
        problem = "group or others have permissions on the file; chmod 600 it"
        raise invalid(problem=problem, mode=f"{stat.S_IMODE(mode):04o}")


@disk_failures()
def _create_private(path: Path, content: bytes) -> None:
    if path.exists():
        return
    # A link appears whole and only if the name is free; an exclusive open would show an empty file first.
    draft = _write_draft(path, content)
    try:
        with suppress(FileExistsError):
            os.link(draft, path)
    finally:
        draft.unlink()
    _sync_folder(path.parent)


@disk_failures()
def _replace_private(path: Path, content: bytes) -> None:
    draft = _write_draft(path, content)
    try:
        draft.replace(path)
    except OSError:
        draft.unlink()
        raise
    _sync_folder(path.parent)


def _write_draft(path: Path, content: bytes) -> Path:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(descriptor)
    except OSError:
        draft.unlink()
        raise
    return draft


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
