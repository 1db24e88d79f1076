"""The gate alone, for bytes that no instance would have."""

from collections.abc import Iterable

from shared.deid.gate.harvest import Token
from shared.deid.gate.residue import Wanted, found_in_meta, outgoing
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of
from shared.dicom.scan import Encoding, Limits, Scanner
from shared.errors import Residue


def check(tokens: Iterable[Token], meta: bytes, data_set: bytes, encoding: Encoding) -> None:
    """Hold what still carries an identifier of its original.

    Args:
        tokens: the identifiers of the original.
        meta: preamble and File Meta Information of the output.
        data_set: all elements of the output but Pixel Data.
        encoding: how `data_set` is encoded.

    Raises:
        Residue: with where and how many; never what.
    """
    wanted = Wanted(tokens)
    elements, _ = Scanner(data_set, encoding, Limits()).data_set(0, len(data_set))
    places = [
        keyword_of(value.tag)
        for value in outgoing(DataSet(data_set, elements, encoding))
        if wanted.found_in(value)
    ]
    places += ["File Meta Information"] * len(found_in_meta(wanted, meta))
    if places:
        raise Residue(element=places[0], places=len(places))
