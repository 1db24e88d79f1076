"""What a result says of itself, and whether it belongs to the series that was sent.

RT Structure Sets, segmentations, structured reports and presentation states name what they were made from,
each in sequences of its own (PS3.3 sections C.8.8.5, C.12.1.1, C.17.2 and C.11.11).
"""

from collections.abc import Iterable
from typing import NamedTuple

from shared.deid.crosswalk import Crosswalk
from shared.dicom.charset import SPECIFIC_CHARACTER_SET
from shared.dicom.dictionary import image_sop_classes
from shared.dicom.result_kinds import KINDS, RTSTRUCT, Kind
from shared.dicom.stream import SequenceBegins, SequenceEnds, Step, Value
from shared.errors import ResultForeign, ResultUnreadable
from shared.identifiers import is_uid

SOP_CLASS_UID, SOP_INSTANCE_UID, MODALITY = 0x00080016, 0x00080018, 0x00080060
SERIES_INSTANCE_UID = 0x0020000E
#: what makes it an object of its own
OWN_UIDS = (SOP_INSTANCE_UID, SERIES_INSTANCE_UID)
_REFERENCED_SOP_CLASS_UID, _REFERENCED_SOP_INSTANCE_UID = 0x00081150, 0x00081155
# RT Referenced Series Sequence, Referenced Series Sequence
_SERIES_PLACES = frozenset({0x30060014, 0x00081115})
# Contour Image, Referenced Instance, Source Image, Referenced SOP and Referenced Image Sequence
_INSTANCE_PLACES = frozenset({0x30060016, 0x0008114A, 0x00082112, 0x00081199, 0x00081140})
_TOLD = frozenset({SPECIFIC_CHARACTER_SET, SOP_CLASS_UID, MODALITY, *OWN_UIDS})


class Survey(NamedTuple):
    """What a result says at its top level, and the series and instances (with classes) that it references."""

    top: dict[int, bytes]
    series: set[str]
    instances: set[tuple[str, str]]

    @classmethod
    def of(cls, steps: Iterable[Step]) -> "Survey":
        """Walk through the result once."""
        survey = cls({}, set(), set())
        path: list[int] = []
        sop_class = ""
        for step in steps:
            if isinstance(step, Value):
                if step.tag == _REFERENCED_SOP_CLASS_UID:
                    sop_class = ascii_text(step.raw)
                survey._take(step, path, sop_class)
            elif isinstance(step, SequenceBegins):
                path.append(step.tag)
            elif isinstance(step, SequenceEnds):
                path.pop()
        return survey

    def _take(self, element: Value, path: list[int], sop_class: str) -> None:
        if not path:
            if element.tag in _TOLD:
                self.top[element.tag] = element.raw
        elif element.tag == SERIES_INSTANCE_UID and path[-1] in _SERIES_PLACES:
            self.series.add(ascii_text(element.raw))
        elif element.tag == _REFERENCED_SOP_INSTANCE_UID and path[-1] in _INSTANCE_PLACES:
            self.instances.add((sop_class, ascii_text(element.raw)))

    def text(self, tag: int) -> str:
        """The value of an attribute of the top level."""
        return ascii_text(self.top.get(tag, b""))


def ascii_text(raw: bytes) -> str:
    """A UID or code without padding."""
    return raw.rstrip(b"\0 ").decode("ascii", "replace")


def kind_of(survey: Survey) -> Kind:
    """Which kind of result it is.

    Raises:
        ResultUnreadable: it is none that leads back, or has no UIDs of its own.
    """
    sop_class, modality = survey.text(SOP_CLASS_UID), survey.text(MODALITY)
    kinds = (each for each in KINDS if sop_class.startswith(each.sop_classes) and modality in each.modalities)
    kind = next(kinds, None)
    if kind is None:
        raise ResultUnreadable(reason="no kind of result that leads back")
    if not all(is_uid(survey.text(tag)) for tag in OWN_UIDS):
        raise ResultUnreadable(reason="no UIDs of its own")
    return kind


def require_own(survey: Survey, kind: Kind, crosswalk: Crosswalk) -> None:
    """The result must reference the sent series and some of its instances, and no image besides.

    A structure set references nothing else at all; a report may also name other results.

    Raises:
        ResultForeign: it does not.
    """
    sent = set(crosswalk.sop_instance_uids)
    own_series = crosswalk.series.series_instance_uid
    # A profile may have retained it; else the original one was never sent.
    retained = own_series if own_series not in crosswalk.uids.values() else None
    originals = {own_series if uid == retained else crosswalk.uids.get(uid) for uid in survey.series}
    if own_series not in originals or (kind is RTSTRUCT and originals != {own_series}):
        raise ResultForeign(referenced_series=len(survey.series))
    foreign = {
        uid
        for sop_class, uid in survey.instances
        if uid not in sent and (kind is RTSTRUCT or sop_class in image_sop_classes())
    }
    if foreign or not any(uid in sent for _, uid in survey.instances):
        raise ResultForeign(foreign_instances=len(foreign))
