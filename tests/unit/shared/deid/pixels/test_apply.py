"""A policy applied to one image, from its header to its pixels."""

import numpy as np
import pytest
from pydicom.uid import JPEGBaseline8Bit

from shared.deid.pixels.apply import carry_out, searched
from shared.deid.pixels.clean import Job
from shared.deid.pixels.cleaned import Cleaned
from shared.deid.pixels.decision import decide
from shared.deid.pixels.geometry import Rectangle
from shared.deid.pixels.jpeg import strip
from shared.deid.pixels.policy import PixelPolicy
from shared.deid.pixels.text import TextFinder
from shared.dicom.read import read_accepted
from shared.dicom.source import MemorySource
from shared.errors import ConfigurationError, PixelsIdentifying, PixelsUncleanable
from tests.pixels import (
    DEFAULT,
    Frames,
    Overlaid,
    decoded,
    encapsulated_file,
    job_of,
    native_file,
    noise,
    policy,
    written,
)
from tests.unit.shared.deid.pixels import streams
from tests.unit.shared.deid.pixels.streams import JPEG_COMMENT, gradient, segment, with_segment

IMAGE = Frames(noise(2, 20, 30))
ALL = "when: {attribute: Modality, exists: true}\n"
KEEP, HOLD = policy(ALL + "action: keep"), policy(ALL + "action: hold")
BLANK = policy(ALL + "action: blank\nareas: [{edge: top, pixels: 3}]")
SEARCHING = policy(ALL + "action: keep", text="{search: true, found: blank, margin: 0}")
COMMENTED = with_segment(strip(streams.jpeg(gradient(16, 24))), segment(JPEG_COMMENT, b"Doe^Jane"))
JPEG = encapsulated_file(Frames(gradient(16, 24)[None]), [COMMENTED], JPEGBaseline8Bit)


class Finder:
    """Finds a word in the corner."""

    def find(self, picture: bytes, columns: int, rows: int) -> list[Rectangle]:
        """Where it is."""
        return [Rectangle(0, 0, 4, 2)]


def applied(job: Job, rules: PixelPolicy, finder: TextFinder | None = None) -> Cleaned | None:
    """Decide and carry it out."""
    return carry_out(job, searched(job, decide(job.image, rules), rules, finder))


def test_what_is_kept_is_left_alone() -> None:
    """The caller streams the source's bytes."""
    assert applied(job_of(native_file(IMAGE)), KEEP) is None


def test_what_is_blanked_comes_back() -> None:
    """With rectangles of the policy, whatever the job had."""
    content = native_file(IMAGE)
    result = applied(job_of(content, Rectangle(0, 0, 30, 20)), BLANK)

    assert result is not None
    after = decoded(written(read_accepted(MemorySource(content)), result))
    assert not after[:, :3].any()
    assert np.array_equal(after[:, 3:], IMAGE.array[:, 3:])


def test_an_overlay_in_unused_bits_goes_and_leaves_the_header() -> None:
    """In the whole file."""
    overlaid = Frames(noise(1, 20, 30))
    changes = {"BitsStored": 12, "HighBit": 11, "OverlayBitsAllocated": None}
    content = native_file(overlaid, **changes)
    numbers = {0x60000100: 16, 0x60000102: 12}
    job = job_of(content)
    result = applied(job._replace(image=Overlaid(job.image, numbers)), KEEP)

    assert result is not None
    assert result.removed_groups == (0x6000,)
    assert np.array_equal(
        np.frombuffer(b"".join(result.chunks), "<u2").reshape(overlaid.array.shape), overlaid.array & 0x0FFF
    )


@pytest.mark.parametrize("rules", [HOLD, DEFAULT])
def test_what_is_held_is_an_error(rules: PixelPolicy) -> None:
    """With the rule that says so."""
    with pytest.raises(PixelsIdentifying, match="reason="):
        applied(job_of(native_file(IMAGE, SOPClassUID="1.2.840.10008.5.1.4.1.1.7")), rules)


def test_what_cannot_be_blanked_is_an_error() -> None:
    """It was to be blanked, so it cannot go out as it is."""
    with pytest.raises(PixelsUncleanable, match="no image codecs"):
        applied(job_of(JPEG, codec=None), BLANK)


def test_found_text_is_blanked() -> None:
    """If the policy asks for a search."""
    content = native_file(IMAGE)
    result = applied(job_of(content), SEARCHING, Finder())

    assert result is not None
    assert not decoded(written(read_accepted(MemorySource(content)), result))[:, :2, :4].any()


def test_a_search_needs_a_finder() -> None:
    """It is not passed over in silence."""
    with pytest.raises(ConfigurationError, match="text finder"):
        applied(job_of(native_file(IMAGE)), SEARCHING)


@pytest.mark.parametrize(("strips", "expected"), [(True, False), (False, None)])
def test_comments_go_from_what_is_kept(*, strips: bool, expected: bool | None) -> None:
    """If a profile asks for that; native pixels have none."""
    result = applied(job_of(JPEG, strip_comments=strips), KEEP)

    assert (b"Doe^Jane" in b"".join(result.chunks) if result else None) == expected
    assert applied(job_of(native_file(IMAGE), strip_comments=strips), KEEP) is None
