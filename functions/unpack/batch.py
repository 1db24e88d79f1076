"""What becomes of the members of one batch: accepted where they lie, extracted, ignored, or failed."""

import zipfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import PurePosixPath
from typing import Literal, ParamSpec, TypeVar

from shared.archive_members import MemberReader
from shared.dicom.read import is_media_directory, looks_like_dicom
from shared.errors import AirlockError, ArchiveMemberUnsafe
from shared.events import ArchiveMemberFailed, ArchiveReceived, Event, IgnoreReason, MembersAccepted
from shared.identifiers import SeriesRef, member_name
from shared.intake import Copies, examine, is_accepted, of_patient
from shared.ports.blobs import Blobs
from shared.ports.ledger import ClinicalLedger
from shared.ports.records import ArchiveRecord, IgnoredRecord, InstanceRecord
from shared.settings import UnpackPolicy, ValidationPolicy

_RATIO_MATTERS_FROM = 1 << 20
_SNIFF_BYTES = 256
_ZIP_MAGIC = b"PK\3\4"
# without the name
_LOCAL_HEADER_BYTES = 30

P = ParamSpec("P")
T = TypeVar("T")


class Batch:
    """Takes members one by one, and settles with the ledger what they are, a series at a time.

    Args:
        archive: the open archive.
        event: which archive it is, and where the batch begins.
        clinical: where it lies.
        ledger: where its instances are recorded.
        unpacking, validation: what a member may be.
        now: seconds since the epoch.
    """

    def __init__(
        self,
        archive: zipfile.ZipFile,
        event: ArchiveReceived,
        *,
        clinical: Blobs,
        ledger: ClinicalLedger,
        unpacking: UnpackPolicy,
        validation: ValidationPolicy,
        now: float,
    ) -> None:
        self._archive = archive
        self._overlapping = frozenset(_overlapping(archive.infolist()))
        self._event = event
        self._clinical = clinical
        self._ledger = ledger
        self._unpacking = unpacking
        self._validation = validation
        self._now = now
        self._counts: Counter[str] = Counter()
        self._instances: dict[SeriesRef, list[InstanceRecord]] = defaultdict(list)
        self._failures: list[ArchiveMemberFailed] = []

    @property
    def record(self) -> ArchiveRecord:
        """How many members the batch has, where it ends, and what became of them."""
        size = self._counts.total()
        unpacked_to = self._event.first_member + size
        return ArchiveRecord(
            blob=self._event.blob,
            members=size,
            unpacked_to=unpacked_to,
            accepted=self._counts["accepted"],
            extracted=self._counts["extracted"],
            ignored=self._counts["ignored"],
            failed=self._counts["failed"],
        )

    def take(self, index: int, info: zipfile.ZipInfo) -> None:
        """Look at a member; an instance waits for the others of its series."""
        taken = self._unless_failed(index, self._look, index, info)
        if isinstance(taken, InstanceRecord):
            self._instances[taken.series].append(taken)
        elif taken == "extracted":
            self._counts["extracted"] += 1
        elif taken is not None:
            self._ignore(index, taken)

    def settle(self) -> Iterator[Event]:
        """Record the instances; say what was accepted, and what failed."""
        with Copies(self._clinical) as copies:
            for series, records in self._instances.items():
                yield from self._accept(series, records, copies)
        yield from self._failures

    def _look(
        self, index: int, info: zipfile.ZipInfo
    ) -> InstanceRecord | IgnoreReason | Literal["extracted"]:
        _require_safe(info, self._unpacking)
        if info in self._overlapping:
            raise ArchiveMemberUnsafe(reason="members overlap")
        blob = self._event.blob
        with MemberReader(self._archive, info) as member:
            head = member.read(0, _SNIFF_BYTES)
            if is_media_directory(head):
                return _left_out(member, "dicomdir")
            if head.startswith(_ZIP_MAGIC):
                return self._extract(member, member_name(blob, index))
            if not looks_like_dicom(head):
                return _left_out(member, "not_dicom_member")
            return examine(
                blob.at_member(index), member, policy=self._validation, ledger=self._ledger, now=self._now
            )

    def _extract(self, member: MemberReader, name: str) -> Literal["extracted"]:
        """Let an archive within the archive arrive on its own: what is deflated has no ranges."""
        with self._clinical.create(name, if_generation_match=0) as writer:
            for chunk in member.stream():
                writer.write(chunk)
        return "extracted"

    def _accept(
        self, series: SeriesRef, records: Sequence[InstanceRecord], copies: Copies
    ) -> Iterator[MembersAccepted]:
        """Record the instances of one series, and say how many are accepted, if any."""
        digest = self._ledger.patient_digest(series) or records[0].patient_digest
        checked = [self._unless_failed(_index(each), of_patient, each, digest) for each in records]
        consistent = [each for each in checked if each is not None]
        accepted = self._new_among(consistent, self._ledger.add_instances(consistent), copies)
        self._counts["accepted"] += accepted
        if accepted:
            yield MembersAccepted(
                blob=self._event.blob,
                first_member=self._event.first_member,
                series=series,
                instance_count=accepted,
            )

    def _new_among(
        self, records: Sequence[InstanceRecord], stored: Sequence[InstanceRecord], copies: Copies
    ) -> int:
        """How many of some instances are no copies of those that are stored under their UIDs."""
        # Where one lies now: it may have moved since it was read, and what it lay in may be gone.
        lying = {each.sop_instance_uid: each for each in stored}
        accepted = 0
        for arrived in records:
            if self._is_new(arrived, lying[arrived.sop_instance_uid], copies):
                lying[arrived.sop_instance_uid] = arrived
                accepted += 1
        return accepted

    def _is_new(self, arrived: InstanceRecord, stored: InstanceRecord, copies: Copies) -> bool:
        index = _index(arrived)
        accepted = self._unless_failed(index, is_accepted, arrived, stored, copies, self._ledger)
        if accepted is False:
            self._ignore(index, "duplicate")
        return bool(accepted)

    def _ignore(self, index: int, reason: IgnoreReason) -> None:
        blob = self._event.blob
        self._ledger.add_ignored(IgnoredRecord(subject=str(blob.at_member(index)), blob=blob, reason=reason))
        self._counts["ignored"] += 1

    def _unless_failed(
        self, index: int, judge: Callable[P, T], *arguments: P.args, **more: P.kwargs
    ) -> T | None:
        """What a judgement says of a member; None if the member fails for good."""
        try:
            return judge(*arguments, **more)
        except AirlockError as error:
            if error.retryable:
                raise
            self._failures.append(self._failed(index, error))
            self._counts["failed"] += 1
            return None

    def _failed(self, index: int, error: AirlockError) -> ArchiveMemberFailed:
        return ArchiveMemberFailed(
            blob=self._event.blob,
            member=index,
            code=error.code,
            category=error.category,
            cause=error.cause,
            failed_at=datetime.fromtimestamp(self._now, UTC).isoformat(),
        )


