"""The scanner, byte by byte."""

import pytest

from shared.dicom.scan import (
    EXPLICIT_BIG,
    EXPLICIT_LITTLE,
    IMPLICIT_LITTLE,
    LONG_VRS,
    SHORT_VRS,
    Element,
    Encoding,
    EndOfWindow,
    Limits,
    Scanner,
)
from shared.errors import LimitExceeded, Malformed


def scan(content: bytes, encoding: Encoding = EXPLICIT_LITTLE, **limits: int) -> list[Element]:
    """Scan a whole data set."""
    return Scanner(content, encoding, Limits(**limits)).data_set(0, len(content))[0]


# Headers (PS3.5 sections 7.1.2 and 7.1.3)


@pytest.mark.parametrize("vr", sorted(SHORT_VRS))
def test_short_vrs_have_a_16_bit_length(vr: str) -> None:
    """An element of these VRs has its length in two bytes, and up to 65535 bytes."""
    content = b"\x09\0\x10\x10" + vr.encode() + b"\xff\xff" + bytes(65_535)

    assert scan(content) == [Element(0x00091010, vr, 0, 8, 65_543)]


@pytest.mark.parametrize("vr", sorted(LONG_VRS - {"SQ"}))
def test_long_vrs_have_a_32_bit_length(vr: str) -> None:
    """An element of these VRs has two reserved bytes and its length in four."""
    content = b"\x09\0\x10\x10" + vr.encode() + b"\xab\xcd" + (70_000).to_bytes(4, "little") + bytes(70_000)

    assert scan(content) == [Element(0x00091010, vr, 0, 12, 70_012)]


def test_there_are_34_vrs() -> None:
    """The scanner knows the VRs of PS3.5 Table 6.2-1 and no others."""
    assert len(SHORT_VRS | LONG_VRS) == 34
    assert not SHORT_VRS & LONG_VRS


def test_big_endian_headers() -> None:
    """Tags and lengths are big endian where the transfer syntax is."""
    content = b"\0\x28\0\x10US\0\2\1\0" + b"\0\x29\x10\1OB\0\0\0\0\0\2ab"

    assert scan(content, EXPLICIT_BIG) == [
        Element(0x00280010, "US", 0, 8, 10),
        Element(0x00291001, "OB", 10, 22, 24),
    ]


@pytest.mark.parametrize(
    ("tag", "vr"),
    [
        (b"\x10\0\x10\0", "PN"),
        (b"\x09\0\x10\0", "LO"),
        (b"\x09\0\x01\x10", "UN"),
        (b"\x09\0\0\0", "UL"),
        (b"\x08\0\0\0", "UL"),
        (b"\x08\0\xff\xff", "UN"),
        (b"\x04\x60\x10\0", "US"),
        (b"\x01\x60\x10\0", "LO"),
        (b"\x01\x60\x10\x10", "UN"),
    ],
)
def test_implicit_vrs_come_from_the_dictionary(tag: bytes, vr: str) -> None:
    """Without a VR in the file it is the dictionary's; private creators are LO, what is unknown is UN."""
    element = scan(tag + b"\2\0\0\0ab", IMPLICIT_LITTLE)[0]

    assert (element.vr, element.value, element.end) == (vr, 8, 10)


# Sequences (PS3.5 section 7.5)

CODE = b"\x08\0\0\1SH\4\0CODE"
ITEM, ITEM_END, SEQUENCE_END = b"\xfe\xff\0\xe0", b"\xfe\xff\x0d\xe0\0\0\0\0", b"\xfe\xff\xdd\xe0\0\0\0\0"
UNDEFINED = b"\xff\xff\xff\xff"
SEQUENCE = b"\x40\0\x30\xa7SQ\0\0"


def sized(content: bytes) -> bytes:
    """Content behind its 32-bit length."""
    return len(content).to_bytes(4, "little") + content


@pytest.mark.parametrize(
    ("content", "undefined"),
    [
        (SEQUENCE + sized(ITEM + sized(CODE)), (False, False)),
        (SEQUENCE + sized(ITEM + UNDEFINED + CODE + ITEM_END), (False, True)),
        (SEQUENCE + UNDEFINED + ITEM + sized(CODE) + SEQUENCE_END, (True, False)),
        (SEQUENCE + UNDEFINED + ITEM + UNDEFINED + CODE + ITEM_END + SEQUENCE_END, (True, True)),
    ],
)
def test_lengths_of_sequences_and_items(content: bytes, undefined: tuple[bool, bool]) -> None:
    """Sequences and items of defined and undefined length mix freely; delimiters belong to what they end."""
    element = scan(content)[0]

    assert element.items is not None
    item = element.items[0]
    assert (element.undefined, item.undefined) == undefined
    assert element.end == len(content)
    assert item.start == 12
    assert [content[each.value : each.end] for each in item.elements] == [b"CODE"]
    assert content[item.end : element.end] == (SEQUENCE_END if undefined[0] else b"")


