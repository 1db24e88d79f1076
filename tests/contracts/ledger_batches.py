"""What every `ClinicalLedger` must do with instances that are accepted together, as an archive's are."""

from collections.abc import Sequence

import pytest

from shared.ports.ledger import ClinicalLedger
from shared.ports.records import InstanceRecord
from tests.contracts.clinical_ledger import ClinicalLedgerFixtures
from tests.contracts.races import at_once
from tests.factories import blob_ref, generation_record, instance_record, series_ref, uid


def batch(numbers: Sequence[int], archive: int = 1) -> list[InstanceRecord]:
    """Instances as they lie in an archive, in its order."""
    blob = blob_ref(archive)
    return [instance_record(n, blob=blob.at_member(index)) for index, n in enumerate(numbers)]


class BatchesContract(ClinicalLedgerFixtures):
    """Instances that are added together, and alone as well."""

    def test_every_instance_of_a_batch_is_stored(self, ledger: ClinicalLedger) -> None:
        """Each is returned and read by its UID and with its series, beside one that came alone."""
        ledger.add_instances([instance_record(9)])
        records = batch([3, 1, 2])

        assert ledger.add_instances(records) == records
        assert [ledger.instance(uid(n)) for n in (3, 1, 2)] == records
        assert [each.sop_instance_uid for each in ledger.instances(series_ref())] == [
            uid(n) for n in (1, 2, 3, 9)
        ]
        assert sorted(each.sop_instance_uid for each in ledger.instances()) == [uid(n) for n in (1, 2, 3, 9)]

    def test_an_open_series_counts_the_instances_of_a_batch(self, ledger: ClinicalLedger) -> None:
        """Alone and together, they are counted one by one; the greatest expected count is the series'."""
        ledger.add_instances([instance_record(9, accepted_at=999.0)])
        ledger.add_instances([instance_record(n, expected_count=n + 5) for n in (1, 3, 2)])

        (series,) = ledger.open_series()
        assert (series.instance_count, series.expected_count) == (4, 8)

    def test_the_patient_digest_is_that_of_a_batch(self, ledger: ClinicalLedger) -> None:
        """A series that came together has a patient as well."""
        ledger.add_instances([instance_record(n, patient_digest="a") for n in (1, 2)])

        assert ledger.patient_digest(series_ref()) == "a"

    def test_a_batch_that_comes_again_changes_nothing(self, ledger: ClinicalLedger) -> None:
        """A redelivery, in part or at another time, finds what the first delivery stored."""
        first = ledger.add_instances(batch([1, 2, 3]))
        later = [instance_record(n, blob=blob_ref().at_member(n - 1), accepted_at=9e9) for n in (1, 2, 3)]

        assert ledger.add_instances(later) == first
        assert ledger.add_instances(later[1:]) == first[1:]
        assert ledger.add_instances(later[:1]) == first[:1]
        assert list(ledger.instances()) == first

    def test_copies_learn_of_the_first(self, ledger: ClinicalLedger) -> None:
        """Whether it came alone or together, a copy is not stored; what is new beside it is."""
        alone = ledger.add_instances([instance_record(1, blob=blob_ref(7))])
        together = ledger.add_instances(batch([1, 2, 3]))
        copies = ledger.add_instances(batch([4, 3, 2, 1], archive=2))
        again = ledger.add_instances([instance_record(3, blob=blob_ref(8))])

        assert together == [*alone, *batch([1, 2, 3])[1:]]
        assert list(copies) == [batch([4], archive=2)[0], together[2], together[1], alone[0]]
        assert again == [together[2]]
        assert list(ledger.instances(series_ref())) == [*together, copies[0]]
        assert sum(1 for _ in ledger.instances()) == 4

    def test_of_two_with_one_uid_the_first_counts(self, ledger: ClinicalLedger) -> None:
        """An archive may hold an instance twice."""
        records = batch([2, 1, 2])

        assert ledger.add_instances(records) == [records[0], records[1], records[0]]
        assert list(ledger.instances(series_ref())) == [records[1], records[0]]

    def test_no_instances_are_no_batch(self, ledger: ClinicalLedger) -> None:
        """Nothing is asked for and nothing is stored."""
        assert list(ledger.add_instances([])) == []
        assert list(ledger.instances()) == []

    def test_an_instance_of_a_batch_moves_alone(self, ledger: ClinicalLedger) -> None:
        """Its archive was overwritten with the same bytes; the others are moved in their turn."""
        ledger.add_instances(batch([1, 2]))
        moved = batch([1, 2], archive=9)[1]

        ledger.move_instance(moved)

        assert [each.blob for each in ledger.instances(series_ref())] == [blob_ref().at_member(0), moved.blob]

    def test_a_generation_takes_a_batch(self, ledger: ClinicalLedger) -> None:
        """All of it is assigned, and the series is open no more, until another comes."""
        ledger.add_instances(batch([1, 2]))
        ledger.add_generation(generation_record(sop_instance_uids=(uid(1), uid(2))))

        assert [each.generation for each in ledger.instances(series_ref())] == [1, 1]
        assert ledger.open_series() == []
        ledger.add_instances(batch([3, 4], archive=2))
        (series,) = ledger.open_series()
        assert series.instance_count == 4

    @pytest.mark.parametrize("ways", [8, 2])
    def test_the_same_series_in_several_archives_at_once(self, ledger: ClinicalLedger, ways: int) -> None:
        """Each instance is stored once, and all learn of the same; none is stored by halves."""
        stored = at_once(ways, lambda n: list(ledger.add_instances(batch(range(40), archive=n + 1))))

        assert stored == [list(ledger.instances(series_ref()))] * ways
        assert len(list(ledger.instances())) == 40
        assert [series.instance_count for series in ledger.open_series()] == [40]

    def test_alone_and_together_at_once(self, ledger: ClinicalLedger) -> None:
        """Eight deliver instances alone while another delivers them together."""

        def deliver(n: int) -> None:
            if n == 8:
                ledger.add_instances(batch(range(8)))
            else:
                ledger.add_instances([instance_record(n, blob=blob_ref(50 + n))])

        at_once(9, deliver)

        found = list(ledger.instances(series_ref()))
        assert [each.sop_instance_uid for each in found] == [uid(n) for n in range(8)]
        assert len(list(ledger.instances())) == 8
        assert [ledger.instance(each.sop_instance_uid) for each in found] == found

    def test_a_batch_of_many_is_stored(self, ledger: ClinicalLedger) -> None:
        """More than a document can hold are there all the same, and come again without a change."""
        records = batch(range(2100))

        assert ledger.add_instances(records) == records
        assert ledger.add_instances(records) == records
        assert [series.instance_count for series in ledger.open_series()] == [2100]
