"""When a series is complete, and what late, repeated and conflicting instances make of it."""

from pathlib import Path

from shared.balance import Balance
from shared.local.sample.series import file_of
from tests.acceptance.flow import MINUTE, Flow
from tests.acceptance.samples import ct, write, write_series


def files(folder: Path, label: str, count: int) -> list[Path]:
    """Write the axial CT of a study; return its files in order."""
    return sorted(write_series(folder, label, count).iterdir())


def test_series_is_complete_after_the_quiet_period_and_not_before(flow: Flow, tmp_path: Path) -> None:
    """With nothing new for 600 seconds a series is complete; a second earlier it still waits."""
    flow.take_in(*files(tmp_path, "quiet", 2))
    flow.engine.drain()
    flow.clock.advance(599)
    flow.tick()
    before = flow.series
    flow.clock.advance(1)
    flow.tick()

    assert before == []
    assert [(each.reason, len(each.sop_instance_uids)) for each in flow.series] == [("quiet_period", 2)]


def test_arrival_starts_the_quiet_period_again(flow: Flow, tmp_path: Path) -> None:
    """Whatever arrives in a waiting series makes all of it wait for another quiet period."""
    first, second = files(tmp_path, "again", 2)
    flow.take_in(first)
    flow.engine.drain()
    flow.clock.advance(599)
    flow.take_in(second)
    flow.engine.drain()
    flow.clock.advance(599)
    flow.tick()
    before = flow.series
    flow.clock.advance(1)
    flow.tick()

    assert before == []
    assert [len(each.sop_instance_uids) for each in flow.series] == [2]


def test_expected_count_completes_a_series_at_once(flow: Flow, tmp_path: Path) -> None:
    """A series whose header says how many instances it has does not wait once they are there."""
    images = ct("expected", 2)
    for image in images:
        image.NumberOfSeriesRelatedInstances = 2
    write(tmp_path, {f"{number}.dcm": file_of(image) for number, image in enumerate(images)})
    flow.take_in(tmp_path / "0.dcm")
    flow.minute()
    before = flow.series
    flow.take_in(tmp_path / "1.dcm")
    flow.minute()

    assert before == []
    assert [(each.reason, len(each.sop_instance_uids)) for each in flow.series] == [("expected_count", 2)]


def test_series_waits_no_longer_than_the_maximum(flow: Flow, tmp_path: Path) -> None:
    """With an arrival every five minutes a series is complete after an hour, with the reason recorded."""
    *first, last = files(tmp_path, "endless", 13)
    for file in first:
        flow.take_in(file)
        flow.engine.drain()
        flow.tick()
        flow.clock.advance(300)
    before = flow.series
    flow.take_in(last)
    flow.engine.drain()
    flow.tick()

    assert before == []
    assert [(each.reason, len(each.sop_instance_uids)) for each in flow.series] == [("maximum_wait", 13)]


def test_late_instance_makes_a_second_generation_of_all_instances(flow: Flow, tmp_path: Path) -> None:
    """What arrives after the export makes an amendment: all is exported once more, and counted once."""
    *early, late = files(tmp_path, "late", 3)
    flow.run(*early)
    flow.clock.advance(MINUTE)
    flow.run(late)
    (series,) = flow.series
    superseded = flow.wiring.ledger.generation(series.series, 1)

    assert (series.generation, series.state, len(series.sop_instance_uids)) == (2, "result_delivered", 3)
    assert superseded is not None
    assert superseded.state == "superseded"
    assert [job.instance_count for job in flow.wiring.jobs.jobs()] == [2, 3]
    assert [(task.received, task.status) for task in flow.uploads] == [(1, "Transfer Completed")] * 2
    assert flow.balance == Balance(3, 3, 0, 0, 0, 0, 0)


def test_late_instance_is_in_flight_until_its_generation_is_complete(flow: Flow, tmp_path: Path) -> None:
    """Until the amendment is made, the late instance alone is in flight; the others stay exported."""
    *early, late = files(tmp_path, "waiting", 3)
    flow.run(*early)
    flow.take_in(late)
    flow.minute()

    assert flow.balance == Balance(3, 2, 0, 0, 0, 1, 0)


def test_generation_that_was_not_sent_yet_gives_way_to_the_amendment(flow: Flow, tmp_path: Path) -> None:
    """An amendment that overtakes its predecessor in the export is counted once, and both are sent once."""
    *early, late = files(tmp_path, "overtaken", 3)
    flow.double.faults.answer("health", 503, times=8)
    flow.take_in(*early)
    for _ in range(11):
        flow.minute()
    flow.take_in(late)

    assert flow.settle()
    assert [task.received for task in flow.uploads] == [1, 1]
    assert flow.balance == Balance(3, 3, 0, 0, 0, 0, 0)


