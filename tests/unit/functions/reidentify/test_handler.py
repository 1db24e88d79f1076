"""`reidentify`: a result comes back under the identity of its patient."""

import io
from typing import Any

import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.filewriter import dcmwrite
from pydicom.uid import ExplicitVRLittleEndian, RTStructureSetStorage

from functions.reidentify.handler import reidentify
from shared.adapters.files import FileKeys
from shared.deid.crosswalk import Crosswalk, seal
from shared.errors import (
    CrosswalkUnreadable,
    ObjectNotFound,
    PreconditionFailed,
    RecordMissing,
    ResultForeign,
    ResultUnreadable,
)
from shared.events import Event, ResultDelivered, ResultReceived
from shared.identifiers import BlobRef
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get, put
from tests.factories import generation_record, series_ref, uid
from tests.unit.functions.steps import accept

JOB_ID = "5d" * 16
NEW_STUDY, NEW_SERIES, NEW_ONE, NEW_TWO = "2.25.91", "2.25.92", "2.25.931", "2.25.932"


def crosswalk(**changes: Any) -> Crosswalk:
    """The way back of a shard with one instance."""
    fields: dict[str, Any] = {
        "job_id": JOB_ID,
        "series": series_ref(),
        "generation": 1,
        "uids": {
            NEW_STUDY: series_ref().study_instance_uid,
            NEW_SERIES: series_ref().series_instance_uid,
            NEW_ONE: uid(1),
        },
        "sop_instance_uids": (NEW_ONE,),
        "shift_days": -100,
        "identity": {"PatientID": "PID-7730914", "PatientName": "Zylberquist^Ottokar"},
    }
    return Crosswalk(**{**fields, **changes})


def keep(wiring: EmbeddedWiring, *crosswalks: Crosswalk) -> None:
    """Put the crosswalks of a job's shards where `deidentify` puts them."""
    for number, each in enumerate(crosswalks):
        put(wiring.clinical, f"crosswalks/{JOB_ID}/{number:04d}", seal(each, wiring.keys))


def sent(wiring: EmbeddedWiring, *crosswalks: Crosswalk) -> None:
    """Let the first instance of a series be accepted from a bucket and sent with these crosswalks."""
    accept(wiring, 1)
    keep(wiring, *crosswalks)


def structure_set(*images: str, series: str = NEW_SERIES, **changes: Any) -> bytes:
    """An RT Structure Set that references images of one series."""
    result = Dataset()
    result.SOPClassUID = RTStructureSetStorage
    result.SOPInstanceUID = "2.25.94"
    result.Modality = "RTSTRUCT"
    result.PatientID = "PSEUDONYM"
    result.PatientName = "PSEUDONYM"
    result.StudyInstanceUID = NEW_STUDY
    result.SeriesInstanceUID = "2.25.95"
    in_series = Dataset()
    in_series.SeriesInstanceUID = series
    in_series.ContourImageSequence = [_image(each) for each in images or (NEW_ONE,)]
    study = Dataset()
    study.RTReferencedSeriesSequence = [in_series]
    frame = Dataset()
    frame.RTReferencedStudySequence = [study]
    result.ReferencedFrameOfReferenceSequence = [frame]
    for keyword, value in changes.items():
        setattr(result, keyword, value)
    result.file_meta = FileMetaDataset()
    result.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
    content = io.BytesIO()
    dcmwrite(content, result, enforce_file_format=True)
    return content.getvalue()


def _image(sop_instance_uid: str) -> Dataset:
    image = Dataset()
    image.ReferencedSOPInstanceUID = sop_instance_uid
    return image


def received(wiring: EmbeddedWiring, content: bytes) -> ResultReceived:
    """Put a result into the released bucket."""
    return ResultReceived(
        job_id=JOB_ID, result=put(wiring.released, f"jobs/{JOB_ID}/result.dcm", content).ref
    )


