"""What a person decides about an exception: replay it as it was, or close it for good."""

from pathlib import Path

import pytest

from shared.balance import Balance
from shared.errors import ExceptionClosed
from shared.local.sample.series import file_of
from shared.ports.records import ExceptionRecord
from shared.review import RETRY_ATTRIBUTE
from shared.wiring import EmbeddedWiring
from tests.acceptance.flow import Flow, opened
from tests.acceptance.recorder import Published, Recorder
from tests.acceptance.samples import archive, ct, disks, encrypted, without_meta, write, write_series


def one_file(folder: Path, content: bytes, name: str = "file.dcm") -> Path:
    """Write one file; return its folder."""
    return write(folder, {name: content})


def counts(record: ExceptionRecord) -> tuple[str, str, int]:
    """What a second failure changes in an exception."""
    return record.code, record.status, record.attempts


def test_retry_publishes_exactly_the_message_with_a_mark(flow: Flow, tmp_path: Path) -> None:
    """Topic, bytes and attributes are those that failed; one attribute more says that it is a retry."""
    messages: list[Published] = []

    def record(wiring: EmbeddedWiring) -> None:
        vars(wiring)["bus"] = Recorder(wiring.bus, messages)

    flow.restart(record)
    flow.run(one_file(tmp_path, b"no image\n" * 40))
    (original,) = (each for each in messages if each.topic == "arrivals")
    messages.clear()
    flow.retry(flow.exception())
    (again,) = messages

    assert (again.topic, again.data) == (original.topic, original.data)
    assert again.attributes == {**original.attributes, RETRY_ATTRIBUTE: "1"}


def test_retry_succeeds_once_the_policy_allows_the_file(flow: Flow, tmp_path: Path) -> None:
    """A data set without File Meta Information is accepted by a retry under `force: true`, and exported."""
    folder = write(
        tmp_path,
        {f"{number}.dcm": without_meta(file_of(image)) for number, image in enumerate(ct("bare", 2))},
    )
    flow.run(folder)
    before = flow.failures
    flow.allow(force="true")
    flow.restart()
    for record in flow.exceptions("open"):
        flow.retry(record)

    assert before == [("validate", "file_meta_missing")] * 2
    assert flow.settle()
    assert [each.status for each in flow.exceptions()] == ["retried"] * 2
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)


def test_retry_succeeds_once_the_destination_accepts(flow: Flow, tmp_path: Path) -> None:
    """A package that was rejected is sent by the retry, once."""
    flow.double.faults.answer("upload", 400)
    flow.run(write_series(tmp_path, "rejected"))
    before = flow.failures
    flow.retry(flow.exception())

    assert before == [("export", "destination_rejected")]
    assert flow.settle()
    assert [task.received for task in flow.uploads] == [1]
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)


def test_retry_of_what_still_fails_opens_the_same_exception_again(flow: Flow, tmp_path: Path) -> None:
    """A second failure is no second exception: it counts the attempts and moves the time of the last one."""
    flow.run(one_file(tmp_path, b"no image\n" * 40))
    first = flow.exception()
    flow.retry(first)
    retried = flow.exception()
    flow.settle()
    again = flow.exception()

    assert [counts(each) for each in (first, retried, again)] == [
        ("not_dicom", "open", 1),
        ("not_dicom", "retried", 1),
        ("not_dicom", "open", 2),
    ]
    assert again.exception_id == first.exception_id
    assert again.first_failed_at == first.first_failed_at < again.last_failed_at
    assert flow.balance == Balance(1, 0, 0, 0, 0, 0, 1)


def test_exception_may_be_retried_as_often_as_it_fails(flow: Flow, tmp_path: Path) -> None:
    """Every retry is a new delivery to the stage, however many there were before."""
    flow.run(one_file(tmp_path, b"no image\n" * 40))
    for _ in range(3):
        flow.retry(flow.exception())
        flow.settle()

    assert counts(flow.exception()) == ("not_dicom", "open", 4)


def test_retried_instance_is_in_flight_until_it_is_handled(flow: Flow, tmp_path: Path) -> None:
    """Between the retry and its outcome the instance is in flight; it is never in no account."""
    flow.run(one_file(tmp_path, b"no image\n" * 40))
    flow.retry(flow.exception())

    assert flow.balance == Balance(1, 0, 0, 0, 0, 1, 0)


def test_retried_series_is_in_flight_until_it_is_handled(flow: Flow, tmp_path: Path) -> None:
    """The same holds for all instances of a series that failed."""
    flow.double.faults.answer("upload", 400)
    flow.run(write_series(tmp_path, "in flight"))
    flow.retry(flow.exception())

    assert flow.balance == Balance(2, 0, 0, 0, 0, 2, 0)


