"""Judges the pixels of instances under one profile, and cleans them where the profile says so (PS3.15 E.3.1).

Instances of a series are judged by the same few attributes. What was decided about one image holds for every
other of its layout in which the attributes that were asked for have the same bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from shared.deid.layout import Layout, Slices, slices
from shared.deid.pixels.cleaned import Cleaned
from shared.deid.pixels.decision import Blank, Decision, Hold, Keep, decide
from shared.deid.pixels.facts import ImageFacts, layout_of
from shared.deid.pixels.policy import PixelPolicy
from shared.deid.profile import Profile
from shared.deid.sections import Block
from shared.dicom.dataset import DataSet
from shared.dicom.pixel_data import PixelData
from shared.dicom.read import DataSetStart
from shared.dicom.source import ByteSource
from shared.errors import ConfigurationError, PixelsUncleanable

if TYPE_CHECKING:
    from shared.deid.pixels.codec import FrameCodec
    from shared.deid.pixels.text import TextFinder

_MOST_LAYOUTS = 64
_MOST_JUDGEMENTS = 8
_NOWHERE = (0, 0)
#: how much behind the pixels is searched at a time, and how much of it twice, for a name may lie across
_WINDOW, _OVERLAP = 256 << 10, 1 << 10


class Imaging(NamedTuple):
    """What it takes to judge and clean pixels.

    Attributes:
        policies: the files of `rulesets/pixels` by name.
        codec: gives what decodes and encodes frames; None where that is not installed.
        finder: gives what looks for text; asked where a policy searches.
    """

    policies: Mapping[str, PixelPolicy]
    codec: "Callable[[], FrameCodec | None]"
    finder: "Callable[[], TextFinder]"


class _Judgement(NamedTuple):
    """A decision, and the bytes of all attributes that it was made by.

    Attributes:
        native_bytes: how long native Pixel Data is; None where the header does not say it.
    """

    judged: Slices
    values: tuple[bytes, ...]
    decision: Decision
    native_bytes: int | None


class PixelCleaner:
    """Judges and cleans by one profile's policy."""

    def __init__(self, profile: Profile, imaging: Imaging) -> None:
        """Find the policy.

        Raises:
            ConfigurationError: there is no policy of this name.
        """
        policy = imaging.policies.get(profile.pixel_policy)
        if policy is None:
            raise ConfigurationError(profile=profile.name, missing_pixel_policy=profile.pixel_policy)
        self._policy = policy
        self._cleans = "clean_pixel_data" in profile.options
        self._searches = policy.definition.text.search
        self._imaging = imaging
        self._known: dict[int, tuple[Layout, list[_Judgement]]] = {}

    def clean(self, start: DataSetStart, blocks: Sequence[Block], pixel_data: PixelData) -> Cleaned | None:
        """Judge an image; what is made anew is returned, None says that the pixels may stay.

        Raises:
            PixelsIdentifying: the image is held.
            PixelsUncleanable: it is to be blanked, and that cannot be done with certainty.
            ConfigurationError: the policy needs what is not installed.
        """
        decision = self._judgement(blocks).decision
        has_comments = self._cleans and pixel_data.fragments is not None
        if isinstance(decision, Keep) and not self._searches and not has_comments:
            return None
        return self._carried_out(decision, start, blocks, pixel_data)

    def _carried_out(
        self, decision: Decision, start: DataSetStart, blocks: Sequence[Block], pixel_data: PixelData
    ) -> Cleaned | None:
        # Only here: most images stay as they are.
        from shared.deid.pixels.apply import carry_out, searched
        from shared.deid.pixels.clean import Job

        job = Job(
            start.source,
            pixel_data,
            start.transfer_syntax_uid,
            start.encoding,
            _facts(blocks),
            strip_comments=self._cleans,
            codec=self._codec,
        )
        decision = searched(job, decision, self._policy, self._finder)
        return carry_out(job, self._permitted(decision))

    def judge(self, image: ImageFacts) -> Decision:
        """What the profile does with an image, by its header: what it does not blank it holds."""
        return self._permitted(decide(image, self._policy))

    def _permitted(self, decision: Decision) -> Decision:
        is_blank = isinstance(decision, Blank)
        return Hold(decision.reason) if is_blank and not self._cleans else decision

    def behind(self, source: ByteSource, blocks: Sequence[Block], pixel_data: PixelData) -> Iterator[bytes]:
        """Yield what native Pixel Data has behind the image that its header describes."""
        size = self._judgement(blocks).native_bytes if pixel_data.fragments is None else None
        if size is not None:
            for position in range(pixel_data.value + size, pixel_data.end, _WINDOW):
                yield source.read(position, min(_WINDOW + _OVERLAP, pixel_data.end - position))

    def _judgement(self, blocks: Sequence[Block]) -> _Judgement:
        if len(blocks) != 1:
            facts = _facts(blocks)
            return _Judgement(slices([]), (), self.judge(facts), _native_bytes(facts))
        layout, content = blocks[0]
        judgements = self._judgements(layout)
        for known in judgements:
            if known.judged(content) == known.values:
                return known
        noted = _Noted(layout.data_set.with_buffer(content))
        decision, native_bytes = self.judge(noted), _native_bytes(noted)
        judged = slices([_span(layout.data_set, tag) for tag in noted.asked])
        del judgements[_MOST_JUDGEMENTS - 1 :]
        judgements.insert(0, _Judgement(judged, judged(content), decision, native_bytes))
        return judgements[0]

    def _judgements(self, layout: Layout) -> list[_Judgement]:
        known = self._known.get(id(layout))
        if known is None or known[0] is not layout:
            if len(self._known) >= _MOST_LAYOUTS:
                self._known.clear()
            known = self._known[id(layout)] = layout, []
        return known[1]

    @cached_property
    def _codec(self) -> "FrameCodec | None":
        return self._imaging.codec()

    @cached_property
    def _finder(self) -> "TextFinder | None":
        return self._imaging.finder() if self._searches else None


