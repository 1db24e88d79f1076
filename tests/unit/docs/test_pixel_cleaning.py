"""docs/reference/pixel-cleaning.md against the code; its tables are generated."""

import pytest

from shared.adapters.tesseract import _SURE
from shared.deid.pixels.decision import decide
from shared.deid.pixels.encapsulate import SPOOL_BYTES
from shared.deid.pixels.geometry import Rectangle
from shared.deid.pixels.native import WINDOW
from shared.deid.pixels.policy import parse_policy
from tests.pixels import Facts
from tests.unit.docs.pages import ROOT, blocks, reference, sections, text_of

PAGE = reference("pixel-cleaning")
DECISION = text_of(ROOT / "docs" / "decisions" / "2026-11-26-clean-pixel-data.md")
SONO = {
    0x00080070: "Acme",
    0x00081090: "Sono 4",
    0x00280002: 1,
    0x00280004: "MONOCHROME2",
    0x00280010: 768,
    0x00280011: 1024,
    0x00280100: 8,
    0x00280101: 8,
    0x00280102: 7,
}


@pytest.mark.parametrize("example", blocks(PAGE, "yaml"))
def test_the_example_does_what_it_says(example: str) -> None:
    """A banner above, a scale on the right, a corner."""
    decision = decide(Facts(SONO), parse_policy(example, "pixels/hospital.yaml"))

    assert decision.areas.everywhere == (
        Rectangle(0, 0, 1024, 60),
        Rectangle(972, 60, 52, 640),
        Rectangle(0, 700, 200, 68),
        Rectangle(972, 700, 52, 68),
    )


def test_the_page_says_when_a_word_counts() -> None:
    """The numbers are Tesseract's adapter's."""
    sentence = f"by {_SURE[4]} %, three by {_SURE[3]} % or two by {_SURE[2]} %"

    assert sentence in " ".join(sections(PAGE, 2)["The search for text"].split())


def test_the_pages_say_how_much_is_in_memory() -> None:
    """Windows of native pixels, and the spool of new frames."""
    assert f"windows of {WINDOW >> 20} MiB" in PAGE
    assert f"{SPOOL_BYTES >> 20} MiB in memory" in DECISION
