"""Enhanced multi-frame images: what functional groups say (PS3.3 C.7.6.16)."""

import pytest

from tests.unit.shared.dicom.metadata_series import described, enhanced_ct, item, mr


def test_frames_are_the_slices() -> None:
    """Every frame lies where its own functional groups say."""
    metadata = described(enhanced_ct([4, 0, 2]))

    assert (metadata.instance_count, metadata.frame_count) == (1, 3)
    assert metadata.geometry is not None
    assert metadata.geometry.slice_positions == (0.0, 2.0, 4.0)
    assert (metadata.geometry.slice_spacing, metadata.geometry.orientation) == (2.0, "axial")
    assert metadata.geometry.extent == (32.0, 32.0, 6.0)


def test_functional_groups_are_named() -> None:
    """The document tells which functional groups there are, shared and per frame."""
    groups = described(enhanced_ct([0, 2])).functional_groups

    assert groups is not None
    assert groups.per_frame == ("CTExposureSequence", "PlanePositionSequence")
    assert groups.shared == (
        "CTReconstructionSequence",
        "PixelMeasuresSequence",
        "PixelValueTransformationSequence",
        "PlaneOrientationSequence",
    )


def test_functional_groups_state_values() -> None:
    """Shared values stand in their fields; those that differ between frames vary."""
    metadata = described(enhanced_ct([0, 2, 4]))

    assert metadata.ct is not None
    assert metadata.ct.convolution_kernel == ("B30f",)
    assert metadata.ct.x_ray_tube_current is None
    assert metadata.varying["x_ray_tube_current"].values == (100.0, 101.0, 102.0)
    assert metadata.image is not None
    assert (metadata.image.rescale_intercept, metadata.image.number_of_frames) == (-1024.0, 3)


@pytest.mark.parametrize(("classic", "expected"), [("12", 12.0), (None, 12.3)])
def test_an_enhanced_attribute_stands_in_for_the_classic_one(classic: str | None, expected: float) -> None:
    """Effective Echo Time counts only where Echo Time does not stand beside it."""
    metadata = described(mr(EchoTime=classic, EffectiveEchoTime=12.3))

    assert metadata.mr is not None
    assert metadata.mr.echo_time == expected


def test_a_frame_of_its_own_orientation_is_another_stack() -> None:
    """A frame's own functional groups outweigh the shared ones."""
    image = enhanced_ct([0, 2, 4])
    image.PerFrameFunctionalGroupsSequence[0].PlaneOrientationSequence = [
        item(ImageOrientationPatient=[1, 0, 0, 0, 0, -1])
    ]
    geometry = described(image).geometry

    assert geometry is not None
    assert (geometry.orientation, geometry.slice_count, geometry.other_count) == ("axial", 2, 1)


def test_empty_functional_groups_are_no_harm() -> None:
    """Items and sequences without content say nothing, and break nothing."""
    image = enhanced_ct([0, 2], SharedFunctionalGroupsSequence=[item()])
    image.PerFrameFunctionalGroupsSequence[0] = item(PlanePositionSequence=[])
    metadata = described(image)

    assert metadata.frame_count == 2
    assert metadata.geometry is not None
    assert (metadata.geometry.slice_count, metadata.geometry.slice_positions) == (2, ())


def test_frames_without_functional_groups_are_one_image() -> None:
    """Of a multi-frame image without functional groups the frames are counted."""
    metadata = described(mr(NumberOfFrames=4, PixelData=bytes(64 * 64 * 2 * 4)))

    assert metadata.frame_count == 4
    assert metadata.functional_groups is None
    assert metadata.geometry is not None
    assert metadata.geometry.slice_count == 1
