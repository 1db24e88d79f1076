"""Records as JSON, and the rules by which one replaces another; the same in every ledger."""

from typing import Generic, TypeVar

import msgspec

from shared.errors import RecordConflict, StorageError
from shared.ports.records import ExceptionRecord, GenerationRecord, JobRecord

R = TypeVar("R", bound=msgspec.Struct)
Revised = TypeVar("Revised", GenerationRecord, ExceptionRecord, JobRecord)


class RecordCodec(Generic[R]):
    """Turns the records of one type into JSON text and back."""

    def __init__(self, record_type: type[R]) -> None:
        self._name = record_type.__name__
        self._decoder = msgspec.json.Decoder(record_type)
        self._encoder = msgspec.json.Encoder()

    def encode(self, record: R) -> str:
        """Encode a record as JSON."""
        return self._encoder.encode(record).decode()

    def decode(self, text: str) -> R:
        """Decode a stored record.

        Raises:
            StorageError: what is stored is not a record of this type.
        """
        try:
            return self._decoder.decode(text)
        except msgspec.MsgspecError as error:
            raise StorageError(record=self._name) from error

    def decode_first(self, rows: list[tuple[str, ...]]) -> R | None:
        """Decode the record in the first column of the first row; None if there is no row."""
        return self.decode(rows[0][0]) if rows else None


def next_revision(record: Revised) -> Revised:
    """Return `record` with the next revision."""
    return msgspec.structs.replace(record, revision=record.revision + 1)


def require_revision(stored: Revised | None, record: Revised) -> Revised:
    """Return what is stored, if `record` still carries its revision and so may replace it.

    Raises:
        RecordConflict: the stored revision is another one, or nothing is stored.
    """
    if stored is None or stored.revision != record.revision:
        raise RecordConflict(expected=record.revision, stored=stored.revision if stored is not None else 0)
    return stored


def is_same_failure(stored: ExceptionRecord, record: ExceptionRecord) -> bool:
    """Tell whether the failure that was counted last is raised again: its message was delivered twice."""
    return (stored.last_failed_at, stored.code) == (record.last_failed_at, record.code)


def raised_again(stored: ExceptionRecord, record: ExceptionRecord) -> ExceptionRecord:
    """Count one more failure of a stored exception; one that was closed is open again."""
    return msgspec.structs.replace(
        stored,
        code=record.code,
        category=record.category,
        cause=record.cause,
        attempts=stored.attempts + record.attempts,
        last_failed_at=record.last_failed_at,
        message=record.message,
        status="open",
        closed_by=None,
        closed_reason=None,
        closed_at=None,
        revision=stored.revision + 1,
    )
