"""What every `ClinicalLedger` must do with shards."""

from collections.abc import Callable, Iterator

import pytest

from shared.errors import RecordConflict
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import ShardRecord
from tests.contracts.clinical_ledger import ClinicalLedgerFixtures
from tests.contracts.races import at_once
from tests.factories import blob_ref, instance_record, series_ref, shard_instance, shard_record, uid


class ShardsContract(ClinicalLedgerFixtures):
    """Shards."""

    def test_shards_are_in_the_order_of_their_numbers(self, ledger: ClinicalLedger) -> None:
        """The shards of one generation come by number, beyond nine too, without those of another."""
        ledger.add_shards(shard_record(n) for n in reversed(range(12)))
        ledger.add_shards([shard_record(0, generation=2), shard_record(0, series=series_ref(2))])

        assert ledger.shards(series_ref(), 1) == [shard_record(n) for n in range(12)]

    def test_a_generation_without_shards(self, ledger: ClinicalLedger) -> None:
        """A generation that has no shards yet is answered by nothing."""
        ledger.add_shards([])

        assert list(ledger.shards(series_ref(), 1)) == []

    def test_a_released_shard_says_where_it_lies(self, ledger: ClinicalLedger) -> None:
        """The release of one shard changes that one only."""
        ledger.add_shards([shard_record(0), shard_record(1)])

        ledger.release_shard(shard_record(1), blob_ref(7, bucket="released"))

        released = shard_record(1, released=blob_ref(7, bucket="released"))
        assert ledger.shards(series_ref(), 1) == [shard_record(0), released]

    def test_a_shard_that_exists_stays(self, ledger: ClinicalLedger) -> None:
        """Adding the shards again does not undo a release."""
        ledger.add_shards([shard_record(0)])
        ledger.release_shard(shard_record(0), blob_ref(7, bucket="released"))

        ledger.add_shards([shard_record(0), shard_record(1)])

        released = shard_record(0, released=blob_ref(7, bucket="released"))
        assert ledger.shards(series_ref(), 1) == [released, shard_record(1)]

    def test_an_unknown_shard_is_not_released(self, ledger: ClinicalLedger) -> None:
        """A shard that was never added cannot be released."""
        with pytest.raises(RecordConflict):
            ledger.release_shard(shard_record(0), blob_ref(7, bucket="released"))

        assert list(ledger.shards(series_ref(), 1)) == []

    def test_shards_may_be_made_from_the_ledger(self, ledger: ClinicalLedger) -> None:
        """Whoever yields the shards may read and write the ledger while they are added."""

        def from_the_ledger() -> Iterator[ShardRecord]:
            for n, record in enumerate(ledger.instances()):
                ledger.add_instances([instance_record(n + 10, series=series_ref(2))])
                yield shard_record(n, instances=(shard_instance(sop_instance_uid=record.sop_instance_uid),))
                if n == 1:
                    return

        ledger.add_instances([instance_record(1)])
        ledger.add_instances([instance_record(2)])
        ledger.add_shards(from_the_ledger())

        shards = ledger.shards(series_ref(), 1)
        assert [shard.sop_instance_uids for shard in shards] == [(uid(1),), (uid(2),)]

    def test_sixteen_shards_are_released_at_once(self, ledger: ClinicalLedger) -> None:
        """Workers that release the shards of one generation at the same time lose none."""
        ledger.add_shards(shard_record(n) for n in range(16))

        at_once(16, lambda n: ledger.release_shard(shard_record(n), blob_ref(n, bucket="released")))

        released = [shard.released for shard in ledger.shards(series_ref(), 1)]
        assert released == [blob_ref(n, bucket="released") for n in range(16)]

    def test_shards_are_durable(self, open_ledger: Callable[[], ClinicalLedger]) -> None:
        """Whoever opens the storage again finds the shards."""
        open_ledger().add_shards([shard_record(0)])

        assert open_ledger().shards(series_ref(), 1) == [shard_record(0)]
