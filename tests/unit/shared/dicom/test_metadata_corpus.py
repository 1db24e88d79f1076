"""The metadata of public files against what pydicom reads in them."""

import warnings
from collections.abc import Iterator
from functools import cache
from io import BytesIO
from typing import Any

import msgspec
import pytest
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.multival import MultiValue

from shared.dicom.metadata import SeriesMetadata, describe, to_json
from shared.dicom.metadata.attributes import fields_of, keyword_of_field
from shared.dicom.metadata.image import Geometry
from shared.dicom.read import Header, read_header
from shared.dicom.source import MemorySource
from shared.errors import AirlockError
from tests import corpus

pytestmark = corpus.MARKS

CT, MR, PT, RTSTRUCT = (
    "1.2.840.10008.5.1.4.1.1.2",
    "1.2.840.10008.5.1.4.1.1.4",
    "1.2.840.10008.5.1.4.1.1.128",
    "1.2.840.10008.5.1.4.1.1.481.3",
)
#: one has its meta information twice, and pydicom takes the second; the other has functional groups
DIFFERENT = {
    "malformed_or_odd/fo-dicom__GH1376.dcm",
    "malformed_or_odd/RdmpDicom__FileWithLotsOfTags.dcm",
}
IBSI, RT_UTILS = "series_ct_rtstruct_ibsi", "series_ct_rtstruct_rtutils"


@cache
def header(name: str) -> Header | None:
    """The header of a file, None if it cannot be read."""
    try:
        return read_header(MemorySource(corpus.file(name).read()), force=True)
    except AirlockError:
        return None


def readable(*sop_class_uids: str, folder: str = "") -> list[str]:
    """The names of the files of these classes whose header can be read."""
    return [
        each.name
        for each in corpus.files()
        if each.sop_class_uid in sop_class_uids and each.folder.startswith(folder) and header(each.name)
    ]


def metadata_of(*names: str) -> SeriesMetadata:
    """The metadata of a series of these files."""
    return describe(found for name in names if (found := header(name)))


def oracle(name: str) -> Dataset:
    """The file as pydicom reads it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dcmread(BytesIO(corpus.file(name).read()), force=True, stop_before_pixels=True)


def expected(data_set: Dataset, keyword: str, annotation: Any) -> Any:
    """What pydicom has for an attribute, in the type of the field; None if it is empty or missing."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        value = (data_set.file_meta if keyword == "TransferSyntaxUID" else data_set).get(keyword)
    values = list(value) if isinstance(value, MultiValue | list) else [value]
    if all(each is None or not str(each) for each in values):
        return None
    if annotation == str | None:
        return "\\".join(str(each).strip() for each in values)
    if annotation == tuple[str, ...] | None:
        return tuple(str(each).strip() for each in values)
    numbers = tuple(pytest.approx(float(each), rel=1e-12) for each in values)
    return numbers if annotation in {tuple[float, ...] | None, tuple[int, ...] | None} else numbers[0]


def compared(name: str) -> Iterator[tuple[str, Any, Any]]:
    """Every field that is a plain attribute: its name, what the metadata has, what pydicom has."""
    metadata, data_set = metadata_of(name), oracle(name)
    blocks = [metadata.patient, metadata.study, metadata.series, metadata.equipment, metadata.image]
    for block in (*blocks, metadata.geometry, metadata.ct, metadata.mr, metadata.pt):
        types = {field.name: field.type for field in msgspec.structs.fields(block)} if block else {}
        for field in fields_of(type(block)) if block else ():
            keyword = keyword_of_field(field.name)
            if not keyword.endswith("Sequence") and not in_items(data_set, keyword):
                yield field.name, getattr(block, field.name), expected(data_set, keyword, types[field.name])


def in_items(data_set: Dataset, keyword: str) -> bool:
    """Whether an attribute stands in the items that are read as well; another test is on them."""
    opened = ("RadiopharmaceuticalInformationSequence", "EnergyWindowRangeSequence")
    return any(keyword in each for sequence in opened for each in data_set.get(sequence) or ())


