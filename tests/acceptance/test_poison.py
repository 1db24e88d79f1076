"""What can never succeed: it is recorded with its code, and nothing else stops for it."""

from collections.abc import Callable, Iterator
from functools import wraps
from io import StringIO
from pathlib import Path
from typing import NoReturn

import pytest
from pydicom.uid import CTImageStorage, SecondaryCaptureImageStorage

from functions.cli import engine
from functions.pipeline import PIPELINE
from shared.adapters.faulty_bus import InjectedCrash
from shared.balance import Balance
from shared.errors import DestinationUnavailable
from shared.events import ArchiveUnpacked, DeidentifyShard, Event, encode
from shared.identifiers import BlobRef
from shared.local.sample.patients import QUIRINSFELD
from shared.local.sample.series import file_of
from shared.runtime import Handler, Outcome
from tests.acceptance.flow import START, Flow, opened
from tests.acceptance.samples import (
    archive,
    changed,
    ct,
    damaged,
    encrypted,
    replaced,
    without_meta,
    write,
)

GARBAGE = b"\xff\xfe no event"
TOPICS = sorted({topic for stage in PIPELINE for topic in stage.topics})
#: the waits of the subscriptions' policy between eight delivery attempts, in seconds
BACK_OFF = [10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 600.0]
SECRET = f"cannot read the file of {QUIRINSFELD.name}, born {QUIRINSFELD.birth_date}"


def good(label: str) -> dict[str, bytes]:
    """Two files that no exception may hold up."""
    return {f"{label}/{number}.dcm": file_of(image) for number, image in enumerate(ct(label, 2))}


# -- files


FIRST, SECOND = ct("bad", 2)
WHOLE = file_of(FIRST)
STUDY = FIRST.StudyInstanceUID.encode()
BOMB = {"Rows": 65535, "Columns": 65535, "NumberOfFrames": 9}

#: what a file holds, by its name, and the code of its exception
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "letter.dcm": (b"Dear colleague,\n" * 40, "not_dicom"),
    "empty.dcm": (b"", "not_dicom"),
    "bare.dcm": (without_meta(WHOLE), "file_meta_missing"),
    "cut_in_the_pixels.dcm": (WHOLE[:-100], "truncated"),
    "cut_in_the_header.dcm": (WHOLE[:1500], "truncated"),
    "cut_in_the_meta.dcm": (WHOLE[:200], "truncated"),
    "twice.dcm": (replaced(WHOLE, b"\x08\0\x20\0DA", b"\x08\0\x16\0UI"), "malformed"),
    "syntax.dcm": (replaced(WHOLE, b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.7\0"), "transfer_syntax_unknown"),
    "no_series.dcm": (changed(FIRST, SeriesInstanceUID=None), "attribute_missing"),
    "no_patient_id.dcm": (changed(FIRST, PatientID=""), "attribute_missing"),
    "uid.dcm": (WHOLE.replace(STUDY, b"2.05" + STUDY[4:]), "uid_invalid"),
    "date.dcm": (WHOLE.replace(b"20190317", b"20191317"), "value_invalid"),
    "bits.dcm": (changed(FIRST, HighBit=3), "image_inconsistent"),
    "rows.dcm": (changed(FIRST, Rows=31), "pixel_data_length"),
    "bomb.dcm": (changed(FIRST, **BOMB), "limit_exceeded"),
    "broken.zip": (b"PK\3\4" + b"no archive " * 20, "archive_unreadable"),
}


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """An installation that has run all bad files and two good ones."""
    contents = {name: content for name, (content, _) in BAD_FILES.items()} | good("good")
    files = write(tmp_path_factory.mktemp("bad"), contents)
    with opened(tmp_path_factory.mktemp("poisoned")) as flow:
        flow.run(files)
        yield flow


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_an_exception_with_its_code(poisoned: Flow, name: str) -> None:
    """Every file that cannot be accepted is one open exception, with the code of what is wrong."""
    codes = [each.code for each in poisoned.exceptions("open") if each.blob and each.blob.name.endswith(f"/{name}")]

    assert codes == [BAD_FILES[name][1]]


def test_bad_files_hold_up_no_good_one(poisoned: Flow) -> None:
    """The good files among the bad ones are exported, and every bad one is counted."""
    assert poisoned.balance == Balance(len(BAD_FILES) + 2, 2, 0, 0, 0, 0, len(BAD_FILES))


def test_bad_file_is_tried_once(poisoned: Flow) -> None:
    """What cannot get better is not tried again."""
    assert {each.attempts for each in poisoned.exceptions()} == {1}


def test_instance_of_another_patient_is_kept_out_of_the_series(flow: Flow, tmp_path: Path) -> None:
    """An instance whose series belongs to somebody else waits for a person; the others go on."""
    images = ct("mixed", 3)
    others = {"z.dcm": changed(images[2], PatientID="SOMEBODY-ELSE")}
    flow.run(write(tmp_path, {f"{n}.dcm": file_of(image) for n, image in enumerate(images[:2])} | others))

    assert flow.failures == [("validate", "patient_inconsistent")]
    assert flow.balance == Balance(3, 2, 0, 0, 0, 0, 1)


# -- archives


def outside() -> bytes:
    """An archive with a member that would leave its folder."""
    return archive({"../outside.dcm": WHOLE, **good("archived")})


def locked() -> bytes:
    """An archive with an encrypted member."""
    return encrypted(archive({"locked.dcm": WHOLE, **good("archived")}), "locked.dcm")


def spoilt() -> bytes:
    """An archive with a member that cannot be inflated."""
    return damaged(archive({"spoilt.dcm": WHOLE, **good("archived")}), "spoilt.dcm")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (outside, "archive_member_unsafe"),
        (locked, "archive_member_encrypted"),
        (spoilt, "archive_member_unreadable"),
    ],
)
def test_bad_member_holds_up_no_other_member(
    flow: Flow, tmp_path: Path, make: Callable[[], bytes], code: str
) -> None:
    """A member that cannot be unpacked is one exception; the other members are exported."""
    flow.run(write(tmp_path, {"archive.zip": make()}))

    assert flow.failures == [("unpack", code)]
    assert flow.balance == Balance(3, 2, 0, 0, 0, 0, 1)