def run(wiring: EmbeddedWiring, event: ResultReceived, **ports: Any) -> list[Event]:
    """Handle one event; other ports may be given by name."""
    bound = {
        "clinical": wiring.clinical,
        "released": wiring.released,
        "ledger": wiring.ledger,
        "keys": wiring.keys,
        "dicom_stores": wiring.dicom_stores,
        **ports,
    }
    return list(reidentify(event, **bound))


def delivered(wiring: EmbeddedWiring) -> list[BlobRef]:
    """The results in the clinical bucket."""
    return [stat.ref for stat in wiring.clinical.list("results/")]


def test_stores_the_result_under_its_patient(wiring: EmbeddedWiring) -> None:
    """Identity and references are the original ones again; the result lies beside the series."""
    sent(wiring, crosswalk())
    events = run(wiring, received(wiring, structure_set()))
    (ref,) = delivered(wiring)
    result = dcmread(io.BytesIO(get(wiring.clinical, ref)))
    frame = result.ReferencedFrameOfReferenceSequence[0]
    in_series = frame.RTReferencedStudySequence[0].RTReferencedSeriesSequence[0]

    assert events == [ResultDelivered(job_id=JOB_ID, result=ref)]
    assert ref.name == f"results/{JOB_ID}/rtstruct.dcm"
    assert (result.PatientID, result.PatientName) == ("PID-7730914", "Zylberquist^Ottokar")
    assert result.StudyInstanceUID == series_ref().study_instance_uid
    assert in_series.SeriesInstanceUID == series_ref().series_instance_uid
    assert in_series.ContourImageSequence[0].ReferencedSOPInstanceUID == uid(1)


def test_joins_the_crosswalks_of_all_shards(wiring: EmbeddedWiring) -> None:
    """A result may reference instances of every shard."""
    second = crosswalk(uids={**crosswalk().uids, NEW_TWO: uid(2)}, sop_instance_uids=(NEW_TWO,))
    sent(wiring, crosswalk(), second)
    run(wiring, received(wiring, structure_set(NEW_ONE, NEW_TWO)))
    (ref,) = delivered(wiring)
    content = get(wiring.clinical, ref)

    assert uid(1).encode() in content
    assert uid(2).encode() in content


def test_a_second_delivery_finds_the_result_there(wiring: EmbeddedWiring) -> None:
    """The same result makes the same bytes, so that the object and the event stay what they are."""
    sent(wiring, crosswalk())
    event = received(wiring, structure_set())
    first = run(wiring, event)

    assert run(wiring, event) == first
    assert len(delivered(wiring)) == 1


def test_a_second_result_does_not_replace_the_first(wiring: EmbeddedWiring) -> None:
    """Another result of the same job is refused: what was delivered stays."""
    sent(wiring, crosswalk())
    run(wiring, received(wiring, structure_set()))
    before = delivered(wiring)
    with pytest.raises(PreconditionFailed):
        run(wiring, received(wiring, structure_set(StructureSetLabel="Another")))

    assert delivered(wiring) == before


def test_uids_that_were_retained_lead_back_to_themselves(wiring: EmbeddedWiring) -> None:
    """Under a profile that keeps UIDs nothing was mapped: the result references the original ones."""
    sent(wiring, crosswalk(uids={}, sop_instance_uids=(uid(1),)))
    run(wiring, received(wiring, structure_set(uid(1), series=series_ref().series_instance_uid)))
    (ref,) = delivered(wiring)

    assert uid(1).encode() in get(wiring.clinical, ref)


# -- the series' state


def test_the_series_learns_of_its_result(wiring: EmbeddedWiring) -> None:
    """The generation that was sent has its result, also when the event comes twice."""
    sent(wiring, crosswalk())
    wiring.ledger.add_generation(generation_record(state=SeriesState.DEIDENTIFIED))
    event = received(wiring, structure_set())
    run(wiring, event)
    run(wiring, event)

    assert wiring.ledger.generation(series_ref()) == generation_record(
        state=SeriesState.RESULT_DELIVERED, revision=2
    )


