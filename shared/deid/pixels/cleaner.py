"""Judges the pixels of instances by one profile, and cleans them where it says so (PS3.15 section E.3.1)."""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

from shared.deid.header.sections import Block
from shared.deid.pixels.cleaned import Cleaned
from shared.deid.pixels.decision import Blank, Decision, Hold, Keep, decide
from shared.deid.pixels.facts import ImageFacts
from shared.deid.pixels.judgements import Judgement, Judgements, facts_of
from shared.deid.pixels.policy import PixelPolicy
from shared.deid.rules.profile import Profile
from shared.dicom.pixel_data import PixelData
from shared.dicom.read import DataSetStart
from shared.errors import ConfigurationError

if TYPE_CHECKING:
    from shared.deid.pixels.codec import FrameCodec
    from shared.deid.pixels.text import TextFinder


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


class PixelCleaner:
    """Judges and cleans by one profile's policy.

    Attributes:
        cleans: whether the profile lets it clean.
    """

    def __init__(self, profile: Profile, imaging: Imaging) -> None:
        """Find the policy.

        Raises:
            ConfigurationError: there is no policy of this name.
        """
        policy = imaging.policies.get(profile.pixel_policy)
        if policy is None:
            raise ConfigurationError(profile=profile.name, missing_pixel_policy=profile.pixel_policy)
        self._policy = policy
        self.cleans = "clean_pixel_data" in profile.options
        self._searches = policy.definition.text.search
        self._imaging = imaging
        self._judgements = Judgements(self.judge)

    def judgement(self, blocks: Sequence[Block]) -> Judgement:
        """What the profile does with an image, by the blocks of its top level."""
        return self._judgements.of(blocks)

    def judge(self, image: ImageFacts) -> Decision:
        """What the profile does with an image, by its header: what it does not blank it holds."""
        return self._permitted(decide(image, self._policy))

    def _permitted(self, decision: Decision) -> Decision:
        is_blank = isinstance(decision, Blank)
        return Hold(decision.reason) if is_blank and not self.cleans else decision

    def clean(
        self, decision: Decision, start: DataSetStart, blocks: Sequence[Block], pixel_data: PixelData
    ) -> Cleaned | None:
        """Carry out a decision; what is made anew is returned, None says that the pixels may stay.

        Raises:
            PixelsIdentifying: the image is held.
            PixelsUncleanable: it is to be blanked, and that cannot be done with certainty.
            ConfigurationError: the policy needs what is not installed.
        """
        has_comments = self.cleans and pixel_data.fragments is not None
        if isinstance(decision, Keep) and not self._searches and not has_comments:
            return None
        # Only here: most images stay as they are.
        from shared.deid.pixels.apply import carry_out, searched
        from shared.deid.pixels.clean import Job

        job = Job(
            start.source,
            pixel_data,
            start.transfer_syntax_uid,
            start.encoding,
            facts_of(blocks),
            strip_comments=self.cleans,
            codec=self._codec,
        )
        decision = searched(job, decision, self._policy, self._finder)
        return carry_out(job, self._permitted(decision))

    @cached_property
    def _codec(self) -> "FrameCodec | None":
        return self._imaging.codec()

    @cached_property
    def _finder(self) -> "TextFinder | None":
        return self._imaging.finder() if self._searches else None