@pytest.mark.parametrize("content", [SEQUENCE + sized(b""), SEQUENCE + UNDEFINED + SEQUENCE_END])
def test_an_empty_sequence_has_no_items(content: bytes) -> None:
    """A sequence without items is a sequence still."""
    assert scan(content)[0].items == ()


@pytest.mark.parametrize("item", [ITEM + sized(b""), ITEM + UNDEFINED + ITEM_END])
def test_an_empty_item_has_no_elements(item: bytes) -> None:
    """An item may be empty."""
    items = scan(SEQUENCE + sized(item))[0].items

    assert [each.elements for each in items or ()] == [()]


@pytest.mark.parametrize("encoding", [EXPLICIT_LITTLE, EXPLICIT_BIG])
def test_a_sequence_of_vr_un_holds_implicit_little_endian(encoding: Encoding) -> None:
    """Inside VR UN of undefined length items are implicit VR little endian, whatever surrounds them."""
    tag = b"\x40\0\x30\xa7" if encoding.little else b"\0\x40\xa7\x30"
    code = b"\x08\0\0\1" + sized(b"CODE")
    content = tag + b"UN\0\0" + UNDEFINED + ITEM + UNDEFINED + code + ITEM_END + SEQUENCE_END

    element = scan(content, encoding)[0]
    assert (element.vr, element.undefined, element.end) == ("UN", True, len(content))
    assert element.items is not None
    assert [(each.tag, each.vr) for each in element.items[0].elements] == [(0x00080100, "SH")]


def test_vr_un_of_defined_length_stays_closed() -> None:
    """Nobody knows what UN of a defined length holds, so it is a value without items."""
    element = scan(b"\x40\0\x30\xa7UN\0\0" + sized(ITEM + sized(CODE)))[0]

    assert element.items is None


def test_an_icon_may_be_encapsulated() -> None:
    """Encapsulated pixels of an icon lie within a sequence and are passed over as one value."""
    pixels = b"\xe0\x7f\x10\0OB\0\0" + UNDEFINED + ITEM + sized(b"") + ITEM + sized(b"jpeg") + SEQUENCE_END
    content = b"\x88\0\0\2SQ\0\0" + UNDEFINED + ITEM + UNDEFINED + pixels + ITEM_END + SEQUENCE_END

    items = scan(content)[0].items
    assert items is not None
    icon = items[0].elements[0]
    assert (icon.tag, icon.undefined, icon.items) == (0x7FE00010, True, None)
    assert content[icon.end :] == ITEM_END + SEQUENCE_END


@pytest.mark.parametrize("element", [0x08, 0x09, 0x10])
def test_the_scan_stops_at_pixel_data(element: int) -> None:
    """Float, Double Float and plain Pixel Data end the scan, whose value need not be at hand."""
    content = CODE + b"\xe0\x7f" + bytes([element]) + b"\0OW\0\0" + UNDEFINED

    elements, stop = Scanner(content, EXPLICIT_LITTLE, Limits()).data_set(0, len(content))
    assert len(elements) == 1
    assert stop == len(CODE)


# What is malformed

