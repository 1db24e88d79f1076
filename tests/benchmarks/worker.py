"""One measurement in a process of its own: `python -m tests.benchmarks.worker JOB SOURCE WORKSPACE WARM_UP`.

A fresh process has nothing of another measurement in its memory. It prints its costs as JSON.
"""

import io
import resource
import sys
import time
from contextlib import redirect_stdout
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple, Self

import msgspec

from functions.assemble.handler import assemble
from functions.cli.engine import Engine
from functions.cli.intake import sources, take_in
from functions.cli.workspace import looked_at, worked_in
from functions.deidentify.handler import deidentify
from functions.match.handler import match
from functions.validate.handler import validate
from shared.balance import balance
from shared.events import BlobFinalized, DeidentifyShard, Event, TickElapsed
from shared.identifiers import INTAKE_PREFIX
from shared.runtime import Handler, Outcome, required_ports
from shared.states import JobState
from shared.wiring import EmbeddedWiring

_CHUNK = 1 << 20
_POLL_SECONDS = 0.1


class Cost(NamedTuple):
    """Seconds of CPU (user and system, of this process alone) and of the clock on the wall."""

    cpu: float
    wall: float

    @classmethod
    def now(cls) -> Self:
        """What this process has cost so far."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        return cls(usage.ru_utime + usage.ru_stime, time.perf_counter())

    def since(self, earlier: "Cost") -> "Cost":
        """The cost between two moments."""
        return Cost(self.cpu - earlier.cpu, self.wall - earlier.wall)

    def plus(self, other: "Cost") -> "Cost":
        """Both together."""
        return Cost(self.cpu + other.cpu, self.wall + other.wall)


class Report(msgspec.Struct, frozen=True):
    """What a measurement found.

    Attributes:
        costs: by the name of the step.
        instances: how many instances came out at the end.
        peak_bytes: the largest resident set of the process.
    """

    costs: dict[str, Cost]
    instances: int
    peak_bytes: int


def main(job: str, source: Path, workspace: Path, warm_up: Path) -> Report:
    """Do one job; each returns its costs and how many instances came out."""
    jobs = {"copy": _copy, "deidentify": _deidentify, "flow": _flow, "command": _command, "export": _command}
    options = ["--wait", "0"] if job == "export" else []
    costs, instances = jobs[job](source, workspace, warm_up, *options)
    return Report(costs=costs, instances=instances, peak_bytes=_peak_bytes())


def _copy(source: Path, workspace: Path, _warm_up: Path) -> tuple[dict[str, Cost], int]:
    """Read, hash and write the same files in one pass: what nobody who keeps checksums can go below."""
    workspace.mkdir(exist_ok=True)
    started, paths = Cost.now(), sorted(source.iterdir())
    for path in paths:
        digest = sha256()
        with path.open("rb", buffering=0) as file, (workspace / path.name).open("wb", buffering=0) as copy:
            while chunk := file.read(_CHUNK):
                digest.update(chunk)
                copy.write(chunk)
    return {"copy and SHA-256": Cost.now().since(started)}, len(paths)


def _deidentify(source: Path, workspace: Path, warm_up: Path) -> tuple[dict[str, Cost], int]:
    """The stage alone, from accepted instances to released shards, on the ports that `airlock run` has."""
    with worked_in(workspace) as wiring:
        for order in _orders(wiring, warm_up):
            _handle(deidentify, order, wiring)
        orders = _orders(wiring, source)
        started = Cost.now()
        results = [result for order in orders for result in _handle(deidentify, order, wiring)]
        cost = Cost.now().since(started)
    return {"de-identification alone": cost}, sum(result.instance_count for result in results)


def _orders(wiring: EmbeddedWiring, source: Path) -> list[Event]:
    """Bring a series as far as to its shards, without bus and engine."""
    for each in sources([source]):
        take_in(each, wiring.clinical)
    for stat in wiring.clinical.list(INTAKE_PREFIX):
        _handle(validate, BlobFinalized(blob=stat.ref, size=stat.size), wiring)
    completed = _handle(assemble, TickElapsed(at="now"), wiring)
    ordered = [event for series in completed for event in _handle(match, series, wiring)]
    return [event for event in ordered if isinstance(event, DeidentifyShard)]


def _handle(handler: Handler, event: Event, wiring: EmbeddedWiring) -> list[Event]:
    return list(handler(event, **{name: getattr(wiring, name) for name in required_ports(handler)}))


def _flow(source: Path, workspace: Path, warm_up: Path) -> tuple[dict[str, Cost], int]:
    """All that `airlock run` does but its progress bar, after a small series went through in this process."""
    with worked_in(workspace) as wiring:
        stages = _Stages()
        engine = Engine(wiring, observe=stages.answered)
        _run(engine, wiring, warm_up, stages)
        stages.reset()
        _run(engine, wiring, source, stages)
        closed = [job.instance_count for job in wiring.jobs.jobs(JobState.CLOSED)]
    return stages.costs, sum(closed) - len(list(warm_up.iterdir()))


def _run(engine: Engine, wiring: EmbeddedWiring, source: Path, stages: "_Stages") -> None:
    with wiring.clinical_bucket.together(wiring.bus.together()):
        for each in sources([source]):
            take_in(each, wiring.clinical)
    stages.answered("take in", Outcome.HANDLED)
    engine.settle(poll_seconds=_POLL_SECONDS)
    stages.costs["until delivered"] = Cost.now().since(stages.started)


class _Stages:
    """Adds up what each stage costs: all since the delivery before it, with leasing and answering."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Begin to count now."""
        self.costs: dict[str, Cost] = {}
        self.started = self._last = Cost.now()

    def answered(self, stage: str, _outcome: Outcome) -> None:
        """Take note of one delivery."""
        now = Cost.now()
        self.costs[stage] = now.since(self._last).plus(self.costs.get(stage, Cost(0.0, 0.0)))
        self._last = now
        if stage == "export":
            self.costs["until exported"] = now.since(self.started)


def _command(source: Path, workspace: Path, _warm_up: Path, *options: str) -> tuple[dict[str, Cost], int]:
    """The command as people give it; its cost is that of the whole process, from the first import on."""
    from functions.cli.app import app

    started = Cost(0.0, Cost.now().wall)
    arguments = ["run", str(source), "--workspace", str(workspace), "--json", *options]
    with redirect_stdout(io.StringIO()):
        app(arguments, standalone_mode=False)
    cost = Cost.now().since(started)
    with looked_at(workspace) as wiring:
        counts = balance(wiring.ledger, wiring.jobs, wiring.clinical)
    return {"airlock run": cost}, counts.exported


def _peak_bytes() -> int:
    """VmHWM: unlike `ru_maxrss` it holds nothing of the process that started this one."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.partition("VmHWM:")[2].split()[0]) << 10


if __name__ == "__main__":
    job_name, *folders = sys.argv[1:]
    measured = main(job_name, *map(Path, folders))
    sys.stdout.buffer.write(msgspec.json.encode(measured))
