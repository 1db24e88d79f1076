"""`validate`: what becomes of an object that arrived."""

from hashlib import sha256
from typing import Any

import msgspec
import pytest

from shared.adapters.clock import FakeClock
from shared.errors import (
    Conflict,
    LimitExceeded,
    ObjectNotFound,
    PatientInconsistent,
)
from shared.events import ArchiveReceived, BlobFinalized, InstanceAccepted, InstanceIgnored
from shared.ports.records import ArchiveRecord, IgnoredRecord, InstanceRecord
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import put
from tests.factories import series_ref, uid
from tests.instances import PATIENT_ID, PATIENT_NAME, ct_image, media_directory
from tests.unit.functions.conftest import NOW
from tests.unit.functions.steps import arrive
from tests.unit.functions.validate.harness import instances, run
from tests.watched_blobs import WatchedBlobs

# -- what is looked at


@pytest.mark.parametrize("name", ["results/1/rtstruct.dcm", "crosswalks/1/0000", "intake", "x/intake/a.dcm"])
def test_leaves_alone_what_lies_outside_the_intake(wiring: EmbeddedWiring, name: str) -> None:
    """Objects that the product itself writes beside the intake are not even opened."""
    clinical = WatchedBlobs(wiring.clinical)
    event = arrive(wiring.clinical, ct_image(), name)

    assert run(wiring, event, clinical=clinical) == []
    assert (clinical.journal, instances(wiring)) == ([], [])


@pytest.mark.parametrize("head", [b"PK\3\4", b"PK\5\6"])
def test_sends_an_archive_on_to_be_unpacked(wiring: EmbeddedWiring, head: bytes) -> None:
    """An object that starts like a ZIP archive, also like an empty one, is to be unpacked from its start."""
    event = arrive(wiring.clinical, head + bytes(60), "intake/archive.dcm")

    assert run(wiring, event) == [ArchiveReceived(blob=event.blob, first_member=0)]
    assert instances(wiring) == []


def test_ignores_a_media_directory(wiring: EmbeddedWiring) -> None:
    """A DICOMDIR is counted as ignored, once, however often it is delivered."""
    event = arrive(wiring.clinical, media_directory(), "intake/DICOMDIR")
    ignored = InstanceIgnored(blob=event.blob, reason="dicomdir")

    assert [run(wiring, event), run(wiring, event)] == [[ignored], [ignored]]
    assert list(wiring.ledger.ignored()) == [
        IgnoredRecord(subject=str(event.blob), blob=event.blob, reason="dicomdir")
    ]


# -- accepted


def test_accepts_an_instance_into_its_series(wiring: EmbeddedWiring) -> None:
    """The ledger learns what the next stages need, and nothing else of the header."""
    content = ct_image(7, series=3, NumberOfSeriesRelatedInstances=12)
    stat = put(wiring.clinical, "intake/image.dcm", content)
    patient = f"\0{PATIENT_ID}\0{PATIENT_NAME.upper()}\0\0"

    assert run(wiring, BlobFinalized(blob=stat.ref, size=0)) == [
        InstanceAccepted(blob=stat.ref, series=series_ref(3))
    ]
    assert instances(wiring) == [
        InstanceRecord(
            sop_instance_uid=uid(7),
            series=series_ref(3),
            blob=stat.ref,
            size=len(content),
            crc32c=stat.crc32c,
            sop_class_uid="1.2.840.10008.5.1.4.1.1.2",
            transfer_syntax_uid="1.2.840.10008.1.2.1",
            modality="CT",
            patient_digest=sha256(patient.encode()).hexdigest(),
            expected_count=12,
            accepted_at=NOW,
        )
    ]


def test_accepts_a_redelivered_object_again(wiring: EmbeddedWiring, clock: FakeClock) -> None:
    """A second delivery of the same object says the same and leaves the first record as it is."""
    event = arrive(wiring.clinical, ct_image())
    first, before = run(wiring, event), instances(wiring)
    clock.advance(60)

    assert run(wiring, event) == first
    assert instances(wiring) == before


def test_reads_only_the_header(wiring: EmbeddedWiring) -> None:
    """Of an instance with 4 MiB of pixels no more than the first window is read."""
    event = arrive(wiring.clinical, ct_image(pixels=bytes(4 << 20)))
    clinical = WatchedBlobs(wiring.clinical)
    events = run(wiring, event, clinical=clinical)

    assert events == [InstanceAccepted(blob=event.blob, series=series_ref())]
    assert clinical.bytes_read <= (64 << 10) + 64
    assert clinical.headers == 1


# -- what the ledger accounts for


