"""DICOM stores, where hospitals push to and where results go back to."""

from typing import Protocol

from shared.identifiers import StoreName
from shared.ports.blobs import BlobReader


class DicomStores(Protocol):
    """The DICOM stores of an installation."""

    def store(self, store: StoreName, instance: BlobReader) -> None:
        """Store an instance; once more with the same bytes changes nothing.

        Raises:
            Conflict: other bytes are stored under its UIDs already.
            ConfigurationError: the installation has no such store.
            StorageUnavailable: the store did not answer.
        """
        ...
