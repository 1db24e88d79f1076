"""What the flow asks of the cloud: operations by step, for an instance, a shard and a series.

A test counts them in a run of the whole flow; nothing here is an estimate.
"""

from collections.abc import Mapping
from math import ceil

import msgspec


class Operations(msgspec.Struct, frozen=True, kw_only=True):
    """Numbers of what is charged.

    Attributes:
        class_a, class_b: operations of Cloud Storage; an upload is one of class A, a notification one of B.
        reads, writes, deletes: documents of Firestore; a claim is deleted at the end of its time.
        published, delivered, audited: messages of Pub/Sub; audited are those that go on to BigQuery.
        requests: of Cloud Run.
        store_requests: of the Cloud Healthcare API.
    """

    class_a: float = 0
    class_b: float = 0
    reads: float = 0
    writes: float = 0
    deletes: float = 0
    published: float = 0
    delivered: float = 0
    audited: float = 0
    requests: float = 0
    store_requests: float = 0

    def __add__(self, other: "Operations") -> "Operations":
        return Operations(**{name: getattr(self, name) + getattr(other, name) for name in _FIELDS})

    def __mul__(self, count: float) -> "Operations":
        return Operations(**{name: getattr(self, name) * count for name in _FIELDS})


_FIELDS = tuple(field.name for field in msgspec.structs.fields(Operations))


def lookups(instances: int) -> int:
    """How often Firestore is asked who else has the UIDs of instances that are recorded together.

    It is asked for 30 UIDs at once: of one instance once it is written, of several before that as well.
    """
    return ceil(instances / 30) * (2 if instances > 1 else 1)


class Documents(msgspec.Struct, frozen=True):
    """The documents of Firestore that a call of a ledger reads and writes.

    Attributes:
        reads, writes: once.
        reads_an_item, writes_an_item: for each record that the call is about, or document of instances.
        reads_a_lookup: for each of the `lookups` of instances.
    """

    reads: int = 0
    writes: int = 0
    reads_an_item: int = 0
    writes_an_item: int = 0
    reads_a_lookup: int = 0

    def cost(self, items: int) -> Operations:
        """The charge of a call about so many records."""
        return Operations(
            reads=self.reads + self.reads_an_item * items + self.reads_a_lookup * lookups(items),
            writes=self.writes + self.writes_an_item * items,
        )


