"""The fixtures that the parts of the clinical ledger's contract share."""

from collections.abc import Callable

import pytest

from shared.ports.ledger import ClinicalLedger


class ClinicalLedgerFixtures:
    """A subclass overrides `open_ledger`."""

    @pytest.fixture
    def open_ledger(self) -> Callable[[], ClinicalLedger]:
        """Return a function that opens the same storage once more."""
        raise NotImplementedError

    @pytest.fixture
    def ledger(self, open_ledger: Callable[[], ClinicalLedger]) -> ClinicalLedger:
        """An empty ledger."""
        return open_ledger()
