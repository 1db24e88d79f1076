"""`validate`: instances that hospitals push to a DICOM store."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from pydicom.uid import RTStructureSetStorage

from shared.balance import balance
from shared.errors import Conflict, ObjectNotFound
from shared.events import BlobFinalized, InstanceAccepted, InstanceIgnored
from shared.identifiers import BlobRef
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import put
from tests.factories import series_ref, uid
from tests.instances import ct_image
from tests.unit.functions.dicom import Hospital, hospital_beside
from tests.unit.functions.steps import arrive
from tests.unit.functions.validate.harness import instances, run

RESULT = ct_image(1, SOPClassUID=RTStructureSetStorage, Modality="RTSTRUCT")
SMALL, LARGE = ct_image(1), ct_image(1, pixels=bytes(3 << 20))


@pytest.fixture
def hospital(tmp_path: Path, wiring: EmbeddedWiring) -> Iterator[Hospital]:
    """A DICOM store that a hospital pushes to."""
    with hospital_beside(tmp_path, wiring) as running:
        yield running


def later(event: BlobFinalized) -> BlobFinalized:
    """The notification of the same instance, stored a second later."""
    blob = msgspec.structs.replace(event.blob, generation=event.blob.generation + 1_000_000)
    return BlobFinalized(blob=blob, size=0)


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_accepts_an_instance_of_a_store(wiring: EmbeddedWiring, hospital: Hospital, content: bytes) -> None:
    """It is accepted where it lies, with the size and checksum of its file."""
    event = hospital.push(content)
    expected = put(wiring.released, "same", content)
    results = run(wiring, event, clinical=hospital.clinical)
    (record,) = instances(wiring)

    assert results == [InstanceAccepted(blob=event.blob, series=series_ref())]
    assert (record.blob, record.size, record.crc32c) == (event.blob, expected.size, expected.crc32c)


def test_both_shapes_of_a_notification_are_one_instance(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """The older shape, which is dated by its publication, tells of the same instance again."""
    first = hospital.push(SMALL)
    (legacy,) = hospital.arrivals(legacy=True)
    for event in (first, legacy, first):
        assert run(wiring, event, clinical=hospital.clinical) == [
            InstanceAccepted(blob=event.blob, series=series_ref())
        ]

    assert len(instances(wiring)) == 1
    assert legacy.blob.name == first.blob.name


def test_stored_again_it_lies_there_still(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """The same bytes, deleted and stored again, are the instance that is known."""
    event = hospital.push(SMALL)
    for each in (event, later(event)):
        run(wiring, each, clinical=hospital.clinical)
    (record,) = instances(wiring)

    assert record.blob == later(event).blob


@pytest.mark.parametrize("content", [SMALL, LARGE], ids=["small", "large"])
def test_the_same_instance_in_the_bucket_is_a_duplicate(
    wiring: EmbeddedWiring, hospital: Hospital, content: bytes
) -> None:
    """What came by both ways is taken in once, whichever was first."""
    stored, dropped = hospital.push(content), arrive(wiring.clinical, content)
    run(wiring, stored, clinical=hospital.clinical)

    assert run(wiring, dropped, clinical=hospital.clinical) == [
        InstanceIgnored(blob=dropped.blob, reason="duplicate")
    ]


def test_other_bytes_in_the_bucket_are_a_conflict(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """Two different files under one UID are for a person to judge."""
    run(wiring, hospital.push(SMALL), clinical=hospital.clinical)
    with pytest.raises(Conflict):
        run(wiring, arrive(wiring.clinical, LARGE), clinical=hospital.clinical)

    assert len(instances(wiring)) == 1


def test_what_was_deleted_before_is_not_found(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """A notification may come when its instance is gone."""
    event = hospital.push(SMALL)
    hospital.stores.delete(event.blob)

    with pytest.raises(ObjectNotFound):
        run(wiring, event, clinical=hospital.clinical)


@pytest.mark.parametrize("way", ["store", "bucket"])
def test_a_result_of_ours_is_not_taken_in(wiring: EmbeddedWiring, hospital: Hospital, way: str) -> None:
    """What was delivered and comes back is left out, once, by whatever way and however often it comes."""
    wiring.ledger.add_result(uid(1))
    event = hospital.push(RESULT) if way == "store" else arrive(wiring.clinical, RESULT)
    ignored = [InstanceIgnored(blob=event.blob, reason="own_result")]
    results = [run(wiring, event, clinical=hospital.clinical) for _ in range(2)]

    assert results == [ignored, ignored]
    assert instances(wiring) == []
    assert [record.reason for record in wiring.ledger.ignored()] == ["own_result"]


def test_a_result_is_known_by_its_own_uid_alone(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """Other instances of the same series are taken in."""
    wiring.ledger.add_result(uid(2))
    event = hospital.push(RESULT)

    assert run(wiring, event, clinical=hospital.clinical) == [
        InstanceAccepted(blob=event.blob, series=series_ref())
    ]


def test_no_image_is_looked_up_among_the_results(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """A result is no image, so that the ledger is not asked for each of them."""
    asked: list[str] = []
    wiring.ledger.is_result = asked.append  # type: ignore[assignment,method-assign]
    run(wiring, hospital.push(SMALL), clinical=hospital.clinical)

    assert asked == []


def test_the_balance_counts_them(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """Instances of stores are received like objects."""
    run(wiring, hospital.push(SMALL), clinical=hospital.clinical)
    run(wiring, arrive(wiring.clinical, ct_image(2)), clinical=hospital.clinical)
    counts = balance(wiring.ledger, wiring.jobs, wiring.clinical)

    assert (counts.received, counts.in_flight, counts.closed) == (2, 2, True)


def test_nothing_else_can_be_named_as_an_original(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """A path of a store is, in the clinical bucket, the name of an object outside its intake."""
    event = hospital.push(SMALL)
    object_ref = BlobRef(bucket=wiring.clinical.bucket, name=event.blob.name, generation=1)

    assert run(wiring, BlobFinalized(blob=object_ref, size=0), clinical=hospital.clinical) == []
