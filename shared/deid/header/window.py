"""The part of a header that is in memory while it is read section by section."""

from shared.dicom.scan import Encoding, Limits, Scanner
from shared.dicom.source import ByteSource
from shared.errors import LimitExceeded

_WINDOW_BYTES = 256 << 10


class Window:
    """The part of a source that is in memory."""

    def __init__(self, source: ByteSource, limits: Limits, buffer: bytes = b"") -> None:
        """Start with what was read of the source's beginning."""
        self._source = source
        self._limits = limits
        self._base = 0
        self._scanner: tuple[int, Encoding, Scanner] | None = None
        self.buffer = buffer

    def at(self, position: int, length: int) -> int:
        """Have so many bytes from `position` at hand, fewer only at the end; return where in the buffer.

        Raises:
            LimitExceeded: they are more than a header may have.
        """
        offset = position - self._base
        if offset + length > len(self.buffer) and self._base + len(self.buffer) < self._source.size:
            if length > self._limits.header_bytes:
                raise LimitExceeded(limit="header_bytes", allowed=self._limits.header_bytes)
            # A window that grows in place grows by half, or many small steps would read it as many times.
            more = length // 2 if offset == 0 else 0
            self.buffer = self._source.read(position, max(length + more, _WINDOW_BYTES))
            self._base = position
            self._scanner = None
            offset = 0
        return offset

    def scanner(self, position: int, length: int, encoding: Encoding) -> Scanner:
        """A scanner of the bytes from `position` on, at least so many unless the source ends."""
        offset = self.at(position, length)
        if self._scanner is None or self._scanner[:2] != (position, encoding):
            scanner = Scanner(self.buffer[offset:], encoding, self._limits, base=position)
            self._scanner = position, encoding, scanner
        return self._scanner[2]

    @property
    def is_last(self) -> bool:
        """Whether nothing lies behind it."""
        return self._base + len(self.buffer) >= self._source.size
