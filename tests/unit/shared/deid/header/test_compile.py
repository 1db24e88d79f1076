"""From scanned elements and rules to a layout."""

import pytest
from pydicom.uid import ComprehensiveSRStorage, CTImageStorage

from shared.deid.header import encode
from shared.deid.header.compile import Compiler
from shared.deid.header.fates import KnownFates, is_creator
from shared.deid.header.layout import Layout
from shared.deid.header.level import Level
from shared.deid.header.memos import Copy, Literal
from shared.deid.header.writing import WriteKey
from shared.deid.rules.actions import Mode
from shared.deid.rules.overrides import Override
from shared.deid.rules.profile import Profile
from shared.deid.rules.scope import Rules, Scope
from shared.dicom.dataset import DataSet
from shared.dicom.scan import EXPLICIT_LITTLE, Limits, Scanner
from shared.errors import ElementHeld, Malformed
from tests.encoded import encoded_item, encoded_sequence
from tests.images import PROFILES

MODALITY, MANUFACTURER, STATION_NAME, STUDY_DATE, UID, ROWS = (
    *(0x00080060, 0x00080070, 0x00081010, 0x00080020, 0x00080018, 0x00280010),
)


def element(tag: int, vr: str, value: bytes) -> bytes:
    """One element in explicit VR little endian."""
    return encode.element(tag, vr, value, EXPLICIT_LITTLE)


def level(*elements: bytes) -> DataSet:
    """A data set of these elements."""
    content = b"".join(elements)
    found, _ = Scanner(content, EXPLICIT_LITTLE, Limits()).data_set(0, len(content))
    return DataSet(content, found, EXPLICIT_LITTLE)


def scope(profile: str = "basic", sop_class_uid: str = CTImageStorage) -> Scope:
    """The rules of a shipped profile."""
    return Rules(PROFILES[profile]).scope(sop_class_uid)


def shown(layout: Layout, content: bytes) -> list[object]:
    """What each segment makes: the bytes that it copies or puts in, or the tag that it writes."""
    told: list[object] = []
    for maker, source in zip(layout.makers, layout.sources(content), strict=True):
        if isinstance(maker, WriteKey):
            told.append(maker.tag)
        else:
            assert isinstance(maker, Copy | Literal)
            told.append(maker[source].content)
    return told


MODALITY_CT = element(MODALITY, "CS", b"CT")
ACME = element(MANUFACTURER, "LO", b"Acme")


def copied(layout: Layout, content: bytes) -> bytes:
    """All that is copied or put in."""
    return b"".join(each for each in shown(layout, content) if isinstance(each, bytes))


def test_neighbours_that_stay_are_one_run() -> None:
    """They are copied at once, not one by one."""
    data_set = level(MODALITY_CT, ACME)

    assert shown(Compiler(KnownFates()).compile(data_set, scope()), data_set.buffer) == [MODALITY_CT + ACME]


def test_what_is_removed_is_in_no_segment() -> None:
    """A run ends before it and another begins behind it."""
    data_set = level(MODALITY_CT, ACME, element(STATION_NAME, "SH", b"ZQ1"), element(ROWS, "US", b"\4\0"))

    made = shown(Compiler(KnownFates()).compile(data_set, scope()), data_set.buffer)
    assert made == [MODALITY_CT + ACME, element(ROWS, "US", b"\4\0")]


def test_what_is_written_anew_is_no_copy() -> None:
    """A UID and a date of Type 2 stand between what stays."""
    data_set = level(element(UID, "UI", b"1.2.3"), element(STUDY_DATE, "DA", b"20200315"), MODALITY_CT)

    made = shown(Compiler(KnownFates()).compile(data_set, scope()), data_set.buffer)
    assert made == [UID, STUDY_DATE, MODALITY_CT]


def test_elements_in_wrong_order_come_out_in_order() -> None:
    """And what is added stands in its place by rising tag."""
    data_set = level(element(ROWS, "US", b"\4\0"), ACME, MODALITY_CT)
    added = [(0x00080068, b"one"), (0x00120062, b"two"), (0x00280303, b"three")]
    layout = Compiler(KnownFates()).compile(data_set, scope(), added)

    assert copied(layout, data_set.buffer) == b"".join(
        [MODALITY_CT, b"one", ACME, b"two", element(ROWS, "US", b"\4\0"), b"three"]
    )


def test_an_element_that_comes_twice_is_malformed() -> None:
    """Which one would count?"""
    with pytest.raises(Malformed):
        Compiler(KnownFates()).compile(level(MODALITY_CT, MODALITY_CT), scope())


