"""Decide by rules whether the pixels of an image stay, are blanked in part, or are held (PS3.15 E.3.1)."""

from typing import NamedTuple, Self

from shared.deid.pixels.facts import BURNED_IN_ANNOTATION, Attributes, ImageFacts, layout_of
from shared.deid.pixels.geometry import Areas, outside, without_overlap
from shared.deid.pixels.overlays import overlays_in_pixels
from shared.deid.pixels.policy import PixelPolicy, PixelRule
from shared.deid.pixels.ultrasound import ultrasound_regions
from shared.errors import PixelsIdentifying, PixelsUncleanable


class Keep(NamedTuple):
    """The pixels stay as they are."""

    reason: str


class Blank(NamedTuple):
    """Parts of the pixels go.

    Attributes:
        areas: the rectangles to blank, without overlap and inside the image.
        reason: the rule that says so.
        clear_unused_bits: whether the bits of each pixel cell that belong to no sample are cleared, too.
    """

    areas: Areas
    reason: str
    clear_unused_bits: bool = False


class Hold(NamedTuple):
    """Nothing of the image may be released."""

    reason: str

    @classmethod
    def because(cls, error: PixelsUncleanable) -> Self:
        """Hold an image whose pixels cannot be blanked, or not even looked at."""
        return cls(", ".join(str(fact) for fact in error.details.values()))

    def error(self) -> PixelsIdentifying:
        """The error to raise about the image."""
        return PixelsIdentifying(reason=self.reason)


Decision = Keep | Blank | Hold


def decide(image: ImageFacts, policy: PixelPolicy) -> Decision:
    """Decide about an image with pixels; reasons name rules and attributes, never a value.

    The first rule whose condition holds decides. Whatever it says,

    * an image that says itself that it is burned in (YES) is never kept, only blanked or held;
    * an overlay in unused bits of the pixels is cleared, one among the bits of the samples holds the image.
    """
    try:
        return _with_overlays(image, _by_rules(image, policy))
    except PixelsUncleanable as error:
        return Hold.because(error)


def _by_rules(image: ImageFacts, policy: PixelPolicy) -> Decision:
    rule = _first_rule(image, policy)
    said = image.text(BURNED_IN_ANNOTATION).upper()
    if rule is None:
        decision: Decision = (Keep if policy.definition.otherwise == "keep" else Hold)("no rule applies")
    elif rule.action == "blank":
        return _blank(image, rule)
    elif rule.action == "keep":
        decision = Keep(_named(rule))
    elif rule.yields_to_no and said == "NO" and policy.definition.trust_burned_in_annotation_no:
        decision = Keep(f"{_named(rule)} yields to Burned In Annotation NO")
    else:
        decision = Hold(_named(rule))
    if said == "YES" and isinstance(decision, Keep):
        return Hold("Burned In Annotation is YES, and no rule blanks it")
    return decision


def _first_rule(image: ImageFacts, policy: PixelPolicy) -> PixelRule | None:
    attributes = Attributes(image)
    return next((rule for rule, check in policy.rules if check.run(attributes, [])), None)


def _named(rule: PixelRule) -> str:
    return f"rule {rule.name}"


def _blank(image: ImageFacts, rule: PixelRule) -> Decision:
    """Blank a rule's areas; a rule that would blank nothing has misjudged the image, which is held."""
    layout = layout_of(image)
    rectangles = [area.rectangle(layout.columns, layout.rows) for area in rule.areas]
    if rule.outside_ultrasound_regions:
        regions = ultrasound_regions(image, layout.columns, layout.rows)
        if not regions:
            state = "unusable" if regions is None else "no"
            return Hold(f"{_named(rule)}: {state} ultrasound regions")
        rectangles.extend(outside(regions, layout.columns, layout.rows))
    blanked = without_overlap(rectangles, layout.columns, layout.rows)
    if not blanked:
        return Hold(f"{_named(rule)}: {_nothing_left(rule)}")
    return Blank(Areas(blanked), _named(rule))


def _nothing_left(rule: PixelRule) -> str:
    if rule.outside_ultrasound_regions:
        return "the ultrasound regions cover the whole image"
    return "its areas lie outside of the image"


def _with_overlays(image: ImageFacts, decision: Decision) -> Decision:
    where = "none" if isinstance(decision, Hold) else overlays_in_pixels(image)
    if where == "none":
        return decision
    if where == "samples":
        return Hold("an overlay among the bits of the samples")
    if isinstance(decision, Blank):
        return decision._replace(clear_unused_bits=True)
    return Blank(Areas(), f"{decision.reason}, and an overlay in the unused bits", clear_unused_bits=True)
