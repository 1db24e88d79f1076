"""Both ledgers in Firestore's emulator: the same contracts as in SQLite."""

from collections.abc import Callable

import pytest

from shared.adapters import firestore_database
from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger
from tests.contracts.claims import LocalClaimsContract
from tests.contracts.ledger import ClinicalLedgerContract, ReleasedLedgerContract

pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("firestore_emulator")]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every iterator cross the end of a page."""
    monkeypatch.setattr(firestore_database, "PAGE_DOCUMENTS", 2)


class TestClinicalClaims(LocalClaimsContract):
    """The claims in the clinical ledger."""

    @pytest.fixture
    def open_local_claims(self, project: str) -> Callable[[], FirestoreClinicalLedger]:
        """Open the database of the test."""
        return lambda: FirestoreClinicalLedger(project)


class TestReleasedClaims(LocalClaimsContract):
    """The claims in the released ledger."""

    @pytest.fixture
    def open_local_claims(self, project: str) -> Callable[[], FirestoreReleasedLedger]:
        """Open the database of the test."""
        return lambda: FirestoreReleasedLedger(project)


@pytest.mark.usefixtures("small_pages")
class TestClinicalLedger(ClinicalLedgerContract):
    """The contract, with iterators that cross the end of a page."""

    @pytest.fixture
    def open_ledger(self, project: str) -> Callable[[], FirestoreClinicalLedger]:
        """Open the database of the test."""
        return lambda: FirestoreClinicalLedger(project)


@pytest.mark.usefixtures("small_pages")
class TestReleasedLedger(ReleasedLedgerContract):
    """The contract, with iterators that cross the end of a page."""

    @pytest.fixture
    def open_ledger(self, project: str) -> Callable[[], FirestoreReleasedLedger]:
        """Open the database of the test."""
        return lambda: FirestoreReleasedLedger(project)
