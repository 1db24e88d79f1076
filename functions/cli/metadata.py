"""What the headers of a series say."""

from collections.abc import Iterator

from functions.cli.status import one_generation
from shared.dicom.read import Header, read_header
from shared.errors import NothingFound
from shared.ports.records import GenerationRecord
from shared.wiring import EmbeddedWiring


def metadata_json(wiring: EmbeddedWiring, series: str) -> str:
    """Describe a series, named by a UID or handle, as indented JSON.

    Raises:
        NothingFound: no one series has this name.
    """
    from shared.dicom.metadata import describe, to_json

    generation = one_generation(wiring, series)
    return to_json(describe(_headers(wiring, generation))).decode()


def _headers(wiring: EmbeddedWiring, generation: GenerationRecord) -> Iterator[Header]:
    for sop_instance_uid in generation.sop_instance_uids:
        record = wiring.ledger.instance(sop_instance_uid)
        if record is None:
            raise NothingFound(matching_instances=0)
        with wiring.clinical.open(record.blob) as reader:
            yield read_header(reader)