def test_archives_within_archives_are_unpacked_as_deep_as_allowed(flow: Flow, tmp_path: Path) -> None:
    """An archive in an archive is unpacked; one more level is refused and counted as one."""
    two_deep = archive({"inner.zip": archive(good("two deep"))})
    three_deep = archive({"inner.zip": archive({"inmost.zip": archive(good("three deep"))})})
    flow.run(write(tmp_path, {"two.zip": two_deep, "three.zip": three_deep}))

    assert flow.failures == [("unpack", "archive_member_unsafe")]
    assert flow.balance == Balance(3, 2, 0, 0, 0, 0, 1)


# -- series


SECONDARY_CAPTURES = f"""\
name: captures
description: Secondary captures, which no de-identification rule covers.
priority: 20
when: {{attribute: SOPClassUID, equals: {SecondaryCaptureImageStorage}}}
profile: basic
destination: autosegmentation
template: head_and_neck
"""
SECOND_OPINION = f"""\
name: second_opinion
description: The same series as head_and_neck_ct, with the same priority.
priority: 10
when: {{attribute: SOPClassUID, equals: {CTImageStorage}}}
profile: basic
destination: autosegmentation
template: head_and_neck
"""


def write_series(folder: Path, label: str, **values: object) -> Path:
    """Write the two slices of a study with other values of attributes; return their folder."""
    return write(folder / label, {f"{n}.dcm": changed(image, **values) for n, image in enumerate(ct(label, 2))})


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"BurnedInAnnotation": "YES"}, "pixels_identifying"),
        ({"ConvolutionKernel": QUIRINSFELD.patient_id}, "residue"),
        ({"SOPClassUID": SecondaryCaptureImageStorage, "ImageType": "DERIVED"}, "sop_class_unsupported"),
    ],
)
def test_series_that_cannot_be_deidentified_is_held_as_a_whole(
    flow: Flow, tmp_path: Path, values: dict[str, object], code: str
) -> None:
    """Nothing of the series is released; another series goes on."""
    (flow.policy / "match" / "captures.yaml").write_text(SECONDARY_CAPTURES)
    flow.run(write_series(tmp_path, "held", **values), write_series(tmp_path, "good"))

    assert flow.failures == [("deidentify", code)]
    assert len(flow.objects("released", "jobs/")) == len(["shard", "result"])
    assert flow.balance == Balance(4, 2, 0, 0, 0, 0, 2)


