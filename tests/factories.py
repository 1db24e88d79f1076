"""Records for tests: complete, valid and invented; a test names only what it is about."""

from typing import Any

from shared.events import OriginalMessage
from shared.identifiers import BlobRef, SeriesRef
from shared.ports.records import (
    ExceptionRecord,
    GenerationRecord,
    InstanceRecord,
    JobRecord,
    ShardInstance,
    ShardRecord,
)

_DEFAULTS_OF_CT = {
    "sop_class_uid": "1.2.840.10008.5.1.4.1.1.2",
    "transfer_syntax_uid": "1.2.840.10008.1.2.1",
    "modality": "CT",
}


def uid(n: int) -> str:
    """An invented SOP Instance UID; the UIDs of greater numbers sort later."""
    return f"2.25.3{n:08d}"


def series_ref(n: int = 1) -> SeriesRef:
    """Series number `n`, in a study of its own; the references of greater numbers sort later."""
    return SeriesRef(study_instance_uid=f"2.25.1{n:08d}", series_instance_uid=f"2.25.2{n:08d}")


def blob_ref(n: int = 1, bucket: str = "clinical") -> BlobRef:
    """Object number `n` of a bucket."""
    return BlobRef(bucket=bucket, name=f"objects/{n:08d}.dcm", generation=1000 + n)


def instance_record(n: int = 1, **changes: Any) -> InstanceRecord:
    """Instance number `n`: a CT image of series 1, accepted at 1000.0, that belongs to no generation yet."""
    fields: dict[str, Any] = {
        "sop_instance_uid": uid(n),
        "series": series_ref(),
        "blob": blob_ref(n),
        "size": 524_288,
        "crc32c": "AAAAAA==",
        "patient_digest": "5f" * 32,
        "expected_count": None,
        "accepted_at": 1000.0,
    }
    return InstanceRecord(**{**_DEFAULTS_OF_CT, **fields, **changes})


def generation_record(**changes: Any) -> GenerationRecord:
    """Generation 1 of series 1, just completed with instances 1 and 2 after a quiet period."""
    fields: dict[str, Any] = {
        "series": series_ref(),
        "generation": 1,
        "sop_instance_uids": (uid(1), uid(2)),
        "reason": "quiet_period",
        "completed_at": 2000.0,
    }
    return GenerationRecord(**{**fields, **changes})


def shard_instance(n: int = 1, **changes: Any) -> ShardInstance:
    """Instance number `n`, where `instance_record` says that it lies."""
    fields: dict[str, Any] = {"sop_instance_uid": uid(n), "blob": blob_ref(n), "size": 524_288}
    return ShardInstance(**{**fields, **changes})


def shard_record(shard: int = 0, **changes: Any) -> ShardRecord:
    """Shard number `shard` of generation 1 of series 1, with one instance, not released yet."""
    fields: dict[str, Any] = {
        "series": series_ref(),
        "generation": 1,
        "shard": shard,
        "instances": (shard_instance(shard),),
    }
    return ShardRecord(**{**fields, **changes})


def job_record(**changes: Any) -> JobRecord:
    """A pending job of one shard with two instances, created at 3000.0."""
    fields: dict[str, Any] = {
        "job_id": "job-00000001",
        "destination": "autosegmentation",
        "template": "thorax",
        "profile": "basic",
        "shards": (blob_ref(1, bucket="released"),),
        "instance_count": 2,
        "created_at": 3000.0,
    }
    return JobRecord(**{**fields, **changes})


def exception_record(**changes: Any) -> ExceptionRecord:
    """An open exception: one failed attempt of `validate` at object 1."""
    fields: dict[str, Any] = {
        "exception_id": "exception-00000001",
        "stage": "validate",
        "subject": str(blob_ref()),
        "code": "not_dicom",
        "category": "validation",
        "cause": "The file is not DICOM.",
        "attempts": 1,
        "first_failed_at": "2026-01-01T00:00:00Z",
        "last_failed_at": "2026-01-01T00:00:00Z",
        "message": OriginalMessage(topic="arrivals", data=b"{}", attributes={"eventType": "OBJECT_FINALIZE"}),
        "blob": blob_ref(),
    }
    return ExceptionRecord(**{**fields, **changes})