def _span(data_set: DataSet, tag: int) -> tuple[int, int]:
    element = data_set.element(tag)
    return _NOWHERE if element is None else (element.value, element.end)


def _native_bytes(facts: ImageFacts) -> int | None:
    try:
        return layout_of(facts).native_bytes
    except PixelsUncleanable:
        return None


def _facts(blocks: Sequence[Block]) -> ImageFacts:
    data_sets = [block.layout.data_set.with_buffer(block.content) for block in blocks]
    return data_sets[0] if len(data_sets) == 1 else _Joined(data_sets)


class _Noted:
    """Facts that note which attributes were asked for."""

    def __init__(self, facts: DataSet) -> None:
        self._facts = facts
        self.asked: dict[int, None] = {}

    def __contains__(self, tag: int) -> bool:
        return tag in self._asking(tag)

    def text(self, tag: int) -> str:
        return self._asking(tag).text(tag)

    def number(self, tag: int) -> int | None:
        return self._asking(tag).number(tag)

    def items(self, tag: int) -> Iterable[ImageFacts]:
        return self._asking(tag).items(tag)

    def _asking(self, tag: int) -> DataSet:
        self.asked[tag] = None
        return self._facts


class _Joined:
    """The facts of a top level that came in several blocks; each attribute stands in one of them."""

    def __init__(self, parts: Sequence[DataSet]) -> None:
        self._parts = parts

    def __contains__(self, tag: int) -> bool:
        return any(tag in part for part in self._parts)

    def text(self, tag: int) -> str:
        return self._holding(tag).text(tag)

    def number(self, tag: int) -> int | None:
        return self._holding(tag).number(tag)

    def items(self, tag: int) -> Iterable[ImageFacts]:
        return self._holding(tag).items(tag)

    def _holding(self, tag: int) -> DataSet:
        return next((part for part in self._parts if tag in part), self._parts[0])