def test_series_that_several_rulesets_claim_is_held(flow: Flow, tmp_path: Path) -> None:
    """Rulesets of the same priority that claim one series are an exception of that series."""
    (flow.policy / "match" / "second_opinion.yaml").write_text(SECOND_OPINION)
    flow.run(write_series(tmp_path, "claimed"))

    assert flow.failures == [("match", "rulesets_ambiguous")]
    assert flow.balance == Balance(2, 0, 0, 0, 0, 0, 2)


# -- messages


def test_garbage_on_any_topic_is_recorded_and_holds_up_nothing(flow: Flow, tmp_path: Path) -> None:
    """A message that nobody can decode is an exception of each stage that got it; the good files go on."""
    files = write(tmp_path, good("beside garbage"))
    for topic in TOPICS:
        flow.wiring.bus.publish(topic, GARBAGE, {})
    flow.run(files)
    received = [stage.name for stage in PIPELINE for _ in stage.topics]

    assert flow.failures == sorted((stage, "event_undecodable") for stage in received)
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("topic", TOPICS)
def test_event_of_nobody_is_recorded(flow: Flow, topic: str) -> None:
    """An event that is valid and that no stage handles is recorded as well, never passed over."""
    event = ArchiveUnpacked(blob=BlobRef(bucket="clinical", name="x", generation=1), extracted=0, ignored=0, failed=0)
    flow.wiring.bus.publish(topic, encode(event), {})
    flow.settle()
    received = [stage.name for stage in PIPELINE if topic in stage.topics]

    assert flow.failures == sorted((stage, "event_undecodable") for stage in received)


@pytest.mark.parametrize("missing", ["bucketId", "objectId", "objectGeneration"])
def test_notification_without_its_object_is_recorded(flow: Flow, missing: str) -> None:
    """A bucket's notification that does not say what has arrived is an exception."""
    attributes = {"eventType": "OBJECT_FINALIZE", "bucketId": "clinical", "objectId": "intake/x", "objectGeneration": "1"}
    del attributes[missing]
    flow.wiring.bus.publish("arrivals", b"", attributes)
    flow.settle()

    assert flow.failures == [("validate", "event_undecodable")]


