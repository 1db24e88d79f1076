"""What a de-identifier makes of a collection, read by pydicom."""

import io
from collections.abc import Callable, Mapping
from functools import cached_property

from pydicom import dcmread
from pydicom.dataset import FileDataset

from shared.dicom.source import MemorySource
from shared.errors import AirlockError
from tests.images import deidentifier, written
from tests.score.places import Place, values_of
from tests.score.studies import Collection

#: gives the file that is released, or None where it is held
Deidentify = Callable[[bytes], bytes | None]


class Outcome:
    """What became of one file: its bytes, or nothing where it is held."""

    def __init__(self, content: bytes | None) -> None:
        """Take what was released."""
        self.content = content or b""
        self.is_released = content is not None

    @cached_property
    def data_set(self) -> FileDataset:
        """The file as pydicom reads it."""
        return dcmread(io.BytesIO(self.content))

    @cached_property
    def values(self) -> Mapping[Place, str]:
        """The text of every element by its place."""
        return values_of(self.data_set)


Outcomes = Mapping[str, Outcome]


def by_airlock(profile: str, secret: str = "one") -> Deidentify:
    """Airlock with a shipped profile and a key of its own, as one worker does many files."""
    worker = deidentifier(profile, secret)

    def deidentify(content: bytes) -> bytes | None:
        try:
            return written(worker.deidentify(MemorySource(content)))
        except AirlockError:
            return None

    return deidentify


def outcomes(collection: Collection, deidentify: Deidentify) -> Outcomes:
    """Every file of a collection, de-identified."""
    return {name: Outcome(deidentify(file.content)) for name, file in collection.files.items()}
