"""What every `ClinicalLedger` must say of the series that are open."""

from shared.ports.ledger import ClinicalLedger
from shared.ports.records import OpenSeries
from tests.contracts.clinical_ledger import ClinicalLedgerFixtures
from tests.factories import generation_record, instance_record, series_ref


class OpenSeriesContract(ClinicalLedgerFixtures):
    """Series that wait for their instances."""

    def test_an_open_series_says_what_decides(self, ledger: ClinicalLedger) -> None:
        """The greatest expected count, the earliest and the latest arrival, and how many there are."""
        ledger.add_instances([instance_record(1, accepted_at=1002.0)])
        ledger.add_instances([instance_record(2, accepted_at=1000.0, expected_count=5)])
        ledger.add_instances([instance_record(3, accepted_at=1001.0, expected_count=3)])

        expected = OpenSeries(
            series=series_ref(1),
            instance_count=3,
            expected_count=5,
            first_waiting_at=1000.0,
            last_accepted_at=1002.0,
        )
        assert ledger.open_series() == [expected]

    def test_open_series_are_told_apart(self, ledger: ClinicalLedger) -> None:
        """Each series that waits is there once; without an expected count in any header it has none."""
        for n in range(6):
            ledger.add_instances([instance_record(n, series=series_ref(n % 3 + 1))])

        counts = {
            series.series: (series.instance_count, series.expected_count) for series in ledger.open_series()
        }

        assert counts == {series_ref(1): (2, None), series_ref(2): (2, None), series_ref(3): (2, None)}

    def test_an_assembled_series_is_not_open(self, ledger: ClinicalLedger) -> None:
        """When all instances of a series belong to a generation, it does not wait any more."""
        for n in (1, 2):
            ledger.add_instances([instance_record(n)])
        ledger.add_generation(generation_record())

        assert list(ledger.open_series()) == []

    def test_a_late_instance_opens_its_series_again(self, ledger: ClinicalLedger) -> None:
        """The counts are those of all instances, the waiting is that of the late one."""
        ledger.add_instances([instance_record(1, accepted_at=1000.0, expected_count=3)])
        ledger.add_instances([instance_record(2, accepted_at=1001.0)])
        ledger.add_generation(generation_record())
        ledger.add_instances([instance_record(3, accepted_at=5000.0)])

        expected = OpenSeries(
            series=series_ref(1),
            instance_count=3,
            expected_count=3,
            first_waiting_at=5000.0,
            last_accepted_at=5000.0,
        )
        assert ledger.open_series() == [expected]
