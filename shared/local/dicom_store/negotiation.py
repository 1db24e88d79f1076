"""In which form something is sent, by what the client accepts (PS3.18 section 8.7)."""

from collections.abc import Sequence
from typing import NamedTuple

from shared.dicom.read import EXPLICIT_VR_LITTLE_ENDIAN, NATIVE
from shared.local.dicom_store.frames import media_type_of
from shared.local.dicom_store.media_types import ANY, DICOM, OCTET_STREAM, MediaRange
from shared.local.dicom_store.refusal import not_acceptable
from shared.local.dicom_store.rendering import JPEG, PNG
from shared.local.dicom_store.transcoding import sent_syntax


class InstanceForm(NamedTuple):
    """How instances are sent; `syntaxes` has the transfer syntax of each."""

    multipart: bool
    syntaxes: tuple[str, ...]


def instance_form(accepted: Sequence[MediaRange], stored: Sequence[str], single: bool) -> InstanceForm:  # noqa: FBT001 - a fact
    """The form of instances with `stored` transfer syntaxes; a `single` one may be sent without multipart.

    Raises:
        Refusal: 406.
    """
    for each in accepted:
        if each.media_type not in {ANY, DICOM} or not (each.multipart or single or each.media_type == ANY):
            continue
        # Whoever takes anything takes what is stored.
        wanted = each.transfer_syntax or ("*" if each.media_type == ANY else "")
        syntaxes = [sent_syntax(syntax, wanted) for syntax in stored]
        if all(syntaxes):
            multipart = each.multipart or each.media_type == ANY
            return InstanceForm(multipart, tuple(syntax or "" for syntax in syntaxes))
    raise not_acceptable(
        "instances are sent as they are stored, transfer-syntax=*, or in 1.2.840.10008.1.2.1"
    )


class FrameForm(NamedTuple):
    """How frames are sent: as which media type, in which transfer syntax."""

    multipart: bool
    media_type: str
    transfer_syntax: str

    @property
    def content_type(self) -> str:
        """The Content-Type of one frame."""
        return f"{self.media_type}; transfer-syntax={self.transfer_syntax}"


def frame_form(accepted: Sequence[MediaRange], stored: str, count: int) -> FrameForm:
    """The form of `count` frames of an instance in the transfer syntax `stored`.

    Raises:
        Refusal: 406.
    """
    media_type = media_type_of(stored)
    native = stored in NATIVE
    syntax = EXPLICIT_VR_LITTLE_ENDIAN if native else stored
    for each in accepted:
        multipart = each.multipart or each.media_type == ANY
        if not multipart and count != 1:
            continue
        is_stored = each.transfer_syntax in {"*", syntax, stored}
        if each.takes(media_type) and (is_stored or not each.transfer_syntax):
            return FrameForm(multipart, media_type, syntax)
        if each.media_type == OCTET_STREAM and is_stored:
            return FrameForm(multipart, OCTET_STREAM, syntax)
    raise not_acceptable("frames are sent as they are stored, transfer-syntax=*")


def rendered_form(accepted: Sequence[MediaRange]) -> str:
    """The media type of a rendered frame; JPEG unless PNG is asked for.

    Raises:
        Refusal: 406.
    """
    for each in accepted:
        for media_type in (JPEG, PNG):
            if each.takes(media_type) and not each.multipart:
                return media_type
    raise not_acceptable("frames are rendered as image/jpeg or image/png")
