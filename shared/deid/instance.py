"""De-identify one instance: a new header, the pixels untouched, and the release gate."""

from typing import NamedTuple

from shared.deid import encode, gate
from shared.deid.dates import shift_date
from shared.deid.harvest import harvest
from shared.deid.profile import Profile
from shared.deid.pseudonyms import DerivesKeys, Pseudonyms
from shared.deid.rewrite import Patient, Rewriter
from shared.deid.rules import Rules
from shared.deid.table import EDITION
from shared.dicom.dataset import DataSet
from shared.dicom.dictionary import tag_for_keyword
from shared.dicom.read import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, EXPLICIT_VR_LITTLE_ENDIAN, Header
from shared.dicom.scan import Encoding
from shared.errors import PixelsIdentifying, SopClassUnsupported

SOP_CLASS_UID = 0x00080016
SOP_INSTANCE_UID = 0x00080018
_ISSUER_OF_PATIENT_ID = 0x00100021
_PATIENT_ID = 0x00100020
_STUDY_DATE = 0x00080020
_BURNED_IN_ANNOTATION = 0x00280301
_OVERLAY_BITS_ALLOCATED = 0x0100
_OVERLAY_DATA = 0x3000

#: the storage SOP Classes of PS3.4 Annex B whose content these rules cover: CT, MR and PT images
SUPPORTED_SOP_CLASSES = frozenset(
    {
        "1.2.840.10008.5.1.4.1.1.2",
        "1.2.840.10008.5.1.4.1.1.2.1",
        "1.2.840.10008.5.1.4.1.1.2.2",
        "1.2.840.10008.5.1.4.1.1.4",
        "1.2.840.10008.5.1.4.1.1.4.1",
        "1.2.840.10008.5.1.4.1.1.4.3",
        "1.2.840.10008.5.1.4.1.1.4.4",
        "1.2.840.10008.5.1.4.1.1.128",
        "1.2.840.10008.5.1.4.1.1.128.1",
        "1.2.840.10008.5.1.4.1.1.130",
    }
)

#: what the way back needs besides the UIDs: the identity of patient and study (PS3.3 C.7.1.1, C.7.2.1)
IDENTITY_KEYWORDS = (
    "AccessionNumber",
    "IssuerOfPatientID",
    "PatientBirthDate",
    "PatientID",
    "PatientName",
    "PatientSex",
    "ReferringPhysicianName",
    "StudyDate",
    "StudyDescription",
    "StudyID",
    "StudyTime",
)


class Deidentified(NamedTuple):
    """A de-identified instance: `head`, then the source's bytes `pixels[0]` to `pixels[1]`, then `tail`.

    Attributes:
        head: everything before the value of Pixel Data.
        pixels: offsets in the header's source, None without Pixel Data.
        tail: everything behind Pixel Data.
        identity: the original identity by keyword, for the crosswalk.
        shift_days: the patient's date shift, for the crosswalk.
    """

    sop_instance_uid: str
    head: bytes
    pixels: tuple[int, int] | None
    tail: bytes
    identity: dict[str, str]
    shift_days: int


