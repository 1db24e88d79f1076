"""The output of a block while it is put together."""

from time import process_time

from shared.deid.header.memos import Literal
from shared.deid.header.segments import Segments


def test_many_literals_become_one_at_once() -> None:
    """As of a sequence with many empty items: each is copied once, not once for each that follows."""
    segments = Segments()
    for _ in range(200_000):
        segments.literal(b"sixteen letters.")
    started = process_time()
    (only,) = segments.finished()

    assert process_time() - started < 5
    assert isinstance(only.maker, Literal)
    assert len(only.maker[b""].content) == 16 * 200_000
