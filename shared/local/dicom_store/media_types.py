"""What a client accepts: media types with their parameters, best first (PS3.18 section 8.7)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

from werkzeug.http import parse_accept_header, parse_options_header

DICOM = "application/dicom"
DICOM_JSON = "application/dicom+json"
DICOM_XML = "application/dicom+xml"
JSON = "application/json"
OCTET_STREAM = "application/octet-stream"
ANY = "*/*"
_MULTIPART = "multipart/related"
_UNQUOTED_TYPE = re.compile(r"(\btype=)([^\";,\s]+)")


class MediaRange(NamedTuple):
    """One entry of Accept; of multipart/related, `media_type` is that of the parts."""

    media_type: str
    multipart: bool = False
    transfer_syntax: str = ""

    def takes(self, media_type: str) -> bool:
        """Whether a media type is in the range."""
        kind = media_type.partition("/")[0] + "/*"
        return self.media_type in {ANY, kind, media_type}


def media_type_of(header: str) -> tuple[str, dict[str, str]]:
    """A media type in lower case with its parameters."""
    media_type, parameters = parse_options_header(_quoted(header))
    return media_type.lower(), parameters


def _quoted(header: str) -> str:
    """Put the quotes around a type in a type that many clients forget."""
    return _UNQUOTED_TYPE.sub(r'\1"\2"', header)


def accepted(header: str) -> list[MediaRange]:
    """Read Accept; nothing means anything."""
    ranges = [
        _range(*media_type_of(value))
        for value, quality in parse_accept_header(_quoted(header))
        if quality > 0
    ]
    return ranges or [MediaRange(ANY)]


def _range(media_type: str, parameters: Mapping[str, str]) -> MediaRange:
    syntax = parameters.get("transfer-syntax", "")
    if media_type == _MULTIPART:
        return MediaRange(parameters.get("type", ANY).lower(), multipart=True, transfer_syntax=syntax)
    return MediaRange(media_type, transfer_syntax=syntax)


def accepts_json(header: str) -> bool:
    """Whether the DICOM JSON Model, or JSON, may be sent."""
    return any(each.takes(DICOM_JSON) or each.takes(JSON) for each in accepted(header) if not each.multipart)
