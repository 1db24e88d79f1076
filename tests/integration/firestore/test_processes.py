"""Several processes at one database."""

import subprocess
import sys
from pathlib import Path

import pytest

from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from tests.factories import uid

REPOSITORY = Path(__file__).parents[3]
WORKER = """
import sys
from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from tests.factories import instance_record

ledger = FirestoreClinicalLedger(sys.argv[1])
for n in range(20):
    ledger.add_instances([instance_record(n)])
print(ledger.claim("a", now=100.0, lease=10.0))
"""
IMPORTS = """
import sys
from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger

ledger = FirestoreClinicalLedger("test-project")
print([name for name in ("google.cloud.firestore", "google.api_core", "grpc") if name in sys.modules])
"""


@pytest.mark.emulators
@pytest.mark.usefixtures("firestore_emulator")
def test_processes_share_the_database(project: str) -> None:
    """Three processes that write the same records at once store each once, and one has the claim."""
    command = [sys.executable, "-c", WORKER, project]
    workers = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    outcomes = sorted(worker.communicate(timeout=120)[0].strip() for worker in workers)

    stored = [record.sop_instance_uid for record in FirestoreClinicalLedger(project).instances()]
    assert outcomes == ["claimed", "held", "held"]
    assert stored == [uid(n) for n in range(20)]


def test_the_client_is_imported_by_the_first_call() -> None:
    """Making a ledger costs no cold start: Google's client is not imported yet."""
    command = [sys.executable, "-c", IMPORTS]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True, timeout=60)

    assert done.stdout == "[]\n"
