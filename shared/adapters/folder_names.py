"""Where an object lies in a bucket's folder: its own name, as far as a file system can hold it safely.

A place is read backwards by one rule: `%XX` is a byte, a `%` without digits is nothing and `%+/` is no slash.
So every place says whose it is, and no two names share one.
"""

import re

from shared.errors import ConfigurationError
from shared.identifiers import BlobRef

NAME_LIMIT = 1024
_COMPONENT_LIMIT = 255
# Room for the mark of a cut and an escaped leading dot below the limit of file systems.
_PIECE_LIMIT = 240
_DEPTH_LIMIT = 64
_CUT = "%+/"

_UNSAFE = re.compile(r"[\x00-\x1f\x7f%\\]")
_UNPORTABLE = re.compile(r"[^a-z0-9 ._=@,+-]")
_CHARACTER = re.compile(r"%[0-9A-F]{2}|.", re.DOTALL)
_ESCAPE = re.compile(rb"%([0-9A-F]{2})?")


def is_storable(name: str) -> bool:
    """Tell whether a bucket can hold `name`: 1 to 1024 bytes of UTF-8, as in Cloud Storage."""
    try:
        return 0 < len(name.encode()) <= NAME_LIMIT
    except UnicodeEncodeError:
        return False


def require_object(ref: BlobRef, bucket: str) -> None:
    """Refuse what is no object of a bucket: a member of an archive would be the archive.

    Raises:
        ConfigurationError: it lies in another bucket, or in an archive.
    """
    if ref.bucket != bucket:
        raise ConfigurationError(bucket=bucket, asked=ref.bucket)
    if ref.member is not None:
        raise ConfigurationError(problem="a member of an archive is no object")


def places(name: str, *, caseless: bool = False) -> tuple[str, ...]:
    """The places of an object relative to its bucket's folder, the preferred one first.

    The natural place is the name itself with the unsafe escaped. The flat one has no folders and ends in `%`:
    it is for a name that clashes with another as file and folder (`a` and `a/b`), for one with so many
    folders that tools fail on them, and on a caseless file system for every name that another could match.
    """
    if name.count("/") > _DEPTH_LIMIT or (caseless and _UNPORTABLE.search(name.replace("/", ""))):
        return (_flat(name),)
    return _natural(name), _flat(name)


def name_at(place: str, *, caseless: bool = False) -> str:
    """The name of the object at `place`; where a person put the file, the path as it stands is the name."""
    try:
        name = _read_backwards(place)
    except UnicodeError:
        name = ""
    if name and place in places(name, caseless=caseless):
        return name
    return place.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")


def is_hidden(component: str) -> bool:
    """Tell whether a file or folder is hidden: no object's place ever is."""
    return component.startswith(".")


def _natural(name: str) -> str:
    return "/".join(_component(component) for component in name.split("/"))


def _component(component: str) -> str:
    return _fit(_visible(_UNSAFE.sub(_escape, component)) or "%")


def _flat(name: str) -> str:
    return _fit(_visible(_UNPORTABLE.sub(_escape, name)) + "%")


def _escape(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())


def _visible(component: str) -> str:
    return "%2E" + component[1:] if is_hidden(component) else component


def _fit(component: str) -> str:
    if len(component.encode()) <= _COMPONENT_LIMIT:
        return component
    pieces = [""]
    for character in _CHARACTER.findall(component):
        if len((pieces[-1] + character).encode()) > _PIECE_LIMIT:
            pieces.append("")
        pieces[-1] += character
    return _CUT.join(_visible(piece) for piece in pieces)


def _read_backwards(place: str) -> str:
    joined = place.replace(_CUT, "").encode()
    return _ESCAPE.sub(lambda match: bytes.fromhex((match[1] or b"").decode()), joined).decode()
