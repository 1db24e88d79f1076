"""Notifications of DICOM stores, in both of their shapes."""

import time
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.errors import EventUndecodable
from shared.events import OriginalMessage
from shared.identifiers import BlobRef, StoredInstance, StoreName
from shared.notifications import (
    dated,
    dead_letter,
    instance_stored,
    is_notification,
    notified,
    original_event,
)
from tests.factories import series_ref, uid

INSTANCE = StoredInstance(
    store=StoreName(project="p", location="europe-west4", dataset="d", dicom_store="inbox"),
    series=series_ref(),
    sop_instance_uid=uid(1),
)
DATA = str(INSTANCE).encode()
#: Sat, 22 Nov 2025 10:30:00 GMT, and half a second later
STORED_AT, PUBLISHED_AT = 1_763_807_400, 1_763_807_400.5
#: https://cloud.google.com/healthcare-api/docs/dicom-pubsub
NEW = {
    "action": "StoreInstances",
    "lastUpdatedTime": "Sat, 22 Nov 2025 10:30:00 GMT",
    "storeName": str(INSTANCE.store),
    "studyInstanceUID": series_ref().study_instance_uid,
    "seriesInstanceUID": series_ref().series_instance_uid,
    "sopInstanceUID": uid(1),
    "versionId": "abc",
    "modality": "CT",
    "storageClass": "STANDARD",
}
FORWARDED = {
    "CloudPubSubDeadLetterSourceDeliveryCount": "8",
    "CloudPubSubDeadLetterSourceSubscription": "validate-arrivals",
    "CloudPubSubDeadLetterSourceSubscriptionProject": "p",
    "CloudPubSubDeadLetterSourceTopicPublishTime": "2025-11-22T10:30:00.5+00:00",
}


def blob(data: bytes, attributes: Mapping[str, str]) -> BlobRef | None:
    """What a notification tells the arrival of."""
    event = notified(data, attributes)
    return event and event.blob


def test_the_newer_shape_says_when_it_was_stored() -> None:
    """An instance is known by its path and by when it was stored, in microseconds."""
    assert blob(DATA, NEW) == INSTANCE.at(STORED_AT * 1_000_000)
    assert is_notification(DATA, NEW)


def test_the_older_shape_is_dated_by_its_publication() -> None:
    """Without attributes, the time of its publication stands for that of the storing, to the second."""
    assert dated(DATA, {}, PUBLISHED_AT) == {"lastUpdatedTime": NEW["lastUpdatedTime"]}
    assert blob(DATA, dated(DATA, {}, PUBLISHED_AT)) == blob(DATA, NEW)


def test_only_the_older_shape_is_dated() -> None:
    """Whatever else comes keeps its attributes as they are."""
    for data, attributes in ((DATA, NEW), (b"{}", {}), (b"", {"eventType": "OBJECT_FINALIZE"})):
        assert dated(data, attributes, PUBLISHED_AT) is attributes


@pytest.mark.parametrize("action", ["StoreInstances", "ImportDicomData"])
def test_what_arrives(action: str) -> None:
    """Instances arrive by being stored and by being imported."""
    assert blob(DATA, {**NEW, "action": action}) == INSTANCE.at(STORED_AT * 1_000_000)


@pytest.mark.parametrize(
    "action", ["DeleteInstance", "DeleteSeries", "DeleteStudy", "SetBlobSettings", "UpdateInstance", "", "x"]
)
def test_what_is_no_arrival(action: str) -> None:
    """Deletions, changes of the storage class and whatever the API adds are passed over."""
    assert notified(DATA, {**NEW, "action": action}) is None


@pytest.mark.parametrize(
    ("data", "changes"),
    [
        (b"", {}),
        (b"projects/", {}),
        (b"\xff" + DATA, {}),
        (DATA + b"/frames/1", {}),
        (b"x" + DATA, {}),
        (DATA.replace(b"/instances/", b"/instances/0"), {}),
        (str(INSTANCE.store).encode(), {}),
        (DATA, {"lastUpdatedTime": ""}),
        (DATA, {"lastUpdatedTime": "Zylberquist"}),
        (DATA, {"lastUpdatedTime": "2025-11-22T10:30:00Z"}),
        (DATA, {"lastUpdatedTime": "Sat, 99 Nov 2025 10:30:00 GMT"}),
        (DATA, {"lastUpdatedTime": "Thu, 01 Jan 1970 00:00:00 GMT"}),
        (DATA, {"lastUpdatedTime": "Wed, 31 Dec 1969 23:59:59 GMT"}),
        (DATA, {"lastUpdatedTime": f"Sat, 22 Nov 2025 10:30:00 +{'9' * 40}"}),
    ],
    ids=range(14),
)
def test_refuses_what_is_not_whole(data: bytes, changes: Mapping[str, str]) -> None:
    """A path of anything else, or a time that is none, is undecodable; the error shows nothing of it."""
    with pytest.raises(EventUndecodable) as caught:
        instance_stored(data, {**NEW, **changes})

    assert "Zylberquist" not in str(caught.value)
    assert uid(1) not in str(caught.value)


