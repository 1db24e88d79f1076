"""What the headers of a series say."""

from collections.abc import Iterator
from typing import NamedTuple

from functions.cli.status import one_generation
from shared.dicom.read import Header, read_accepted, read_header
from shared.errors import NothingFound
from shared.identifiers import BlobRef
from shared.originals import open_original
from shared.ports.blobs import Blobs
from shared.ports.records import GenerationRecord
from shared.wiring import EmbeddedWiring


class _Reopened(NamedTuple):
    """An instance that is opened for each read: of thousands of slices, a few are looked into at the end."""

    blobs: Blobs
    ref: BlobRef
    size: int

    def read(self, offset: int, length: int) -> bytes:
        with open_original(self.blobs, self.ref) as reader:
            return reader.read(offset, length)


def metadata_json(wiring: EmbeddedWiring, series: str, *, result: bool = False) -> str:
    """Describe a series, named by a UID or handle, or the result delivered for it, as indented JSON.

    Raises:
        NothingFound: no one series has this name, or it has no result.
    """
    from shared.dicom.metadata import describe, to_json

    generation = one_generation(wiring, series)
    headers = _result_header(wiring, generation) if result else _headers(wiring, generation)
    return to_json(describe(headers)).decode()


def _headers(wiring: EmbeddedWiring, generation: GenerationRecord) -> Iterator[Header]:
    for sop_instance_uid in generation.sop_instance_uids:
        record = wiring.ledger.instance(sop_instance_uid)
        if record is None:
            raise NothingFound(matching_instances=0)
        yield read_accepted(_Reopened(wiring.clinical, record.blob, record.size))


def _result_header(wiring: EmbeddedWiring, generation: GenerationRecord) -> Iterator[Header]:
    stats = list(wiring.clinical.list(f"results/{generation.job_id}/"))
    if not stats:
        raise NothingFound(matching_results=0)
    for stat in stats:
        yield read_header(_Reopened(wiring.clinical, stat.ref, stat.size))
