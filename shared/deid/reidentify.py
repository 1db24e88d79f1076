"""The way back: an RT Structure Set under the identity of its patient again.

It happens once a series, so pydicom does it; what it reads was scanned strictly before.
"""

import io
import struct
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shared.deid.crosswalk import Crosswalk
from shared.deid.dates import shift_date
from shared.deid.encode import IMPLEMENTATION_CLASS_UID, IMPLEMENTATION_VERSION_NAME
from shared.deid.instance import IDENTITY_KEYWORDS
from shared.dicom.read import read_header
from shared.dicom.source import MemorySource
from shared.errors import ResultForeign, ResultUnreadable, ValidationError
from shared.identifiers import is_uid

if TYPE_CHECKING:
    from pydicom.dataelem import DataElement
    from pydicom.dataset import Dataset, FileDataset

RT_STRUCTURE_SET_STORAGE = "1.2.840.10008.5.1.4.1.1.481.3"
_DEIDENTIFICATION_MARKERS = (
    "PatientIdentityRemoved",
    "DeidentificationMethod",
    "DeidentificationMethodCodeSequence",
    "LongitudinalTemporalInformationModified",
)
_OWN_UIDS = ("SOPInstanceUID", "SeriesInstanceUID")
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
            data_set = _read(content)
            _require_own(data_set, crosswalk)
            _restore(data_set, crosswalk)
            return _written(data_set)
        except (*_BROKEN, BytesLengthException, InvalidDicomError) as error:
            raise ResultUnreadable(reason=type(error).__name__) from error


def _read(content: bytes) -> "FileDataset":
    from pydicom import dcmread

    try:
        read_header(MemorySource(content))
    except ValidationError as error:
        raise ResultUnreadable(reason=error.code) from error
    data_set = dcmread(io.BytesIO(content))
    if data_set.get("Modality") != "RTSTRUCT" or data_set.get("SOPClassUID") != RT_STRUCTURE_SET_STORAGE:
        raise ResultUnreadable(reason="no RT Structure Set")
    if not all(is_uid(str(data_set.get(keyword))) for keyword in _OWN_UIDS):
        raise ResultUnreadable(reason="no UIDs of its own")
    return data_set


def _require_own(data_set: "Dataset", crosswalk: Crosswalk) -> None:
    """The result must reference the sent series and instances, all of its references, and nothing else."""
    series, instances = set(_referenced_series(data_set)), set(_referenced_images(data_set))
    sent = set(crosswalk.sop_instance_uids)
    originals = {crosswalk.uids.get(uid) for uid in series}
    if originals != {crosswalk.series.series_instance_uid}:
        raise ResultForeign(referenced_series=len(series))
    if not instances or not instances <= sent:
        raise ResultForeign(foreign_instances=len(instances - sent))


def _referenced_series(data_set: "Dataset") -> Iterator[str]:
    for frame in data_set.get("ReferencedFrameOfReferenceSequence", ()):
        for study in frame.get("RTReferencedStudySequence", ()):
            for series in study.get("RTReferencedSeriesSequence", ()):
                yield str(series.SeriesInstanceUID)


def _referenced_images(data_set: "Dataset") -> Iterator[str]:
    for element in _elements(data_set, frozenset({"SQ"})):
        if element.keyword == "ContourImageSequence":
            yield from (str(item.ReferencedSOPInstanceUID) for item in element.value)


def _elements(data_set: "Dataset", vrs: frozenset[str]) -> Iterator["DataElement"]:
    """Yield the elements of these VRs at every depth; all others, contours first, stay undecoded."""
    from pydicom.datadict import dictionary_has_tag, dictionary_VR

    for tag in data_set.keys():  # noqa: SIM118 - iterating a data set itself decodes every element
        vr = data_set.get_item(tag).VR or (dictionary_VR(tag) if dictionary_has_tag(tag) else "UN")
        if vr in vrs:
            yield data_set[tag]
        if vr == "SQ":
            for item in data_set[tag].value:
                yield from _elements(item, vrs)


def _restore(data_set: "FileDataset", crosswalk: Crosswalk) -> None:
    own = {keyword: data_set[keyword].value for keyword in _OWN_UIDS}
    for element in _elements(data_set, frozenset({"UI", "DA"})):
        _map_back(element, crosswalk)
    if not all(value.isascii() for value in crosswalk.identity.values()):
        data_set.decode()
        data_set.SpecificCharacterSet = "ISO_IR 192"
    identity = {keyword: crosswalk.identity.get(keyword, "") for keyword in IDENTITY_KEYWORDS}
    identity["StudyInstanceUID"] = crosswalk.series.study_instance_uid
    for keyword, value in (own | identity).items():
        data_set.pop(keyword, None)  # it may have a wrong Value Representation
        setattr(data_set, keyword, value)
    for keyword in _DEIDENTIFICATION_MARKERS:
        if keyword in data_set:
            delattr(data_set, keyword)


def _map_back(element: "DataElement", crosswalk: Crosswalk) -> None:
    """UIDs lead back by value wherever they stand; the released study's date becomes the original's."""
    value: Any = element.value
    if element.VR == "UI" and value:
        released = [value] if isinstance(value, str) else list(value)
        value = "\\".join(crosswalk.uids.get(str(uid), str(uid)) for uid in released)
    study_date = crosswalk.identity.get("StudyDate", "")
    if element.VR == "DA" and value and value == shift_date(study_date, crosswalk.shift_days):
        value = study_date
    element.value = value


def _written(data_set: "FileDataset") -> bytes:
    from pydicom.uid import UID

    meta = data_set.file_meta
    meta.ImplementationClassUID = UID(IMPLEMENTATION_CLASS_UID)
    meta.ImplementationVersionName = IMPLEMENTATION_VERSION_NAME
    data_set.preamble = b"\0" * 128
    output = io.BytesIO()
    data_set.save_as(output, enforce_file_format=True)
    return output.getvalue()
