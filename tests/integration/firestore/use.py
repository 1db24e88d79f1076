"""Every call that the ports allow, once, so that every query is asked and every field written."""

from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger
from shared.ports.ledger import Claims
from shared.ports.records import ArchiveRecord, IgnoredRecord
from shared.states import JobState, SeriesState
from tests.factories import (
    blob_ref,
    exception_record,
    generation_record,
    instance_record,
    job_record,
    series_ref,
    shard_record,
    uid,
)


def use_claims(claims: Claims) -> None:
    """Take claims, complete one and release one."""
    for key in ("a", "b", "a"):
        claims.claim(key, now=100.0, lease=10.0)
    claims.complete_claim("a")
    claims.release_claim("b")


def use_intake(ledger: FirestoreClinicalLedger) -> None:
    """Take instances, an archive and what is ignored in, and read them in every way."""
    ledger.add_instances([instance_record(1, expected_count=2)])
    ledger.add_instances([instance_record(n) for n in (2, 3)])
    ledger.move_instance(instance_record(2, blob=blob_ref(9)))
    ledger.instance("2.25.4")
    ledger.patient_digest(series_ref())
    list(ledger.instances())
    list(ledger.instances(series_ref()))
    ledger.open_series()
    ledger.add_result(uid(1))
    ledger.is_result(uid(1))
    ledger.add_ignored(IgnoredRecord(subject="a", blob=blob_ref(), reason="duplicate"))
    list(ledger.ignored())
    ledger.put_archive(ArchiveRecord(blob=blob_ref(), members=3))
    ledger.archive(blob_ref())
    list(ledger.archives())
    ledger.accounts_for(blob_ref(3))


def use_generations(ledger: FirestoreClinicalLedger) -> None:
    """Make a generation with a shard and move it on."""
    ledger.add_generation(generation_record())
    ledger.generation(series_ref())
    ledger.generation(series_ref(), 1)
    list(ledger.generations())
    list(ledger.generations(SeriesState.COMPLETED))
    ledger.replace_generation(generation_record(state=SeriesState.MATCHED))
    ledger.add_shards([shard_record()])
    ledger.shards(series_ref(), 1)
    ledger.release_shard(shard_record(), blob_ref(bucket="released"))


def use_exceptions(ledger: FirestoreClinicalLedger) -> None:
    """Raise an exception, read it in every way and close it."""
    ledger.raise_exception(exception_record())
    ledger.exception("a")
    list(ledger.exceptions())
    list(ledger.exceptions("open"))
    ledger.replace_exception(exception_record(status="archived"))


def use_clinical(ledger: FirestoreClinicalLedger) -> None:
    """Call everything that the clinical ledger has."""
    use_claims(ledger)
    use_intake(ledger)
    use_generations(ledger)
    use_exceptions(ledger)
    ledger.recover()
    ledger.prune_claims(0.0)


def use_released(ledger: FirestoreReleasedLedger) -> None:
    """Call everything that the released ledger has."""
    use_claims(ledger)
    ledger.add_job(job_record())
    ledger.job("a")
    list(ledger.jobs())
    list(ledger.jobs(JobState.PENDING))
    ledger.replace_job(job_record(state=JobState.UPLOADING))
    ledger.recover()
    ledger.prune_claims(0.0)
