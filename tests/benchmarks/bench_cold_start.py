"""What it costs to start a function, beside a function of functions-framework that does nothing.

The start ends with the first 200 to `GET /healthz`, before which a service gets no request. The first message
comes after it. CPU is that of all processes of the function, the server and its worker.
"""

import base64
import http.client
import os
import signal
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

import pytest
from rich.table import Table

from shared.events import TickElapsed, encode
from shared.local.processes import LOOPBACK, free_port
from tests.benchmarks.harness import cpu_of, draw, verdict
from tests.waiting import until

_REPOSITORY = Path(__file__).parents[2]
_BARE = "bare"
#: they look into the ledger and say what comes next; `match` reads headers and rules as well
_ROUTERS = ("assemble", "quarantine")
_OTHERS = ("validate", "unpack", "match", "deidentify", "export", "retrieve", "reidentify")
_TARGETS = {**dict.fromkeys(_ROUTERS, 1.1), **dict.fromkeys(_OTHERS, 1.6)}
_SOURCE = 'def handle(request):\n    return ("ok", 200)\n'
_POLL_SECONDS = 0.01


class Start(NamedTuple):
    """Seconds since the start, of CPU and on the wall: when it was ready, and after a message."""

    ready_cpu: float
    ready_wall: float
    message_cpu: float
    message_wall: float


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """The source of a function that does nothing."""
    path = tmp_path / "bare" / "main.py"
    path.parent.mkdir()
    path.write_text(_SOURCE)
    return path


def test_cold_start(rounds: int, bare: Path, tmp_path: Path) -> None:
    """Every function and the one that does nothing, in turn from the first to the last and back."""
    names = [_BARE, *_TARGETS]
    environ = _environment(tmp_path / "workspace")
    _compile()
    starts: dict[str, list[Start]] = defaultdict(list)
    for number in range(rounds + 1):
        for name in names if number % 2 == 0 else names[::-1]:
            source = bare if name == _BARE else _REPOSITORY / "functions" / name / "main.py"
            measured = _start(source, environ)
            if number:  # the first round only warms the caches
                starts[name].append(measured)

    draw(_table(starts), *_verdicts(starts))
    assert all(each.message_cpu >= each.ready_cpu > 0 for measured in starts.values() for each in measured)


def _compile() -> None:
    """As the image has it."""
    command = [sys.executable, "-m", "compileall", "-q", "functions", "shared"]
    subprocess.run(command, cwd=_REPOSITORY, check=True)


def _environment(workspace: Path) -> dict[str, str]:
    """An installation in a folder: what is measured is our code, not the imports of Google's clients."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    own = {"AIRLOCK_WORKSPACE": str(workspace), "AIRLOCK_RULESETS": str(_REPOSITORY / "rulesets")}
    return {**kept, **own, "PYTHONPATH": str(_REPOSITORY)}


def _start(source: Path, environ: Mapping[str, str]) -> Start:
    port = free_port()
    with _served(source, environ, port) as process:
        started = time.perf_counter()
        until(lambda: _answers(port, "GET", b""), look=_POLL_SECONDS)
        ready = cpu_of(process.pid), time.perf_counter() - started
        _answers(port, "POST", _message())
        return Start(*ready, cpu_of(process.pid), time.perf_counter() - started)


@contextmanager
def _served(source: Path, environ: Mapping[str, str], port: int) -> Iterator[subprocess.Popen[bytes]]:
    settings = {
        "FUNCTION_SOURCE": str(source),
        "FUNCTION_TARGET": "handle",
        "FUNCTION_SIGNATURE_TYPE": "http",
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "functions_framework"],
        env={**environ, **settings, "HOST": LOOPBACK, "PORT": str(port), "THREADS": "8"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        yield process
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _message() -> bytes:
    """A tick; whoever does not know it records it as undecodable, so every function publishes something."""
    data = base64.b64encode(encode(TickElapsed(at="2026-11-26T00:00:00+00:00"))).decode()
    return (
        f'{{"message": {{"messageId": "1", "publishTime": "2026-11-26T00:00:00Z", "data": "{data}"}},'
        ' "subscription": "projects/p/subscriptions/stage-ticks", "deliveryAttempt": 1}'
    ).encode()


def _answers(port: int, method: str, body: bytes) -> bool:
    connection = http.client.HTTPConnection(LOOPBACK, port, timeout=60)
    try:
        connection.request(method, "/healthz" if method == "GET" else "/", body)
        return connection.getresponse().status in {200, 204}
    except OSError:
        return False
    finally:
        connection.close()


def _table(starts: Mapping[str, list[Start]]) -> Table:
    columns = ("CPU s", "wall s", "x bare, CPU", "x bare, wall", "first message, CPU s", "wall s")
    table = Table("Function", *columns, title="From the start to the first 200", title_justify="left")
    for name, measured in starts.items():
        cells = [median(each[number] for each in measured) for number in range(4)]
        ratios = [_ratio(starts, name, number) for number in range(2)]
        table.add_row(name, *(f"{cell:.2f}" for cell in (*cells[:2], *ratios, *cells[2:])))
    return table


def _ratio(starts: Mapping[str, list[Start]], name: str, number: int) -> float:
    """The median over the rounds of the ratio within a round."""
    return median(own[number] / base[number] for own, base in zip(starts[name], starts[_BARE], strict=True))


def _verdicts(starts: Mapping[str, list[Start]]) -> list[str]:
    return [
        verdict(f"{name}, CPU until it is ready over bare", _ratio(starts, name, 0), target)
        for name, target in _TARGETS.items()
    ]
