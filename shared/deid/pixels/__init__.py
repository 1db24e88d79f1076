"""Clean Pixel Data (PS3.15 E.3.1): decide by rules what is burned in, and blank it without touching the rest.

`decide` judges an image by its header; `carry_out` looks at its pixels where a policy asks for that
(`search_text`) and blanks what they say (`clean`); `require_kept` holds what would have to be blanked.
`comments` finds text beside the picture in compressed frames, for the release gate.
"""

from shared.deid.pixels.apply import carry_out, require_kept
from shared.deid.pixels.clean import METHOD_CODE, Change, Cleaned, Job, clean
from shared.deid.pixels.codec import FrameCodec, target_of
from shared.deid.pixels.comments import comments, strip_comments
from shared.deid.pixels.decision import Blank, Decision, Hold, Keep, decide
from shared.deid.pixels.facts import ImageFacts, Layout, layout_of
from shared.deid.pixels.geometry import Areas, Rectangle
from shared.deid.pixels.policy import PixelPolicy, load_policies, parse_policy
from shared.deid.pixels.text import TextFinder, search_text

__all__ = [
    "METHOD_CODE",
    "Areas",
    "Blank",
    "Change",
    "Cleaned",
    "Decision",
    "FrameCodec",
    "Hold",
    "ImageFacts",
    "Job",
    "Keep",
    "Layout",
    "PixelPolicy",
    "Rectangle",
    "TextFinder",
    "carry_out",
    "clean",
    "comments",
    "decide",
    "layout_of",
    "load_policies",
    "parse_policy",
    "require_kept",
    "search_text",
    "strip_comments",
    "target_of",
]
