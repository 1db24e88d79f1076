"""What every `ClinicalLedger` must do with what comes in."""

from collections.abc import Callable

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.identifiers import BlobRef
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import ArchiveRecord, IgnoredRecord
from tests.contracts.clinical_ledger import ClinicalLedgerFixtures
from tests.contracts.races import at_once, in_parallel
from tests.factories import blob_ref, generation_record, instance_record, series_ref, uid


def generation_of(blob: BlobRef, generation: int) -> BlobRef:
    """Another generation of an object."""
    return msgspec.structs.replace(blob, generation=generation)


class IntakeContract(ClinicalLedgerFixtures):
    """Instances, archives, and what was ignored."""

    def test_a_new_instance_is_stored(self, ledger: ClinicalLedger) -> None:
        """What was added is returned and can be read by its SOP Instance UID, every field of it."""
        record = instance_record(expected_count=7, accepted_at=1234.567891)

        stored = ledger.add_instances([record])[0]

        assert stored == record
        assert ledger.instance(uid(1)) == record

    def test_an_unknown_instance_is_none(self, ledger: ClinicalLedger) -> None:
        """A SOP Instance UID that never came is answered by None, also if it is the start of another."""
        ledger.add_instances([instance_record()])

        assert ledger.instance(uid(1)[:-1]) is None

    def test_the_first_instance_stays(self, ledger: ClinicalLedger) -> None:
        """A second record of the same SOP Instance UID changes nothing, and its giver learns of the first."""
        first = instance_record()
        ledger.add_instances([first])

        stored = ledger.add_instances([instance_record(blob=blob_ref(9), crc32c="BBBBBB==")])[0]

        assert stored == first
        assert ledger.instance(uid(1)) == first

    def test_a_moved_instance_keeps_all_but_its_place(self, ledger: ClinicalLedger) -> None:
        """An instance whose object was overwritten lies at the new one, in the same series generation."""
        first = instance_record()
        ledger.add_instances([first])
        ledger.add_generation(generation_record(sop_instance_uids=(uid(1),)))

        ledger.move_instance(instance_record(blob=blob_ref(9)))

        moved = ledger.instance(uid(1))
        assert moved is not None
        assert (moved.blob, moved.generation) == (blob_ref(9), 1)
        assert [each.blob for each in ledger.instances(first.series)] == [blob_ref(9)]

    def test_an_instance_does_not_move_back(self, ledger: ClinicalLedger) -> None:
        """Two workers that each saw it before the other moved it: the object that came last is there."""
        for n in (3, 7, 5):
            moved = instance_record(blob=generation_of(blob_ref(), n))
            ledger.add_instances([moved])
            ledger.move_instance(moved)

        stored = ledger.instance(uid(1))
        assert stored is not None
        assert stored.blob == generation_of(blob_ref(), 7)

    def test_accounts_for_what_is_recorded(self, ledger: ClinicalLedger) -> None:
        """An instance, what is ignored and an archive are, each as that generation alone."""
        ledger.add_instances([instance_record(blob=blob_ref(1))])
        ledger.add_ignored(IgnoredRecord(subject=str(blob_ref(2)), blob=blob_ref(2), reason="duplicate"))
        ledger.add_ignored(IgnoredRecord(subject=f"{blob_ref(4)}!3", blob=blob_ref(4), reason="dicomdir"))
        ledger.put_archive(ArchiveRecord(blob=blob_ref(3), members=3))

        recorded = [blob_ref(n) for n in range(5) if ledger.accounts_for(blob_ref(n))]
        assert recorded == [blob_ref(1), blob_ref(2), blob_ref(3)]
        assert not any(ledger.accounts_for(generation_of(ref, 7)) for ref in recorded)
        assert not ledger.accounts_for(blob_ref(1, bucket="other"))

    def test_a_moved_instance_accounts_for_where_it_lay(self, ledger: ClinicalLedger) -> None:
        """Every generation from the first to the present one is; earlier and later ones need not be it."""
        for n in (3, 5, 7):
            moved = instance_record(blob=generation_of(blob_ref(), n))
            ledger.add_instances([moved])
            ledger.move_instance(moved)

        accounted = [n for n in range(1, 10) if ledger.accounts_for(generation_of(blob_ref(), n))]
        assert accounted == [3, 4, 5, 6, 7]
        assert not ledger.accounts_for(generation_of(blob_ref(2), 5))

    def test_an_instance_that_moves_to_another_object_accounts_for_that_alone(
        self, ledger: ClinicalLedger
    ) -> None:
        """What lay under the other name before was something else."""
        ledger.add_instances([instance_record(blob=generation_of(blob_ref(1), 3))])
        ledger.move_instance(instance_record(blob=generation_of(blob_ref(2), 7)))

        assert [n for n in range(10) if ledger.accounts_for(generation_of(blob_ref(2), n + 1))] == [6]
        assert not ledger.accounts_for(generation_of(blob_ref(1), 3))

    def test_an_instance_accounts_for_no_archive(self, ledger: ClinicalLedger) -> None:
        """It moves with its own bytes alone: between two archives may have been one with others beside it."""
        for n in (3, 7):
            lying = instance_record(blob=generation_of(blob_ref(), n).at_member(0))
            ledger.add_instances([lying])
            ledger.move_instance(lying)

        assert not any(ledger.accounts_for(generation_of(blob_ref(), n)) for n in range(1, 10))

    def test_knows_our_results(self, ledger: ClinicalLedger) -> None:
        """An instance is a result of ours once it was said, and no other by that."""
        ledger.add_result(uid(1))
        ledger.add_result(uid(1))

        assert [ledger.is_result(uid(1)), ledger.is_result(uid(2)), ledger.is_result(uid(1)[:-1])] == [
            True,
            False,
            False,
        ]

    def test_one_of_sixteen_duplicates_is_stored(self, ledger: ClinicalLedger) -> None:
        """Sixteen objects of one SOP Instance UID at once: one is stored, and all learn which."""
        stored = at_once(16, lambda n: ledger.add_instances([instance_record(blob=blob_ref(n))])[0])

        assert stored == [ledger.instance(uid(1))] * 16

    def test_a_series_arrives_in_parallel(self, ledger: ClinicalLedger) -> None:
        """500 instances, 64 at a time, 100 of them twice: each is there once and counted."""
        numbers = sorted([*range(500), *range(0, 500, 5)])

        in_parallel(
            64,
            len(numbers),
            lambda n: ledger.add_instances([instance_record(numbers[n], blob=blob_ref(n))])[0],
        )

        assert sorted(record.sop_instance_uid for record in ledger.instances()) == [
            uid(n) for n in range(500)
        ]
        assert [series.instance_count for series in ledger.open_series()] == [500]

    def test_instances_are_in_the_order_of_their_uids(self, ledger: ClinicalLedger) -> None:
        """Those of a series come by SOP Instance UID, whatever the order of arrival."""
        records = [instance_record(n) for n in range(6)]
        for record in reversed(records):
            ledger.add_instances([record])

        assert list(ledger.instances(series_ref())) == records

    def test_instances_of_one_series(self, ledger: ClinicalLedger) -> None:
        """The instances of one series come without those of the others."""
        for n in range(6):
            ledger.add_instances([instance_record(n, series=series_ref(n % 2 + 1))])

        instances = [record.sop_instance_uid for record in ledger.instances(series_ref(1))]

        assert instances == [uid(0), uid(2), uid(4)]

    def test_a_ledger_can_be_changed_while_it_is_read(self, ledger: ClinicalLedger) -> None:
        """Whoever reads the instances may write between one and the next, and misses none."""
        for n in range(5):
            ledger.add_instances([instance_record(n)])

        seen = []
        for record in ledger.instances(series_ref(1)):
            ledger.add_ignored(
                IgnoredRecord(subject=record.sop_instance_uid, blob=blob_ref(), reason="duplicate")
            )
            seen.append(record.sop_instance_uid)

        assert seen == [uid(n) for n in range(5)]
        assert len(list(ledger.ignored())) == 5

    def test_the_patient_digest_is_that_of_the_first(self, ledger: ClinicalLedger) -> None:
        """The instance accepted first decides whose series it is, not the one that was stored first."""
        ledger.add_instances([instance_record(1, accepted_at=1001.0, patient_digest="b")])
        ledger.add_instances([instance_record(2, accepted_at=1000.0, patient_digest="a")])
        ledger.add_instances(
            [instance_record(3, accepted_at=999.0, patient_digest="c", series=series_ref(2))]
        )

        assert ledger.patient_digest(series_ref(1)) == "a"

    def test_an_unknown_series_has_no_patient_digest(self, ledger: ClinicalLedger) -> None:
        """A series without instances has none."""
        assert ledger.patient_digest(series_ref(1)) is None

    def test_what_is_ignored_is_counted_once(self, ledger: ClinicalLedger) -> None:
        """The same subject again changes nothing; members of an archive are subjects of their own."""
        first = IgnoredRecord(subject=str(blob_ref()), blob=blob_ref(), reason="duplicate")
        member = IgnoredRecord(subject=f"{blob_ref()}!3", blob=blob_ref(), reason="dicomdir")
        again = IgnoredRecord(subject=str(blob_ref()), blob=blob_ref(), reason="not_dicom_member")
        for record in (first, member, again):
            ledger.add_ignored(record)

        assert list(ledger.ignored()) == [first, member]

    def test_an_archive_is_replaced(self, ledger: ClinicalLedger) -> None:
        """The record of an archive is the last one that was put; each archive has one."""
        ledger.put_archive(ArchiveRecord(blob=blob_ref(1), members=3))
        ledger.put_archive(ArchiveRecord(blob=blob_ref(2), members=9))
        finished = ArchiveRecord(
            blob=blob_ref(1), members=4, accepted=1, extracted=1, ignored=1, failed=1, finished=True
        )
        ledger.put_archive(finished)

        assert list(ledger.archives()) == [finished, ArchiveRecord(blob=blob_ref(2), members=9)]

    def test_the_intake_is_durable(self, open_ledger: Callable[[], ClinicalLedger]) -> None:
        """Whoever opens the storage again finds all of it."""
        earlier = open_ledger()
        record = earlier.add_instances([instance_record()])[0]
        ignored = IgnoredRecord(subject=str(blob_ref()), blob=blob_ref(), reason="duplicate")
        earlier.add_ignored(ignored)
        earlier.put_archive(ArchiveRecord(blob=blob_ref(), members=3))

        later = open_ledger()

        assert list(later.instances()) == [record]
        assert [series.instance_count for series in later.open_series()] == [1]
        assert list(later.ignored()) == [ignored]
        assert list(later.archives()) == [ArchiveRecord(blob=blob_ref(), members=3)]

    @settings(
        max_examples=25,
        deadline=None,
        # One ledger serves all examples, each with a series of its own; every adapter runs this same test.
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(
        name=st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30),
        accepted_at=st.floats(min_value=0, max_value=1e12),
        size=st.integers(min_value=0, max_value=2**53),
    )
    def test_every_field_survives_the_assembly(
        self, ledger: ClinicalLedger, name: str, accepted_at: float, size: int
    ) -> None:
        """Whatever an object is called and whenever it came, only its generation changes when it gets one."""
        number = sum(1 for _ in ledger.instances()) + 1
        blob = BlobRef(bucket="clinical", name=name, generation=1)
        record = instance_record(
            number, series=series_ref(number), blob=blob, accepted_at=accepted_at, size=size
        )
        ledger.add_instances([record])
        ledger.add_generation(generation_record(series=series_ref(number), sop_instance_uids=(uid(number),)))

        expected = instance_record(
            number, series=series_ref(number), blob=blob, accepted_at=accepted_at, size=size, generation=1
        )
        assert ledger.instance(uid(number)) == expected
