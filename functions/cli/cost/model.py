"""Dollars for a million instances: the operations of a series by their prices, and the CPU that it takes."""

from collections.abc import Mapping
from enum import StrEnum
from math import ceil
from typing import Annotated

import msgspec

from functions.cli.cost.operations import ARCHIVES, DICOM_STORE, OBJECTS, TICK, Operations, Shape, Step
from functions.cli.cost.prices import Prices
from shared.errors import ConfigurationError

_MILLION = 1_000_000
_TEBIBYTE = 1 << 40
_TICKS_A_MONTH = 60 * 24 * 30

Positive = Annotated[int, msgspec.Meta(ge=1)]


class Mode(StrEnum):
    """How instances arrive."""

    #: each as an object of its own
    EVENT_PER_INSTANCE = "event-per-instance"
    #: a series as one ZIP
    SERIES_BATCH = "series-batch"
    #: each in a DICOM store
    DICOM_STORE = "dicom-store"


def mode_of(name: str) -> Mode:
    """The mode of this name.

    Raises:
        ConfigurationError: there is none.
    """
    try:
        return Mode(name)
    except ValueError as error:
        raise ConfigurationError(known_modes=", ".join(Mode)) from error


STEPS: Mapping[Mode, tuple[Step, ...]] = {
    Mode.EVENT_PER_INSTANCE: OBJECTS,
    Mode.SERIES_BATCH: ARCHIVES,
    Mode.DICOM_STORE: DICOM_STORE,
}


class Load(msgspec.Struct, frozen=True, kw_only=True):
    """What is reckoned with.

    Attributes:
        mode: how instances arrive.
        instances: how many.
        instance_bytes: the size of each.
        series_instances: how many make a series.
        store_months: how long originals and released data are kept; 0 leaves storage out.
    """

    mode: Mode
    instances: Positive = _MILLION
    instance_bytes: Positive = 535_000
    series_instances: Positive = 300
    store_months: Annotated[float, msgspec.Meta(ge=0)] = 0


class Estimate(msgspec.Struct, frozen=True, kw_only=True):
    """Dollars.

    Attributes:
        load: what was reckoned with.
        region, prices_of: where and when the prices hold.
        components: by what is charged.
        steps: the same by the step of the flow that causes it; storage and secrets are no step's.
        total: for all instances.
        per_million: for a million of them.
        per_million_received: without the hospital's own uploads, which cost as much whoever takes them in.
        month_of_ticks: what the ticks of a month cost, however much arrives; not in the total.
    """

    load: Load
    region: str
    prices_of: str
    components: dict[str, float]
    steps: dict[str, float]
    total: float
    per_million: float
    per_million_received: float
    month_of_ticks: float


def estimate(load: Load, prices: Prices) -> Estimate:
    """Reckon what a load costs."""
    asked = {step.name: step.of_series(shape_of(load, prices)) for step in STEPS[load.mode]}
    series = load.instances / load.series_instances
    steps = {
        name: sum(_components(each * series, _cpu_seconds(name, load, prices), prices).values())
        for name, each in asked.items()
    }
    cpu = sum(_cpu_seconds(name, load, prices) for name in asked)
    components = {
        **_components(sum(asked.values(), Operations()) * series, cpu, prices),
        "Secret Manager and Cloud KMS": _secrets(prices) * series,
        "storage": _stored_gigabytes(load) * prices.cloud_storage.gigabyte_month * load.store_months,
    }
    total = sum(components.values())
    arrival = msgspec.structs.replace(asked["arrival"], class_b=0, published=0)
    uploads = sum(_components(arrival * series, 0, prices).values())
    return Estimate(
        load=load,
        region=prices.region,
        prices_of=prices.date.isoformat(),
        components=components,
        steps=steps,
        total=total,
        per_million=total / load.instances * _MILLION,
        per_million_received=(total - uploads) / load.instances * _MILLION,
        month_of_ticks=sum(_components(TICK * _TICKS_A_MONTH, 0, prices).values()),
    )


def shape_of(load: Load, prices: Prices) -> Shape:
    """The series of a load."""
    assumed = prices.assumptions
    return Shape(
        instances=load.series_instances,
        shards=ceil(load.series_instances / assumed.shard_size),
        open_minutes=assumed.open_minutes,
        away_minutes=assumed.away_minutes,
    )


def _cpu_seconds(step: str, load: Load, prices: Prices) -> float:
    each = prices.cpu_milliseconds
    by_step = each.series_batch if load.mode is Mode.SERIES_BATCH else each.event_per_instance
    return load.instances * by_step.get(step, 0) / 1e3


def _components(asked: Operations, cpu_seconds: float, prices: Prices) -> dict[str, float]:
    storage, run = prices.cloud_storage, prices.cloud_run
    second = run.vcpu_second + run.gibibyte_second * prices.assumptions.gibibytes_per_vcpu
    return {
        "Cloud Storage, class A": asked.class_a * storage.class_a_per_1000 / 1e3,
        "Cloud Storage, class B": asked.class_b * storage.class_b_per_1000 / 1e3,
        "Firestore": _firestore(asked, prices),
        "Pub/Sub": _pubsub(asked, prices),
        "Cloud Run, requests": asked.requests * run.million_requests / _MILLION,
        "Cloud Run, CPU and memory": cpu_seconds / prices.assumptions.utilisation * second,
        "Cloud Healthcare API": asked.store_requests * prices.healthcare.requests_per_100000 / 1e5,
    }


def _firestore(asked: Operations, prices: Prices) -> float:
    each = prices.firestore
    return (
        asked.reads * each.reads_per_100000
        + asked.writes * each.writes_per_100000
        + asked.deletes * each.deletes_per_100000
    ) / 1e5


def _pubsub(asked: Operations, prices: Prices) -> float:
    each = prices.pubsub
    dollars = (asked.published + asked.delivered) * each.tebibyte + asked.audited * each.tebibyte_to_bigquery
    return dollars * each.message_bytes / _TEBIBYTE


def _secrets(prices: Prices) -> float:
    """Each start of a process fetches the key and lets it be unwrapped."""
    each = prices.secrets
    return prices.assumptions.starts_per_series * (each.secret_manager_per_10000 + each.kms_per_10000) / 1e4


def _stored_gigabytes(load: Load) -> float:
    """The original and what was released of it."""
    return 2 * load.instances * load.instance_bytes / 1e9
