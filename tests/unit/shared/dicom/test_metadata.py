"""The document of a series as a whole."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.dicom.metadata import SeriesMetadata, describe, to_json
from shared.dicom.metadata.collect import Variation
from shared.dicom.read import Header, read_header
from shared.dicom.source import MemorySource
from shared.errors import AirlockError
from shared.local.sample import make_sample
from tests.unit.shared.dicom.metadata_series import (
    ct,
    described,
    enhanced_ct,
    header,
    item,
    mr,
    pt,
    rtstruct,
    written,
)


@pytest.fixture(scope="module")
def sample(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[Header]]:
    """The headers of the sample's CT series, of its localizer's own series and of its MR series."""
    folder = make_sample(tmp_path_factory.mktemp("metadata") / "sample").folder
    ct_headers, mr_headers = list(headers(folder / "CT")), list(headers(folder / "MR"))
    return {"ct": ct_headers[:41], "localizer": ct_headers[41:], "mr": mr_headers}


def headers(folder: Path) -> Iterator[Header]:
    """The headers of a folder's files, by name."""
    for path in sorted(folder.glob("*.dcm")):
        yield read_header(MemorySource(path.read_bytes()))


def test_the_sample_ct_is_described(sample: dict[str, list[Header]]) -> None:
    """Of the sample's CT the document states patient, exposure, geometry and a good calibration."""
    metadata = describe(sample["ct"])

    assert metadata.instance_count == metadata.frame_count == 41
    assert metadata.patient.patient_name == "Brömmelhübner-Quastenzwirn^Änneliese"
    assert metadata.ct is not None
    assert (metadata.ct.kvp, metadata.ct.x_ray_tube_current) == (120.0, 240.0)
    assert metadata.ct.convolution_kernel == ("B30s",)
    assert metadata.image is not None
    assert metadata.image.rescale_intercept == -1024.0
    assert metadata.geometry is not None
    assert (metadata.geometry.slice_count, metadata.geometry.other_count) == (40, 1)
    assert metadata.hounsfield is not None
    assert metadata.hounsfield.verdict == "plausible"


def test_the_sample_mr_is_described(sample: dict[str, list[Header]]) -> None:
    """Of the sample's MR the document states how it was acquired; names are decoded, no CT block is there."""
    metadata = describe(sample["mr"])

    assert metadata.mr is not None
    assert (metadata.mr.magnetic_field_strength, metadata.mr.echo_time) == (1.5, 12.0)
    assert metadata.mr.scanning_sequence == ("SE",)
    assert metadata.patient.patient_name is not None
    assert not metadata.patient.patient_name.isascii()
    assert (metadata.ct, metadata.pt, metadata.hounsfield) == (None, None, None)


def test_a_localizer_has_no_hounsfield_units(sample: dict[str, list[Header]]) -> None:
    """A series that is only a localizer is not checked for Hounsfield units."""
    metadata = describe(sample["localizer"])

    assert metadata.hounsfield is not None
    assert (metadata.hounsfield.checked, metadata.hounsfield.verdict) == (False, "unknown")


def test_the_order_of_instances_does_not_matter(sample: dict[str, list[Header]]) -> None:
    """The same instances in another order give the same bytes."""
    shuffled = random.Random(1).sample(sample["ct"], k=len(sample["ct"]))

    assert to_json(describe(shuffled)) == to_json(describe(sample["ct"]))


def test_json_reads_back(sample: dict[str, list[Header]]) -> None:
    """The JSON document reads back as the same metadata."""
    metadata = describe(sample["ct"])

    assert msgspec.json.decode(to_json(metadata), type=SeriesMetadata) == metadata


def test_json_is_indented_and_complete() -> None:
    """The JSON is indented, ends with a line feed and has null for what is not known."""
    text = to_json(described(ct())).decode()

    assert text.startswith('{\n  "instance_count": 1,\n')
    assert text.endswith("}\n")
    assert '"filter_type": null,' in text


def test_headers_are_asked_for_once() -> None:
    """Headers may come from an iterator that is gone after one pass."""
    assert describe(iter([header(ct(1)), header(ct(2, 2.5))])).instance_count == 2


class Buffer(bytes):
    """A header's bytes that tell how many of them are alive, and how many were at most."""

    alive = most = 0

    def __new__(cls, content: bytes) -> Self:
        """Count one more."""
        cls.alive += 1
        cls.most = max(cls.most, cls.alive)
        return super().__new__(cls, content)

    def __del__(self) -> None:
        """Count one less."""
        type(self).alive -= 1


def test_headers_are_let_go() -> None:
    """However many headers there are, no more than two are held at a time; each differs from the last."""
    found = [header(ct(number, float(number), XRayTubeCurrent=100 + number)) for number in range(60)]
    metadata = describe(each._replace(buffer=Buffer(each.buffer)) for each in found)

    assert metadata.instance_count == 60
    assert Buffer.most <= 2


def test_no_header_gives_an_empty_document() -> None:
    """Of no instances nothing is known, and nothing is made up."""
    metadata = describe(())

    assert (metadata.instance_count, metadata.frame_count) == (0, 0)
    assert (metadata.image, metadata.geometry, metadata.hounsfield) == (None, None, None)
    assert metadata.patient.patient_name is None


def test_a_value_that_all_instances_share_stands_in_its_field() -> None:
    """A shared value is in its field and nowhere else."""
    metadata = described(ct(1), ct(2, 2.5))

    assert metadata.ct is not None
    assert metadata.ct.x_ray_tube_current == 240.0
    assert "x_ray_tube_current" not in metadata.varying


