"""Places in reports, structure sets, documents and compressed images."""

import zlib
from collections.abc import Callable
from typing import Any

from pydicom.dataset import Dataset
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGLSLossless

from tests.images import item
from tests.pixels import Frames, fragments_value
from tests.score.draft import EVERYONE, Draft, Plant, Probe, at, even
from tests.score.report import content
from tests.score.results import code, reference
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.streams import JPEG_2000_COMMENT, JPEG_COMMENT, gradient, segment

_ROWS, _COLUMNS = 16, 24
_IMAGE = "1.2.840.10008.5.1.4.1.1.2"


def _content(value_type: str, make: Callable[[str], dict[str, Any]], concept: str = "121071") -> Plant:
    """A content item whose values hold the secret."""

    def plant(draft: Draft) -> None:
        draft.data_set.ContentSequence.append(content(value_type, concept, **make(draft.secret)))

    return plant


def _local(secret: str) -> Dataset:
    return code("1", "99LOCAL", secret)


def _long_value(secret: str) -> Dataset:
    return item(LongCodeValue=secret, CodingSchemeDesignator="99LOCAL", CodeMeaning="Mass")


def _measured(secret: str) -> Dataset:
    return item(NumericValue="1", MeasurementUnitsCodeSequence=[_local(secret)])


def _reference(secret: str) -> dict[str, Any]:
    return {"ReferencedSOPSequence": [reference(item(SOPClassUID=_IMAGE, SOPInstanceUID=secret))]}


def _cell(secret: str) -> Dataset:
    return item(CellValuesSequence=[item(TextValue=secret)])


def _nested(draft: Draft) -> None:
    inner = content("TEXT", "121106", TextValue=draft.secret)
    for _ in range(4):
        inner = content("CONTAINER", "121071", ContentSequence=[inner])
    draft.data_set.ContentSequence.append(inner)


def _concept(draft: Draft) -> None:
    made = content("CONTAINER", "121071")
    made.ConceptNameCodeSequence = [code("7", "99LOCAL", draft.secret)]
    draft.data_set.ContentSequence.append(made)


_REPORTS: dict[str, Plant] = {
    "TEXT": _content("TEXT", lambda secret: {"TextValue": f"seen by {secret}"}),
    "PNAME": _content("PNAME", lambda secret: {"PersonName": secret}),
    "PNAME of a concept": _content("PNAME", lambda secret: {"PersonName": secret}, "121008"),
    "TEXT of a concept": _content("TEXT", lambda secret: {"TextValue": secret}, "121008"),
    "CODE of a hospital": _content("CODE", lambda secret: {"ConceptCodeSequence": [_local(secret)]}),
    "CODE with a long value": _content("CODE", lambda secret: {"ConceptCodeSequence": [_long_value(secret)]}),
    "NUM in a hospital's unit": _content(
        "NUM", lambda secret: {"MeasuredValueSequence": [_measured(secret)]}
    ),
    "TABLE": _content("TABLE", lambda secret: {"TabulatedValuesSequence": [_cell(secret)]}),
    "a text five levels deep": _nested,
    "CONTAINER of a hospital": _concept,
    "who verified": at("VerifyingObserverSequence", "VerifyingObserverName"),
    "where it was verified": at("VerifyingObserverSequence", "VerifyingOrganization"),
    "who wrote it": at("AuthorObserverSequence", "PersonName"),
    "who took part": at("ParticipantSequence", "PersonName"),
    "who keeps it": at("CustodialOrganizationSequence", "InstitutionName"),
    "what was asked": at("ReferencedRequestSequence", "RequestedProcedureDescription"),
    "why it is complete": at("CompletionFlagDescription"),
}
_REPORT_DAYS: dict[str, Plant] = {
    "DATE": _content("DATE", lambda secret: {"Date": secret}),
    "DATETIME": _content("DATETIME", lambda secret: {"DateTime": f"{secret}1015"}),
    "TCOORD": _content("TCOORD", lambda secret: {"ReferencedDateTime": [f"{secret}1015"]}),
    "when it was seen": _content("CONTAINER", lambda secret: {"ObservationDateTime": f"{secret}101530"}),
}
_REPORT_UIDS: dict[str, Plant] = {
    "UIDREF": _content("UIDREF", lambda secret: {"UID": secret}),
    "IMAGE": _content("IMAGE", _reference),
    "COMPOSITE": _content("COMPOSITE", _reference),
    "WAVEFORM": _content("WAVEFORM", _reference),
    "SCOORD": _content("SCOORD", lambda secret: {"FiducialUID": secret}),
    "SCOORD3D": _content("SCOORD3D", lambda secret: {"ReferencedFrameOfReferenceUID": secret}),
    "an earlier document": at("PredecessorDocumentsSequence", "StudyInstanceUID"),
}
_STRUCTURES: dict[str, Plant] = {
    name: at(*path)
    for name, path in {
        "ROI Name": ("StructureSetROISequence", "ROIName"),
        "ROI Description": ("StructureSetROISequence", "ROIDescription"),
        "ROI Generation Description": ("StructureSetROISequence", "ROIGenerationDescription"),
        "ROI Interpreter": ("RTROIObservationsSequence", "ROIInterpreter"),
        "ROI Observation Label": ("RTROIObservationsSequence", "ROIObservationLabel"),
        "ROI Observation Description": ("RTROIObservationsSequence", "ROIObservationDescription"),
        "Structure Set Label": ("StructureSetLabel",),
        "Structure Set Name": ("StructureSetName",),
        "Structure Set Description": ("StructureSetDescription",),
        "Reviewer Name": ("ReviewerName",),
    }.items()
}
_STRUCTURE_UIDS: dict[str, Plant] = {
    "frame of reference": at("ReferencedFrameOfReferenceSequence", "FrameOfReferenceUID"),
    "study": at(
        "ReferencedFrameOfReferenceSequence", "RTReferencedStudySequence", "ReferencedSOPInstanceUID"
    ),
    "contour": at(
        "ROIContourSequence", "ContourSequence", "ContourImageSequence", "ReferencedSOPInstanceUID"
    ),
}


