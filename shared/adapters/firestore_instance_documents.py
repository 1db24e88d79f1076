"""What the document of instances in Firestore holds: one, or those of a series that came in one archive."""

from collections.abc import Container, Iterable, Iterator, Sequence
from datetime import datetime

import msgspec

from shared.adapters.firestore_database import Delete, Document, Fields, Update, Write, hashed
from shared.adapters.firestore_records import RecordField
from shared.identifiers import BlobRef
from shared.ports.records import InstanceRecord

INSTANCES = "instances"
#: so many instances fit into one document by far
TOGETHER = 1000


class _Together(msgspec.Struct, frozen=True):
    """The instances of one document: one, or those of a series that were accepted together in an archive."""

    records: tuple[InstanceRecord, ...]


_records = RecordField(_Together)


def document_id(records: Sequence[InstanceRecord]) -> str:
    """One alone has its UID; of several the first tells, by its place, which they are."""
    return records[0].sop_instance_uid if len(records) == 1 else hashed(str(records[0].blob))


def fields_of(records: Sequence[InstanceRecord]) -> Fields:
    """The document of new instances; what may change later is a field of its own beside the record."""
    first, series = records[0], str(records[0].series)
    counts = [each.expected_count for each in records if each.expected_count is not None]
    fields = {
        **_contents(records),
        "series": series,
        "accepted_at": first.accepted_at,
        "expected_count": max(counts, default=None),
        "generation": first.generation,
        "waiting": series if first.generation is None else None,
    }
    # A field that is absent is in no index: those of the waiting and the expecting hold no others.
    return {name: value for name, value in fields.items() if value is not None}


def _contents(records: Sequence[InstanceRecord]) -> Fields:
    # What a query looks for is hashed: UIDs and names that follow the time would only rise, and an index of
    # such values takes 500 writes a second.
    return {
        "record": _records.encode(_Together(tuple(records))),
        "uids": [hashed(each.sop_instance_uid) for each in records],
        "objects": sorted({hashed_object(each.blob) for each in records}),
        "instance_count": len(records),
    }


def stored_records(document: Document) -> list[InstanceRecord]:
    """The instances of a document."""
    generation = document.fields.get("generation")
    return [
        msgspec.structs.replace(each, generation=generation) for each in _records.decode(document).records
    ]


def by_uid(documents: Iterable[Document]) -> dict[str, InstanceRecord]:
    """The instances of some documents; where several have one UID, the first has it."""
    latest_first = _latest_first(documents)
    return {each.sop_instance_uid: each for document in latest_first for each in stored_records(document)}


def age(document: Document) -> tuple[datetime, str]:
    """By which documents are told apart that have one UID: the first keeps it."""
    return document.created, document.document_id


def _latest_first(documents: Iterable[Document]) -> list[Document]:
    """In the order in which the first has the last word."""
    return sorted(documents, key=age, reverse=True)


def moving(document: Document, record: InstanceRecord) -> Update:
    """The write that lets an instance lie where a record says."""
    uid = record.sop_instance_uid
    records = _records.decode(document).records
    moved = [each.moved_to(record.blob) if each.sop_instance_uid == uid else each for each in records]
    return Update(INSTANCES, document.document_id, _contents(moved), document.updated)


def leaving(documents: Iterable[Document], arrived: Container[str]) -> Iterator[Write]:
    """The writes that leave to earlier documents, of what arrived at some places, the UIDs that they have."""
    latest_first = _latest_first(documents)
    owners = {uid: document for document in latest_first for uid in document.fields["uids"]}
    for document in latest_first:
        kept = [
            each
            for each in stored_records(document)
            if str(each.blob) not in arrived or owners[hashed(each.sop_instance_uid)] is document
        ]
        if len(kept) < document.fields["instance_count"]:
            yield _reducing(document, kept)


def _reducing(document: Document, records: Sequence[InstanceRecord]) -> Write:
    """The write that leaves only some records in a document."""
    if not records:
        return Delete(INSTANCES, document.document_id, document.updated)
    return Update(INSTANCES, document.document_id, _contents(records), document.updated)


def hashed_object(blob: BlobRef) -> str:
    """An object in whichever generation, for a query."""
    return hashed(blob.unversioned)
