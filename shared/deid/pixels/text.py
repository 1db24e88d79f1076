"""Look for text in the pixels that stay, and blank or hold what has some; a help, never a proof."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from shared.deid.pixels.clean import Job
from shared.deid.pixels.decision import Blank, Decision, Hold, Keep
from shared.deid.pixels.geometry import Areas, Rectangle, without_overlap
from shared.deid.pixels.policy import PixelPolicy
from shared.deid.pixels.reading import FrameReader
from shared.errors import PixelsUncleanable

if TYPE_CHECKING:
    from numpy.typing import NDArray


class TextFinder(Protocol):
    """Finds text in pictures."""

    def find(self, picture: bytes, columns: int, rows: int) -> Sequence[Rectangle]:
        """The rectangles around the words in a grey picture of one byte a pixel, row by row."""
        ...


def search_text(job: Job, decision: Decision, policy: PixelPolicy, finder: TextFinder) -> Decision:
    """Look for text outside of what a decision blanks, and decide again where some is found.

    What is found in the frames that are looked at is blanked in all frames: text stays where it is from frame
    to frame, and frames between two of those are not looked at. An image whose frames cannot be read is held.
    """
    if isinstance(decision, Hold) or not policy.definition.text.search:
        return decision
    try:
        found = _found(job, decision, policy, finder)
    except PixelsUncleanable as error:
        return Hold.because(error)
    if not found:
        return decision
    if policy.definition.text.found == "hold":
        return Hold("text found in the pixels")
    return _with_text(decision, found)


def _with_text(decision: Keep | Blank, found: tuple[Rectangle, ...]) -> Blank:
    reason = f"{decision.reason}, and text found in the pixels"
    if isinstance(decision, Keep):
        return Blank(Areas(found), reason)
    areas = decision.areas._replace(everywhere=decision.areas.everywhere + found)
    return decision._replace(areas=areas, reason=reason)


def _found(
    job: Job, decision: Keep | Blank, policy: PixelPolicy, finder: TextFinder
) -> tuple[Rectangle, ...]:
    reader = FrameReader(job)
    rows, columns = reader.layout.rows, reader.layout.columns
    margin = policy.definition.text.margin
    found: list[Rectangle] = []
    for frame in sampled_frames(reader.layout.frames, policy.definition.text.frames):
        blanked = decision.areas.of(frame) if isinstance(decision, Blank) else ()
        for picture in reader.pictures(frame):
            visible = _without(picture, blanked)
            found.extend(_widened(each, margin) for each in finder.find(visible.tobytes(), columns, rows))
    return without_overlap(found, columns, rows)


def sampled_frames(frames: int, wanted: int) -> Iterator[int]:
    """All frames of a short image; of a longer one the first, the last, and others evenly between them."""
    if frames <= wanted:
        yield from range(frames)
        return
    for index in range(wanted):
        yield index * (frames - 1) // (wanted - 1)


def _without(picture: "NDArray[Any]", blanked: tuple[Rectangle, ...]) -> "NDArray[Any]":
    picture = picture.copy()
    for each in blanked:
        picture[each.y : each.bottom, each.x : each.right] = 0
    return picture


def _widened(rectangle: Rectangle, margin: int) -> Rectangle:
    return Rectangle(
        rectangle.x - margin,
        rectangle.y - margin,
        rectangle.width + 2 * margin,
        rectangle.height + 2 * margin,
    )
