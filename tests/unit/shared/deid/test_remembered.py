"""What a worker remembers across instances is bounded, whatever the files; forgetting changes nothing."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage, EnhancedCTImageStorage

from shared.deid.header.compile import Compiler
from shared.deid.header.fates import KnownFates
from shared.deid.header.layout import Layouts
from shared.deid.header.memos import word_memo
from shared.deid.instance import Deidentifier
from shared.deid.rules.scope import Rules
from shared.dicom.dataset import DataSet
from shared.dicom.scan import EXPLICIT_LITTLE
from shared.dicom.source import MemorySource
from tests.images import (
    PROFILES,
    ct_image,
    deidentifier,
    item,
    part10,
    raw_element,
    released,
    with_elements,
    written,
)


def with_private_sequences(first: int, count: int) -> bytes:
    """An image with so many private sequences of different tags, in groups from `first` on."""
    image = ct_image()
    for number in range(count):
        group, place = divmod(number, 200)
        image.add_new((first + 2 * group, 0x1000 + place), "SQ", [item(StackID="1")])
    return part10(image)


def frames() -> Dataset:
    """An image with long and short sequences in one another."""
    content = [
        item(
            FrameContentSequence=[item(StackID="1", FrameComments="x" * (number % 7))],
            PlanePositionSequence=[item(ImagePositionPatient=["0", "0", str(number)])],
            ReferencedImageSequence=[item(PurposeOfReferenceCodeSequence=[item(CodeValue="1")])],
        )
        for number in range(400)
    ]
    return ct_image(
        SOPClassUID=EnhancedCTImageStorage,
        PerFrameFunctionalGroupsSequence=content,
        SharedFunctionalGroupsSequence=content[:1],
    )


def in_character_set(number: int) -> bytes:
    """An image in a character set of its own that nobody knows."""
    return with_elements(raw_element(0x00080005, "CS", b"ISO_IR %d" % (1000 + number)))


def passed(worker: Deidentifier, files: Iterator[bytes]) -> list[bytes]:
    """What becomes of these files, one after the other."""
    return [written(worker.deidentify(MemorySource(each))) for each in files]


def test_rules_for_what_is_inside_sequences_do_not_pile_up() -> None:
    """A file may have as many private sequences as it likes."""
    worker = deidentifier()
    passed(worker, (with_private_sequences(0x3001 + 64 * number, 600) for number in range(4)))

    assert 0 < len(worker._rules.inner) <= 1024


def test_rules_that_were_forgotten_are_made_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the middle of an instance, too."""
    content = part10(frames())
    expected = released(content, "extended")
    monkeypatch.setattr("shared.deid.rules.scope._MOST_SCOPES", 2)

    assert passed(deidentifier("extended"), iter([content, content])) == [expected] * 2


def test_words_in_many_character_sets_do_not_pile_up() -> None:
    """The file says which; each has lists of its own."""
    worker = deidentifier()
    passed(worker, map(in_character_set, range(300)))
    information = word_memo.cache_info()

    assert information.maxsize is not None
    assert information.currsize <= information.maxsize


def test_layouts_that_fell_out_take_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """As many are known as may be, however many there were before."""
    monkeypatch.setattr("shared.deid.header.layout._MOST_BYTES", 32 << 10)
    worker = deidentifier()
    passed(worker, (part10(ct_image(PatientComments="x" * 2 * number)) for number in range(120)))

    assert [len(each) for each in worker.layouts._by_key.values()] == [16]


def test_layouts_in_many_places_do_not_pile_up() -> None:
    """What decides about a block is in part what the file says."""
    layouts = Layouts()
    data_set = DataSet(b"", (), EXPLICIT_LITTLE)
    rules = Rules(PROFILES["basic"]).scope(CTImageStorage)
    layout = Compiler(KnownFates()).compile(data_set, rules)
    for number in range(1000):
        layouts.add(number, layout)

    assert len(layouts._by_key) <= 256
    assert layouts.find(999, b"", 0) is layout


def test_sequences_that_are_short_and_long_by_turns_are_compiled_once_each(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The block before them is the same; which layout it has, what stands behind it tells."""
    compiled: list[int] = []

    def counting(self: Deidentifier, *arguments: Any) -> Any:
        compiled.append(1)
        return compile_block(self, *arguments)

    compile_block = Deidentifier.compile_block
    monkeypatch.setattr(Deidentifier, "compile_block", counting)
    worker = deidentifier()
    for number in range(8):
        references = [item(ReferencedSOPInstanceUID=f"1.2.3.1{each:04}") for each in range(2000)]
        image = ct_image(ReferencedImageSequence=references[: 20 if number % 2 else 2000])
        written(worker.deidentify(MemorySource(part10(image))))
        if number == 1:
            compiled.clear()

    assert compiled == []
