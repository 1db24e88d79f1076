"""`unpack`: every member of an archive is accepted where it lies, goes on alone, is ignored, or fails."""

import zipfile
from collections import Counter

import pytest
from pydicom.uid import RTStructureSetStorage

from shared.events import ArchiveUnpacked, MembersAccepted
from shared.ports.records import ArchiveRecord, IgnoredRecord
from shared.wiring import EmbeddedWiring
from tests.archives import ENCRYPTED, FLAGS, patched, zipped
from tests.factories import series_ref, uid
from tests.instances import ct_image, media_directory, without_meta
from tests.unit.functions.unpack.harness import (
    ONE,
    TWO,
    everything,
    failures,
    instances,
    members,
    run,
    stored,
    unpack_one,
)

# -- what becomes of members


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_accepts_every_instance_where_it_lies(wiring: EmbeddedWiring, method: int) -> None:
    """Members of one base name in different folders are instances of their own, and no objects."""
    blob = stored(wiring, zipped([("a/1.dcm", ONE), ("b/c/1.dcm", TWO)], method))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=2, extracted=0, ignored=0, failed=0)]
    assert instances(wiring, blob) == {0: ONE, 1: TWO}
    assert [stat.ref for stat in wiring.clinical.list()] == [blob]
    assert wiring.ledger.archive(blob) == ArchiveRecord(
        blob=blob, members=2, unpacked_to=2, accepted=2, finished=True
    )


def test_accepts_each_of_two_members_of_one_name(wiring: EmbeddedWiring) -> None:
    """An archive may hold a name twice; both members are there afterwards."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("1.dcm", TWO)]))
    run(wiring, blob)

    assert members(wiring, blob) == {0: ONE, 1: TWO}


def test_keeps_names_that_people_gave_out_of_the_new_ones(wiring: EmbeddedWiring) -> None:
    """The new object's name holds the archive's generation and the member's index."""
    blob = stored(wiring, zipped([("Zylberquist Ottokar/scans.zip", zipped([("1.dcm", ONE)]))]))
    run(wiring, blob)

    names = [stat.ref.name for stat in wiring.clinical.list(f"{blob.name}.")]
    assert names == [f"intake/archive.zip.members/{blob.generation}/000000"]


def test_does_not_count_folders_as_members(wiring: EmbeddedWiring) -> None:
    """Entries of folders hold nothing; indices count the files alone."""
    blob = stored(wiring, zipped([("a/", b""), ("a/1.dcm", ONE), ("b/", b""), ("b/2.dcm", TWO)]))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=2, extracted=0, ignored=0, failed=0)]
    assert members(wiring, blob) == {0: ONE, 1: TWO}


def test_a_folder_that_holds_bytes_is_a_member(wiring: EmbeddedWiring) -> None:
    """A name that ends like a folder's must not hide an instance."""
    blob = stored(wiring, zipped([("a/", b""), ("a/1.dcm/", ONE), ("2.dcm", TWO)]))
    run(wiring, blob)

    assert members(wiring, blob) == {0: ONE, 1: TWO}


def test_lets_archives_within_an_archive_arrive_on_their_own(wiring: EmbeddedWiring) -> None:
    """They become objects, byte for byte."""
    inner = zipped([("1.dcm", ONE)])
    blob = stored(wiring, zipped([("member", inner)]))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=0, extracted=1, ignored=0, failed=0)]
    assert (members(wiring, blob), instances(wiring, blob)) == ({0: inner}, {})


def test_says_what_was_accepted_of_each_series(wiring: EmbeddedWiring) -> None:
    """One event a series, however many instances; each instance is recorded as lying in the archive."""
    other = ct_image(3, series=2)
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", other), ("3.dcm", TWO)]))
    accepted = [each for each in everything(wiring, blob) if isinstance(each, MembersAccepted)]

    assert [(each.series, each.instance_count) for each in accepted] == [
        (series_ref(1), 2),
        (series_ref(2), 1),
    ]
    assert len({each.key for each in accepted}) == 2


def test_unpacks_an_empty_archive(wiring: EmbeddedWiring) -> None:
    """An archive without members is done at once."""
    blob = stored(wiring, zipped([]))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=0, extracted=0, ignored=0, failed=0)]
    assert wiring.ledger.archive(blob) == ArchiveRecord(blob=blob, members=0, finished=True)


