"""The answer key: what has to become of every attribute of a file, by the classes of the MIDI-B benchmark.

It is made of what the generator planted and of the lists below, which say what the profile `extended`
promises; never of the product's own rules.
"""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from pydicom.dataelem import DataElement

from shared.deid.pixels.geometry import Rectangle
from tests.score.author import ROOT
from tests.score.places import Place, text_of, walked
from tests.score.scans import Made
from tests.score.wording import Phrase


class Kind(StrEnum):
    """The classes of actions."""

    TAG_RETAINED = "tag_retained"
    TEXT_NOTNULL = "text_notnull"
    TEXT_RETAINED = "text_retained"
    TEXT_REMOVED = "text_removed"
    DATE_SHIFTED = "date_shifted"
    UID_CHANGED = "uid_changed"
    UID_CONSISTENT = "uid_consistent"
    PATID_CONSISTENT = "patid_consistent"
    PIXELS_HIDDEN = "pixels_hidden"
    PIXELS_RETAINED = "pixels_retained"


class Action(NamedTuple):
    """What has to become of one place.

    Attributes:
        kind: its class.
        place: where.
        text: the value in the original.
        words: those that stay, or those that go.
        area: of pixels.
    """

    kind: Kind
    place: Place
    text: str = ""
    words: tuple[str, ...] = ()
    area: Rectangle = Rectangle(0, 0, 0, 0)


#: attributes whose whole value identifies
IDENTIFIERS = frozenset(
    {
        "AccessionNumber",
        "FillerOrderNumberImagingServiceRequest",
        "InstitutionAddress",
        "InstitutionName",
        "IssuerOfPatientID",
        "OtherPatientIDs",
        "PatientAddress",
        "PatientBirthDate",
        "PatientTelephoneNumbers",
        "PlacerOrderNumberImagingServiceRequest",
        "RequestedProcedureID",
        "ScheduledProcedureStepID",
        "StudyID",
        "VerifyingOrganization",
    }
)
#: attributes that must have a value in the objects here (Type 1), and the patient's, which name the study
NOT_NULL = frozenset(
    {
        "AnchorPointAnnotationUnits",
        "CodeMeaning",
        "CodingSchemeDesignator",
        "ContentDate",
        "ContentLabel",
        "ContourGeometricType",
        "GraphicType",
        "ImageType",
        "Modality",
        "PatientID",
        "PatientName",
        "PersonName",
        "ReferencedSOPClassUID",
        "ReferencedSOPInstanceUID",
        "ROINumber",
        "SegmentLabel",
        "SOPClassUID",
        "SOPInstanceUID",
        "SeriesInstanceUID",
        "StructureSetLabel",
        "StudyDate",
        "StudyInstanceUID",
        "TextValue",
        "UnformattedTextValue",
        "ValueType",
    }
)
#: private attributes that PS3.15 Table E.3.10-1 lists, and their creator
SAFE = frozenset({"(0019,0010)", "(0019,SIEMENS MR HEADER,0C)"})
#: what depends on what was done to the pixels, and a hospital's own code, which may stay or go
_OPEN = frozenset({"BurnedInAnnotation", "CodeValue", "PhotometricInterpretation", "PlanarConfiguration"})
#: sequences of code D that keep their items and nothing of what stands in them
_DUMMIES = frozenset({"VerifyingObserverSequence"})
#: ages over this one are too rare to stay (PS3.15 section E.3.7)
_OLDEST = "089Y"


def answers(made: Made, phrases: Mapping[str, Phrase]) -> Iterator[Action]:
    """Yield what has to become of an object; `phrases` are the free texts in it."""
    for area in made.hidden:
        yield Action(Kind.PIXELS_HIDDEN, ("PixelData",), area=area)
    for area in made.retained:
        yield Action(Kind.PIXELS_RETAINED, ("PixelData",), area=area)
    for place, element in walked(made.data_set):
        if element.VR != "SQ" and place[-1] not in {"PixelData", *_OPEN}:
            yield from _of_element(place, element, phrases)


def _of_element(place: Place, element: DataElement, phrases: Mapping[str, Phrase]) -> Iterator[Action]:
    text, name = text_of(element), place[-1]
    if name in NOT_NULL:
        yield Action(Kind.TEXT_NOTNULL, place)
    if name == "PatientID":
        yield Action(Kind.PATID_CONSISTENT, place, text)
    phrase = phrases.get(text)
    if phrase is not None:
        yield Action(Kind.TEXT_RETAINED, place, "" if phrase.gone else text, phrase.kept)
        if phrase.gone:
            yield Action(Kind.TEXT_REMOVED, place, text, phrase.gone)
    elif element.VR == "UI" and text.startswith(ROOT):
        yield Action(Kind.UID_CHANGED, place, text)
        yield Action(Kind.UID_CONSISTENT, place, text)
    elif _identifies(name, element, text) or not _DUMMIES.isdisjoint(place):
        yield Action(Kind.TEXT_REMOVED, place, text, _words(element, text))
    elif element.VR in {"DA", "DT"}:
        yield Action(Kind.DATE_SHIFTED, place, text)
    else:
        yield Action(Kind.TAG_RETAINED, place, text)


def _identifies(name: str, element: DataElement, text: str) -> bool:
    is_unsafe = element.tag.is_private and name not in SAFE
    is_old = name == "PatientAge" and text > _OLDEST and text.endswith("Y")
    return is_unsafe or is_old or name in IDENTIFIERS or name == "PatientID" or element.VR == "PN"


def _words(element: DataElement, text: str) -> tuple[str, ...]:
    """The parts of a name, or each value as a whole."""
    values = text.split("\\")
    parts = [part for value in values for part in value.replace("=", "^").replace("'", "^").split("^")]
    return tuple(part for part in (parts if element.VR == "PN" else values) if len(part) > 1)
