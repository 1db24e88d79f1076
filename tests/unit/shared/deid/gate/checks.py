"""The gate as it holds an image, and alone for bytes that no instance would have."""

from collections.abc import Iterable
from typing import Any

from shared.deid.gate.harvest import Token
from shared.deid.gate.residue import Wanted, found_in_meta, outgoing
from shared.deid.header.encode import file_meta
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of
from shared.dicom.scan import EXPLICIT_BIG, EXPLICIT_LITTLE, IMPLICIT_LITTLE, Encoding, Limits, Scanner
from shared.errors import Residue
from tests.images import NATIVE_SYNTAXES, ct_image, part10, released

ENCODINGS = {"implicit": IMPLICIT_LITTLE, "explicit": EXPLICIT_LITTLE, "big endian": EXPLICIT_BIG}
NAME = Token(b"quarrington", "name")
META = file_meta("1.2.840.10008.5.1.4.1.1.2", "2.25.1", "1.2.840.10008.1.2.1")


def held(syntax: str = "explicit", profile: str = "basic", **changes: Any) -> str | None:
    """The element at which an image is held, None if it is released."""
    try:
        released(part10(ct_image(**changes), NATIVE_SYNTAXES[syntax]), profile)
    except Residue as error:
        return str(error.details["element"])
    return None


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
