"""Failures of the disk in the words of `shared.errors`."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from shared.errors import AirlockError, SpaceExhausted, StorageUnavailable

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})


@contextmanager
def disk_failures() -> Iterator[None]:
    """Translate what the disk raises inside; also a decorator.

    Only the system's symbol is kept: its message names the file, and people name files after patients.

    Raises:
        SpaceExhausted: the disk or the quota is full.
        StorageUnavailable: anything else.
    """
    try:
        yield
    except OSError as exc:
        raise disk_failure(exc) from exc


def disk_failure(exc: OSError) -> AirlockError:
    """The error that one failure of the disk is; for hot paths, which a context manager would slow down."""
    symbol = errno.errorcode.get(exc.errno or 0, "unknown")
    return SpaceExhausted(system=symbol) if exc.errno in _FULL else StorageUnavailable(system=symbol)