def _document(made: Callable[[bytes], bytes]) -> Plant:
    """A PDF in the instance."""

    def plant(draft: Draft) -> None:
        body = b"%PDF-1.4\n" + made(draft.secret.encode()) + b"\n%%EOF\n"
        draft.data_set.EncapsulatedDocument = even(body, b"\0")

    return plant


def _stream(secret: bytes) -> bytes:
    packed = zlib.compress(b"BT (" + secret + b") Tj ET")
    return b"1 0 obj <</Length %d/Filter/FlateDecode>> stream\n%b\nendstream endobj" % (len(packed), packed)


_DOCUMENTS: dict[str, Plant] = {
    "plain PDF": _document(lambda secret: b"1 0 obj <</Author (" + secret + b")>> endobj"),
    "PDF with a deflated stream": _document(_stream),
    "PDF in UTF-16": _document(lambda secret: secret.decode().encode("utf-16-be")),
    "title": at("DocumentTitle"),
    "identifier elsewhere": at("HL7InstanceIdentifier"),
    "source": at("SourceInstanceSequence", "ReferencedSOPInstanceUID"),
}


def _compressed(syntax: str, encoded: Callable[[bytes], list[bytes]]) -> Plant:
    """A picture in frames that hold the secret beside the picture."""

    def plant(draft: Draft) -> None:
        frames = Frames(gradient(_ROWS, _COLUMNS)[None])
        for keyword, value in frames.attributes.items():
            setattr(draft.data_set, keyword, value if keyword != "Modality" else "CT")
        del draft.data_set.PlanarConfiguration
        draft.data_set.PixelData = fragments_value(encoded(draft.secret.encode()))
        draft.data_set["PixelData"].VR = "OB"
        draft.data_set["PixelData"].is_undefined_length = True
        draft.syntax = syntax

    return plant


_PICTURE = gradient(_ROWS, _COLUMNS)


def _jpeg(marker: int) -> Callable[[bytes], list[bytes]]:
    return lambda secret: [streams.with_segment(streams.jpeg(_PICTURE), segment(marker, b"of " + secret))]


def _jpeg_2000(secret: bytes) -> list[bytes]:
    frame = streams.jpeg_2000(_PICTURE)
    at_quantization = frame.index(b"\xff\x5c")
    return [frame[:at_quantization] + segment(JPEG_2000_COMMENT, b"\0\1" + secret) + frame[at_quantization:]]


def _longer_pixels(draft: Draft) -> None:
    draft.data_set.PixelData += draft.hidden


_FRAMES: dict[str, Plant] = {
    "JPEG comment": _compressed(JPEGBaseline8Bit, _jpeg(JPEG_COMMENT)),
    "JPEG application data": _compressed(JPEGBaseline8Bit, _jpeg(0xE1)),
    "JPEG behind its end": _compressed(JPEGBaseline8Bit, lambda secret: [streams.jpeg(_PICTURE) + secret]),
    "JPEG in a fragment of its own": _compressed(
        JPEGBaseline8Bit, lambda secret: [streams.jpeg(_PICTURE), secret]
    ),
    "JPEG-LS comment": _compressed(
        JPEGLSLossless,
        lambda secret: [streams.with_segment(streams.jpeg_ls(_PICTURE), segment(JPEG_COMMENT, secret))],
    ),
    "JPEG 2000 comment": _compressed(JPEG2000Lossless, _jpeg_2000),
}
PROBES = [
    *(Probe(f"report {name}", plant, kinds=("sr",)) for name, plant in _REPORTS.items()),
    *(Probe(f"report {name}", plant, "day", ("sr",)) for name, plant in _REPORT_DAYS.items()),
    *(Probe(f"report {name}", plant, "uid", ("sr",)) for name, plant in _REPORT_UIDS.items()),
    *(Probe(f"structure set {name}", plant, kinds=("rtstruct",)) for name, plant in _STRUCTURES.items()),
    *(Probe(f"structure set {name}", plant, "uid", ("rtstruct",)) for name, plant in _STRUCTURE_UIDS.items()),
    *(Probe(f"document {name}", plant, kinds=("doc",)) for name, plant in _DOCUMENTS.items()),
    # Only those that clean pixels take comments out of frames.
    *(
        Probe(f"image {name}", plant, "name", ("ct",), held=frozenset({"basic"}))
        for name, plant in _FRAMES.items()
    ),
    Probe("image longer than its header says", _longer_pixels, "name", ("ct",), held=EVERYONE),
]
