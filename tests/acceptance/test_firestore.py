"""The same ordinary day with both ledgers in Firestore."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path

import pytest

from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger
from shared.wiring import EmbeddedWiring
from tests.acceptance.flow import Flow, opened
from tests.acceptance.hospital import FAILURES, SETTLED

pytestmark = [pytest.mark.emulators, pytest.mark.usefixtures("firestore_emulator")]


class Ledger(FirestoreClinicalLedger):
    """As an embedded installation wants it: here every record is safe at once."""

    def together(self) -> AbstractContextManager[None]:
        """Nothing to wait for."""
        return nullcontext()


def let_wiring_make(patch: pytest.MonkeyPatch, name: str, made: object) -> None:
    """Let every wiring give out this ledger in place of its own."""
    port = cached_property(lambda _: made)
    port.__set_name__(EmbeddedWiring, name)
    patch.setattr(EmbeddedWiring, name, port)


@pytest.fixture
def flow(tmp_path: Path, project: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flow]:
    """An installation whose ledgers lie in Firestore."""
    let_wiring_make(monkeypatch, "ledger", Ledger(project))
    let_wiring_make(monkeypatch, "jobs", FirestoreReleasedLedger(project))
    with opened(tmp_path / "installation") as flow:
        yield flow


def test_the_whole_flow_ends_as_it_does_in_sqlite(flow: Flow, drop: Path) -> None:
    """The drop leaves the same balance, the same exceptions and the same uploads as with files."""
    flow.run(drop)

    assert flow.balance == SETTLED
    assert flow.failures == FAILURES
    assert [(task.status, task.received) for task in flow.uploads] == [("Transfer Completed", 1)] * 3
    assert isinstance(flow.wiring.ledger, FirestoreClinicalLedger)
