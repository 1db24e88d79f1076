"""PS3.15 Table E.1-1 as tests ask it."""

from shared.deid.rules.left_out import LEFT_OUT
from shared.deid.rules.table import rows
from shared.dicom.dictionary import tag_for_keyword


def basic_codes() -> dict[int, str]:
    """The Basic Profile's code by tag, X for what Airlock adds."""
    ours = {tag: "X" for keyword in LEFT_OUT if (tag := tag_for_keyword(keyword))}
    return ours | {tag: row.basic for tag, row in rows().items()}
