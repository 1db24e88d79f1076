"""`reidentify`: a result goes back to the DICOM store that its series came from."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydicom import dcmread
from urllib3 import Retry

from shared.errors import ConfigurationError, Conflict, StorageUnavailable
from shared.events import InstanceIgnored, ResultDelivered
from shared.local.dicom_store.faults import Fault
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.factories import generation_record, series_ref, uid
from tests.instances import ct_image
from tests.unit.functions.dicom import Hospital, hospital_beside
from tests.unit.functions.reidentify.test_handler import (
    JOB_ID,
    NEW_ONE,
    crosswalk,
    delivered,
    keep,
    received,
    run,
    structure_set,
)
from tests.unit.functions.steps import accept
from tests.unit.functions.validate.harness import run as run_validate
from tests.unit.shared.adapters.dicom_instances import STORE, InMemory


@pytest.fixture
def hospital(tmp_path: Path, wiring: EmbeddedWiring, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hospital]:
    """A DICOM store with a series of which the first generation was sent; its crosswalk is kept."""
    monkeypatch.setattr(Retry, "sleep", lambda *_: None)
    keep(wiring, crosswalk())
    with hospital_beside(tmp_path, wiring) as running:
        run_validate(wiring, running.push(ct_image(1)), clinical=running.clinical)
        wiring.ledger.add_generation(
            generation_record(sop_instance_uids=(uid(1),), state=SeriesState.DEIDENTIFIED)
        )
        yield running


def state(wiring: EmbeddedWiring) -> SeriesState:
    """Where the series stands."""
    generation = wiring.ledger.generation(series_ref())
    assert generation is not None
    return generation.state


def results_in(hospital: Hospital) -> list[str]:
    """The SOP Instance UIDs of what lies in the series' study and is no image."""
    query = {"StudyInstanceUID": series_ref().study_instance_uid, "Modality": "RTSTRUCT"}
    return [found["00080018"]["Value"][0] for found in hospital.stores.search(STORE, "instances", query)]


def test_a_result_lies_beside_its_series(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """The store has the very file that was delivered, in the study of the original series."""
    events = run(
        wiring, received(wiring, structure_set()), clinical=hospital.clinical, dicom_stores=hospital.stores
    )
    (ref,) = delivered(wiring)
    (stored,) = results_in(hospital)
    with hospital.clinical.open(hospital.arrivals()[-1].blob) as reader:
        content = reader.read(0, reader.size)

    assert events == [ResultDelivered(job_id=JOB_ID, result=ref)]
    assert content == get(wiring.clinical, ref)
    assert stored == str(dcmread(io.BytesIO(content)).SOPInstanceUID)
    assert state(wiring) is SeriesState.RESULT_DELIVERED


def test_its_notification_is_ignored(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """What the store tells of it, in both shapes, is no arrival of a hospital's."""
    run(wiring, received(wiring, structure_set()), clinical=hospital.clinical, dicom_stores=hospital.stores)
    notified = [hospital.arrivals()[-1], hospital.arrivals(legacy=True)[-1]]
    outcomes = [run_validate(wiring, event, clinical=hospital.clinical) for event in notified]

    assert outcomes == [[InstanceIgnored(blob=event.blob, reason="own_result")] for event in notified]
    assert [record.sop_instance_uid for record in wiring.ledger.instances()] == [uid(1)]


def test_it_is_known_before_it_is_stored(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """A notification may overtake the handler: the result is known as ours before the store has it."""
    hospital.server.faults.add(Fault("503", "store"), 3)
    with pytest.raises(StorageUnavailable):
        run(
            wiring,
            received(wiring, structure_set()),
            clinical=hospital.clinical,
            dicom_stores=hospital.stores,
        )
    (ref,) = delivered(wiring)
    known = str(dcmread(io.BytesIO(get(wiring.clinical, ref))).SOPInstanceUID)

    assert wiring.ledger.is_result(known)
    assert results_in(hospital) == []


@pytest.mark.parametrize(("kind", "times"), [("503", 3), ("drop", 3)])
def test_a_later_delivery_finishes_the_work(
    wiring: EmbeddedWiring, hospital: Hospital, kind: str, times: int
) -> None:
    """Whether the store did not answer or its answer was lost, the result is there once in the end."""
    event = received(wiring, structure_set())
    hospital.server.faults.add(Fault(kind, "store"), times)
    with pytest.raises(StorageUnavailable):
        run(wiring, event, clinical=hospital.clinical, dicom_stores=hospital.stores)
    before = state(wiring)
    again = [run(wiring, event, clinical=hospital.clinical, dicom_stores=hospital.stores) for _ in range(2)]

    assert before is SeriesState.DEIDENTIFIED
    assert state(wiring) is SeriesState.RESULT_DELIVERED
    assert again[0] == again[1]
    assert len(results_in(hospital)) == len(delivered(wiring)) == 1


def test_a_refused_result_is_not_delivered(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """Where the store has something else under the result's UID, the series does not say that it has it."""
    event = received(wiring, structure_set())
    hospital.server.faults.add(Fault("503", "store"), 3)
    with pytest.raises(StorageUnavailable):
        run(wiring, event, clinical=hospital.clinical, dicom_stores=hospital.stores)
    (ref,) = delivered(wiring)
    other = dcmread(io.BytesIO(get(wiring.clinical, ref)))
    other.StructureSetLabel = "Another"
    content = io.BytesIO()
    other.save_as(content)
    hospital.stores.store(STORE, InMemory(content.getvalue()))
    with pytest.raises(Conflict):
        run(wiring, event, clinical=hospital.clinical, dicom_stores=hospital.stores)

    assert state(wiring) is SeriesState.DEIDENTIFIED


def test_a_series_from_the_bucket_has_its_result_there(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """What came as an object goes back as an object alone."""
    accept(wiring, 2)
    keep(wiring, crosswalk(generation=2, uids={**crosswalk().uids, NEW_ONE: uid(2)}))
    wiring.ledger.add_generation(
        generation_record(generation=2, sop_instance_uids=(uid(2),), state=SeriesState.DEIDENTIFIED)
    )
    events = run(
        wiring, received(wiring, structure_set()), clinical=hospital.clinical, dicom_stores=hospital.stores
    )

    assert len(events) == len(delivered(wiring)) == 1
    assert results_in(hospital) == []


def test_a_generation_that_is_not_there_does_not_hide_the_store(
    wiring: EmbeddedWiring, hospital: Hospital
) -> None:
    """A ledger that was rebuilt counts anew; the instances say where the series lies."""
    (part,) = wiring.clinical.list(f"crosswalks/{JOB_ID}/")
    wiring.clinical.delete(part.ref)
    keep(wiring, crosswalk(generation=7))
    run(wiring, received(wiring, structure_set()), clinical=hospital.clinical, dicom_stores=hospital.stores)

    assert len(results_in(hospital)) == 1


def test_a_store_that_is_no_longer_configured_is_told(wiring: EmbeddedWiring, hospital: Hospital) -> None:
    """A result that cannot go back is an exception, never a silent success."""
    with pytest.raises(ConfigurationError):
        run(wiring, received(wiring, structure_set()), clinical=hospital.clinical)

    assert state(wiring) is SeriesState.DEIDENTIFIED