def test_counts_members_of_many_kinds(wiring: EmbeddedWiring) -> None:
    """A mixed archive is accounted for to the last member."""
    archive = zipped(
        [("1.dcm", ONE), ("DICOMDIR", media_directory()), ("../2.dcm", TWO), ("text", b"text"), ("3", TWO)]
    )
    blob = stored(wiring, patched(archive, 4, FLAGS, ENCRYPTED))
    events = run(wiring, blob)

    assert Counter(failures(events).values()) == {"archive_member_unsafe": 1, "archive_member_encrypted": 1}
    assert events[-1] == ArchiveUnpacked(blob=blob, accepted=1, extracted=0, ignored=2, failed=2)


# -- members are judged as objects are


def test_a_copy_of_an_instance_is_ignored(wiring: EmbeddedWiring) -> None:
    """Twice in one archive, or in another one: the first is accepted, its copies are counted."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("again.dcm", ONE)]))
    again = stored(wiring, zipped([("2.dcm", TWO), ("1.dcm", ONE)], zipfile.ZIP_DEFLATED), "intake/again.zip")

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=1, extracted=0, ignored=1, failed=0)]
    assert run(wiring, again) == [ArchiveUnpacked(blob=again, accepted=1, extracted=0, ignored=1, failed=0)]
    assert {(each.subject, each.reason) for each in wiring.ledger.ignored()} == {
        (f"{blob}!1", "duplicate"),
        (f"{again}!1", "duplicate"),
    }


def test_other_bytes_under_one_uid_are_a_conflict(wiring: EmbeddedWiring) -> None:
    """The first stays, the second waits for a person; the rest of the archive goes on."""
    other = ct_image(1, StudyDescription="other")
    blob = stored(wiring, zipped([("1.dcm", ONE), ("other.dcm", other), ("2.dcm", TWO)]))

    assert failures(run(wiring, blob)) == {1: "conflict"}
    assert instances(wiring, blob) == {0: ONE, 2: TWO}


def test_another_patient_in_a_series_is_refused(wiring: EmbeddedWiring) -> None:
    """Against the series as it is, and against the first of the archive where there is none."""
    stranger = ct_image(2, PatientID="another")
    blob = stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", stranger)]))
    later = stored(wiring, zipped([("3.dcm", ct_image(3, PatientID="another"))]), "intake/later.zip")

    assert failures(run(wiring, blob)) == {1: "patient_inconsistent"}
    assert failures(run(wiring, later)) == {0: "patient_inconsistent"}
    assert [each.blob for each in wiring.ledger.instances()] == [blob.at_member(0)]


@pytest.mark.parametrize(
    ("content", "code"),
    [(without_meta(ONE), "file_meta_missing"), (ONE[:-1], "truncated")],
    ids=["data set alone", "cut off"],
)
def test_refuses_members_as_validate_does(wiring: EmbeddedWiring, content: bytes, code: str) -> None:
    """The checks are those of an object that arrives alone, with the same codes."""
    failed, _ = unpack_one(wiring, zipped([("1.dcm", content)]))

    assert failed.code == code


def test_ignores_results_of_ours(wiring: EmbeddedWiring) -> None:
    """A result that comes back in an archive is not taken in again."""
    result = ct_image(5, SOPClassUID=RTStructureSetStorage)
    wiring.ledger.add_result(uid(5))
    blob = stored(wiring, zipped([("1.dcm", result)]))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=0, extracted=0, ignored=1, failed=0)]
    assert [each.reason for each in wiring.ledger.ignored()] == ["own_result"]


def test_an_archive_that_was_sent_again_takes_its_instances_along(wiring: EmbeddedWiring) -> None:
    """Overwritten with the same bytes, its instances lie in the new generation, for the old one is gone."""
    archive = zipped([("1.dcm", ONE), ("2.dcm", TWO)])
    run(wiring, stored(wiring, archive))
    again = stored(wiring, archive)

    assert run(wiring, again) == [ArchiveUnpacked(blob=again, accepted=2, extracted=0, ignored=0, failed=0)]
    assert instances(wiring, again) == {0: ONE, 1: TWO}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (media_directory(), "dicomdir"),
        (b"Read me", "not_dicom_member"),
        (b"", "not_dicom_member"),
        (bytes(2000), "not_dicom_member"),
    ],
    ids=["DICOMDIR", "text", "empty", "zeros"],
)
def test_ignores_what_is_no_instance(wiring: EmbeddedWiring, content: bytes, reason: str) -> None:
    """Members that are no instances are counted as ignored under the archive's generation and their index."""
    blob = stored(wiring, zipped([("1.dcm", ONE), ("other", content)]))

    assert run(wiring, blob) == [ArchiveUnpacked(blob=blob, accepted=1, extracted=0, ignored=1, failed=0)]
    assert list(wiring.ledger.ignored()) == [
        IgnoredRecord(subject=f"{blob}!1", blob=blob, reason=reason)  # type: ignore[arg-type]
    ]