def test_archived_instance_is_rejected_by_somebody_for_a_reason(flow: Flow, tmp_path: Path) -> None:
    """Who archived it, why and when is kept, and the instance counts as rejected."""
    flow.run(one_file(tmp_path, b"no image\n" * 40))
    flow.archive(flow.exception(), "a letter, no image")
    record = flow.exception()

    assert (record.status, record.closed_by) == ("archived", "operator")
    assert (record.closed_reason, record.closed_at is not None) == ("a letter, no image", True)
    assert flow.balance == Balance(1, 0, 0, 0, 1, 0, 0)


def test_archived_series_is_rejected_as_a_whole(flow: Flow, tmp_path: Path) -> None:
    """All instances of a series count as rejected when its exception is archived."""
    flow.double.faults.answer("upload", 400)
    flow.run(write_series(tmp_path, "not wanted"))
    flow.archive(flow.exception(), "not wanted outside")

    assert flow.settle()
    assert flow.balance == Balance(2, 0, 0, 0, 2, 0, 0)


@pytest.mark.parametrize("decision", ["retry", "archive"])
@pytest.mark.parametrize("earlier", ["retry", "archive"])
def test_closed_exception_stays_closed(flow: Flow, tmp_path: Path, earlier: str, decision: str) -> None:
    """Whoever decides about what somebody has decided already is told so, and nothing is published."""
    flow.run(one_file(tmp_path, b"no image\n" * 40))
    decide(flow, earlier)
    backlog = dict(flow.wiring.bus.backlog())
    with pytest.raises(ExceptionClosed) as refused:
        decide(flow, decision)

    assert refused.value.code == "exception_closed"
    assert dict(flow.wiring.bus.backlog()) == backlog


def decide(flow: Flow, decision: str) -> None:
    """Retry or archive the only exception."""
    if decision == "retry":
        flow.retry(flow.exception())
    else:
        flow.archive(flow.exception(), "decided")


def test_retry_of_a_member_that_still_fails_opens_its_exception_again(flow: Flow, tmp_path: Path) -> None:
    """A member of an archive that is as encrypted as before waits for a person again, and stays counted."""
    flow.run(one_file(tmp_path, disks("members"), "disks.zip"))
    flow.retry(flow.exception())
    flow.settle()

    assert counts(flow.exception()) == ("archive_member_encrypted", "open", 2)
    assert flow.balance == Balance(5, 2, 0, 2, 0, 0, 1)


def test_retried_member_is_in_flight_until_it_is_unpacked(flow: Flow, tmp_path: Path) -> None:
    """A member whose exception is retried does not drop out of the balance meanwhile."""
    flow.run(one_file(tmp_path, disks("members"), "disks.zip"))
    flow.retry(flow.exception())

    assert flow.balance == Balance(5, 2, 0, 2, 0, 1, 0)


def test_retry_of_one_member_leaves_the_decisions_about_others(flow: Flow, tmp_path: Path) -> None:
    """Unpacking an archive once more for one member does not open what was archived for another."""
    locked = archive({"a.dcm": b"a" * 200, "b.dcm": b"b" * 200})
    for name in ("a.dcm", "b.dcm"):
        locked = encrypted(locked, name)
    flow.run(one_file(tmp_path, locked, "locked.zip"))
    first, second = flow.exceptions()
    flow.archive(first, "known")
    flow.retry(second)
    flow.settle()

    assert sorted(counts(each)[1:] for each in flow.exceptions()) == [("archived", 1), ("open", 2)]
    assert flow.balance == Balance(2, 0, 0, 0, 1, 0, 1)


def test_retry_reaches_a_member_of_any_batch(scratch: Path, tmp_path: Path) -> None:
    """A member that was too large is unpacked by a retry under another policy, wherever in its archive."""
    images = ct("batches", 5)
    content = archive({f"{number}.dcm": file_of(image) for number, image in enumerate(images)})
    sizes = {len(file_of(image)) for image in images}
    small_batches = f"2\n  batch: 2\n  member_bytes: {min(sizes) - 1}"
    with opened(scratch, {"nesting": small_batches}) as flow:
        flow.run(one_file(tmp_path, content, "batches.zip"))
        before = flow.failures
        flow.allow(member_bytes=max(sizes))
        flow.restart()
        for record in flow.exceptions("open"):
            flow.retry(record)

        assert before == [("unpack", "archive_member_unsafe")] * 5
        assert flow.settle()
        assert flow.balance == Balance(5, 5, 0, 0, 0, 0, 0)


def test_retry_of_an_archive_that_was_replaced_says_so(flow: Flow, tmp_path: Path) -> None:
    """A member cannot be unpacked from an archive that is gone: its exception says so, and it is counted."""
    flow.run(one_file(tmp_path, disks("members"), "disks.zip"))
    (stat,) = (each for each in flow.wiring.clinical.list() if each.ref.name.endswith(".zip"))
    flow.wiring.clinical.delete(stat.ref)
    flow.retry(flow.exception())
    flow.settle()

    assert flow.failures == [("unpack", "object_not_found")]
    assert flow.balance.closed
