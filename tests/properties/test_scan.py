"""Properties of the scanner: it agrees with pydicom on any data set, and nothing makes it fail or linger."""

import random
import time
from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom.datadict import DicomDictionary
from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate
from pydicom.sequence import Sequence

from shared.dicom.dataset import DataSet
from shared.dicom.read import read_header
from shared.dicom.scan import LONG_VRS, SHORT_VRS, Limits
from shared.dicom.source import MemorySource
from shared.dicom.validate import validate
from shared.errors import AirlockError
from tests.unit.shared.dicom import oracle
from tests.unit.shared.dicom.instances import (
    BIG_ENDIAN,
    DEFLATED,
    EXPLICIT,
    IMPLICIT,
    JPEG_BASELINE,
    NATIVE_SYNTAXES,
    bare,
    document,
    encapsulated_image,
    image,
    written,
)

WORDS = st.text("ABCDEFGHIJ KLM_019", max_size=14)
UIDS = st.lists(st.integers(0, 10**9), min_size=1, max_size=6).map(lambda parts: ".".join(map(str, parts)))
TAGS = st.integers(0x00080000, 0xFFFEFFFF)


def whole(bits: int, *, signed: bool) -> st.SearchStrategy[int]:
    """Numbers of so many bits."""
    low = -(1 << (bits - 1)) if signed else 0
    return st.integers(low, low + (1 << bits) - 1)


