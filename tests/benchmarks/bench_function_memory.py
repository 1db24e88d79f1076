"""How much memory the functions take, behind Google's clients, for what is far larger than they may be."""

import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from pydicom import dcmread
from rich.table import Table

from functions.pipeline import PIPELINE
from tests.acceptance.emulated import emulated
from tests.benchmarks.harness import draw, peak_of, verdict

_TARGET_MB, _WAIT_SECONDS, _TICK_SECONDS = 512.0, 900.0, 5.0
_HEADER_BYTES, _CHUNK = 1 << 20, 8 << 20
_MEMBERS = 4
pytestmark = pytest.mark.emulators


@pytest.fixture
def on_disk() -> Iterator[Path]:
    """A folder that takes no memory."""
    with TemporaryDirectory(prefix="airlock-bench-", dir="/var/tmp") as made:
        yield Path(made)


def test_object(multiframe: Path, on_disk: Path) -> None:
    """One multi-frame instance of 600 MB, until it is exported."""
    (file,) = multiframe.iterdir()
    _measure(on_disk, lambda write: [write(piece) for piece in _pieces(file, 0)], "multiframe.dcm", 1)


def test_archive(multiframe: Path, on_disk: Path) -> None:
    """A ZIP of 2.4 GB, four such instances of four series, until all are exported."""
    (file,) = multiframe.iterdir()
    path = on_disk / "four.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for number in range(_MEMBERS):
            with archive.open(f"{number}.dcm", "w", force_zip64=True) as member:
                for piece in _pieces(file, number):
                    member.write(piece)
    _measure(on_disk, lambda write: [write(piece) for piece in _chunks(path)], "four.zip", _MEMBERS)


def _measure(
    folder: Path, put: Callable[[Callable[[bytes], int]], object], name: str, instances: int
) -> None:
    with emulated(folder / "system", settings={"AIRLOCK_REQUEST_SECONDS": "600"}) as running:
        with running.wiring.clinical.create(f"intake/hospital/{name}") as writer:
            put(writer.write)
        running.let_minutes_come_until(
            lambda: running.balance.exported >= instances, _WAIT_SECONDS, every=_TICK_SECONDS
        )
        exported = running.balance.exported
        peaks = {stage.name: peak_of(running.system.functions[stage.name].pid) / 1e6 for stage in PIPELINE}

    table = Table("Function", "peak MB", title=name, title_justify="left")
    for stage, peak in peaks.items():
        table.add_row(stage, f"{peak:.0f}")
    draw(table, verdict("Peak of a function", max(peaks.values()), _TARGET_MB, " MB"))
    assert exported == instances


def _pieces(file: Path, number: int) -> Iterator[bytes]:
    """The file, as another instance of another series for each number."""
    header = dcmread(file, stop_before_pixels=True, specific_tags=["SOPInstanceUID", "SeriesInstanceUID"])
    first, *rest = _chunks(file, _HEADER_BYTES)
    for uid in {header.SOPInstanceUID, header.SeriesInstanceUID}:
        first = first.replace(uid.encode(), (uid[:-1] + str(number)).encode())
    yield first
    yield from rest


def _chunks(file: Path, size: int = _CHUNK) -> Iterator[bytes]:
    with file.open("rb") as stream:
        while chunk := stream.read(size):
            yield chunk
