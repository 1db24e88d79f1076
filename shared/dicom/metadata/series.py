"""Describe a series in one pass over its headers."""

from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from shared.dicom.metadata.acquisition import CtAcquisition, MrAcquisition, PtAcquisition
from shared.dicom.metadata.collect import Collector, Variation
from shared.dicom.metadata.document import SeriesMetadata
from shared.dicom.metadata.frames import Frame, Instance
from shared.dicom.metadata.hounsfield import Candidates, check
from shared.dicom.metadata.image import FunctionalGroups, Image
from shared.dicom.metadata.modules import Equipment, Patient, Series, Study
from shared.dicom.metadata.plane import Plane
from shared.dicom.metadata.stack import Stack
from shared.dicom.metadata.structure_set import STRUCTURE_SET_LABEL, StructureSet, structure_set_of
from shared.dicom.read import Header

_SOP_CLASS_UID = 0x00080016
_IMAGE_TYPE = 0x00080008
_NUMBER_OF_FRAMES = 0x00280008
_ROWS = 0x00280010
_LOCALIZER = "LOCALIZER"
#: PS3.6 Table A-1: classic, enhanced and legacy converted enhanced images
_IMAGES = {
    "CT": frozenset({f"1.2.840.10008.5.1.4.1.1.{arc}" for arc in ("2", "2.1", "2.2")}),
    "MR": frozenset({f"1.2.840.10008.5.1.4.1.1.{arc}" for arc in ("4", "4.1", "4.3", "4.4")}),
    "PT": frozenset({f"1.2.840.10008.5.1.4.1.1.{arc}" for arc in ("128", "128.1", "130")}),
}
_STRUCTS: tuple[type[msgspec.Struct], ...] = (
    Patient,
    Study,
    Series,
    Equipment,
    CtAcquisition,
    MrAcquisition,
    PtAcquisition,
    Image,
)
#: of an Integer String (PS3.5 section 6.2)
_MOST_FRAMES = (1 << 31) - 1
#: more orientations than this in one series are counted, not described
_MOST_STACKS = 8


def describe(headers: Iterable[Header]) -> SeriesMetadata:
    """Describe a series by the headers of its instances.

    It passes over the headers once. Of each slice it keeps its position, and of a CT series the sources of at
    most 32 slices per orientation: they have to stay readable until the end, when the pixels of three of them
    are looked at.

    Raises:
        AirlockError: a source cannot be read.
    """
    description = _Description()
    for header in headers:
        description.add(Instance.of(header))
    return description.metadata()


class _Description:
    """What is known of a series so far."""

    def __init__(self) -> None:
        self._collector = Collector(*_STRUCTS)
        self._piles: list[_Pile] = []
        self._structure_sets: list[StructureSet] = []
        self._shared_groups: set[str] = set()
        self._per_frame_groups: set[str] = set()
        self._instances = 0
        self._frames = 0
        self._images = 0

    def add(self, instance: Instance) -> None:
        """Take the next instance."""
        self._instances += 1
        self._collector.note("transfer_syntax_uid", instance.header.transfer_syntax_uid)
        for level in instance.common_levels():
            self._collector.add(level)
        if STRUCTURE_SET_LABEL in instance.top:
            self._structure_sets.append(structure_set_of(instance.top))
        if _ROWS in instance.top:
            self._add_image(instance)

    def _add_image(self, instance: Instance) -> None:
        self._frames += min(max(instance.top.number(_NUMBER_OF_FRAMES) or 1, 1), _MOST_FRAMES)
        shared, per_frame = instance.group_keywords()
        self._shared_groups |= shared
        self._per_frame_groups |= per_frame
        measured = _has_hounsfield_units(instance)
        for frame in instance.frames():
            self._images += 1
            for level in frame.own:
                self._collector.add(level)
            self._pile_up(frame, measured=measured)

    def _pile_up(self, frame: Frame, *, measured: bool) -> None:
        plane = Plane.of(frame)
        pile = next((pile for pile in self._piles if pile.stack.takes(plane)), None)
        if pile is None:
            if len(self._piles) == _MOST_STACKS:
                return
            pile = _Pile(Stack(plane), Candidates())
            self._piles.append(pile)
        position = pile.stack.add(frame, plane)
        if measured:
            pile.candidates.offer(frame, position)

    def metadata(self) -> SeriesMetadata:
        """Describe what was added."""
        build = self._collector.build
        main = max(self._piles, key=_Pile.rank, default=None)
        return SeriesMetadata(
            instance_count=self._instances,
            frame_count=self._frames,
            patient=build(Patient),
            study=build(Study),
            series=build(Series),
            equipment=build(Equipment),
            ct=build(CtAcquisition) if self._is("CT") else None,
            mr=build(MrAcquisition) if self._is("MR") else None,
            pt=build(PtAcquisition) if self._is("PT") else None,
            image=build(Image) if main else None,
            geometry=main.stack.geometry(self._images - main.stack.count) if main else None,
            functional_groups=self._functional_groups(),
            hounsfield=check(main.candidates.chosen() if main else ()) if self._is("CT") else None,
            structure_sets=tuple(self._structure_sets),
            varying=dict(sorted((self._collector.variations() | _variations(main)).items())),
        )

    def _is(self, modality: str) -> bool:
        """By Modality, or where that was removed by SOP Class UID."""
        classes = self._collector.values("sop_class_uid")
        return modality in self._collector.values("modality") or not _IMAGES[modality].isdisjoint(classes)

    def _functional_groups(self) -> FunctionalGroups | None:
        if not self._shared_groups and not self._per_frame_groups:
            return None
        return FunctionalGroups(
            shared=tuple(sorted(self._shared_groups)), per_frame=tuple(sorted(self._per_frame_groups))
        )


class _Pile(NamedTuple):
    """The images of one orientation, and those whose pixels may be looked at."""

    stack: Stack
    candidates: Candidates

    def rank(self) -> tuple[int, tuple[float, ...]]:
        """The most images come first; the order of the instances does not matter."""
        return self.stack.count, self.stack.plane.cosines if self.stack.plane else ()


def _variations(pile: _Pile | None) -> dict[str, Variation]:
    return pile.stack.variations() if pile else {}


def _has_hounsfield_units(instance: Instance) -> bool:
    """Projections and secondary captures have none (PS3.3 C.8.2.1.1.1)."""
    top = instance.top
    return top.text(_SOP_CLASS_UID) in _IMAGES["CT"] and _LOCALIZER not in top.text(_IMAGE_TYPE).upper()
