"""Prices and assumptions from a YAML file."""

from datetime import date
from pathlib import Path
from typing import Annotated

import msgspec

from shared.documents import load_document

Number = Annotated[float, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class StoragePrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cloud Storage."""

    class_a_per_1000: Number
    class_b_per_1000: Number
    gigabyte_month: Number


class PubsubPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Pub/Sub; `message_bytes` is what a message counts as."""

    tebibyte: Number
    tebibyte_to_bigquery: Number
    message_bytes: Count


class RunPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Cloud Run, billed by request."""

    vcpu_second: Number
    gibibyte_second: Number
    million_requests: Number


class FirestorePrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Firestore."""

    reads_per_100000: Number
    writes_per_100000: Number
    deletes_per_100000: Number


class SecretPrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Secret Manager and Cloud KMS."""

    secret_manager_per_10000: Number
    kms_per_10000: Number


class HealthcarePrices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The Cloud Healthcare API."""

    requests_per_100000: Number


class Assumptions(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What nobody can count: see the comments of `prices.yaml`."""

    utilisation: Annotated[float, msgspec.Meta(gt=0, le=1)]
    gibibytes_per_vcpu: Number
    shard_size: Count
    open_minutes: Number
    away_minutes: Number
    starts_per_series: Number


class CpuMilliseconds(msgspec.Struct, frozen=True, forbid_unknown_fields=True, rename="kebab"):
    """Milliseconds of CPU an instance, by step; instances from a DICOM store cost what objects do."""

    event_per_instance: dict[str, Number]
    series_batch: dict[str, Number]


class Prices(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it; `date` is when prices were looked up."""

    region: str
    date: date
    cloud_storage: StoragePrices
    pubsub: PubsubPrices
    cloud_run: RunPrices
    firestore: FirestorePrices
    secrets: SecretPrices
    healthcare: HealthcarePrices
    assumptions: Assumptions
    cpu_milliseconds: CpuMilliseconds


SHIPPED = Path(__file__).with_name("prices.yaml")


def load_prices(path: Path = SHIPPED) -> Prices:
    """Read a file of prices, which has to name all of them.

    Raises:
        RulesetInvalid: it does not, or one is no number.
    """
    return load_document(path, Prices)
