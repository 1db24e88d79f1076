"""What a header may ask of de-identification, with small files for an attacker's large ones."""

from struct import pack
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import EnhancedCTImageStorage

from shared.deid import instance
from shared.deid.gate.harvest import Token
from shared.deid.header import limits, window
from shared.deid.header.layout import Layouts
from shared.deid.header.memos import Harvested
from shared.dicom.source import MemorySource
from shared.errors import LimitExceeded
from tests.images import NATIVE_SYNTAXES, ct_image, deidentifier, item, part10, with_elements, written

IMPLICIT = NATIVE_SYNTAXES["implicit"]
EMPTY_ITEM = pack("<HHI", 0xFFFE, 0xE000, 0)
CONTENT_SEQUENCE = pack("<HH2sHI", 0x0040, 0xA730, b"SQ", 0, 0xFFFFFFFF)
SEQUENCE_ENDS = pack("<HHI", 0xFFFE, 0xE0DD, 0)


class Counting:
    """A source in memory that counts the bytes which are read of it."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.size = len(content)
        self.count = 0

    def read(self, offset: int, length: int) -> bytes:
        """Read and count."""
        found = self._content[offset : offset + length]
        self.count += len(found)
        return found


def refusal(content: bytes, profile: str = "basic") -> dict[str, Any]:
    """The details of the error that a file ends with; none if it is released."""
    try:
        written(deidentifier(profile).deidentify(MemorySource(content)))
    except LimitExceeded as error:
        return dict(error.details)
    return {}


def private_elements(count: int) -> bytes:
    """Private elements of eight bytes."""
    return b"".join(pack("<HH2sH", 0x0009, 0x1000 + number, b"LO", 0) for number in range(count))


def people(count: int) -> Dataset:
    """An Enhanced CT image whose frames name one person each."""
    frames = [
        item(StackID="1" * 16, OperatorsName=f"Xq{number:05d}^Zw{number:05d}") for number in range(count)
    ]
    return ct_image(SOPClassUID=EnhancedCTImageStorage, PerFrameFunctionalGroupsSequence=frames)


@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("limit", "keyword", "piece", "profile"),
    [
        ("identifying_bytes", "OperatorsName", "Ab^Cd\\", "basic"),
        ("identifying_bytes", "PatientID", "x", "basic"),
        ("identifying_bytes", "StudyDescription", "\\", "basic"),
        ("uid_bytes", "FrameOfReferenceUID", "1.2\\", "basic"),
        ("text_bytes", "AcquisitionDate", "\\", "draw"),
        ("text_bytes", "ImageComments", "liver ", "extended"),
        ("text_bytes", "ContrastBolusRoute", "oral ", "basic"),
    ],
)
def test_more_than_is_allowed_is_refused(
    limit: limits.Limit, keyword: str, piece: str, profile: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Values that are read as text are refused before they are, each kind by its own limit."""
    monkeypatch.setitem(limits.ALLOWED, limit, 3000)
    large, small = (
        part10(ct_image(**{keyword: piece * (size // len(piece))}), IMPLICIT) for size in (4000, 1200)
    )

    assert refusal(large, profile) == {"limit": limit, "allowed": 3000}
    assert refusal(small, profile) == {}


def test_people_in_a_long_sequence_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each item may name somebody else, but not without end; the same person counts once."""
    monkeypatch.setattr(limits, "MOST_TOKENS", 1000)
    same = people(800)
    for each in same.PerFrameFunctionalGroupsSequence:
        each.OperatorsName = "Xqqqq^Zwwww"

    assert refusal(part10(people(800))) == {"limit": "identifier_count", "allowed": 1000}
    assert refusal(part10(same)) == {}


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_people_in_a_header_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where there is no long sequence; the same person counts once."""
    monkeypatch.setattr(limits, "MOST_TOKENS", 1000)
    many, same = (
        "\\".join(f"Xq{number:03d}^Zw{number:03d}" for number in numbers)
        for numbers in (range(300), [0] * 300)
    )

    assert refusal(part10(ct_image(OtherPatientNames=many))) == {"limit": "identifier_count", "allowed": 1000}
    assert refusal(part10(ct_image(OtherPatientNames=same))) == {}


def test_people_between_items_of_nobody_are_counted() -> None:
    """What names nobody is no first block again and again."""
    count = limits.TokenCount()
    some = [
        (Harvested(frozenset(Token(b"%d" % number, "id") for number in range(30_000)), frozenset()),)
        for _ in range(2)
    ]
    count.add(())
    count.add(some[0])
    count.add(())

    with pytest.raises(LimitExceeded):
        count.add(some[1])


@pytest.mark.parametrize("count", [1001, 20_000])
def test_items_of_nothing_are_counted(count: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sequence of empty items, short or long, has no element that would be counted."""
    monkeypatch.setattr(instance, "LIMITS", instance.LIMITS._replace(element_count=1000))
    content = with_elements(CONTENT_SEQUENCE + EMPTY_ITEM * count + SEQUENCE_ENDS)

    assert refusal(content) == {"limit": "element_count", "allowed": 1000}


def test_elements_are_counted_across_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that moves does not begin to count anew."""
    monkeypatch.setattr(instance, "LIMITS", instance.LIMITS._replace(element_count=9000))
    monkeypatch.setattr(window, "_WINDOW_BYTES", 8 << 10)

    assert refusal(with_elements(private_elements(10_000))) == {"limit": "element_count", "allowed": 9000}


def test_a_header_of_many_elements_is_read_a_few_times_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that grew element by element would read a large header as often as it has elements."""
    monkeypatch.setattr(window, "_WINDOW_BYTES", 8 << 10)
    source = Counting(with_elements(private_elements(40_000)))
    written(deidentifier().deidentify(source))

    assert source.count < 10 * source.size


def test_layouts_of_large_blocks_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is remembered of blocks is bounded by their bytes, under however many keys."""
    monkeypatch.setattr("shared.deid.header.layout._MOST_BYTES", 5000)
    worker = deidentifier()
    for number in range(20):
        written(worker.deidentify(MemorySource(part10(ct_image(PatientComments="x" * (1000 + 2 * number))))))

    assert sum(layout.size for each in _known(worker.layouts) for layout in each) <= 5000


def test_a_subject_forgets_layouts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sequence whose items are all different leaves few of their layouts behind."""
    frames = [item(StackID="1" * (number % 16), FrameComments="x" * (number // 8)) for number in range(1200)]
    worker = deidentifier()
    image = ct_image(SOPClassUID=EnhancedCTImageStorage, PerFrameFunctionalGroupsSequence=frames)
    written(worker.deidentify(MemorySource(part10(image))))

    assert [len(subject._memos) <= 256 for subject in worker._subjects.values()] == [True]


def _known(layouts: Layouts) -> list[list[Any]]:
    return list(layouts._by_key.values())