def gone(wiring: EmbeddedWiring, event: BlobFinalized) -> BlobFinalized:
    """The event of an object that was handled and deleted since."""
    run(wiring, event)
    wiring.clinical.delete(event.blob)
    return event


def test_is_quiet_about_an_instance_whose_object_is_gone(wiring: EmbeddedWiring) -> None:
    """An accepted instance that is told of again after its object was deleted is no failure."""
    event = gone(wiring, arrive(wiring.clinical, ct_image()))

    assert run(wiring, event) == []
    assert [each.blob for each in instances(wiring)] == [event.blob]


def test_is_quiet_about_what_was_ignored_and_is_gone(wiring: EmbeddedWiring) -> None:
    """A DICOMDIR that was ignored is no failure; a duplicate takes the place of the first, which is gone."""
    first = arrive(wiring.clinical, ct_image(), "intake/1.dcm")
    run(wiring, first)
    second = arrive(wiring.clinical, ct_image(), "intake/2.dcm")
    run(wiring, second)
    wiring.clinical.delete(first.blob)
    directory = gone(wiring, arrive(wiring.clinical, media_directory(), "intake/DICOMDIR"))

    said = [run(wiring, each) for each in (first, second, directory)]
    assert [[type(each) for each in events] for events in said] == [[], [InstanceAccepted], []]


def test_is_quiet_about_an_archive_that_was_unpacked_and_is_gone(wiring: EmbeddedWiring) -> None:
    """Once a batch of its members is recorded, an archive is accounted for; until then it is not."""
    event = gone(wiring, arrive(wiring.clinical, b"PK\3\4" + bytes(60), "intake/archive.zip"))
    with pytest.raises(ObjectNotFound):
        run(wiring, event)
    wiring.ledger.put_archive(ArchiveRecord(blob=event.blob, members=1))

    assert run(wiring, event) == []


def test_is_quiet_about_an_overwritten_generation_of_an_instance(wiring: EmbeddedWiring) -> None:
    """The same bytes lie there under a later generation, which is the instance now."""
    first = arrive(wiring.clinical, ct_image(), "intake/1.dcm")
    run(wiring, first)
    again = arrive(wiring.clinical, ct_image(), "intake/1.dcm")
    run(wiring, again)

    assert run(wiring, first) == []
    assert [each.blob for each in instances(wiring)] == [again.blob]


def test_is_not_quiet_about_an_object_that_another_overwrote(wiring: EmbeddedWiring) -> None:
    """What was never read is missing, whatever was accepted under its name later."""
    lost = arrive(wiring.clinical, ct_image(1), "intake/image.dcm")
    run(wiring, arrive(wiring.clinical, ct_image(2), "intake/image.dcm"))

    with pytest.raises(ObjectNotFound):
        run(wiring, lost)


def test_does_not_refuse_what_it_has_accepted(wiring: EmbeddedWiring) -> None:
    """A policy that became stricter makes no failure of an instance that is told of again."""
    accepted, new = (arrive(wiring.clinical, ct_image(n), f"intake/{n}.dcm") for n in (1, 2))
    run(wiring, accepted)

    assert run(wiring, accepted, file_bytes=100) == []
    with pytest.raises(LimitExceeded):
        run(wiring, new, file_bytes=100)


# -- duplicates and conflicts


def test_ignores_the_same_bytes_under_another_name(wiring: EmbeddedWiring) -> None:
    """A duplicate is counted as ignored, once, and the first object stays the instance."""
    first = arrive(wiring.clinical, ct_image(), "intake/1.dcm")
    second = arrive(wiring.clinical, ct_image(), "intake/2.dcm")
    run(wiring, first)
    ignored = InstanceIgnored(blob=second.blob, reason="duplicate")

    assert [run(wiring, second), run(wiring, second)] == [[ignored], [ignored]]
    assert [each.blob for each in instances(wiring)] == [first.blob]
    assert [each.subject for each in wiring.ledger.ignored()] == [str(second.blob)]


def test_compares_bytes_whatever_their_pieces(wiring: EmbeddedWiring) -> None:
    """Two streams may be cut differently: only their bytes decide about a duplicate."""
    clinical = WatchedBlobs(wiring.clinical)
    run(wiring, arrive(wiring.clinical, ct_image(), "intake/1.dcm"))
    second = arrive(wiring.clinical, ct_image(), "intake/2.dcm")
    clinical.chunk_bytes = 100

    assert run(wiring, second, clinical=clinical) == [InstanceIgnored(blob=second.blob, reason="duplicate")]


