"""The document of one series, and its form as JSON."""

import msgspec

from shared.dicom.metadata.acquisition import CtAcquisition, MrAcquisition, PtAcquisition
from shared.dicom.metadata.collect import Variation
from shared.dicom.metadata.hounsfield import HounsfieldCheck
from shared.dicom.metadata.image import FunctionalGroups, Geometry, Image
from shared.dicom.metadata.modules import Equipment, Patient, Series, Study
from shared.dicom.metadata.structure_set import StructureSet


class SeriesMetadata(msgspec.Struct, frozen=True, kw_only=True):
    """What a series is; its text may hold patient data.

    A field that is named after a keyword holds the value that all instances which state it share. It is None
    if none does, or if they differ; `varying` tells how they differ.

    Attributes:
        instance_count: how many instances were described
        frame_count: how many frames they have in all, one of each image without Number of Frames
        patient: whose images they are
        study: the study that the series belongs to
        series: the series itself
        equipment: the device
        ct: how a CT series was acquired, if modality or SOP class is CT
        mr: how an MR series was acquired, if modality or SOP class is MR
        pt: how a PT series was acquired, if modality or SOP class is PT
        image: what the pixels are, if there are images
        geometry: where the slices lie, if there are images
        functional_groups: those of enhanced multi-frame images, if there are any
        hounsfield: whether CT values look like Hounsfield units, if modality or SOP class is CT
        structure_sets: the RT Structure Sets, in the order of the instances
        varying: the fields in which the instances differ, by name
    """

    instance_count: int
    frame_count: int
    patient: Patient
    study: Study
    series: Series
    equipment: Equipment
    ct: CtAcquisition | None
    mr: MrAcquisition | None
    pt: PtAcquisition | None
    image: Image | None
    geometry: Geometry | None
    functional_groups: FunctionalGroups | None
    hounsfield: HounsfieldCheck | None
    structure_sets: tuple[StructureSet, ...]
    varying: dict[str, Variation]


def to_json(metadata: SeriesMetadata) -> bytes:
    """Write the document as indented JSON in UTF-8; the same metadata gives the same bytes."""
    return msgspec.json.format(msgspec.json.encode(metadata), indent=2) + b"\n"
