"""A released series, its crosswalk, and results for it: RT Structure Sets as a destination writes them."""

import io
from collections.abc import Sequence
from typing import Any, NamedTuple

from pydicom import dcmread
from pydicom.dataset import Dataset, FileDataset
from pydicom.uid import CTImageStorage, RTStructureSetStorage

from shared.deid.crosswalk import Crosswalk
from shared.deid.reidentify import Returning
from shared.dicom.source import MemorySource
from shared.identifiers import SeriesRef
from tests.images import ct_image, deidentifier, item, part10, written

STUDY, SERIES, FRAME = "1.3.6.1.4.1.99999.1", "1.3.6.1.4.1.99999.1.0", "1.3.6.1.4.1.99999.1.9"
INSTANCES = tuple(f"1.3.6.1.4.1.99999.1.{number}" for number in (11, 12, 13))
#: a name for the class of a study; retired, and still what RT Structure Sets have (PS3.3 C.8.8.5)
DETACHED_STUDY_MANAGEMENT = "1.2.840.10008.3.1.2.3.1"


class Released(NamedTuple):
    """What went out, and the way back."""

    images: tuple[FileDataset, ...]
    crosswalk: Crosswalk


def released_series(profile: str = "draw", **changes: Any) -> Released:
    """De-identify three CT images of one series, as the inner door does."""
    worker = deidentifier(profile)
    images, instances = [], []
    for number, uid in enumerate(INSTANCES, start=1):
        source = MemorySource(part10(ct_image(SOPInstanceUID=uid, InstanceNumber=str(number), **changes)))
        instances.append(worker.deidentify(source))
        images.append(dcmread(io.BytesIO(written(instances[-1]))))
    crosswalk = Crosswalk(
        job_id="0123456789abcdef",
        series=SeriesRef(study_instance_uid=STUDY, series_instance_uid=SERIES),
        generation=1,
        uids={new: original for original, new in worker.uids.items()},
        sop_instance_uids=tuple(each.sop_instance_uid for each in instances),
        shift_days=instances[0].shift_days,
        identity=instances[0].identity,
    )
    return Released(tuple(images), crosswalk)


def structure_set(images: Sequence[Dataset], **changes: Any) -> Dataset:
    """An RT Structure Set that references these images; `changes` by keyword, None leaves one out."""
    first = images[0]
    references = [
        item(ReferencedSOPClassUID=CTImageStorage, ReferencedSOPInstanceUID=image.SOPInstanceUID)
        for image in images
    ]
    series = item(SeriesInstanceUID=first.SeriesInstanceUID, ContourImageSequence=references)
    study = item(
        ReferencedSOPClassUID=DETACHED_STUDY_MANAGEMENT,
        ReferencedSOPInstanceUID=first.StudyInstanceUID,
        RTReferencedSeriesSequence=[series],
    )
    frame = item(FrameOfReferenceUID=first.FrameOfReferenceUID, RTReferencedStudySequence=[study])
    contours = [
        item(
            ContourImageSequence=[reference],
            ContourGeometricType="CLOSED_PLANAR",
            NumberOfContourPoints="1",
            ContourData=["0", "1.5", "2"],
        )
        for reference in references
    ]
    values: dict[str, Any] = {
        "SOPClassUID": RTStructureSetStorage,
        "SOPInstanceUID": "2.25.424242",
        "StudyDate": first.StudyDate,
        "StructureSetDate": first.StudyDate,
        "Modality": "RTSTRUCT",
        "Manufacturer": "Destination",
        "PatientName": first.PatientName,
        "PatientID": first.PatientID,
        "PatientIdentityRemoved": "YES",
        "DeidentificationMethod": "theirs",
        "DeidentificationMethodCodeSequence": [item(CodeValue="113100", CodingSchemeDesignator="DCM")],
        "LongitudinalTemporalInformationModified": "MODIFIED",
        "StudyInstanceUID": first.StudyInstanceUID,
        "SeriesInstanceUID": "2.25.434343",
        "FrameOfReferenceUID": first.FrameOfReferenceUID,
        "StructureSetLabel": "AUTO",
        "ReferencedFrameOfReferenceSequence": [frame],
        "StructureSetROISequence": [
            item(ROINumber="1", ROIName="Larynx", ReferencedFrameOfReferenceUID=first.FrameOfReferenceUID)
        ],
        "ROIContourSequence": [item(ReferencedROINumber="1", ContourSequence=contours)],
        **changes,
    }
    result = Dataset()
    for keyword, value in values.items():
        if value is not None:
            setattr(result, keyword, value)
    return result


def led_back(content: bytes, crosswalk: Crosswalk) -> bytes:
    """Bring a result in memory back."""
    return b"".join(Returning(MemorySource(content), crosswalk).content())