def test_notification_of_an_object_that_is_gone_is_recorded(flow: Flow, tmp_path: Path) -> None:
    """What was deleted before it was read is an exception, and is not received any more."""
    flow.take_in(write(tmp_path, {"gone.dcm": WHOLE}))
    (stat,) = flow.wiring.clinical.list()
    flow.wiring.clinical.delete(stat.ref)
    flow.settle()

    assert flow.failures == [("validate", "object_not_found")]
    assert flow.balance == Balance(0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize("event_type", ["OBJECT_DELETE", "OBJECT_METADATA_UPDATE", "OBJECT_ARCHIVE"])
def test_notification_of_anything_but_an_arrival_is_passed_over(flow: Flow, event_type: str) -> None:
    """Deletions and changes of metadata are neither exceptions nor arrivals."""
    flow.wiring.bus.publish("arrivals", b"", {"eventType": event_type})

    assert flow.settle()
    assert flow.exceptions() == []


# -- handlers


def replace_handler(monkeypatch: pytest.MonkeyPatch, name: str, handler: Handler) -> None:
    """Let a stage of engines that are made from now on have another handler."""
    stages = [each._replace(handlers=(handler,)) if each.name == name else each for each in PIPELINE]
    monkeypatch.setattr(engine, "PIPELINE", tuple(stages))


def failing_with(error: BaseException) -> Handler:
    """A handler of shards that always fails."""

    def deidentify(event: DeidentifyShard, *, ledger: object) -> NoReturn:
        raise error

    return deidentify


@pytest.fixture
def attempts(flow: Flow, monkeypatch: pytest.MonkeyPatch) -> list[tuple[float, str]]:
    """When since the start deidentify was tried, and what came of it; its handler has a bug."""
    tried: list[tuple[float, str]] = []

    def observe(stage: str, outcome: Outcome) -> None:
        if stage == "deidentify":
            tried.append((flow.clock.now() - START, outcome))

    replace_handler(monkeypatch, "deidentify", failing_with(RuntimeError(SECRET)))
    flow.restart(observe=observe)
    return tried


def test_bug_in_a_handler_is_tried_again_with_back_off(
    flow: Flow, tmp_path: Path, attempts: list[tuple[float, str]]
) -> None:
    """An unknown failure is redelivered after 10 s to 600 s, twice as long each time, eight times in all."""
    flow.take_in(write_series(tmp_path, "bug"))
    flow.engine.drain()
    flow.clock.advance(600)
    flow.tick()
    flow.exhaust()
    times = [time for time, _ in attempts]

    assert [later - earlier for earlier, later in zip(times, times[1:], strict=False)] == BACK_OFF
    assert [outcome for _, outcome in attempts] == ["retry"] * 7 + ["failed"]


def test_bug_in_a_handler_is_recorded_without_its_text(
    flow: Flow, tmp_path: Path, attempts: list[tuple[float, str]], log_lines: StringIO
) -> None:
    """The exception names the type of the failure; its text, which could hold anything, is nowhere."""
    flow.run(write_series(tmp_path, "bug"))
    record = flow.exception()
    texts = (record.cause, log_lines.getvalue())

    assert (record.stage, record.code, record.attempts) == ("deidentify", "attempts_exhausted", 8)
    assert "RuntimeError" in record.cause
    assert not any(part in text for text in texts for part in ("Quastenzwirn", "19370713", "cannot read"))
    assert flow.balance == Balance(2, 0, 0, 0, 0, 0, 2)


def test_bug_in_a_handler_holds_up_no_other_series(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While one series is tried again and again, another one is exported."""
    files = write_series(tmp_path, "bug"), write_series(tmp_path, "fine")
    original = next(each for each in PIPELINE if each.name == "deidentify").handlers[0]
    bug = ct("bug", 2)[0].SeriesInstanceUID

    @wraps(original)
    def deidentify(event: DeidentifyShard, **ports: object) -> Iterator[Event]:
        if event.series.series_instance_uid == bug:
            raise RuntimeError(SECRET)
        yield from original(event, **ports)

    replace_handler(monkeypatch, "deidentify", deidentify)
    flow.restart()
    flow.run(*files)

    assert flow.failures == [("deidentify", "attempts_exhausted")]
    assert flow.balance == Balance(4, 2, 0, 0, 0, 0, 2)


def test_retry_after_the_bug_is_mended_succeeds(
    flow: Flow, tmp_path: Path, attempts: list[tuple[float, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the handler as it should be, the retried series is exported."""
    flow.run(write_series(tmp_path, "bug"))
    monkeypatch.undo()
    flow.restart()
    flow.retry(flow.exception())

    assert flow.settle()
    assert flow.balance == Balance(2, 2, 0, 0, 0, 0, 0)


def test_known_disturbance_is_recorded_with_its_own_code(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disturbance that outlasts all attempts is recorded as what it is."""
    replace_handler(monkeypatch, "deidentify", failing_with(DestinationUnavailable(status=503)))
    flow.restart()
    flow.run(write_series(tmp_path, "disturbed"))

    assert (flow.exception().code, flow.exception().attempts) == ("destination_unavailable", 8)


def test_message_that_kills_every_process_becomes_an_exception(
    flow: Flow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After eight processes that did not survive it, a message is a dead letter and waits for a person."""
    replace_handler(monkeypatch, "deidentify", failing_with(InjectedCrash()))
    flow.restart()
    flow.take_in(write_series(tmp_path, "deadly"))
    deaths = 0
    while not survives(flow):
        deaths += 1
        flow.crash()
        flow.start()

    assert deaths == 8
    assert (flow.exception().stage, flow.exception().code) == ("deidentify", "attempts_exhausted")
    assert flow.balance == Balance(2, 0, 0, 0, 0, 0, 2)


def survives(flow: Flow) -> bool:
    """Run on; whether the process lives to the end of it."""
    try:
        flow.settle()
    except InjectedCrash:
        return False
    return True