def test_the_result_of_a_superseded_generation_is_delivered(wiring: EmbeddedWiring) -> None:
    """A late result arrives all the same; the newer generation and the older one's state stay."""
    sent(wiring, crosswalk())
    wiring.ledger.add_generation(generation_record(state=SeriesState.DEIDENTIFIED))
    wiring.ledger.add_generation(generation_record(generation=2))
    before = [wiring.ledger.generation(series_ref(), number) for number in (1, 2)]

    assert len(run(wiring, received(wiring, structure_set()))) == 1
    assert [wiring.ledger.generation(series_ref(), number) for number in (1, 2)] == before


# -- nothing is delivered


def test_asks_for_the_crosswalk(wiring: EmbeddedWiring) -> None:
    """Without a way back there is none."""
    with pytest.raises(CrosswalkUnreadable) as caught:
        run(wiring, received(wiring, structure_set()))

    assert caught.value.details == {"reason": "missing"}
    assert delivered(wiring) == []


def test_waits_for_a_series_that_the_ledger_does_not_know(wiring: EmbeddedWiring) -> None:
    """Where a series came from must be known, or its result would miss its DICOM store in silence."""
    keep(wiring, crosswalk())
    with pytest.raises(RecordMissing):
        run(wiring, received(wiring, structure_set()))


def test_asks_for_the_key_that_sealed_it(wiring: EmbeddedWiring, tmp_path: Any) -> None:
    """With another key the crosswalk cannot be opened."""
    sent(wiring, crosswalk())
    with pytest.raises(CrosswalkUnreadable):
        run(
            wiring,
            received(wiring, structure_set()),
            keys=FileKeys.create_if_absent(tmp_path / "other" / "key"),
        )

    assert delivered(wiring) == []


@pytest.mark.parametrize(
    "content",
    [
        structure_set("2.25.999"),
        structure_set(NEW_ONE, "2.25.999"),
        structure_set(series="2.25.999"),
        structure_set(series=series_ref().series_instance_uid),
    ],
    ids=["other image", "one image more", "other series", "series by a UID that was not sent"],
)
def test_refuses_a_result_of_another_series(wiring: EmbeddedWiring, content: bytes) -> None:
    """A result that references anything that was not sent is nobody's."""
    sent(wiring, crosswalk())
    wiring.ledger.add_generation(generation_record(state=SeriesState.DEIDENTIFIED))
    with pytest.raises(ResultForeign):
        run(wiring, received(wiring, content))

    assert delivered(wiring) == []
    assert wiring.ledger.generation(series_ref()) == generation_record(state=SeriesState.DEIDENTIFIED)


@pytest.mark.parametrize(
    "content", [b"", b"<html>", structure_set(Modality="CT")], ids=["empty", "text", "no structure set"]
)
def test_refuses_what_is_no_structure_set(wiring: EmbeddedWiring, content: bytes) -> None:
    """What cannot be read as an RT Structure Set is not delivered."""
    sent(wiring, crosswalk())
    with pytest.raises(ResultUnreadable):
        run(wiring, received(wiring, content))

    assert delivered(wiring) == []


def test_finds_an_overwritten_result_gone(wiring: EmbeddedWiring) -> None:
    """Only the generation whose checksum was verified is delivered."""
    sent(wiring, crosswalk())
    event = received(wiring, structure_set())
    put(wiring.released, event.result.name, structure_set(NEW_ONE))

    with pytest.raises(ObjectNotFound):
        run(wiring, event)


def test_the_crosswalks_of_other_jobs_do_not_count(wiring: EmbeddedWiring) -> None:
    """A job's crosswalk is found by its own id alone."""
    put(wiring.clinical, f"crosswalks/{JOB_ID}0/0000", seal(crosswalk(), wiring.keys))

    with pytest.raises(CrosswalkUnreadable):
        run(wiring, received(wiring, structure_set()))
