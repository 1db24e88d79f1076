"""The kinds of results that come back from a destination."""

from typing import NamedTuple


class Kind(NamedTuple):
    """A kind of result: the SOP Classes whose UIDs begin so, and their Modality."""

    name: str
    sop_classes: tuple[str, ...]
    modalities: tuple[str, ...]


_STORAGE = "1.2.840.10008.5.1.4.1.1."
RTSTRUCT = Kind("rtstruct", (f"{_STORAGE}481.3",), ("RTSTRUCT",))
KINDS = (
    RTSTRUCT,
    Kind("seg", (f"{_STORAGE}66.4", f"{_STORAGE}66.7"), ("SEG",)),
    Kind("sr", (f"{_STORAGE}88.",), ("SR", "KO")),
    Kind("pr", (f"{_STORAGE}11.",), ("PR",)),
)


def may_be_result(sop_class_uid: str) -> bool:
    """Whether an instance of this SOP Class can be a result; an image never is."""
    return any(sop_class_uid.startswith(kind.sop_classes) for kind in KINDS)