#: what a call of a ledger costs in Firestore, without races; a record is an instance, a shard, a job …
CALLS: Mapping[str, Documents] = {
    "claim": Documents(writes=1),
    "complete_claim": Documents(writes=1),
    "is_result": Documents(reads=1),
    "patient_digest": Documents(reads=1),
    "add_instances": Documents(writes=1, reads_a_lookup=1),
    "open_series": Documents(reads=1, reads_an_item=5),
    "generation": Documents(reads=1),
    "generations": Documents(reads_an_item=1),
    "instances": Documents(reads_an_item=1),
    "instance": Documents(reads=1),
    "add_generation": Documents(reads=2, writes=1, reads_an_item=1, writes_an_item=1),
    "replace_generation": Documents(reads=1, writes=1),
    "add_shards": Documents(writes_an_item=1),
    "shards": Documents(reads_an_item=1),
    "release_shard": Documents(writes=1),
    "add_result": Documents(writes=1),
    "archive": Documents(reads=1),
    "put_archive": Documents(writes=1),
    "add_job": Documents(writes=1),
    "job": Documents(reads=1),
    "jobs": Documents(reads_an_item=1),
    "replace_job": Documents(reads=1, writes=1),
}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What one step of the flow asks for.

    Attributes:
        name: of the stage, or of what is no stage.
        instance, shard, series: for each of them.
        shard_pairs: for each shard and each shard of its series, because the last one has to be found.
        open_minute: for each minute in which a series waits to be complete.
        lookup: for each time that Firestore is asked for instances which are recorded together.
        away_minute: for each minute in which a series is at its destination.
    """

    name: str
    instance: Operations = Operations()
    shard: Operations = Operations()
    shard_pairs: Operations = Operations()
    series: Operations = Operations()
    lookup: Operations = Operations()
    open_minute: Operations = Operations()
    away_minute: Operations = Operations()

    def of_series(self, shape: "Shape") -> Operations:
        """What the step asks for a whole series."""
        return (
            self.instance * shape.instances
            + self.shard * shape.shards
            + self.shard_pairs * shape.shards**2
            + self.lookup * lookups(shape.instances)
            + self.series
            + self.open_minute * shape.open_minutes
            + self.away_minute * shape.away_minutes
        )


class Shape(msgspec.Struct, frozen=True, kw_only=True):
    """A series: how many instances and shards, and how many minutes it is open here and away."""

    instances: int
    shards: int
    open_minutes: float
    away_minutes: float


_REQUEST = Operations(requests=1, delivered=1)
#: taking an event: the request, the claim with its end, and the deletion of the claim a month later
_EVENT = _REQUEST + Operations(writes=2, deletes=1)
#: what is finalised in the intake is announced
_NOTIFIED = Operations(class_b=1, published=1)
#: an event that a stage is subscribed to goes to its topic and to the audit's, any other to the audit's alone
_TOLD, _RECORDED = Operations(published=2, audited=1), Operations(published=1, audited=1)

#: requests that read an archive: its front, its end with its directory, and its members behind the front
_ARCHIVE_READ = 3

_UPLOADED = Operations(class_a=1) + _NOTIFIED
_ARRIVAL = Step(name="arrival", instance=_UPLOADED)
#: claims nothing but its failures
_VALIDATE = Step(name="validate", instance=_REQUEST + _RECORDED + Operations(class_b=1, reads=2, writes=1))

#: from accepted instances on, whichever way they came
_REST = (
    Step(
        name="assemble",
        instance=Operations(reads=2, writes=1),
        series=_TOLD + Operations(reads=4, writes=1),
        open_minute=Operations(reads=5),
    ),
    Step(
        name="match",
        instance=Operations(class_b=1, reads=1),
        shard=_TOLD + Operations(writes=1),
        series=_EVENT + _RECORDED + Operations(reads=2, writes=1),
    ),
    Step(
        name="deidentify",
        instance=Operations(class_b=1),
        shard=_EVENT + Operations(class_a=2, reads=1, writes=1),
        shard_pairs=Operations(reads=2),
        series=_TOLD + Operations(reads=1, writes=1),
    ),
    Step(
        name="export",
        shard=Operations(class_b=5),
        series=_EVENT + _RECORDED + Operations(reads=2, writes=3),
    ),
    Step(
        name="retrieve",
        series=_EVENT + _TOLD + Operations(class_a=1, reads=4, writes=3),
        away_minute=_REQUEST + _TOLD + Operations(reads=2),
    ),
    Step(
        name="reidentify",
        shard=Operations(class_b=1),
        series=_EVENT + _TOLD + Operations(class_a=2, class_b=1, reads=3, writes=2),
    ),
)
#: every instance arrives as an object of its own
OBJECTS = (_ARRIVAL, _VALIDATE, *_REST)


def _in_archive(step: Step) -> Step:
    """The instances of an archive have one document, and are read by as few requests as one is."""
    each = step.instance
    once = msgspec.structs.replace(each, class_b=_ARCHIVE_READ * each.class_b)
    unit = "shard" if step.name == "deidentify" else "series"
    return msgspec.structs.replace(step, instance=Operations(), **{unit: getattr(step, unit) + once})


#: every series arrives as one ZIP, and its instances stay there
ARCHIVES = (
    Step(name="arrival", series=_UPLOADED),
    Step(name="validate", series=_REQUEST + _TOLD + Operations(class_b=1)),
    Step(
        name="unpack",
        series=_EVENT + _RECORDED * 2 + Operations(class_b=_ARCHIVE_READ, reads=2, writes=2),
        lookup=Operations(reads=1),
    ),
    *map(_in_archive, _REST),
)


def _from_store(step: Step) -> Step:
    """An original that is opened in a DICOM store is a request to the Healthcare API, not one of class B."""
    opened = step.instance.class_b
    instance = msgspec.structs.replace(step.instance, class_b=0, store_requests=opened)
    delivered = Operations(class_b=1, store_requests=1) if step.name == "reidentify" else Operations()
    return msgspec.structs.replace(step, instance=instance, series=step.series + delivered)


#: every instance arrives in a DICOM store, which announces it; the result goes there as well
DICOM_STORE = (
    Step(name="arrival", instance=Operations(store_requests=1, published=1)),
    *map(_from_store, (_VALIDATE, *_REST)),
)
#: a minute's tick, which two stages take, if nothing is under way
TICK = _EVENT * 2 + Operations(published=1, reads=4)