def words_of(size: int) -> st.SearchStrategy[bytes]:
    """Bytes whose number is a multiple of `size`."""
    return st.binary(max_size=24).map(lambda content: content[: len(content) // size * size])


VALUES: dict[str, st.SearchStrategy[object]] = {
    "AE": WORDS,
    "AS": st.sampled_from(["064Y", "003D", ""]),
    "AT": TAGS,
    "CS": WORDS,
    "DA": st.dates(date(1000, 1, 1)).map(lambda day: f"{day:%Y%m%d}"),
    "DS": st.integers(-(10**9), 10**9).map(str),
    "DT": st.dates(date(1000, 1, 1)).map(lambda day: f"{day:%Y%m%d}2359"),
    "FD": st.floats(),
    "FL": st.floats(width=32),
    "IS": whole(32, signed=True).map(str),
    "LO": WORDS,
    "LT": WORDS,
    "OB": words_of(2),
    "OD": words_of(8),
    "OF": words_of(4),
    "OL": words_of(4),
    "OV": words_of(8),
    "OW": words_of(2),
    "PN": WORDS,
    "SH": WORDS,
    "SL": whole(32, signed=True),
    "SS": whole(16, signed=True),
    "ST": WORDS,
    "SV": whole(64, signed=True),
    "TM": st.times().map(lambda moment: f"{moment:%H%M%S.%f}"),
    "UC": WORDS,
    "UI": UIDS,
    "UL": whole(32, signed=False),
    "UN": words_of(2),
    "UR": st.just("https://example.org/"),
    "US": whole(16, signed=False),
    "UT": WORDS,
    "UV": whole(64, signed=False),
}
# Without what pydicom interprets while it reads.
STANDARD = {
    vr: [
        tag
        for tag, entry in DicomDictionary.items()
        if entry[0] == vr and 0x0008 < tag >> 16 < 0x7FE0 and tag not in {0x00280103, 0x00282000}
    ]
    for vr in [*VALUES, "SQ"]
}


@st.composite
def elements(draw: st.DrawFn, depth: int) -> DataElement:
    """One element of any VR: standard where the Standard has one, else private; sequences down to `depth`."""
    vr = draw(st.sampled_from([*VALUES, *(["SQ"] * 8 if depth else [])]))
    private = st.integers(0x00091001, 0x000910FF) | st.integers(0x60011001, 0x600110FF)
    tag = draw(st.sampled_from(STANDARD[vr]) if STANDARD[vr] and draw(st.booleans()) else private)
    if vr != "SQ":
        return DataElement(tag, vr, draw(VALUES[vr]))
    element = DataElement(tag, "SQ", Sequence(draw(st.lists(data_sets(depth - 1), max_size=3))))
    element.is_undefined_length = draw(st.booleans())
    for item in element.value:
        item.is_undefined_length_sequence_item = draw(st.booleans())
    return element


@st.composite
def data_sets(draw: st.DrawFn, depth: int) -> Dataset:
    """A data set of up to six elements, with the creators of its private blocks."""
    data_set = Dataset()
    for element in draw(st.lists(elements(depth), max_size=6)):
        data_set.add(element)
    for group in {element.tag.group for element in data_set if element.tag.is_private}:
        data_set.add_new(group << 16 | 0x10, "LO", "AIRLOCK TESTS")
    return data_set


def pixels(data_set: Dataset, transfer_syntax_uid: str) -> None:
    """Give a data set Pixel Data, encapsulated where the transfer syntax asks for it."""
    if transfer_syntax_uid == JPEG_BASELINE:
        data_set.add_new(0x7FE00010, "OB", encapsulate([b"frame one", b"frame 2"]))
        data_set["PixelData"].is_undefined_length = True
    else:
        data_set.add_new(0x7FE00010, "OW", bytes(range(20)))


@settings(max_examples=150, deadline=None)
@given(data_set=data_sets(3), with_pixels=st.booleans(), with_signature=st.booleans())
@pytest.mark.parametrize("transfer_syntax_uid", [*NATIVE_SYNTAXES, JPEG_BASELINE])
def test_any_data_set_is_scanned_like_pydicom_reads_it(
    transfer_syntax_uid: str, data_set: Dataset, *, with_pixels: bool, with_signature: bool
) -> None:
    """Whatever a data set holds, in every encoding scanning and walking find what pydicom finds."""
    if with_pixels:
        pixels(data_set, transfer_syntax_uid)
        if with_signature:
            data_set.add_new(0xFFFCFFFC, "OB", b"padding!")
    content = written(data_set, transfer_syntax_uid)
    found = oracle.found_by_scanner(content)

    assert found == oracle.found_by_pydicom(content)
    assert oracle.found_by_walk(content) == [each._replace(undefined=False) for each in found]


def test_all_vrs_are_generated() -> None:
    """The property above is about every VR."""
    assert {*VALUES, "SQ"} == SHORT_VRS | LONG_VRS


# Fuzzing

LIMITS = Limits(header_bytes=1 << 20, element_count=20_000)


def nested_document() -> Dataset:
    """A document with sequences of both kinds of length, and numbers of every kind."""
    data_set = document()
    for depth in range(6):
        outer = Dataset()
        outer.ContentSequence = [data_set]
        outer["ContentSequence"].is_undefined_length = depth % 2 == 0
        data_set.is_undefined_length_sequence_item = depth % 3 == 0
        data_set = outer
    data_set.update(document())
    data_set.SpecificCharacterSet = ["", "ISO 2022 IR 87"]
    data_set.add_new(0x00091001, "UV", [1, 2**64 - 1])
    data_set.add_new(0x00091002, "FD", [1.5, -0.0])
    data_set.add_new(0x00091003, "AT", [0x00100010])
    return data_set


SEEDS = [
    written(image(), IMPLICIT),
    written(image(), EXPLICIT),
    written(image(), BIG_ENDIAN),
    written(image(), DEFLATED),
    written(encapsulated_image(), JPEG_BASELINE),
    written(nested_document(), IMPLICIT),
    written(nested_document(), EXPLICIT),
    written(nested_document(), BIG_ENDIAN),
    written(nested_document(), DEFLATED),
    bare(nested_document(), implicit=False),
]
INTERESTING = [
    b"\xff\xff\xff\xff",
    b"\xff\xff\xff\x7f",
    b"\0\0\0\0",
    b"\xfe\xff\0\xe0",
    b"\xfe\xff\x0d\xe0",
    b"\xfe\xff\xdd\xe0",
    b"\xe0\x7f\x10\0",
    b"SQ\0\0",
    b"UN\0\0",
    b"OB\0\0",
    b"DICM",
    b"\x1b$B",
    b"\\",
]


def flip(content: bytearray, rng: random.Random) -> None:
    """Change some bytes."""
    for _ in range(rng.randint(1, 8)):
        content[rng.randrange(len(content))] = rng.randrange(256)


def overwrite(content: bytearray, rng: random.Random) -> None:
    """Put something of meaning to a parser where it does not belong."""
    at, piece = rng.randrange(len(content)), rng.choice(INTERESTING)
    content[at : at + len(piece)] = piece


def insert(content: bytearray, rng: random.Random) -> None:
    """Insert something of meaning, or noise."""
    at = rng.randrange(len(content))
    content[at:at] = rng.choice([rng.choice(INTERESTING), rng.randbytes(rng.randint(1, 40))])


def delete(content: bytearray, rng: random.Random) -> None:
    """Leave a part out."""
    at = rng.randrange(len(content))
    del content[at : at + rng.randint(1, 40)]


def repeat(content: bytearray, rng: random.Random) -> None:
    """Repeat a part."""
    at = rng.randrange(len(content))
    content[at:at] = content[at : at + rng.randint(1, 200)]


def truncate(content: bytearray, rng: random.Random) -> None:
    """Cut the end off."""
    del content[rng.randrange(len(content)) :]


MUTATIONS: list[Callable[[bytearray, random.Random], None]] = [
    flip,
    overwrite,
    insert,
    delete,
    repeat,
    truncate,
]


def mutants(seed: int, count: int) -> list[bytes]:
    """Damaged copies of valid files, the same for the same seed."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        content = bytearray(SEEDS[number % len(SEEDS)])
        for _ in range(rng.randint(1, 3)):
            if content:
                rng.choice(MUTATIONS)(content, rng)
        found.append(bytes(content))
    return found


def read_everything(content: bytes) -> str:
    """Read, validate and decode a file; return `ok` or the error's code."""
    try:
        header = read_header(MemorySource(content), LIMITS, force=True)
        for level, element in DataSet.of(header).walk():
            level.values_of(element)
        validate(header, frame_bytes_limit=1 << 20)
    except AirlockError as error:
        return error.code
    return "ok"


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_makes_the_reader_fail(seed: int) -> None:
    """A damaged file gives a result or a known error, nothing else, and none hangs."""
    started = time.process_time()
    outcomes = {read_everything(content) for content in mutants(seed, 500)}

    assert {"ok", "truncated", "malformed", "not_dicom", "attribute_missing"} <= outcomes
    assert time.process_time() - started < 60


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(content: bytes) -> None:
    """Bytes behind a valid beginning are read or refused with a known error."""
    for beginning in (b"", SEEDS[0][:340], SEEDS[1][:340], SEEDS[2][:340]):
        assert read_everything(beginning + content).islower()


def test_the_undamaged_files_are_valid() -> None:
    """The seeds of the damage are valid, so the damage is what the outcomes are about."""
    assert [read_everything(content) for content in SEEDS] == ["ok"] * len(SEEDS)
