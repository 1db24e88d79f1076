"""Is this instance what DICOM requires? Structure first, then content; each check has its own error."""

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import NamedTuple

from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import keyword_of
from shared.dicom.image import check_image
from shared.dicom.known import Level
from shared.dicom.read import Header
from shared.dicom.temporal import is_date, is_datetime, is_time
from shared.errors import AttributeMissing, Malformed, UidInvalid, ValueInvalid
from shared.identifiers import SeriesRef, is_uid

SOP_CLASS_UID = 0x00080016
SOP_INSTANCE_UID = 0x00080018
STUDY_INSTANCE_UID = 0x0020000D
SERIES_INSTANCE_UID = 0x0020000E
MODALITY = 0x00080060
PATIENT_ID = 0x00100020
# That of an Integer String (PS3.5 section 6.2).
_LARGEST_INTEGER = (1 << 31) - 1
_NUMBER_OF_SERIES_RELATED_INSTANCES = 0x00201209
_IDENTIFYING_UIDS = (SOP_CLASS_UID, SOP_INSTANCE_UID, STUDY_INSTANCE_UID, SERIES_INSTANCE_UID)
_REQUIRED = (*_IDENTIFYING_UIDS, PATIENT_ID, MODALITY)
# Issuer of Patient ID, Patient ID, Patient's Name, Patient's Birth Date, Patient's Sex
_PATIENT = (0x00100021, 0x00100020, 0x00100010, 0x00100030, 0x00100040)
_TEMPORAL: dict[str, Callable[[str], bool]] = {"DA": is_date, "TM": is_time, "DT": is_datetime}


class Identity(NamedTuple):
    """What the ledger keeps of a valid instance.

    Attributes:
        patient_digest: SHA-256 of the patient's identity, hexadecimal: equal for all of one patient.
        expected_count: Number of Series Related Instances (0020,1209) if the header has a positive one.
    """

    sop_instance_uid: str
    sop_class_uid: str
    series: SeriesRef
    modality: str
    patient_digest: str
    expected_count: int | None


def validate(header: Header, *, frame_bytes_limit: int) -> Identity:
    """Check an instance; return its identity.

    Raises:
        ValidationError: the first check that fails says which.
    """
    data_set = DataSet.of(header)
    _check_tags(header)
    for tag in _REQUIRED:
        if not any(data_set.values(tag) or ()):
            raise AttributeMissing(attribute=keyword_of(tag))
    for tag in _IDENTIFYING_UIDS:
        if not is_uid(data_set.text(tag)):
            raise UidInvalid(attribute=keyword_of(tag))
    for attribute in _invalid_dates(data_set, header.elements):
        raise ValueInvalid(attribute=attribute)
    check_image(data_set, header, frame_bytes_limit)
    return identity_of(data_set)


def identity_of(data_set: DataSet) -> Identity:
    """Read the identity of a data set that has the required attributes."""
    expected = data_set.number(_NUMBER_OF_SERIES_RELATED_INSTANCES)
    return Identity(
        data_set.text(SOP_INSTANCE_UID),
        data_set.text(SOP_CLASS_UID),
        SeriesRef(
            study_instance_uid=data_set.text(STUDY_INSTANCE_UID),
            series_instance_uid=data_set.text(SERIES_INSTANCE_UID),
        ),
        data_set.text(MODALITY),
        patient_digest(data_set),
        expected if expected and 0 < expected <= _LARGEST_INTEGER else None,
    )


def patient_digest(data_set: DataSet) -> str:
    """Digest the patient's identity; trailing delimiters of the name (PS3.5 section 6.2.1) do not count."""
    values = (data_set.text(tag).upper().rstrip("^= ") for tag in _PATIENT)
    return sha256("\0".join(values).encode()).hexdigest()


def _check_tags(header: Header) -> None:
    """No tag may come twice (PS3.5 section 7.1); an order that is only wrong is put right on the way out.

    The groups below 0008 belong to commands and file formats, at every depth.
    """
    data_set = Level((*header.elements, *header.trailing)) if header.trailing else header.elements
    if header.meta.repeats or data_set.repeats:
        raise Malformed(reason="an element comes twice")
    if data_set.lowest_tag >> 16 < 8:
        raise Malformed(reason="group below 0008 in a data set")


def _invalid_dates(data_set: DataSet, level: Level) -> Iterator[str]:
    for element in level.temporal:
        is_valid = _TEMPORAL[element.vr]
        if not all(is_valid(value) for value in data_set.values_of(element) if value):
            yield keyword_of(element.tag)
