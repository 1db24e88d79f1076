"""What every `ClinicalLedger` must do with generations."""

from collections.abc import Callable

import msgspec
import pytest

from shared.errors import RecordConflict, TransitionIllegal
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import GenerationRecord
from shared.states import SeriesState
from tests.contracts.clinical_ledger import ClinicalLedgerFixtures
from tests.contracts.races import at_once
from tests.factories import generation_record, instance_record, series_ref, uid


class GenerationsContract(ClinicalLedgerFixtures):
    """Generations."""

    def test_a_generation_is_created(self, ledger: ClinicalLedger) -> None:
        """What was added can be read by its number and as the latest, every field of it."""
        record = generation_record(reason="expected_count", trace=("thorax: Modality is not CT",), matched=2)

        created = ledger.add_generation(record)

        assert created is True
        assert ledger.generation(series_ref(), 1) == record
        assert ledger.generation(series_ref()) == record

    def test_an_unknown_generation_is_none(self, ledger: ClinicalLedger) -> None:
        """A series or a number that is not there is answered by None."""
        ledger.add_generation(generation_record())

        assert ledger.generation(series_ref(), 2) is None
        assert ledger.generation(series_ref(2)) is None

    def test_the_named_instances_get_the_generation(self, ledger: ClinicalLedger) -> None:
        """Only the instances that the generation names belong to it, in the list and one by one."""
        for n in (1, 2, 3):
            ledger.add_instances([instance_record(n)])

        ledger.add_generation(generation_record())

        assert [record.generation for record in ledger.instances(series_ref())] == [1, 1, None]
        assert ledger.instance(uid(2)) == instance_record(2, generation=1)
        assert ledger.instance(uid(3)) == instance_record(3)

    def test_an_instance_of_another_series_is_never_taken(self, ledger: ClinicalLedger) -> None:
        """A generation that names an instance of another series does not get it."""
        ledger.add_instances([instance_record(1, series=series_ref(2))])

        ledger.add_generation(generation_record(series=series_ref(1), sop_instance_uids=(uid(1),)))

        assert ledger.instance(uid(1)) == instance_record(1, series=series_ref(2))

    def test_the_same_generation_again_changes_nothing(self, ledger: ClinicalLedger) -> None:
        """A generation that exists already is not replaced, and no instance changes hands."""
        for n in (1, 2, 3):
            ledger.add_instances([instance_record(n)])
        ledger.add_generation(generation_record())

        created = ledger.add_generation(generation_record(sop_instance_uids=(uid(3),), reason="maximum_wait"))

        assert created is False
        assert ledger.generation(series_ref()) == generation_record()
        assert [record.generation for record in ledger.instances()] == [1, 1, None]

    def test_a_later_generation_supersedes(self, ledger: ClinicalLedger) -> None:
        """The next generation takes the instances over, and the one before ends with one more revision."""
        for n in (1, 2, 3):
            ledger.add_instances([instance_record(n)])
        ledger.add_generation(generation_record())
        later = generation_record(generation=2, sop_instance_uids=(uid(1), uid(2), uid(3)))

        created = ledger.add_generation(later)

        expected = generation_record(state=SeriesState.SUPERSEDED, revision=2)
        assert created is True
        assert ledger.generation(series_ref(), 1) == expected
        assert ledger.generation(series_ref()) == later
        assert [record.generation for record in ledger.instances()] == [2, 2, 2]

    def test_an_earlier_generation_again_changes_nothing(self, ledger: ClinicalLedger) -> None:
        """A superseded generation that is added again does not come back."""
        ledger.add_generation(generation_record())
        ledger.add_generation(generation_record(generation=2))

        created = ledger.add_generation(generation_record())

        assert created is False
        assert [record.generation for record in ledger.generations()] == [2]

    @pytest.mark.parametrize("number", [-1, 0, 2, 4])
    def test_the_first_generation_is_number_one(self, ledger: ClinicalLedger, number: int) -> None:
        """A series begins with generation 1 and with no other."""
        with pytest.raises(RecordConflict):
            ledger.add_generation(generation_record(generation=number))

        assert list(ledger.generations()) == []

    def test_no_generation_is_left_out(self, ledger: ClinicalLedger) -> None:
        """A generation that does not follow the latest is refused and changes nothing."""
        ledger.add_instances([instance_record(1)])
        ledger.add_generation(generation_record())

        with pytest.raises(RecordConflict):
            ledger.add_generation(generation_record(generation=3))

        assert list(ledger.generations()) == [generation_record()]
        assert [record.generation for record in ledger.instances()] == [1]

    def test_one_of_sixteen_creates_a_generation(self, ledger: ClinicalLedger) -> None:
        """Of 16 that add the same generation at once one does, and its instances are those assigned."""
        for n in range(16):
            ledger.add_instances([instance_record(n)])

        outcomes = at_once(
            16, lambda n: ledger.add_generation(generation_record(sop_instance_uids=(uid(n),)))
        )

        stored = ledger.generation(series_ref(), 1)
        assert outcomes.count(True) == 1
        assert outcomes.count(False) == 15
        assert stored == generation_record(sop_instance_uids=(uid(outcomes.index(True)),))
        assert [record.sop_instance_uid for record in ledger.instances() if record.generation] == [
            uid(outcomes.index(True))
        ]

    def test_generations_are_the_latest_of_every_series(self, ledger: ClinicalLedger) -> None:
        """Each series is there once, with its latest generation."""
        for n in (3, 1, 2):
            ledger.add_generation(generation_record(series=series_ref(n)))
        ledger.add_generation(generation_record(series=series_ref(2), generation=2))

        latest = {record.series: record.generation for record in ledger.generations()}

        assert latest == {series_ref(1): 1, series_ref(2): 2, series_ref(3): 1}

    def test_generations_in_one_state(self, ledger: ClinicalLedger) -> None:
        """A series is in the list of the state of its latest generation, and in no other."""
        for n in (1, 2, 3):
            ledger.add_generation(generation_record(series=series_ref(n)))
        for n, state in ((2, SeriesState.MATCHED), (3, SeriesState.REJECTED)):
            ledger.replace_generation(generation_record(series=series_ref(n), state=state))
        ledger.add_generation(generation_record(series=series_ref(3), generation=2))

        found = {
            state: [(each.series, each.generation) for each in ledger.generations(state)]
            for state in SeriesState
        }

        assert {state: series for state, series in found.items() if series} == {
            SeriesState.COMPLETED: [(series_ref(1), 1), (series_ref(3), 2)],
            SeriesState.MATCHED: [(series_ref(2), 1)],
        }

    def test_a_superseded_generation_stays_out_of_the_lists(self, ledger: ClinicalLedger) -> None:
        """Replaced once more in the state that it has, it is still not the latest of its series."""
        ledger.add_generation(generation_record())
        ledger.add_generation(generation_record(generation=2))

        ledger.replace_generation(generation_record(state=SeriesState.SUPERSEDED, revision=2, job_id="job-1"))

        assert [each.generation for each in ledger.generations()] == [2]
        assert list(ledger.generations(SeriesState.SUPERSEDED)) == []

    def test_a_generation_is_replaced(self, ledger: ClinicalLedger) -> None:
        """A replacement is stored with the next revision, and that is what its giver gets."""
        ledger.add_generation(generation_record())
        matched = generation_record(state=SeriesState.MATCHED, ruleset="thorax", matched=2, shard_count=1)

        stored = ledger.replace_generation(matched)

        assert stored == msgspec.structs.replace(matched, revision=2)
        assert ledger.generation(series_ref()) == stored

    def test_a_stale_replacement_is_refused(self, ledger: ClinicalLedger) -> None:
        """Whoever read an older revision cannot replace the record."""
        ledger.add_generation(generation_record())
        stored = ledger.replace_generation(generation_record(state=SeriesState.MATCHED))

        with pytest.raises(RecordConflict):
            ledger.replace_generation(generation_record(state=SeriesState.UNMATCHED))

        assert ledger.generation(series_ref()) == stored

    def test_nothing_cannot_be_replaced(self, ledger: ClinicalLedger) -> None:
        """A generation that was never added cannot be replaced."""
        with pytest.raises(RecordConflict):
            ledger.replace_generation(generation_record())

        assert ledger.generation(series_ref()) is None

    def test_an_illegal_move_is_refused(self, ledger: ClinicalLedger) -> None:
        """A state that the table does not lead to is refused and nothing changes."""
        ledger.add_generation(generation_record())

        with pytest.raises(TransitionIllegal):
            ledger.replace_generation(generation_record(state=SeriesState.RESULT_DELIVERED))

        assert ledger.generation(series_ref()) == generation_record()

    def test_a_superseded_generation_goes_nowhere(self, ledger: ClinicalLedger) -> None:
        """A stage that finishes late cannot bring a superseded generation back."""
        ledger.add_generation(generation_record())
        ledger.add_generation(generation_record(generation=2))

        with pytest.raises(TransitionIllegal):
            ledger.replace_generation(generation_record(state=SeriesState.MATCHED, revision=2))

        assert ledger.generation(series_ref(), 1) == generation_record(
            state=SeriesState.SUPERSEDED, revision=2
        )

    def test_one_of_sixteen_replaces(self, ledger: ClinicalLedger) -> None:
        """Of 16 that replace one revision at once one does, the others learn that they were late."""
        ledger.add_generation(generation_record())

        outcomes = at_once(16, lambda n: ledger.replace_generation(generation_record(job_id=f"job-{n}")))

        winners = [outcome for outcome in outcomes if isinstance(outcome, GenerationRecord)]
        assert winners == [ledger.generation(series_ref())]
        assert sum(isinstance(outcome, RecordConflict) for outcome in outcomes) == 15

    def test_generations_are_durable(self, open_ledger: Callable[[], ClinicalLedger]) -> None:
        """Whoever opens the storage again finds the generations and their revisions."""
        earlier = open_ledger()
        earlier.add_generation(generation_record())
        stored = earlier.replace_generation(generation_record(state=SeriesState.MATCHED))

        assert list(open_ledger().generations()) == [stored]
