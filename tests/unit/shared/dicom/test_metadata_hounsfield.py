"""Whether the values of a CT series look like Hounsfield units."""

import pytest

from tests.unit.shared.dicom.metadata_series import (
    SIDE,
    body,
    checked,
    ct,
    ct_series,
    described,
    mr,
    of_pixels,
)


def test_a_good_series_is_plausible() -> None:
    """Air near -1000 HU and soft tissue near 0 HU make a series plausible; the figures say so."""
    found = checked(*ct_series())

    assert (found.checked, found.verdict) == (True, "plausible")
    assert found.reason == "air peaks at -1000 HU and soft tissue at 40 HU"
    assert (found.slice_count, found.pixel_count) == (3, 3 * SIDE * SIDE)
    assert (found.air_peak, found.soft_tissue_peak) == (-1000, 40)
    assert found.air_fraction == pytest.approx(0.56, abs=0.01)
    assert found.soft_tissue_fraction == pytest.approx(0.43, abs=0.01)
    assert (found.rescale_slope_present, found.rescale_intercept_present) == (True, True)
    assert found.rescale_type_allows is True


def test_a_removed_intercept_is_implausible() -> None:
    """Without the intercept everything is positive, which is said."""
    found = checked(*ct_series(RescaleIntercept=None))

    assert found.verdict == "implausible"
    assert "intercept may be missing" in found.reason
    assert (found.rescale_slope_present, found.rescale_intercept_present) == (True, False)


def test_an_intercept_of_zero_is_implausible() -> None:
    """An intercept that is there but wrong is found by the pixels."""
    found = checked(*ct_series(RescaleIntercept="0"))

    assert (found.verdict, found.rescale_intercept_present) == ("implausible", True)


@pytest.mark.parametrize(
    ("shift", "reason"), [(1000, "1000 HU too high"), (1024, "may be missing"), (-1000, "too low")]
)
def test_values_shifted_by_1000_are_implausible(shift: int, reason: str) -> None:
    """Values that lie 1000 HU too high or too low are implausible, and the reason tells which."""
    found = of_pixels(body(shift=shift), intercept=-3024)

    assert found.verdict == "implausible"
    assert reason in found.reason


@pytest.mark.parametrize("slope", ["2", "0.5"])
def test_a_wrong_slope_is_implausible(slope: str) -> None:
    """With a wrong slope air may be right by chance, but not the body."""
    found = checked(*ct_series(RescaleSlope=slope))

    assert found.verdict == "implausible"
    assert "the peak of the body" in found.reason or "no air" in found.reason


def test_air_below_air_is_implausible() -> None:
    """Nothing in a body is thinner than air."""
    found = of_pixels(body(shift=-75), intercept=-1324)

    assert (found.verdict, found.air_peak) == ("implausible", -1080)


def test_lung_is_not_taken_for_wrong_air() -> None:
    """A peak above -950 HU may be lung, so it proves nothing."""
    found = of_pixels(body(shift=75))

    assert found.verdict == "unknown"
    assert "lung" in found.reason


def test_a_series_without_air_is_unknown() -> None:
    """A reconstruction of the inside of the body has no air to judge by, negative values or not."""
    muscle = [40 + number % 30 for number in range(SIDE * SIDE)]
    fat = [-100 + number % 30 for number in range(SIDE * SIDE)]

    assert of_pixels(muscle).reason == of_pixels(fat).reason == "no air to judge by"


def test_air_alone_is_unknown() -> None:
    """An image of air has no soft tissue to judge by."""
    found = of_pixels([-1000 + number % 30 for number in range(SIDE * SIDE)])

    assert (found.verdict, found.reason) == ("unknown", "no soft tissue or water to judge by")


def test_values_that_are_neither_are_implausible() -> None:
    """Values between air and soft tissue alone are no image of a body."""
    found = of_pixels([-600 + number % 200 for number in range(SIDE * SIDE)])

    assert (found.verdict, found.reason) == (
        "implausible",
        "neither air near -1000 HU nor soft tissue near 0 HU",
    )


def test_one_value_is_unknown() -> None:
    """An empty image proves nothing."""
    assert of_pixels([-1000] * SIDE**2).reason == "all pixels have the same value"


def test_nothing_but_padding_is_unknown() -> None:
    """Where all is padding there is nothing to judge."""
    found = of_pixels([-1024] * SIDE**2, PixelPaddingValue=0)

    assert (found.checked, found.verdict, found.pixel_count) == (True, "unknown", 0)


def test_padding_that_nobody_declared_is_not_held_against_it() -> None:
    """One value far below air outside the field of view is taken for padding."""
    padded = [-2000] * (20 * SIDE) + body()[20 * SIDE :]
    found = of_pixels(padded, intercept=-3024)

    assert found.verdict == "plausible"


def test_another_unit_is_unknown() -> None:
    """Values of another unit than HU are counted, but not judged."""
    found = checked(*ct_series(RescaleType="ED"))

    assert (found.checked, found.verdict, found.rescale_type_allows) == (True, "unknown", False)


@pytest.mark.parametrize("rescale_type", ["HU", "US", None])
def test_an_unspecified_unit_is_checked(rescale_type: str | None) -> None:
    """Rescale Type may be absent or unspecified."""
    found = checked(*ct_series(RescaleType=rescale_type))

    assert (found.verdict, found.rescale_type_allows) == ("plausible", True)


def test_localizers_are_not_looked_at() -> None:
    """A localizer in a series of slices is no candidate, even if it has their orientation."""
    localizer = ct(3, 2.5, ImageType=["ORIGINAL", "PRIMARY", "LOCALIZER"], RescaleIntercept="0")
    found = checked(ct(1, 0), localizer, ct(2, 5))

    assert (found.verdict, found.slice_count) == ("plausible", 2)


def test_other_modalities_are_not_checked() -> None:
    """MR has no Hounsfield units."""
    assert described(mr()).hounsfield is None
