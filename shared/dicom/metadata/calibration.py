"""Judge a histogram of Hounsfield units by where air and soft tissue should be: -1000 HU and about 0 HU."""

from collections import Counter
from collections.abc import Callable
from typing import Literal, NamedTuple

Verdict = Literal["plausible", "implausible", "unknown"]

# All in HU, both ends included.
_AIR = (-1100, -900)
_SOFT_TISSUE = (-150, 150)
_NEGATIVE = (-1100, -1)
_MIDDLE = (151, 849)
_TISSUE_TOO_HIGH = (850, 1150)
_BODY = (-300, 1 << 20)
_BELOW_AIR = (-(1 << 20), -1101)
#: how far the peak of air may be from -1000 HU: some scanners clip at -1024
_AIR_OFF_BY = 50
#: peaks are sought in bins of this many HU
_BIN = 10


class Histogram(NamedTuple):
    """How many pixels have which value; HU, whole numbers."""

    counts: Counter[int]
    pixels: int

    @classmethod
    def of(cls, counts: Counter[int]) -> "Histogram":
        """Wrap counts."""
        return cls(counts, counts.total())

    def fraction(self, ends: tuple[int, int]) -> float:
        """The fraction of pixels within `ends`."""
        first, last = ends
        inside = sum(count for value, count in self.counts.items() if first <= value <= last)
        return inside / self.pixels if self.pixels else 0.0

    def peak(self, ends: tuple[int, int]) -> int | None:
        """The commonest value within `ends` to the nearest 10 HU, None if there is none."""
        first, last = ends
        bins: Counter[int] = Counter()
        for value, count in self.counts.items():
            if first <= value <= last:
                bins[_BIN * round(value / _BIN)] += count
        return min(bins, key=lambda value: (-bins[value], value)) if bins else None

    def without_commonest(self, ends: tuple[int, int]) -> float:
        """The fraction of pixels within `ends` but for the commonest value, which may be padding."""
        first, last = ends
        inside = [count for value, count in self.counts.items() if first <= value <= last]
        return (sum(inside) - max(inside)) / self.pixels if inside else 0.0


class Peaks(NamedTuple):
    """What is judged: fractions of pixels, and peaks in HU."""

    values: int
    air: float
    soft_tissue: float
    negative: float
    middle: float
    too_high: float
    below_air: float
    body: float
    air_peak: int | None
    soft_tissue_peak: int | None
    body_peak: int | None

    @classmethod
    def of(cls, histogram: Histogram) -> "Peaks":
        """Measure a histogram."""
        return cls(
            values=len(histogram.counts),
            air=histogram.fraction(_AIR),
            soft_tissue=histogram.fraction(_SOFT_TISSUE),
            negative=histogram.fraction(_NEGATIVE),
            middle=histogram.fraction(_MIDDLE),
            too_high=histogram.fraction(_TISSUE_TOO_HIGH),
            below_air=histogram.without_commonest(_BELOW_AIR),
            body=histogram.fraction(_BODY),
            air_peak=histogram.peak(_AIR),
            soft_tissue_peak=histogram.peak(_SOFT_TISSUE),
            body_peak=histogram.peak(_BODY),
        )

    @property
    def has_air(self) -> bool:
        """Whether there is air, or what passes for it."""
        return self.air >= 0.01

    @property
    def air_is_off_by(self) -> int:
        """How far above -1000 HU the peak of air is; HU, negative below."""
        return self.air_peak + 1000 if self.has_air and self.air_peak is not None else 0

    @property
    def all_positive(self) -> bool:
        """Whether nearly nothing is negative, unless soft tissue alone explains it."""
        return self.negative < 0.001 and (self.too_high >= 0.05 or self.soft_tissue < 0.5)

    @property
    def body_is_off(self) -> bool:
        """Whether what is no air peaks elsewhere than soft tissue does."""
        elsewhere = self.body_peak is not None and abs(self.body_peak) > _SOFT_TISSUE[1]
        return elsewhere and self.body >= 0.01 and self.soft_tissue < 0.05


class _Rule(NamedTuple):
    """The first rule that applies decides."""

    applies: Callable[[Peaks], bool]
    verdict: Verdict
    reason: str


_RULES = (
    _Rule(lambda peaks: not peaks.values, "unknown", "all pixels are padding"),
    _Rule(lambda peaks: peaks.values == 1, "unknown", "all pixels have the same value"),
    _Rule(
        lambda peaks: peaks.all_positive,
        "implausible",
        "no values between -1100 and 0 HU: the rescale intercept may be missing",
    ),
    _Rule(
        lambda peaks: not peaks.has_air and peaks.too_high >= 0.05 and peaks.too_high > peaks.middle,
        "implausible",
        "no air near -1000 HU but a peak near 1000 HU: values may be 1000 HU too high",
    ),
    _Rule(
        lambda peaks: peaks.below_air >= 0.1,
        "implausible",
        "many values below -1100 HU: values may be too low",
    ),
    _Rule(
        lambda peaks: peaks.air_is_off_by < -_AIR_OFF_BY,
        "implausible",
        "the peak of air is at {air_peak} HU rather than near -1000 HU",
    ),
    _Rule(
        lambda peaks: peaks.body_is_off,
        "implausible",
        "the peak of the body is at {body_peak} HU rather than between -150 and 150 HU",
    ),
    _Rule(
        lambda peaks: not peaks.has_air and peaks.soft_tissue < 0.01,
        "implausible",
        "neither air near -1000 HU nor soft tissue near 0 HU",
    ),
    _Rule(lambda peaks: not peaks.has_air, "unknown", "no air to judge by"),
    _Rule(
        lambda peaks: peaks.air_is_off_by > _AIR_OFF_BY,
        "unknown",
        "a peak at {air_peak} HU: lung hides the air, or values are too high",
    ),
    _Rule(lambda peaks: peaks.soft_tissue < 0.01, "unknown", "no soft tissue or water to judge by"),
    _Rule(
        lambda _: True,
        "plausible",
        "air peaks at {air_peak} HU and soft tissue at {soft_tissue_peak} HU",
    ),
)


def judge(peaks: Peaks) -> tuple[Verdict, str]:
    """Say whether the values are plausible Hounsfield units, and why."""
    rule = next(rule for rule in _RULES if rule.applies(peaks))
    return rule.verdict, rule.reason.format_map(peaks._asdict())
