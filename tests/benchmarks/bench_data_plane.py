"""What it costs to fetch an instance from Cloud Storage, to de-identify it and to put it back; without TLS.

The object store runs in another process; only the client's CPU is counted.
"""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import pytest
from rich.table import Table

from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.google_http import GoogleSession
from tests.benchmarks.harness import draw, verdict

_REPOSITORY = Path(__file__).parents[2]
_OBJECTS = 110
_TARGET_MS = 2.5
_ROUTES = {
    "official": "google-cloud-storage: GET and PUT",
    "plain": "Airlock: GET and PUT",
    "deidentify": "Airlock: GET, de-identify, PUT",
}


@pytest.fixture
def url(folder: Path, slices: Path) -> Iterator[str]:
    """A running object store with the slices in its bucket `clinical`, in memory."""
    command = [sys.executable, "-m", "shared.local.object_store", "--while-stdin-is-open", "--folder"]
    process = subprocess.Popen(
        [*command, folder / "store"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=_REPOSITORY,
    )
    address = process.stdout.readline().strip().removeprefix("base_url=")
    session = GoogleSession(None)
    for name in ("clinical", "released"):
        body = f'{{"name": "{name}"}}'.encode()
        headers = {"Content-Type": "application/json"}
        session.json("POST", f"{address}/storage/v1/b", query={"project": "p"}, headers=headers, body=body)
    bucket = GcsBlobs("clinical", session, url=address)
    for path in sorted(slices.iterdir())[:_OBJECTS]:
        with bucket.create(path.name) as writer:
            writer.write(path.read_bytes())
    yield address
    session.close()
    process.stdin.close()
    process.wait()
    process.stdout.close()


def measured(url: str, route: str, folder: Path) -> float:
    """Milliseconds of CPU an object, in a new process."""
    command = [sys.executable, "-m", "tests.benchmarks.data_plane_worker", url, route, folder]
    done = subprocess.run(command, cwd=_REPOSITORY, stdout=subprocess.PIPE, check=True)
    return float(done.stdout)


def test_data_plane(url: str, rounds: int, folder: Path) -> None:
    """Three routes, in turn from the first to the last and back."""
    found = {route: [] for route in _ROUTES}
    for number in range(rounds):
        for route in list(_ROUTES)[:: 1 if number % 2 == 0 else -1]:
            found[route].append(measured(url, route, folder))

    table = Table(
        "Route", "ms of CPU an instance", "x official", title="One slice of 535 KB", title_justify="left"
    )
    for route, label in _ROUTES.items():
        ratio = median(own / base for own, base in zip(found[route], found["official"], strict=True))
        table.add_row(label, f"{median(found[route]):.2f}", f"{ratio:.2f}")
    draw(table, verdict("GET, de-identify, PUT", median(found["deidentify"]), _TARGET_MS, " ms"))
    assert min(map(min, found.values())) > 0
