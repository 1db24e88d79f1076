"""Put attributes into a made header that cleaned pixels need, and take out those that they make untrue."""

from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise

from shared.deid.pixels.cleaned import Change
from shared.dicom.scan import Encoding, Limits, Scanner


def amended(
    content: bytes, encoding: Encoding, changes: Sequence[Change], removed_groups: Collection[int]
) -> bytes:
    """The elements of `content`, with `changes` in their places and without some groups."""
    elements, _ = Scanner(content, encoding, Limits()).data_set(0, len(content))
    told = {change.tag for change in changes}
    parts = [(each.tag, content[each.start : each.end]) for each in elements if each.tag not in told]
    parts += [(change.tag, change.encoded(encoding)) for change in changes]
    return b"".join(part for tag, part in sorted(parts) if tag >> 16 not in removed_groups)


def shared_out(changes: Sequence[Change], firsts: Sequence[int]) -> Iterator[list[Change]]:
    """Yield the changes for each block of a header, whose first tags are `firsts`, by rising tag."""
    bounds = [0, *firsts[1:], 1 << 32]
    for low, high in pairwise(bounds):
        yield [change for change in changes if low <= change.tag < high]