def test_a_value_that_varies_is_not_passed_off_as_shared() -> None:
    """A field in which instances differ is None; its range and its values stand in `varying`."""
    metadata = described(*(ct(number, number * 2.5, XRayTubeCurrent=90 * number) for number in (3, 1, 2)))

    assert metadata.ct is not None
    assert metadata.ct.x_ray_tube_current is None
    assert metadata.varying["x_ray_tube_current"] == Variation(
        minimum=90.0, maximum=270.0, values=(90.0, 180.0, 270.0)
    )


def test_equal_bytes_of_other_vrs_are_other_values() -> None:
    """The VR says whether FFFF is 65535 or -1, in whatever order the instances come."""
    unsigned, signed = ct(1), ct(2, 2.5)
    unsigned.add_new(0x00280106, "US", 65535)
    signed.add_new(0x00280106, "SS", -1)
    found = [described(*each) for each in ((unsigned, signed), (signed, unsigned))]

    assert [each.varying["smallest_image_pixel_value"].values for each in found] == [(-1, 65535)] * 2


def test_of_many_values_the_smallest_are_listed() -> None:
    """Of more than 16 values the smallest 16 are listed, and the greatest is known all the same."""
    variation = described(*(mr(number, float(number)) for number in range(20, 0, -1))).varying[
        "instance_number"
    ]

    assert variation == Variation(minimum=1, maximum=20, values=tuple(range(1, 17)))


def test_an_instance_that_does_not_state_a_value_does_not_contradict() -> None:
    """A missing or empty value differs from none."""
    metadata = described(ct(1, KVP=None), ct(2, 2.5), ct(3, 5.0, KVP=""))

    assert metadata.ct is not None
    assert metadata.ct.kvp == 120.0


def test_text_varies_by_its_values() -> None:
    """Texts and lists of texts are compared as wholes."""
    metadata = described(mr(1, ScanningSequence=["SE", "IR"]), mr(2, ScanningSequence="SE"))

    assert metadata.varying["scanning_sequence"].values == (("SE",), ("SE", "IR"))


def test_transfer_syntaxes_are_compared() -> None:
    """The transfer syntax of the files is part of the image's description."""
    implicit = "1.2.840.10008.1.2"
    metadata = describe((header(mr(1)), header(mr(2), implicit)))

    assert metadata.image is not None
    assert metadata.image.transfer_syntax_uid is None
    assert metadata.varying["transfer_syntax_uid"].values == (implicit, "1.2.840.10008.1.2.1")


def test_pet_states_its_radiopharmaceutical() -> None:
    """What stands in the items of a PET series is described like the rest (PS3.3 C.8.9.2)."""
    dose = item(
        RadiopharmaceuticalStartTime="081500",
        RadionuclideTotalDose="350000000",
        RadionuclideHalfLife="6586.2",
        RadionuclideCodeSequence=[
            item(CodeValue="C-111A1", CodingSchemeDesignator="SRT", CodeMeaning="^18^Fluorine")
        ],
    )
    metadata = described(
        pt(
            RadiopharmaceuticalInformationSequence=[dose],
            EnergyWindowRangeSequence=[item(EnergyWindowLowerLimit="425", EnergyWindowUpperLimit="650")],
        )
    )

    assert metadata.pt is not None
    assert (metadata.pt.units, metadata.pt.decay_correction) == ("BQML", "START")
    assert metadata.pt.radiopharmaceutical_start_time == "081500"
    assert (metadata.pt.radionuclide_total_dose, metadata.pt.radionuclide_half_life) == (3.5e8, 6586.2)
    assert metadata.pt.radionuclide_code_sequence == ("^18^Fluorine",)
    assert (metadata.pt.energy_window_lower_limit, metadata.pt.energy_window_upper_limit) == (425.0, 650.0)


def test_instances_without_images_have_no_geometry() -> None:
    """A structure set has neither image nor geometry."""
    metadata = described(rtstruct())

    assert (metadata.image, metadata.geometry, metadata.frame_count) == (None, None, 0)


#: headers are most of it, so that what is broken is a header
SMALL: dict[str, Any] = {"Rows": 2, "Columns": 2, "PixelData": bytes(8)}
WHOLE = tuple(
    written(data_set) for data_set in (ct(**SMALL), pt(**SMALL), enhanced_ct([0, 2], **SMALL), rtstruct())
)


@settings(max_examples=150, deadline=None)
@given(
    content=st.sampled_from(WHOLE),
    places=st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), min_size=1, max_size=8),
)
def test_broken_values_never_crash(content: bytes, places: list[tuple[int, int]]) -> None:
    """Whatever header can be read can be described and written as JSON that reads back."""
    broken = bytearray(content)
    for place, value in places:
        broken[132 + place % (len(content) - 132)] = value
    try:
        found = read_header(MemorySource(bytes(broken)))
    except AirlockError:
        return
    metadata = describe([found])

    assert msgspec.json.decode(to_json(metadata), type=SeriesMetadata).instance_count == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"RescaleSlope": "1e308", "RescaleIntercept": "-1e308"},
        {"ImagePositionPatient": ["1e308", "1e308", "1e308"]},
        {"ImageOrientationPatient": ["1e308", "0", "0", "0", "1e308", "0"]},
        {"PixelSpacing": ["1e308", "1e308"]},
        {"NumberOfFrames": "2147483647"},
    ],
)
def test_absurd_numbers_never_crash(changes: dict[str, Any]) -> None:
    """Numbers beyond any sense are described, or left out, but break nothing."""
    assert to_json(described(ct(1, **changes), ct(2, 2.5, **changes)))
