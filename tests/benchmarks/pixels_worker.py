"""Copy or blank one file in a process of its own: `python -m tests.benchmarks.pixels_worker JOB FILE TO`."""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from hashlib import sha256
from pathlib import Path

import msgspec

from shared.deid.pixels.clean import Job, clean
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.dicom.dataset import DataSet
from shared.dicom.read import read_accepted

_CHUNK = 1 << 20
#: a banner above and a corner below
_AREAS = Areas((Rectangle(0, 0, 512, 40), Rectangle(0, 480, 200, 32)))


class PixelReport(msgspec.Struct, frozen=True):
    """Seconds of CPU for the pixels, and what the process had in memory at most."""

    cpu: float
    peak_bytes: int


class OpenFile:
    """A file as a `ByteSource`."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_RDONLY)
        self.size = os.fstat(self._descriptor).st_size

    def read(self, offset: int, length: int) -> bytes:
        """Read `length` bytes from `offset`."""
        return os.pread(self._descriptor, length, offset)


def _job(source: OpenFile) -> Job:
    header = read_accepted(source)
    return Job(
        source, header.pixel_data, header.transfer_syntax_uid, header.encoding, DataSet.of(header), _AREAS
    )


def _copied(job: Job) -> Iterator[bytes]:
    for position in range(job.pixel_data.value, job.pixel_data.end, _CHUNK):
        yield job.source.read(position, min(_CHUNK, job.pixel_data.end - position))


_JOBS: Mapping[str, Callable[[Job], Iterator[bytes]]] = {
    "copy": _copied,
    "blank": lambda job: clean(job).chunks,
    "blank and clear unused bits": lambda job: clean(job._replace(clear_unused_bits=True)).chunks,
}


def _peak_bytes() -> int:
    """The peak of the resident set, without that of the process which started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


def main(name: str, file: Path, target: Path) -> PixelReport:
    """Write and hash the pixels of a file."""
    job = _job(OpenFile(file))
    started, digest = os.times(), sha256()
    with target.open("wb", buffering=0) as copy:
        for chunk in _JOBS[name](job):
            copy.write(chunk)
            digest.update(chunk)
    ended = os.times()
    cpu = ended.user + ended.system - started.user - started.system
    return PixelReport(cpu, _peak_bytes())


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]))))