def test_same_bytes_under_another_name_are_ignored_and_counted(flow: Flow, tmp_path: Path) -> None:
    """A duplicate changes nothing in its series."""
    first, second = files(tmp_path, "twice", 2)
    copy = tmp_path / "copy.dcm"
    copy.write_bytes(first.read_bytes())
    flow.run(first, second, copy)

    assert [each.reason for each in flow.wiring.ledger.ignored()] == ["duplicate"]
    assert flow.balance == Balance(3, 2, 0, 1, 0, 0, 0)


def test_original_that_is_overwritten_on_its_way_is_followed(flow: Flow, tmp_path: Path) -> None:
    """The same bytes uploaded again between the cut of a shard and its de-identification change nothing."""
    flow.take_in(*files(tmp_path, "overwritten", 2))
    flow.engine.drain()
    flow.clock.advance(600)
    flow.engine.tick()
    flow.engine.drain(until=lambda: "deidentify-shards" in flow.wiring.bus.backlog())
    for delivery in flow.wiring.bus.lease(9):
        flow.wiring.bus.nack(delivery)
    for name, content in flow.objects("clinical", "intake/").items():
        with flow.wiring.clinical.create(name) as writer:
            writer.write(content)
    flow.engine.drain()
    waiting = dict(flow.wiring.bus.backlog())

    assert waiting == {"deidentify-shards": 1}
    assert flow.settle()
    assert flow.failures == []
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)


def test_other_bytes_under_the_same_uid_are_a_conflict(flow: Flow, tmp_path: Path) -> None:
    """Of two different files under one SOP Instance UID the first stays and the second waits for a person."""
    first, second = files(tmp_path, "twice", 2)
    other = tmp_path / "other.dcm"
    other.write_bytes(first.read_bytes()[:-2] + b"\1\1")
    flow.run(first, second, other)

    assert flow.failures == [("validate", "conflict")]
    assert flow.balance == Balance(3, 2, 0, 0, 0, 0, 1)


def test_duplicate_of_an_exported_instance_makes_no_amendment(flow: Flow, tmp_path: Path) -> None:
    """The same bytes sent once more after the export are ignored: no generation, no second upload."""
    first, second = files(tmp_path, "twice", 2)
    flow.run(first, second)
    copy = tmp_path / "copy.dcm"
    copy.write_bytes(first.read_bytes())
    flow.run(copy)

    assert [each.generation for each in flow.series] == [1]
    assert len(flow.uploads) == 1
    assert flow.balance == Balance(3, 2, 0, 1, 0, 0, 0)


def test_files_that_people_put_into_the_bucket_are_taken_in_at_the_next_start(
    flow: Flow, tmp_path: Path
) -> None:
    """Files that were copied into the bucket's folder meanwhile are found, exported and counted."""
    flow.stop()
    write_series(flow.workspace / "clinical" / "intake", "by hand")
    flow.start()

    assert flow.settle()
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)


def test_object_that_is_replaced_before_its_series_is_read_is_held_and_not_lost(
    flow: Flow, tmp_path: Path
) -> None:
    """The new bytes are a conflict, and the series whose instance is gone waits for a person as a whole."""
    flow.take_in(write_series(tmp_path, "replaced"))
    flow.engine.drain()
    first, *_ = flow.wiring.clinical.list()
    with flow.wiring.clinical.create(first.ref.name) as writer:
        writer.write(file_of(ct("replaced", 2)[0])[:-2] + b"\1\1")
    flow.settle()

    assert flow.failures == [("match", "object_not_found"), ("validate", "conflict")]
    assert flow.balance == Balance(2, 0, 0, 0, 0, 0, 2)


def test_object_that_is_sent_again_before_its_series_is_read_is_followed(flow: Flow, tmp_path: Path) -> None:
    """The same bytes under the same name are the same instance: the series goes out whole, counted once."""
    flow.take_in(write_series(tmp_path, "again"))
    flow.engine.drain()
    first, *_ = flow.wiring.clinical.list()
    with flow.wiring.clinical.open(first.ref) as reader:
        content = reader.read(0, reader.size)
    with flow.wiring.clinical.create(first.ref.name) as writer:
        writer.write(content)
    flow.settle()

    assert flow.failures == []
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)
