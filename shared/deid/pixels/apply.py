"""Judge the pixels of one image by a policy, and do what it says (PS3.15 E.3.1)."""

from shared.deid.pixels.clean import Cleaned, Job, clean
from shared.deid.pixels.decision import Blank, Decision, Hold, decide
from shared.deid.pixels.policy import PixelPolicy
from shared.deid.pixels.text import TextFinder, search_text
from shared.errors import ConfigurationError


def apply_policy(job: Job, policy: PixelPolicy, finder: TextFinder | None = None) -> Cleaned | None:
    """Blank what a policy says; None where the pixels stay as they are in the source.

    Args:
        job: the image; its areas and unused bits are the policy's to say.
        policy: the rules.
        finder: looks for text, if the policy asks for that.

    Raises:
        PixelsIdentifying: the policy holds the image.
        PixelsUncleanable: it is to be blanked, and that cannot be done with certainty.
        ConfigurationError: the policy asks for a search for text, and there is no finder.
    """
    decision = _decision(job, policy, finder)
    if isinstance(decision, Hold):
        raise decision.error()
    if isinstance(decision, Blank):
        return clean(job._replace(areas=decision.areas, clear_unused_bits=decision.clear_unused_bits))
    return clean(job) if job.strip_comments and job.pixel_data.fragments is not None else None


def _decision(job: Job, policy: PixelPolicy, finder: TextFinder | None) -> Decision:
    decision = decide(job.image, policy)
    if not policy.definition.text.search:
        return decision
    if finder is None:
        raise ConfigurationError(policy=policy.name, problem="a search for text without a text finder")
    return search_text(job, decision, policy, finder)