@pytest.mark.parametrize("name", [name for name in readable(CT, MR, PT) if name not in DIFFERENT])
def test_values_are_those_of_pydicom(name: str) -> None:
    """Every attribute of a CT, MR or PT image has the value that pydicom reads."""
    rows = list(compared(name))

    assert len(rows) > 80
    assert [row for row in rows if row[1] != row[2]] == []


def test_there_is_enough_to_compare() -> None:
    """The corpus has many CT and MR images that can be read, and some PT."""
    assert len(readable(CT)) > 70
    assert len(readable(MR)) > 15
    assert len(readable(PT)) == 2


@pytest.mark.parametrize("name", readable(PT))
def test_radiopharmaceuticals_are_those_of_pydicom(name: str) -> None:
    """What PET series state of the radiopharmaceutical is what pydicom reads in the sequence's item."""
    block, data_set = metadata_of(name).pt, oracle(name)
    (dose,) = data_set.RadiopharmaceuticalInformationSequence

    assert block is not None
    assert block.radionuclide_half_life == expected(dose, "RadionuclideHalfLife", float | None)
    assert block.radionuclide_total_dose == expected(dose, "RadionuclideTotalDose", float | None)
    assert block.radiopharmaceutical_start_time == expected(dose, "RadiopharmaceuticalStartTime", str | None)


@pytest.mark.parametrize("name", readable(RTSTRUCT))
def test_structure_sets_are_those_of_pydicom(name: str) -> None:
    """Regions of interest and their contours are what pydicom reads."""
    (found,) = metadata_of(name).structure_sets
    data_set = oracle(name)
    contours = {
        int(each.ReferencedROINumber): len(each.get("ContourSequence") or ())
        for each in data_set.ROIContourSequence
    }

    assert found.structure_set_label == data_set.StructureSetLabel
    assert [(roi.roi_number, roi.roi_name, roi.contour_count) for roi in found.rois] == [
        (int(each.ROINumber), each.ROIName, contours.get(int(each.ROINumber), 0))
        for each in data_set.StructureSetROISequence
    ]


@pytest.mark.parametrize("name", [each.name for each in corpus.files() if header(each.name)])
def test_any_file_can_be_described(name: str) -> None:
    """Whatever file can be read can be described, whatever kind of object it is."""
    document = msgspec.json.decode(to_json(metadata_of(name)), type=SeriesMetadata)

    assert document.instance_count == 1


def geometry_of(folder: str) -> Geometry:
    """The geometry of the CT series of a folder."""
    geometry = metadata_of(*readable(CT, folder=folder)).geometry
    assert geometry is not None
    return geometry


def test_the_lung_phantom_is_a_regular_stack() -> None:
    """The 60 slices of the radiomics phantom are 3 mm apart, and none is missing."""
    geometry = geometry_of(IBSI)

    assert (geometry.slice_count, geometry.slice_spacing, geometry.uniform) == (60, 3.0, True)
    assert (geometry.orientation, geometry.missing_count, geometry.extent) == (
        "axial",
        0,
        (199.308, 196.377, 180.0),
    )


def test_a_removed_slice_is_missed() -> None:
    """Without its twentieth slice the phantom has a gap there."""
    names = sorted(readable(CT, folder=IBSI))
    geometry = metadata_of(*names[:19], *names[20:]).geometry

    assert geometry is not None
    assert (geometry.slice_count, geometry.missing_count, len(geometry.gaps)) == (59, 1, 1)
    assert geometry.gaps[0].before - geometry.gaps[0].after == pytest.approx(6.0)


@pytest.mark.parametrize("folder", [IBSI, RT_UTILS, "series_ct_seg_dcmqi"])
def test_real_ct_series_are_plausible(folder: str) -> None:
    """The calibration of real CT series is found plausible."""
    found = metadata_of(*readable(CT, folder=folder)).hounsfield

    assert found is not None
    assert (found.checked, found.verdict) == (True, "plausible")


@pytest.mark.parametrize("name", readable(CT))
def test_no_real_ct_is_called_implausible(name: str) -> None:
    """Single slices may not be enough to judge by, but none of them is condemned."""
    found = metadata_of(name).hounsfield

    assert found is not None
    assert found.verdict in {"plausible", "unknown"}
    assert found.reason