def test_refuses_one_that_nobody_dated() -> None:
    """Without a time nobody could tell an instance from a later one under the same path."""
    with pytest.raises(EventUndecodable):
        instance_stored(DATA, {})


@given(data=st.binary(max_size=40).map(b"projects/".__add__), moment=st.text(max_size=40))
def test_anything_else_is_undecodable(data: bytes, moment: str) -> None:
    """No notification breaks the reader in another way."""
    for each in (data, DATA):
        try:
            event = instance_stored(each, {**NEW, "lastUpdatedTime": moment})
        except EventUndecodable:
            continue
        assert event is not None
        assert event.blob.generation > 0


@pytest.mark.parametrize("zone", ["GMT", "+0000", "-0000", "UT"])
def test_a_time_without_a_zone_is_in_utc(zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The zone of the machine never counts (RFC 5322 section 3.3: -0000 says that it is in UTC)."""
    with monkeypatch.context() as patched:
        patched.setenv("TZ", "Asia/Tokyo")
        time.tzset()
        found = blob(DATA, {**NEW, "lastUpdatedTime": f"Sat, 22 Nov 2025 10:30:00 {zone}"})
    time.tzset()

    assert found == blob(DATA, NEW)


# -- again


def test_a_retry_is_about_the_same_instance() -> None:
    """The message of a failure that is published again, later, leads to the instance that failed."""
    first = OriginalMessage(topic="arrivals", data=DATA, attributes=dict(dated(DATA, {}, PUBLISHED_AT)))
    again = dated(first.data, {**first.attributes, "retry": "1"}, PUBLISHED_AT + 86_400)

    assert blob(DATA, again) == blob(DATA, NEW)


@pytest.mark.parametrize("attributes", [{}, NEW], ids=["older", "newer"])
def test_a_dead_letter_is_about_the_same_instance(attributes: Mapping[str, str]) -> None:
    """A dead letter counts from when its message was published, not from when it was forwarded."""
    forwarded_at = PUBLISHED_AT + 3600
    arrived = dated(DATA, {**attributes, **FORWARDED}, forwarded_at)
    letter = dead_letter("validate-dead-letters", DATA, arrived, forwarded_at)
    event = original_event(letter.message) if letter else None

    assert event is not None
    assert event.key == str(blob(DATA, NEW))


def test_a_dead_letter_without_times_has_no_event() -> None:
    """Where Pub/Sub did not say when it was published, the instance cannot be told; that is no error."""
    attributes = {name: value for name, value in FORWARDED.items() if not name.endswith("Time")}
    letter = dead_letter("validate-dead-letters", DATA, attributes, PUBLISHED_AT)

    assert letter is not None
    assert original_event(letter.message) is None


# -- names of instances

parts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="/"), min_size=1, max_size=20)
uids = st.lists(st.integers(0, 10**9).map(str), min_size=1, max_size=5).map(".".join)
instances = st.builds(
    StoredInstance,
    store=st.builds(StoreName, project=parts, location=parts, dataset=parts, dicom_store=parts),
    series=st.builds(type(series_ref()), study_instance_uid=uids, series_instance_uid=uids),
    sop_instance_uid=uids,
)


@given(instance=instances, generation=st.integers(1, 2**63))
def test_an_instance_comes_back_from_its_path(instance: StoredInstance, generation: int) -> None:
    """A path, a reference and its text all lead back to the instance."""
    ref = instance.at(generation)

    assert StoredInstance.from_string(str(instance)) == instance
    assert StoredInstance.from_string(ref.name) == instance
    assert BlobRef.from_string(str(ref)) == ref
    assert ref.has_arrived


@pytest.mark.parametrize(
    ("name", "expected"),
    [("intake/a.dcm", True), ("intake/", True), ("results/a.dcm", False), (str(INSTANCE), False)],
)
def test_what_has_arrived_in_a_bucket(name: str, expected: bool) -> None:  # noqa: FBT001
    """In a bucket that is what lies in its intake; a path of a DICOM store is a name like another there."""
    assert BlobRef(bucket="clinical", name=name, generation=1).has_arrived is expected
