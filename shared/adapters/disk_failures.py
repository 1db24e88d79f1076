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
        raise _translate(exc) from exc


def _translate(exc: OSError) -> AirlockError:
    symbol = errno.errorcode.get(exc.errno or 0, "unknown")
    return SpaceExhausted(system=symbol) if exc.errno in _FULL else StorageUnavailable(system=symbol)