def _index(record: InstanceRecord) -> int:
    """Of a record that lies in an archive."""
    return record.blob.member or 0


def _left_out(member: MemberReader, reason: IgnoreReason) -> IgnoreReason:
    """Read all of it first: what is damaged may have been an instance, and only its checksum tells."""
    for _ in member.stream():
        pass
    return reason


def _overlapping(members: Iterable[zipfile.ZipInfo]) -> Iterator[zipfile.ZipInfo]:
    """Those that reach into the one behind them: what lies there once could be read any number of times."""
    in_order = sorted(members, key=lambda info: info.header_offset)
    for info, following in pairwise(in_order):
        if info.header_offset + _LOCAL_HEADER_BYTES + info.compress_size > following.header_offset:
            yield info


def _require_safe(info: zipfile.ZipInfo, policy: UnpackPolicy) -> None:
    if info.file_size > policy.member_bytes:
        raise ArchiveMemberUnsafe(reason="too large", allowed_bytes=policy.member_bytes)
    ratio = info.file_size / max(info.compress_size, 1)
    if info.file_size >= _RATIO_MATTERS_FROM and ratio > policy.compression_ratio:
        raise ArchiveMemberUnsafe(reason="compression ratio", allowed=policy.compression_ratio)
    path = PurePosixPath(info.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or not path.parts or path.parts[0].endswith(":"):
        raise ArchiveMemberUnsafe(reason="path leaves the archive")
