"""What the double demands of a package: one series of CT, MR or PT images, de-identified, and a template."""

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path, PurePosixPath

import pydicom
from pydicom import Dataset
from pydicom.errors import InvalidDicomError
from pydicom.uid import (
    CTImageStorage,
    EnhancedCTImageStorage,
    EnhancedMRImageStorage,
    EnhancedPETImageStorage,
    LegacyConvertedEnhancedCTImageStorage,
    LegacyConvertedEnhancedMRImageStorage,
    LegacyConvertedEnhancedPETImageStorage,
    MRImageStorage,
    PositronEmissionTomographyImageStorage,
)

from shared.destinations.settings import AutosegmentationTemplate, parse_template
from shared.errors import (
    ArchiveMemberUnreadable,
    ArchiveUnreadable,
    NotDicom,
    PatientInconsistent,
    SopClassUnsupported,
    ValueInvalid,
)

TEMPLATE = "autosegmentation_template.yml"
MANIFEST = "manifest.json"
ACCEPTED_SOP_CLASSES = frozenset(
    {
        CTImageStorage,
        EnhancedCTImageStorage,
        MRImageStorage,
        EnhancedMRImageStorage,
        PositronEmissionTomographyImageStorage,
        EnhancedPETImageStorage,
        LegacyConvertedEnhancedCTImageStorage,
        LegacyConvertedEnhancedMRImageStorage,
        LegacyConvertedEnhancedPETImageStorage,
    }
)
_UNREADABLE = (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, OSError)


@dataclass(frozen=True, kw_only=True)
class ReceivedInstance:
    """An instance by its member in the package, with its header (all of it before the pixel data)."""

    member: str
    header: Dataset

    @property
    def sop_class_uid(self) -> str:
        """SOP Class UID (0008,0016)."""
        return str(self.header.SOPClassUID)

    @property
    def sop_instance_uid(self) -> str:
        """SOP Instance UID (0008,0018)."""
        return str(self.header.SOPInstanceUID)


@dataclass(frozen=True, kw_only=True)
class ReceivedSeries:
    """A package that was found in order."""

    path: Path
    template: AutosegmentationTemplate
    instances: tuple[ReceivedInstance, ...]

    @property
    def modality(self) -> str:
        """Modality (0008,0060) of the series."""
        return str(self.instances[0].header.Modality)

    def datasets(self) -> "Iterator[tuple[ReceivedInstance, Dataset]]":
        """Read the instances whole, one after the other."""
        with zipfile.ZipFile(self.path) as archive:
            for instance in self.instances:
                yield instance, pydicom.dcmread(BytesIO(archive.read(instance.member)))


def read_package(path: Path) -> ReceivedSeries:
    """Read and judge a package.

    Raises:
        ArchiveUnreadable: it is no ZIP, or its template is missing or there twice.
        ValidationError, RulesetInvalid, SopClassUnsupported: its content is not what the service takes.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _judge(archive, path)
    except _UNREADABLE as exc:
        raise ArchiveUnreadable from exc


def _judge(archive: zipfile.ZipFile, path: Path) -> ReceivedSeries:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    templates = [name for name in names if PurePosixPath(name).name == TEMPLATE]
    if len(templates) != 1:
        raise ArchiveUnreadable(templates=len(templates))
    template = parse_template(archive.read(templates[0]), file=TEMPLATE)
    members = [name for name in names if name not in {templates[0], MANIFEST}]
    instances = tuple(_instance(archive, name, index) for index, name in enumerate(members))
    _require_one_series(instances)
    return ReceivedSeries(path=path, template=template, instances=instances)


def _instance(archive: zipfile.ZipFile, name: str, index: int) -> ReceivedInstance:
    try:
        header = pydicom.dcmread(BytesIO(archive.read(name)), stop_before_pixels=True)
    except InvalidDicomError as exc:
        raise NotDicom(member_index=index) from exc
    except zipfile.BadZipFile as exc:
        raise ArchiveMemberUnreadable(member_index=index) from exc
    _require_acceptable(header, index)
    return ReceivedInstance(member=name, header=header)


def _require_acceptable(header: Dataset, index: int) -> None:
    for keyword in ("SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Modality"):
        if not header.get(keyword):
            raise ValueInvalid(attribute=keyword, member_index=index)
    if header.get("SOPClassUID") not in ACCEPTED_SOP_CLASSES:
        raise SopClassUnsupported(member_index=index)
    if header.get("PatientIdentityRemoved") != "YES":
        raise ValueInvalid(attribute="PatientIdentityRemoved", member_index=index)


def _require_one_series(instances: tuple[ReceivedInstance, ...]) -> None:
    if not instances:
        raise ArchiveUnreadable(instances=0)
    if len({instance.sop_instance_uid for instance in instances}) != len(instances):
        raise ValueInvalid(attribute="SOPInstanceUID", problem="given twice")
    for keyword in ("SeriesInstanceUID", "StudyInstanceUID", "SOPClassUID", "Modality"):
        if len({instance.header[keyword].value for instance in instances}) != 1:
            raise ValueInvalid(attribute=keyword, problem="not the same in all instances")
    if len({str(instance.header.get("PatientID", "")) for instance in instances}) != 1:
        raise PatientInconsistent