def test_an_untouched_sequence_is_copied_whole() -> None:
    """With its defined lengths; one in which something changes gets undefined ones."""
    same = encode.sequence(0x0018A001, encode.item(ACME, EXPLICIT_LITTLE), EXPLICIT_LITTLE)
    content = ACME + element(STATION_NAME, "SH", b"ZQ1")
    other = encode.sequence(0x0018A001, encode.item(content, EXPLICIT_LITTLE), EXPLICIT_LITTLE)
    untouched, touched = level(MODALITY_CT, same), level(MODALITY_CT, other)

    assert shown(Compiler(KnownFates()).compile(untouched, scope()), untouched.buffer) == [MODALITY_CT + same]
    made = copied(Compiler(KnownFates()).compile(touched, scope()), touched.buffer)
    items = encoded_item(ACME, EXPLICIT_LITTLE, undefined=True)
    assert made == MODALITY_CT + encoded_sequence(0x0018A001, items, EXPLICIT_LITTLE, undefined=True)


def test_what_the_profile_holds_stops_at_every_depth() -> None:
    """The error names the attribute and the rule."""
    stack = Override(attribute="StackID", action="hold", reason="It may be named after somebody.")
    held = Rules(Profile(name="local", description="Ours.", overrides=(stack,))).scope(CTImageStorage)
    inner = encode.item(element(0x00209056, "SH", b"ZQ1"), EXPLICIT_LITTLE)
    data_set = level(encode.sequence(0x0018A001, inner, EXPLICIT_LITTLE))

    with pytest.raises(ElementHeld) as caught:
        Compiler(KnownFates()).compile(data_set, held)
    assert caught.value.details == {"element": "StackID", "rule": "override"}


def test_facts_are_the_values_that_were_asked_for() -> None:
    """In the order of asking, empty where there is none."""
    data_set = level(MODALITY_CT, ACME)
    layout = Compiler(KnownFates(), (MANUFACTURER, ROWS, MODALITY)).compile(data_set, scope())

    assert layout.facts(data_set.buffer) == (b"Acme", b"", b"CT")


def test_identifiers_are_noted_by_kind_and_by_whether_they_stay() -> None:
    """UIDs and people apart; what is kept on purpose is no residue."""
    data_set = level(
        element(UID, "UI", b"1.2.826.0.1.99"),
        element(0x00081070, "PN", b"Zqwood^Ann"),
        element(0x00181000, "LO", b"ZQ471100"),
    )
    layout = Compiler(KnownFates()).compile(data_set, scope("device_identity"))
    told = [
        {token.text for each in group.of(data_set.buffer) for token in each.tokens}
        for group in (layout.uids, layout.people, layout.kept)
    ]

    assert b"1.2.826.0.1.99" in told[0]
    assert b"zqwood" in told[1]
    assert b"zq471100" in told[2]
    assert not told[2] & (told[0] | told[1])


@pytest.mark.parametrize(
    ("tag", "expected"),
    [(0x00090010, True), (0x000900FF, True), (0x00091001, False), (0x00090001, False), (0x00080010, False)],
)
def test_a_private_creator_has_an_element_from_10_to_ff(tag: int, *, expected: bool) -> None:
    """In an odd group (PS3.5 section 7.8.1)."""
    assert is_creator(tag) is expected


@pytest.mark.parametrize(("block", "kept"), [(0x10, True), (0x42, True), (0x11, False)])
def test_a_private_element_belongs_to_the_creator_of_its_block(block: int, *, kept: bool) -> None:
    """The safe attribute of Siemens stays in the block that Siemens reserved, and in no other."""
    reserved = 0x42 if block == 0x42 else 0x10
    data_set = level(
        element(0x00190000 | reserved, "LO", b"SIEMENS MR HEADER"),
        element(0x0019000C | block << 8, "IS", b"1000"),
    )

    made = copied(Compiler(KnownFates()).compile(data_set, scope("safe_private")), data_set.buffer)
    assert (b"1000" in made) is kept


@pytest.mark.parametrize(
    ("value", "scheme", "mode"),
    [
        (b"121008", b"DCM", Mode.SOMEBODYS),
        (b"121008", b"99ZQ", Mode.CONTENT),
        (b"121071", b"DCM", Mode.CONTENT),
    ],
)
def test_content_that_names_a_person_says_nothing(value: bytes, scheme: bytes, mode: Mode) -> None:
    """Person Observer Name (PS3.16 Annex D), by the code of the Standard alone."""
    name = element(0x00080100, "SH", value) + element(0x00080102, "SH", scheme)
    concept = encode.sequence(0x0040A043, encode.item(name, EXPLICIT_LITTLE), EXPLICIT_LITTLE)
    inside = scope("extended", ComprehensiveSRStorage).inside(0x0040A730, Mode.CONTENT)

    assert (
        Level.of(level(concept, element(0x0040A160, "UT", b"Zqhead")), inside, KnownFates()).scope.mode
        is mode
    )
