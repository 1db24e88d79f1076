"""Do the values of a CT series lie where Hounsfield units should (PS3.3 C.8.2.1, C.11.1)?"""

from bisect import insort
from collections import Counter
from collections.abc import Iterable
from operator import itemgetter
from zlib import crc32

import msgspec

from shared.dicom.metadata.calibration import Histogram, Peaks, Verdict, judge
from shared.dicom.metadata.frames import Frame
from shared.dicom.metadata.pixels import Sample, Slice

#: PS3.3 C.11.1.1.2: Hounsfield units, or unspecified
_ALLOWED_TYPES = frozenset({"HU", "US", ""})
_SOP_INSTANCE_UID = 0x00080018
#: HU; beyond it broken slopes and intercepts do not matter any more
_FAR = 1e6
_CANDIDATES = 32
_KEY = itemgetter(0)
_NO_SLICE = "no CT slices: localizers and secondary captures have no Hounsfield units"


class HounsfieldCheck(msgspec.Struct, frozen=True, kw_only=True):
    """Whether the pixels of up to three slices look like Hounsfield units once they are rescaled.

    Attributes:
        checked: whether pixels were looked at
        verdict: plausible, implausible or unknown
        reason: why, in words
        slice_count: how many slices were looked at: at a quarter, in the middle and at three quarters
        pixel_count: how many pixels were looked at, padding left out
        rescale_slope_present: whether every slice looked at has Rescale Slope
        rescale_intercept_present: whether every slice looked at has Rescale Intercept
        rescale_type_allows: whether Rescale Type of every slice looked at is HU, US (unspecified) or absent
        air_fraction: the fraction of pixels from -1100 to -900 HU
        soft_tissue_fraction: the fraction of pixels from -150 to 150 HU
        air_peak: the commonest value from -1100 to -900 HU, to the nearest 10 HU
        soft_tissue_peak: the commonest value from -150 to 150 HU, to the nearest 10 HU
    """

    checked: bool
    verdict: Verdict
    reason: str
    slice_count: int = 0
    pixel_count: int = 0
    rescale_slope_present: bool | None = None
    rescale_intercept_present: bool | None = None
    rescale_type_allows: bool | None = None
    air_fraction: float | None = None
    soft_tissue_fraction: float | None = None
    air_peak: int | None = None
    soft_tissue_peak: int | None = None


class Candidates:
    """Slices to choose from: of more than 32 a sample that does not depend on the order they come in."""

    def __init__(self) -> None:
        self._held: list[tuple[int, Slice]] = []

    def offer(self, frame: Frame, position: float) -> None:
        """Hold on to the slices whose UIDs have the smallest checksums."""
        key = crc32(f"{frame.text(_SOP_INSTANCE_UID)} {frame.number}".encode())
        if len(self._held) < _CANDIDATES or key < self._held[-1][0]:
            insort(self._held, (key, Slice.of(frame, position)), key=_KEY)
            del self._held[_CANDIDATES:]

    def chosen(self) -> tuple[Slice, ...]:
        """Those at a quarter, in the middle and at three quarters of the way; fewer if they coincide."""
        ordered = sorted((each for _, each in self._held), key=lambda each: each.position)
        last = len(ordered) - 1
        places = {round(last * part) for part in (0.25, 0.5, 0.75)} if ordered else set()
        return tuple(ordered[place] for place in sorted(places))


def check(slices: Iterable[Slice]) -> HounsfieldCheck:
    """Look at the pixels of `slices`; ranged reads from their sources.

    Raises:
        AirlockError: a source cannot be read.
    """
    obstacle = _NO_SLICE
    samples: list[Sample] = []
    for each in slices:
        sample = None if each.obstacle else each.sample()
        if sample is None:
            obstacle = each.obstacle or "the file ends before its pixels do"
        else:
            samples.append(sample)
    if not samples:
        return HounsfieldCheck(checked=False, verdict="unknown", reason=obstacle)
    return _check(samples)


def _check(samples: list[Sample]) -> HounsfieldCheck:
    histogram = Histogram.of(_rescaled(samples))
    peaks = Peaks.of(histogram)
    allowed = all(sample.rescale_type in _ALLOWED_TYPES for sample in samples)
    verdict, reason = judge(peaks) if allowed else ("unknown", "Rescale Type names another unit than HU")
    return HounsfieldCheck(
        checked=True,
        verdict=verdict,
        reason=reason,
        slice_count=len(samples),
        pixel_count=histogram.pixels,
        rescale_slope_present=all(sample.slope is not None for sample in samples),
        rescale_intercept_present=all(sample.intercept is not None for sample in samples),
        rescale_type_allows=allowed,
        air_fraction=round(peaks.air, 4),
        soft_tissue_fraction=round(peaks.soft_tissue, 4),
        air_peak=peaks.air_peak,
        soft_tissue_peak=peaks.soft_tissue_peak,
    )


def _rescaled(samples: list[Sample]) -> Counter[int]:
    """Values as PS3.3 C.11.1.1.2 rescales them; without slope or intercept they stand as stored."""
    counts: Counter[int] = Counter()
    for sample in samples:
        slope = 1.0 if sample.slope is None else sample.slope
        for stored, count in sample.values.items():
            value = stored * slope + (sample.intercept or 0.0)
            counts[round(min(max(value, -_FAR), _FAR))] += count
    return counts