@pytest.mark.parametrize("pixels", [b"\1" * 128, bytes(256)], ids=["other pixels", "more pixels"])
def test_refuses_other_bytes_under_the_same_uid(wiring: EmbeddedWiring, pixels: bytes) -> None:
    """Different bytes under one SOP Instance UID are a conflict; the first instance stays."""
    first = arrive(wiring.clinical, ct_image(), "intake/1.dcm")
    second = arrive(wiring.clinical, ct_image(pixels=pixels), "intake/2.dcm")
    run(wiring, first)
    with pytest.raises(Conflict):
        run(wiring, second)

    assert [each.blob for each in instances(wiring)] == [first.blob]
    assert list(wiring.ledger.ignored()) == []


def test_refuses_other_bytes_of_the_same_checksum(wiring: EmbeddedWiring) -> None:
    """A checksum proves no equality: with a forged one the bytes still tell the difference."""
    first = arrive(wiring.clinical, ct_image(), "intake/1.dcm")
    second = arrive(wiring.clinical, ct_image(pixels=b"\1" * 128), "intake/2.dcm")
    run(wiring, first)
    clinical = WatchedBlobs(wiring.clinical)
    clinical.stats["intake/2.dcm"] = msgspec.structs.replace(
        wiring.clinical.stat("intake/2.dcm"), crc32c=wiring.clinical.stat("intake/1.dcm").crc32c
    )

    with pytest.raises(Conflict):
        run(wiring, second, clinical=clinical)


def test_refuses_the_same_uid_in_another_series(wiring: EmbeddedWiring) -> None:
    """A SOP Instance UID belongs to one series; the same in another one is a conflict."""
    run(wiring, arrive(wiring.clinical, ct_image(1, series=1), "intake/1.dcm"))
    second = arrive(wiring.clinical, ct_image(1, series=2), "intake/2.dcm")

    with pytest.raises(Conflict):
        run(wiring, second)


def test_what_is_sent_again_takes_the_place_of_what_is_gone(wiring: EmbeddedWiring) -> None:
    """Where the stored bytes are gone nothing is called a duplicate: the instance lies there from now on."""
    first = arrive(wiring.clinical, ct_image(), "intake/1.dcm")
    run(wiring, first)
    second = arrive(wiring.clinical, ct_image(), "intake/2.dcm")
    wiring.clinical.delete(first.blob)

    assert [type(each) for each in run(wiring, second)] == [InstanceAccepted]
    assert [each.blob for each in wiring.ledger.instances()] == [second.blob]
    assert list(wiring.ledger.ignored()) == []


def test_other_bytes_do_not_take_the_place_of_what_is_gone(wiring: EmbeddedWiring) -> None:
    """A person decides, as if it were there."""
    first = arrive(wiring.clinical, ct_image(), "intake/1.dcm")
    run(wiring, first)
    wiring.clinical.delete(first.blob)

    with pytest.raises(Conflict):
        run(wiring, arrive(wiring.clinical, ct_image(StudyDescription="other"), "intake/2.dcm"))


def test_follows_an_object_that_was_uploaded_again(wiring: EmbeddedWiring) -> None:
    """The same bytes again under the same name are the same instance, which lies there now."""
    run(wiring, arrive(wiring.clinical, ct_image(), "intake/1.dcm"))
    again = arrive(wiring.clinical, ct_image(), "intake/1.dcm")

    results = run(wiring, again)

    assert results == [InstanceAccepted(blob=again.blob, series=series_ref(1))]
    assert [each.blob for each in instances(wiring)] == [again.blob]


@pytest.mark.parametrize(
    "attributes",
    [{"PatientID": "PID-1"}, {"PatientName": "Other^Name"}, {"PatientBirthDate": "19700101"}],
    ids=["id", "name", "birth date"],
)
def test_refuses_a_second_patient_in_a_series(wiring: EmbeddedWiring, attributes: dict[str, Any]) -> None:
    """Whoever differs in any part of the identity is another patient; the instance is not accepted."""
    run(wiring, arrive(wiring.clinical, ct_image(1), "intake/1.dcm"))
    foreign = arrive(wiring.clinical, ct_image(2, **attributes), "intake/2.dcm")
    with pytest.raises(PatientInconsistent):
        run(wiring, foreign)

    assert [each.sop_instance_uid for each in instances(wiring)] == [uid(1)]


def test_accepts_another_patient_in_another_series(wiring: EmbeddedWiring) -> None:
    """The identity is compared within a series only."""
    run(wiring, arrive(wiring.clinical, ct_image(1), "intake/1.dcm"))
    other = arrive(wiring.clinical, ct_image(2, series=2, PatientID="PID-1"), "intake/2.dcm")

    assert run(wiring, other) == [InstanceAccepted(blob=other.blob, series=series_ref(2))]
