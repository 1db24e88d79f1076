"""Do what was decided about the pixels of one image (PS3.15 E.3.1)."""

from shared.deid.pixels.clean import Job, clean
from shared.deid.pixels.cleaned import Cleaned
from shared.deid.pixels.comments import comments
from shared.deid.pixels.decision import Blank, Decision, Hold
from shared.deid.pixels.policy import PixelPolicy
from shared.deid.pixels.text import TextFinder, search_text
from shared.errors import ConfigurationError


def searched(job: Job, decision: Decision, policy: PixelPolicy, finder: TextFinder | None) -> Decision:
    """Look for text where the policy asks for that, and decide anew.

    Raises:
        ConfigurationError: the policy asks for a search for text, and there is no finder.
    """
    if not policy.definition.text.search:
        return decision
    if finder is None:
        raise ConfigurationError(policy=policy.name, problem="a search for text without a text finder")
    return search_text(job, decision, policy, finder)


def carry_out(job: Job, decision: Decision) -> Cleaned | None:
    """Blank what was decided; None where the pixels stay as they are in the source.

    The job's areas and unused bits are the decision's to say.

    Raises:
        PixelsIdentifying: the image is held.
        PixelsUncleanable: it is to be blanked, and that cannot be done with certainty.
    """
    if isinstance(decision, Hold):
        raise decision.error()
    if isinstance(decision, Blank):
        return clean(job._replace(areas=decision.areas, clear_unused_bits=decision.clear_unused_bits))
    return clean(job) if job.strip_comments and _has_comments(job) else None


def _has_comments(job: Job) -> bool:
    return any(True for _ in comments(job.source, job.pixel_data, job.transfer_syntax_uid))
