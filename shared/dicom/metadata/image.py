"""What the images of a series are: their pixels and where they lie (PS3.3 sections C.7.6, C.11)."""

from typing import Literal

import msgspec


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """The Image Pixel, Modality LUT and VOI LUT Modules (PS3.3 C.7.6.3, C.11.1, C.11.2).

    Fields are named after the keywords of their attributes. None: not stated, or the instances differ.

    Attributes:
        transfer_syntax_uid: how the files are encoded
        photometric_interpretation: what pixel values mean, as MONOCHROME2
        samples_per_pixel: 1 for grey, 3 for colour
        bits_allocated: bits per sample in memory
        bits_stored: bits per sample in use
        high_bit: the highest bit in use
        pixel_representation: 0 unsigned, 1 two's complement
        smallest_image_pixel_value: the smallest stored value
        largest_image_pixel_value: the largest stored value
        pixel_padding_value: the stored value of pixels outside the image
        number_of_frames: how many frames one instance has
        rescale_slope: what stored values are multiplied by
        rescale_intercept: what is added then, in the unit of the rescale type
        rescale_type: the unit of values: HU, US (unspecified), ...
        window_center: the middle of the values to display
        window_width: the range of the values to display
        window_center_width_explanation: what each window is for
        lossy_image_compression: 01 if the images were ever compressed with loss, 00 if not
        lossy_image_compression_ratio: how much smaller the images became each time
        lossy_image_compression_method: how they were compressed each time
        burned_in_annotation: YES if identifying text is part of the pixels
        recognizable_visual_features: YES if the patient could be recognised by the image
        presentation_lut_shape: how values turn into grey: IDENTITY or INVERSE
        derivation_description: how the image was derived, in words
    """

    transfer_syntax_uid: str | None = None
    photometric_interpretation: str | None = None
    samples_per_pixel: int | None = None
    bits_allocated: int | None = None
    bits_stored: int | None = None
    high_bit: int | None = None
    pixel_representation: int | None = None
    smallest_image_pixel_value: int | None = None
    largest_image_pixel_value: int | None = None
    pixel_padding_value: int | None = None
    number_of_frames: int | None = None
    rescale_slope: float | None = None
    rescale_intercept: float | None = None
    rescale_type: str | None = None
    window_center: tuple[float, ...] | None = None
    window_width: tuple[float, ...] | None = None
    window_center_width_explanation: tuple[str, ...] | None = None
    lossy_image_compression: str | None = None
    lossy_image_compression_ratio: tuple[float, ...] | None = None
    lossy_image_compression_method: tuple[str, ...] | None = None
    burned_in_annotation: str | None = None
    recognizable_visual_features: str | None = None
    presentation_lut_shape: str | None = None
    derivation_description: str | None = None


class FunctionalGroups(msgspec.Struct, frozen=True, kw_only=True):
    """Which functional groups enhanced multi-frame images have (PS3.3 C.7.6.16).

    Attributes:
        shared: the keywords of the functional groups that hold for all frames
        per_frame: the keywords of the functional groups that frames have of their own
    """

    shared: tuple[str, ...]
    per_frame: tuple[str, ...]


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Two neighbouring slices that lie more than one and a half spacings apart.

    Attributes:
        after: the position of the slice before the gap; mm
        before: the position of the slice behind it; mm
        missing: how many slices would fill it
    """

    after: float
    before: float
    missing: int


class Geometry(msgspec.Struct, frozen=True, kw_only=True):
    """Where the slices lie: those of the commonest orientation (PS3.3 C.7.6.2, C.7.4.1).

    The first eight fields are named after the keywords of their attributes; the others are computed from
    Image Orientation (Patient) and Image Position (Patient).

    Attributes:
        frame_of_reference_uid: images of one frame of reference lie in one coordinate system
        position_reference_indicator: the anatomical landmark of that system
        rows: the height of a slice; pixels
        columns: the width of a slice; pixels
        pixel_spacing: the distance of rows, then that of columns; mm
        slice_thickness: the nominal thickness of a slice; mm
        spacing_between_slices: the nominal distance of slices, as stated; mm
        image_orientation_patient: the direction cosines of a row, then those of a column
        orientation: axial, sagittal or coronal within 5 degrees, otherwise oblique
        obliquity: the angle between the slices' normal and the nearest axis of the patient; degrees
        normal: the slices' unit normal in the patient's coordinate system
        slice_count: slices of this orientation, every frame counts
        other_count: slices of other orientations, such as a localizer, and images without a position
        slice_positions: the positions along the normal, ascending, each once; mm
        duplicate_count: slices within 0.01 mm of another
        slice_spacing: the median distance of neighbouring positions; mm
        slice_spacing_minimum: the smallest distance of neighbouring positions; mm
        slice_spacing_maximum: the greatest distance of neighbouring positions; mm
        uniform: whether every distance of neighbouring positions is within 0.01 mm of the median
        gaps: where slices are missing, the first 32 gaps
        missing_count: how many slices are missing in all gaps
        extent: the size along rows, along columns and along the normal, outer edge to outer edge; mm
    """

    frame_of_reference_uid: str | None = None
    position_reference_indicator: str | None = None
    rows: int | None = None
    columns: int | None = None
    pixel_spacing: tuple[float, ...] | None = None
    slice_thickness: float | None = None
    spacing_between_slices: float | None = None
    image_orientation_patient: tuple[float, ...] | None = None
    orientation: Literal["axial", "sagittal", "coronal", "oblique"] | None = None
    obliquity: float | None = None
    normal: tuple[float, float, float] | None = None
    slice_count: int = 0
    other_count: int = 0
    slice_positions: tuple[float, ...] = ()
    duplicate_count: int = 0
    slice_spacing: float | None = None
    slice_spacing_minimum: float | None = None
    slice_spacing_maximum: float | None = None
    uniform: bool | None = None
    gaps: tuple[Gap, ...] = ()
    missing_count: int = 0
    extent: tuple[float | None, float | None, float | None] | None = None
