"""Records in a document's field: JSON, compressed where it is long, and refused where it cannot fit."""

import zlib
from typing import Generic, TypeVar

import msgspec

from shared.adapters.firestore_database import Document
from shared.adapters.records import RecordCodec
from shared.errors import StorageError

R = TypeVar("R", bound=msgspec.Struct)

#: JSON of more bytes than this is compressed: UIDs share their beginnings, and a read costs time by the byte
PLAIN_BYTES = 100_000
#: a document may have 1 MiB with all its fields and names; the rest is for those
STORED_BYTES = 1_000_000


class RecordField(Generic[R]):
    """Turns the records of one type into the field `record` of a document and back."""

    def __init__(self, record_type: type[R]) -> None:
        self._name = record_type.__name__
        self._codec = RecordCodec(record_type)

    def encode(self, record: R) -> str | bytes:
        """Encode a record, as text for people if it is short.

        Raises:
            StorageError: it does not fit into a document.
        """
        text = self._codec.encode(record)
        data = text.encode()
        if len(data) <= PLAIN_BYTES:
            return text
        packed = zlib.compress(data)
        if len(packed) > STORED_BYTES:
            raise StorageError(record=self._name, bytes=len(packed), limit=STORED_BYTES)
        return packed

    def decode(self, document: Document) -> R:
        """Decode the record of a document.

        Raises:
            StorageError: what is stored is not a record of this type.
        """
        stored = document.fields.get("record")
        try:
            text = zlib.decompress(stored).decode() if isinstance(stored, bytes) else str(stored)
        except (zlib.error, UnicodeDecodeError) as error:
            raise StorageError(record=self._name) from error
        return self._codec.decode(text)

    def decode_if(self, document: Document | None) -> R | None:
        """Decode the record of a document, if there is one."""
        return self.decode(document) if document is not None else None
