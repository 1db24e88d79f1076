"""The table of operations behind `airlock cost`, against a run of the whole flow with ports that count."""

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread

from functions.cli.cost.operations import ARCHIVES, DICOM_STORE, OBJECTS, TICK, Operations, Shape, Step
from shared.adapters.clock import FakeClock
from shared.dicom.source import MemorySource
from shared.identifiers import SeriesRef, StoredInstance
from shared.local.autosegmentation.server import AutosegmentationDouble
from shared.wiring.embedded import EMBEDDED_STORE
from tests.acceptance.counted import NOBODY, Tally, counting
from tests.acceptance.flow import MINUTE, START, Flow
from tests.benchmarks.workloads import write_series

#: longer than the quiet period, so that the first tick closes the series
_QUIET = 700.0
_TICKS = 2
_EVENT = Operations(requests=1, delivered=1, writes=2, deletes=1)
#: what the ticks themselves cost the two stages that take them, besides what they find
_TICKED = {"assemble": (_EVENT + Operations(reads=1)) * _TICKS, "retrieve": _EVENT * _TICKS}


def sent(source: Path, folder: Path, *, as_archive: bool) -> list[Path]:
    """The files of a series, or one ZIP of them."""
    files = sorted(source.iterdir())
    if not as_archive:
        return files
    path = folder / "series.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.write(file, file.name)
    return [path]


class _Reader(MemorySource):
    """A file that a hospital sends."""

    def stream(self) -> Iterator[bytes]:
        """All of it."""
        yield self.content


def dropped(file: Path, flow: Flow, _tally: Tally) -> None:
    """A hospital puts a file in the bucket, which announces it."""
    with flow.wiring.clinical.create(f"intake/hospital/{file.name}") as writer:
        writer.write(file.read_bytes())


def stored(file: Path, flow: Flow, tally: Tally) -> None:
    """A hospital pushes a file to the DICOM store, which announces it by its path."""
    header = dcmread(file, stop_before_pixels=True)
    series = SeriesRef(
        study_instance_uid=header.StudyInstanceUID, series_instance_uid=header.SeriesInstanceUID
    )
    instance = StoredInstance(store=EMBEDDED_STORE, series=series, sop_instance_uid=header.SOPInstanceUID)
    flow.wiring.dicom_stores.store(EMBEDDED_STORE, _Reader(file.read_bytes()))
    tally.add("published")
    flow.wiring.bus._bus.publish("arrivals", str(instance).encode(), {})


def counted(folder: Path, files: list[Path], shard_size: int, *, with_store: bool) -> Tally:
    """What a run asks for: two ticks, one that closes the series and one that fetches the result."""
    clock = FakeClock(START)
    with (
        AutosegmentationDouble(folder / "double", clock=clock) as double,
        counting(folder, with_store=with_store) as (tally, wrap),
    ):
        flow = Flow(folder, double, clock)
        flow.allow(shard_size=shard_size)
        flow.give_tokens()
        flow.start(wrap, observe=tally.delivered)
        tally.attribute(NOBODY)
        for file in files:
            (stored if with_store else dropped)(file, flow, tally)
        tally.attribute("arrival")
        flow.engine.drain()
        clock.advance(_QUIET)
        for _ in range(_TICKS):
            clock.advance(MINUTE)
            flow.engine.tick()
            tally.attribute(NOBODY)
            flow.engine.drain()
        settled = flow.engine.settled
        flow.stop()

    assert settled
    return tally


@pytest.mark.parametrize(("instances", "shards"), [(3, 1), (6, 1), (6, 2)])
@pytest.mark.parametrize("steps", [OBJECTS, ARCHIVES, DICOM_STORE], ids=["objects", "archives", "store"])
def test_the_table_is_what_a_run_asks_for(
    steps: tuple[Step, ...], instances: int, shards: int, tmp_path: Path
) -> None:
    """Every number of every step, for series of several sizes of slices of 535 KB."""
    source = write_series(tmp_path / "series", count=instances, size=512, label="counted")
    shape = Shape(instances=instances, shards=shards, open_minutes=1, away_minutes=1)

    files = sent(source, tmp_path, as_archive=steps is ARCHIVES)
    tally = counted(tmp_path, files, instances // shards, with_store=steps is DICOM_STORE)

    expected = {step.name: step.of_series(shape) + _TICKED.get(step.name, Operations()) for step in steps}
    assert {name: tally.operations(name) for name in tally.stages if name != NOBODY} == expected


def test_a_tick_without_work_is_counted(tmp_path: Path) -> None:
    """Two stages take it, and a query that finds nothing is charged as one read."""
    clock = FakeClock(START)
    with (
        AutosegmentationDouble(tmp_path / "double", clock=clock) as double,
        counting(tmp_path) as (tally, wrap),
    ):
        flow = Flow(tmp_path, double, clock)
        flow.start(wrap, observe=tally.delivered)
        tally.attribute(NOBODY)
        flow.engine.tick()
        tally.attribute("tick")
        flow.engine.drain()
        flow.stop()

    stages = ("tick", "assemble", "retrieve")
    total = sum((tally.operations(stage) for stage in stages), Operations())
    empty = sum(tally.stages[stage]["empty"] for stage in stages)
    assert total + Operations(reads=empty) == TICK