PIXELS = b"\x09\0\1\x10OB\0\0" + UNDEFINED
LONGER = "longer than what holds it"
MALFORMED = [
    (b"\x08\0\0\1ZZ\4\0CODE", "unknown Value Representation", 0),
    (CODE + b"\x08\0\2\1\0\0\4\0CODE", "unknown Value Representation", 12),
    (CODE + ITEM + sized(CODE), "item outside a sequence", 12),
    (CODE + ITEM_END, "item outside a sequence", 12),
    (CODE + SEQUENCE_END, "item outside a sequence", 12),
    (CODE + b"\0\0\0\0UL\4\0abcd", "command element in a data set", 12),
    (b"\x10\0\x10\0UT\0\0" + UNDEFINED + SEQUENCE_END, "undefined length outside a sequence", 0),
    (SEQUENCE + sized(CODE), "something else than an item in a sequence", 12),
    (
        SEQUENCE + sized(ITEM + sized(CODE) + SEQUENCE_END) + CODE,
        "something else than an item in a sequence",
        32,
    ),
    (SEQUENCE + sized(ITEM + b"\xff\0\0\0" + CODE) + CODE, LONGER, 12),
    (SEQUENCE + sized(ITEM + b"\x10\0\0\0" + CODE) + CODE, LONGER, 12),
    (SEQUENCE + sized(ITEM + sized(CODE[:-2])) + CODE, LONGER, 20),
    (SEQUENCE + sized(ITEM + UNDEFINED + CODE) + CODE, LONGER, 12),
    (SEQUENCE + UNDEFINED + ITEM + sized(ITEM_END) + SEQUENCE_END, "item outside a sequence", 20),
    (SEQUENCE + UNDEFINED + CODE, "something else than an item in a sequence", 12),
    (SEQUENCE + UNDEFINED + ITEM_END + SEQUENCE_END, "something else than an item in a sequence", 12),
    (SEQUENCE + sized(ITEM + sized(PIXELS + ITEM + b"\x14\0\0\0")) + CODE * 3, LONGER, 60),
    (PIXELS + CODE + SEQUENCE_END, "fragment expected", 20),
    (PIXELS + ITEM + UNDEFINED + SEQUENCE_END, "fragment expected", 20),
]


@pytest.mark.parametrize(("content", "reason", "offset"), MALFORMED)
def test_what_is_malformed(content: bytes, reason: str, offset: int) -> None:
    """Bytes that break the rules are refused with the reason and where they stand."""
    with pytest.raises(Malformed) as raised:
        scan(content)

    assert raised.value.details == {"reason": reason, "offset": offset}


def test_the_offset_counts_from_the_start_of_the_file() -> None:
    """A scanner of a later part of a file tells where in the file the error is."""
    with pytest.raises(Malformed) as raised:
        Scanner(CODE + ITEM_END, EXPLICIT_LITTLE, Limits(), base=1000).data_set(0, 20)

    assert raised.value.details["offset"] == 1012


def test_every_cut_is_noticed() -> None:
    """A data set that ends within an element is never taken for whole."""
    content = CODE + SEQUENCE + UNDEFINED + ITEM + UNDEFINED + CODE + ITEM_END + SEQUENCE_END + CODE
    between = {0, len(CODE), len(content) - len(CODE)}
    noticed = set()
    for length in range(len(content)):
        try:
            scan(content[:length])
        except EndOfWindow:
            noticed.add(length)

    assert noticed == set(range(len(content))) - between


# Limits


def nested(depth: int, *, undefined: bool = False) -> bytes:
    """A code within so many sequences."""
    content = CODE
    for _ in range(depth):
        if undefined:
            content = SEQUENCE + UNDEFINED + ITEM + UNDEFINED + content + ITEM_END + SEQUENCE_END
        else:
            content = SEQUENCE + sized(ITEM + sized(content))
    return content


@pytest.mark.parametrize("undefined", [False, True])
def test_the_depth_is_limited(*, undefined: bool) -> None:
    """As many levels as the limit allows are read, one more is refused."""
    assert len(scan(nested(7, undefined=undefined), sequence_depth=7)) == 1
    with pytest.raises(LimitExceeded) as raised:
        scan(nested(8, undefined=undefined), sequence_depth=7)

    assert raised.value.details == {"limit": "sequence_depth", "allowed": 7}


@pytest.mark.parametrize("undefined", [False, True])
def test_a_tower_of_sequences_is_refused(*, undefined: bool) -> None:
    """Thousands of levels run into the limit, not into Python's own."""
    content = (SEQUENCE + UNDEFINED + ITEM + UNDEFINED) * 5000 if undefined else nested(2000)
    with pytest.raises(LimitExceeded) as raised:
        scan(content)

    assert raised.value.details == {"limit": "sequence_depth", "allowed": 32}


def test_elements_are_counted_at_every_depth() -> None:
    """As many elements as the limit allows are read, one more is refused; sequences count, items do not."""
    content = SEQUENCE + sized((ITEM + sized(CODE)) * 5) + CODE

    assert len(scan(content, element_count=7)) == 2
    with pytest.raises(LimitExceeded) as raised:
        scan(content, element_count=6)
    assert raised.value.details == {"limit": "element_count", "allowed": 6}