class Deidentifier:
    """De-identifies instances under one profile and key; it remembers nothing but the UIDs it mapped."""

    def __init__(self, profile: Profile, keys: DerivesKeys) -> None:
        """Compile the profile and derive the keys."""
        self._profile = profile
        self._rules = Rules(profile)
        self._pseudonyms = Pseudonyms(keys, profile.uid_root)

    @property
    def uids(self) -> dict[str, str]:
        """Every UID mapped so far: original to new."""
        return self._pseudonyms.uids

    def job_id(self, business_key: str) -> str:
        """The opaque id under which a series leaves the clinical side."""
        return self._pseudonyms.job_id(business_key)

    def deidentify(self, header: Header) -> Deidentified:
        """De-identify one instance and hold it at the gate.

        Raises:
            SopClassUnsupported: no rule covers its SOP Class.
            PixelsIdentifying: Burned In Annotation (0028,0301) is YES, or an overlay lies in the pixels.
            Residue: an identifier of the original stands in the output.
        """
        data_set = DataSet.of(header)
        sop_class_uid = data_set.text(SOP_CLASS_UID)
        if sop_class_uid not in SUPPORTED_SOP_CLASSES:
            raise SopClassUnsupported
        if data_set.text(_BURNED_IN_ANNOTATION) == "YES":
            raise PixelsIdentifying
        if _has_overlay_in_pixels(data_set):
            raise PixelsIdentifying(reason="an overlay in the unused bits of Pixel Data")
        patient = self._patient(data_set)
        rewriter = Rewriter(self._rules, self._pseudonyms, patient)
        sop_instance_uid = self._pseudonyms.uid(data_set.text(SOP_INSTANCE_UID))
        meta = encode.file_meta(sop_class_uid, sop_instance_uid, released_syntax(header.transfer_syntax_uid))
        body = rewriter.rewrite(data_set, self._markers(header.encoding))
        trailing = DataSet(header.trailer, header.trailing, header.encoding, data_set.character_sets)
        tail = rewriter.rewrite(trailing)
        tokens = harvest(data_set, self._rules) | harvest(trailing, self._rules)
        gate.check(tokens, meta, body + tail, header.encoding)
        head = meta + body + _pixel_data_header(header)
        pixels = (header.pixel_data.value, header.pixel_data.end) if header.pixel_data else None
        return Deidentified(sop_instance_uid, head, pixels, tail, identity_of(data_set), patient.shift_days)

    def _patient(self, data_set: DataSet) -> Patient:
        issuer, patient_id = data_set.text(_ISSUER_OF_PATIENT_ID), data_set.text(_PATIENT_ID)
        days = self._pseudonyms.date_shift(issuer, patient_id)
        one_date = self._profile.dates == "study_date"
        study_date = shift_date(data_set.text(_STUDY_DATE), days) if one_date else None
        return Patient(self._pseudonyms.patient_id(issuer, patient_id), days, study_date)

    def _markers(self, encoding: Encoding) -> list[tuple[int, bytes]]:
        """What PS3.15 section E.1.1 wants said: that it was done, by which method, and about dates."""
        method = f"Airlock, PS3.15 {EDITION} Table E.1-1, profile {self._profile.name}"[:64]
        dates = "REMOVED" if self._profile.dates == "remove" else "MODIFIED"
        return [
            (0x00120062, encode.element(0x00120062, "CS", b"YES", encoding)),
            (0x00120063, encode.element(0x00120063, "LO", method.encode(), encoding)),
            (0x00120064, encode.sequence(0x00120064, self._method_items(encoding), encoding)),
            (0x00280303, encode.element(0x00280303, "CS", dates.encode(), encoding)),
        ]

    def _method_items(self, encoding: Encoding) -> bytes:
        return b"".join(
            encode.item(
                encode.element(0x00080100, "SH", value.encode(), encoding)
                + encode.element(0x00080102, "SH", b"DCM", encoding)
                + encode.element(0x00080104, "LO", meaning.encode(), encoding),
                encoding,
            )
            for value, meaning in self._profile.method_codes
        )


def _has_overlay_in_pixels(data_set: DataSet) -> bool:
    """Tell whether an overlay has no data of its own but bits of Pixel Data, as until 2004 (PS3.3 C.9.2)."""
    groups = {element.tag & 0xFFFF0000 for element in data_set.elements if element.tag >> 24 == 0x60}
    return any(
        (data_set.number(group | _OVERLAY_BITS_ALLOCATED) or 0) > 1 and group | _OVERLAY_DATA not in data_set
        for group in groups
    )


def released_syntax(transfer_syntax_uid: str) -> str:
    """A deflated data set is released inflated; all others keep their transfer syntax."""
    deflated = transfer_syntax_uid == DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN
    return EXPLICIT_VR_LITTLE_ENDIAN if deflated else transfer_syntax_uid


def _pixel_data_header(header: Header) -> bytes:
    pixel_data = header.pixel_data
    if pixel_data is None:
        return b""
    return header.source.read(pixel_data.start, pixel_data.value - pixel_data.start)


def identity_of(data_set: DataSet) -> dict[str, str]:
    """The original identity by keyword; attributes that are missing or empty are left out."""
    texts = {
        keyword: data_set.text(tag)
        for keyword in IDENTITY_KEYWORDS
        if (tag := tag_for_keyword(keyword)) is not None
    }
    return {keyword: text for keyword, text in texts.items() if text}
