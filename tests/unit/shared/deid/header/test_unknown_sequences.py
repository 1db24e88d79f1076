"""Sequences of VR UN, whose items are in implicit VR little endian in any file (PS3.5 section 6.2.2)."""

from struct import pack

import pytest

from shared.deid.rules.overrides import Override
from shared.deid.rules.profile import Profile
from shared.dicom.dataset import DataSet
from shared.dicom.scan import IMPLICIT_LITTLE, UNDEFINED_LENGTH
from tests.encoded import encoded_item
from tests.images import NATIVE_SYNTAXES, ct_image, header_of, part10, released, released_by

SEQUENCE, DESCRIPTION, STACK_ID = 0x00400275, 0x00400007, 0x00209056
KEEPING = Override(
    attribute="RequestAttributesSequence", action="keep", reason="Ours.", i_understand="It names nobody."
)
PROFILE = Profile(name="ours", description="Ours.", overrides=(KEEPING,))


def implicit(tag: int, value: bytes) -> bytes:
    """An element as it stands in such an item."""
    return pack("<HHI", tag >> 16, tag & 0xFFFF, len(value)) + value


def unknown_sequence(order: str, items: bytes) -> bytes:
    """The sequence, of undefined length."""
    begins = pack(order + "HH2sHI", SEQUENCE >> 16, SEQUENCE & 0xFFFF, b"UN", 0, UNDEFINED_LENGTH)
    return begins + items + pack("<HHI", 0xFFFE, 0xE0DD, 0)


def with_sequence(syntax: str, items: bytes) -> bytes:
    """An image with it in its place."""
    order = ">" if syntax == "big endian" else "<"
    content = part10(ct_image(), NATIVE_SYNTAXES[syntax])
    place = content.index(pack(order + "HH2s", 0x7FE0, 0x0010, b"OW"))
    return content[:place] + unknown_sequence(order, items) + content[place:]


@pytest.mark.parametrize("syntax", ["explicit", "big endian"])
@pytest.mark.parametrize("count", [0, 1, 3, 2000], ids=["none", "one", "short", "long"])
def test_a_sequence_that_an_override_keeps_can_be_read(count: int, syntax: str) -> None:
    """In its items goes what goes elsewhere, and the rest stays, in their own encoding."""
    content = implicit(STACK_ID, b"stack!") + implicit(DESCRIPTION, b"Zqraumer")
    output = released_by(PROFILE, with_sequence(syntax, encoded_item(content, IMPLICIT_LITTLE) * count))
    items = [*DataSet.of(header_of(output)).items(SEQUENCE)]

    assert [[*each.tags] for each in items] == [[STACK_ID]] * count
    assert {each.text(STACK_ID) for each in items} <= {"stack!"}
    assert b"Zqraumer" not in output


@pytest.mark.parametrize("syntax", ["explicit", "big endian"])
def test_a_kept_sequence_in_which_nothing_changes_stays_as_it_is(syntax: str) -> None:
    """Byte for byte."""
    items = encoded_item(implicit(STACK_ID, b"stack!"), IMPLICIT_LITTLE, undefined=True)
    order = ">" if syntax == "big endian" else "<"

    assert unknown_sequence(order, items) in released_by(PROFILE, with_sequence(syntax, items))


@pytest.mark.parametrize("syntax", ["explicit", "big endian"])
@pytest.mark.parametrize("count", [1, 2000])
def test_without_an_override_it_goes(count: int, syntax: str) -> None:
    """Nobody can judge what the writer did not know."""
    items = encoded_item(implicit(STACK_ID, b"stack!"), IMPLICIT_LITTLE) * count
    output = released(with_sequence(syntax, items))

    assert SEQUENCE not in DataSet.of(header_of(output))
