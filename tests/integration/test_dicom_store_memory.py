"""A large instance passes through a store that holds little of it in memory."""

import hashlib
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter

import httpx
import pytest

from tests.dicomweb import AS_STORED, STORE, instance, instance_path, stow

ROOT = Path(__file__).parents[2]
FRAMES, FRAME_BYTES = 600, 1 << 20
LARGEST_GROWTH = 64 << 20
LONGEST_SECONDS = 15.0
_STATUS = Path("/proc/self/status")

pytestmark = pytest.mark.skipif(
    not _STATUS.is_file(), reason="this system does not tell the memory of a process"
)


def multi_frame() -> Iterator[bytes]:
    """A multi-frame file of 600 MB in pieces: a small one with a longer value of Pixel Data."""
    header = instance(NumberOfFrames=FRAMES, Rows=1024, Columns=512)
    # Pixel Data is the last element: its length and its 32 bytes are replaced.
    yield header[:-36] + (FRAMES * FRAME_BYTES).to_bytes(4, "little")
    for number in range(FRAMES):
        yield number.to_bytes(2, "little") * (FRAME_BYTES // 2)


def in_parts(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """A multipart body of one instance."""
    yield b"--cut\r\nContent-Type: application/dicom\r\n\r\n"
    yield from chunks
    yield b"\r\n--cut--\r\n"


def peak(process: "subprocess.Popen[str]") -> int:
    """The most memory that a process has had, in bytes."""
    lines = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM:"))


@contextmanager
def running(folder: Path) -> Iterator[tuple["subprocess.Popen[str]", httpx.Client]]:
    """A store in a process of its own, and a client of it."""
    command = [sys.executable, "-m", "shared.local.dicom_store", "--folder", str(folder), "--store", STORE]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            url = [process.stdout.readline().strip() for _ in range(2)][1].removeprefix("dicomweb_url=")
            with httpx.Client(base_url=f"{url}/", timeout=60, trust_env=False) as client:
                yield process, client
        finally:
            process.terminate()


def test_a_large_instance_is_streamed() -> None:
    """Stored, retrieved and cut into frames within 64 MB more than a small one needs, in less than 15 s."""
    expected, received = hashlib.sha256(), hashlib.sha256()
    for chunk in multi_frame():
        expected.update(chunk)
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as (process, client):
        headers = {"Content-Type": 'multipart/related; type="application/dicom"; boundary=cut'}
        stow(client, instance(2))
        client.get(f"{instance_path(2)}/frames/1")
        before, start = peak(process), perf_counter()
        status = client.post("studies", content=in_parts(multi_frame()), headers=headers).status_code
        with client.stream("GET", instance_path(), headers=AS_STORED) as answer:
            for chunk in answer.iter_bytes():
                received.update(chunk)
        seconds, growth = perf_counter() - start, peak(process) - before
        frames = client.get(
            f"{instance_path()}/frames/{FRAMES}", headers={"Accept": "application/octet-stream"}
        )

    assert status == 200
    assert received.digest() == expected.digest()
    assert frames.content == (FRAMES - 1).to_bytes(2, "little") * (FRAME_BYTES // 2)
    assert growth < LARGEST_GROWTH
    assert seconds < LONGEST_SECONDS
