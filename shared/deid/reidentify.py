"""The way back: an RT Structure Set under the identity of its patient again.

It happens once a series, so pydicom does it; what it reads was scanned strictly before.
"""

import io
import struct
import warnings
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from shared.deid import encode
from shared.deid.crosswalk import Crosswalk
from shared.deid.dates import shift_date
from shared.deid.instance import IDENTITY_KEYWORDS, released_syntax
from shared.deid.rewrite import Patient, Rewriter
from shared.deid.rules import Action
from shared.dicom.dataset import DataSet
from shared.dicom.read import Header, read_header
from shared.dicom.source import MemorySource
from shared.errors import ResultForeign, ResultUnreadable, ValidationError
from shared.identifiers import is_uid

if TYPE_CHECKING:
    from pydicom.dataset import FileDataset

RT_STRUCTURE_SET_STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"
_DEIDENTIFICATION_MARKERS = (
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
)
_OWN_UIDS = {"SOPInstanceUID": 0x00080018, "SeriesInstanceUID": 0x0020000E}
_SOP_CLASS_UID, _MODALITY = 0x00080016, 0x00080060
_REFERENCED_SOP_INSTANCE_UID = 0x00081155
_REFERENCED_FRAME_OF_REFERENCE_SEQUENCE = 0x30060010
_RT_REFERENCED_STUDY_SEQUENCE = 0x30060012
_RT_REFERENCED_SERIES_SEQUENCE = 0x30060014
_CONTOUR_IMAGE_SEQUENCE = 0x30060016
_ACTION_BY_VR = {"UI": Action.MAP_UID, "DA": Action.SHIFT_DATE, "SQ": Action.RECURSE}
# Text in these character sets is UTF-8 already.
_WITHIN_UTF_8 = frozenset({"", "ISO_IR 6", "ISO_IR 192"})
_BROKEN = (
    *(ValueError, TypeError, LookupError, AttributeError, ArithmeticError),
    *(NotImplementedError, OSError, EOFError, struct.error),
)


def reidentify_rtstruct(content: bytes, crosswalk: Crosswalk) -> bytes:
    """Give an RT Structure Set its patient, study and references back; its own SOP and Series UIDs stay.

    Raises:
        ResultUnreadable: it cannot be read, or is no RT Structure Set.
        ResultForeign: it does not reference exactly the series that was sent.
    """
    from pydicom.config import disable_value_validation
    from pydicom.errors import BytesLengthException, InvalidDicomError

    with warnings.catch_warnings(), disable_value_validation():
        warnings.simplefilter("ignore")
        try:
            header = _read(content)
            scanned = DataSet.of(header)
            _require_own(scanned, crosswalk)
            data_set = _led_back(header, crosswalk)
            _restore(data_set, {name: scanned.text(tag) for name, tag in _OWN_UIDS.items()}, crosswalk)
            return _written(data_set)
        except (*_BROKEN, BytesLengthException, InvalidDicomError) as error:
            raise ResultUnreadable(reason=type(error).__name__) from error


def _read(content: bytes) -> Header:
    if content[128:132] != b"DICM":
        raise ResultUnreadable(reason="no Part 10 file")
    try:
        header = read_header(MemorySource(content))
    except ValidationError as error:
        raise ResultUnreadable(reason=error.code) from error
    data_set = DataSet.of(header)
    if data_set.text(_MODALITY) != "RTSTRUCT" or data_set.text(_SOP_CLASS_UID) != RT_STRUCTURE_SET_STORAGE:
        raise ResultUnreadable(reason="no RT Structure Set")
    if header.pixel_data or not all(is_uid(data_set.text(tag)) for tag in _OWN_UIDS.values()):
        raise ResultUnreadable(reason="no UIDs of its own")
    return header


def _require_own(data_set: DataSet, crosswalk: Crosswalk) -> None:
    """The result must reference the sent series and instances, all of its references, and nothing else."""
    series, instances = set(_referenced_series(data_set)), set(_referenced_images(data_set))
    sent = set(crosswalk.sop_instance_uids)
    originals = {crosswalk.uids.get(uid) for uid in series}
    if originals != {crosswalk.series.series_instance_uid}:
        raise ResultForeign(referenced_series=len(series))
    if not instances or not instances <= sent:
        raise ResultForeign(foreign_instances=len(instances - sent))


def _referenced_series(data_set: DataSet) -> Iterator[str]:
    for frame in data_set.items(_REFERENCED_FRAME_OF_REFERENCE_SEQUENCE):
        for study in frame.items(_RT_REFERENCED_STUDY_SEQUENCE):
            for series in study.items(_RT_REFERENCED_SERIES_SEQUENCE):
                yield series.text(_OWN_UIDS["SeriesInstanceUID"])


def _referenced_images(data_set: DataSet) -> Iterator[str]:
    for level, element in data_set.walk():
        if element.tag == _CONTOUR_IMAGE_SEQUENCE:
            yield from (item.text(_REFERENCED_SOP_INSTANCE_UID) for item in level.items_of(element))


class _WayBack(Rewriter):
    """Rewrites UIDs by value wherever they stand, and the released study's date; all else stays as bytes."""

    def __init__(self, crosswalk: Crosswalk) -> None:
        self._study_date = crosswalk.identity.get("StudyDate", "")
        self._released_date = shift_date(self._study_date, crosswalk.shift_days)
        self._originals = crosswalk.uids
        super().__init__(self, self, Patient("", 0, None))

    def action(self, _tag: int, vr: str) -> Action:
        """What the way back does with an element."""
        return _ACTION_BY_VR.get(vr, Action.KEEP)

    def uid(self, released: str) -> str:
        """The original of a UID, or the UID itself if it is nobody's."""
        return self._originals.get(released, released)

    def _shift_one(self, value: str) -> str:
        return self._study_date if value == self._released_date else value


def _led_back(header: Header, crosswalk: Crosswalk) -> "FileDataset":
    """Map every UID in the bytes; pydicom then sees the identity alone, the contours stay undecoded."""
    from pydicom import dcmread

    data_set = DataSet.of(header)
    syntax = released_syntax(header.transfer_syntax_uid)
    meta = encode.file_meta(RT_STRUCTURE_SET_STORAGE, data_set.text(_OWN_UIDS["SOPInstanceUID"]), syntax)
    return dcmread(io.BytesIO(meta + _WayBack(crosswalk).rewrite(data_set)))


def _restore(data_set: "FileDataset", own: Mapping[str, str], crosswalk: Crosswalk) -> None:
    if not all(value.isascii() for value in crosswalk.identity.values()):
        if str(data_set.get("SpecificCharacterSet") or "") not in _WITHIN_UTF_8:
            data_set.decode()
        data_set.SpecificCharacterSet = "ISO_IR 192"
    identity = {keyword: crosswalk.identity.get(keyword, "") for keyword in IDENTITY_KEYWORDS}
    identity["StudyInstanceUID"] = crosswalk.series.study_instance_uid
    for keyword, value in {**own, **identity}.items():
        data_set.pop(keyword, None)  # it may have a wrong Value Representation
        setattr(data_set, keyword, value)
    for keyword in _DEIDENTIFICATION_MARKERS:
        if keyword in data_set:
            delattr(data_set, keyword)


def _written(data_set: "FileDataset") -> bytes:
    output = io.BytesIO()
    data_set.save_as(output, enforce_file_format=True)
    return output.getvalue()
