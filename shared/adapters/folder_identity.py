"""Which file of a disk it is, and in which state."""

import os
from typing import NamedTuple

_INODE_MASK = (1 << 63) - 1


class FileIdentity(NamedTuple):
    """What tells a file from every other one at its place; it changes when somebody writes into the file."""

    inode: int
    mtime_ns: int
    size: int

    @classmethod
    def of(cls, status: os.stat_result) -> "FileIdentity":
        """Take it from `fstat` or `lstat`; SQLite's integers are signed, inodes are not."""
        return cls(status.st_ino & _INODE_MASK, status.st_mtime_ns, status.st_size)
