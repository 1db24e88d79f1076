"""An instance before it is written, into which one secret is planted."""

import io
from collections.abc import Callable
from struct import pack
from typing import Any, Literal, NamedTuple

from pydicom.datadict import dictionary_VR, tag_for_keyword
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import UID, ExplicitVRLittleEndian

from tests.images import item

_LONG_VRS = frozenset({"OB", "OD", "OF", "OL", "OV", "OW", "SQ", "SV", "UC", "UN", "UR", "UT", "UV"})

#: a word that names somebody of whom the file says nothing else; the patient's family name; the Patient ID; a
#: UID and a date that stand nowhere else; the Study Instance UID
Sought = Literal["stranger", "name", "number", "uid", "day", "study"]


class Draft:
    """An instance before it is written.

    Attributes:
        data_set: what pydicom writes.
        secret: what is planted.
        syntax: its transfer syntax.
        preamble, meta: what stands before the data set.
        front, behind: bytes at its beginning and behind its end.
    """

    def __init__(self, data_set: Dataset, secret: str, syntax: str = ExplicitVRLittleEndian) -> None:
        """Take what stands in it already."""
        self.data_set = data_set
        self.secret = secret
        self.syntax = syntax
        self.preamble = bytes(128)
        self.meta: dict[str, Any] = {}
        self.front = self.behind = b""

    @property
    def hidden(self) -> bytes:
        """The secret in bytes of even length."""
        return even(self.secret.encode())

    def written(self) -> bytes:
        """The file."""
        meta = FileMetaDataset()
        meta.TransferSyntaxUID = UID(self.syntax)
        meta.ImplementationClassUID = UID("2.25.999")
        for keyword, value in self.meta.items():
            setattr(meta, keyword, value)
        self.data_set.file_meta = meta
        self.data_set.preamble = self.preamble
        file = io.BytesIO()
        self.data_set.save_as(file, enforce_file_format=True)
        content = file.getvalue()
        start = 144 + int.from_bytes(content[140:144], "little")
        return content[:start] + self.front + content[start:] + self.behind


Plant = Callable[[Draft], None]
#: the profiles that are tried
PROFILES = ("basic", "extended", "research")
EVERYONE = frozenset(PROFILES)


class Probe(NamedTuple):
    """A place for a secret.

    Attributes:
        name: the place, as failures are told.
        plant: puts the secret in.
        sought: what the secret is.
        kinds: the kinds of instances into which it is put.
        secret: the secret itself where the place asks for one of its own.
        held: the profiles that may not release it, for the secret stands in what they do not touch.
    """

    name: str
    plant: Plant
    sought: Sought = "stranger"
    kinds: tuple[str, ...] = ("ct", "rtstruct", "sr", "doc")
    secret: str = ""
    held: frozenset[str] = frozenset()


def even(value: bytes, padding: bytes = b" ") -> bytes:
    """A value in an even number of bytes."""
    return value + padding * (len(value) % 2)


def element(tag: int, vr: str, value: bytes) -> bytes:
    """An element in explicit VR little endian, whatever its value is."""
    header = pack("<HH2s", tag >> 16, tag & 0xFFFF, vr.encode())
    length = pack("<HI", 0, len(value)) if vr in _LONG_VRS else pack("<H", len(value))
    return header + length + value


def tag_of(keyword: str) -> int:
    """The tag of a keyword of PS3.6."""
    tag = tag_for_keyword(keyword)
    if tag is None:
        raise KeyError(keyword)
    return tag


def value_for(keyword: str, secret: str) -> Any:
    """A value of an attribute that holds the secret."""
    vr = dictionary_VR(keyword)
    if vr == "SQ":
        return [item(CodeValue="1", CodingSchemeDesignator="99LOCAL", CodeMeaning=secret)]
    if vr == "UR":
        return f"https://{secret}.example/studies"
    return secret.encode().ljust(32, b"\0") if vr in {"OB", "OW", "OB or OW"} else secret


def at(*keywords: str) -> Plant:
    """Plant in the attribute that is named last, in items of the sequences before it."""

    def plant(draft: Draft) -> None:
        *sequences, name = keywords
        inner = draft.data_set
        for sequence in sequences:
            added = item()
            setattr(inner, sequence, [item(), added])
            inner = added
        setattr(inner, name, value_for(name, draft.secret))

    return plant


def raw(tag: int, vr: str, template: str = "{}", encoding: str = "ascii") -> Plant:
    """Plant in an element that pydicom would not write so; `{}` is the secret."""

    def plant(draft: Draft) -> None:
        draft.front += element(tag, vr, even(template.format(draft.secret).encode(encoding)))

    return plant


def replacing(keyword: str, vr: str = "", template: str = "{}") -> Plant:
    """Plant in an attribute that the instance has, with another VR or more than its VR allows."""

    def plant(draft: Draft) -> None:
        told = draft.data_set.get(keyword)
        tag = tag_of(keyword)
        if keyword in draft.data_set:
            del draft.data_set[keyword]
        text = template.format(draft.secret, told=told)
        draft.front += element(tag, vr or dictionary_VR(tag), even(text.encode(), b"\0"))

    return plant


def added(tag: int, vr: str, value: Any = None) -> Plant:
    """Plant in an element that only its tag names."""

    def plant(draft: Draft) -> None:
        draft.data_set.add(DataElement(tag, vr, draft.secret if value is None else value(draft.secret)))

    return plant
