"""The crosswalk: sealed, unsealed, and closed to everybody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.deid.crosswalk import Crosswalk, seal, unseal
from shared.errors import CrosswalkUnreadable
from shared.identifiers import SeriesRef
from tests.images import FixedKeys

CROSSWALK = Crosswalk(
    job_id="0123456789abcdef",
    series=SeriesRef(study_instance_uid="1.3.6.1.4.1.99999.1", series_instance_uid="1.3.6.1.4.1.99999.2"),
    generation=2,
    uids={"2.25.1": "1.3.6.1.4.1.99999.1", "2.25.2": "1.3.6.1.4.1.99999.2"},
    sop_instance_uids=("2.25.3", "2.25.4"),
    shift_days=-1234,
    identity={"PatientName": "Quarrington^Zebulon=山田", "PatientID": "MRN-4711"},
)
SEALED = seal(CROSSWALK, FixedKeys())
PAIRS = st.dictionaries(st.text(max_size=20), st.text(max_size=20))


@given(uids=PAIRS, identity=PAIRS, days=st.integers(-3650, -30))
def test_a_crosswalk_comes_back_as_it_was(uids: dict[str, str], identity: dict[str, str], days: int) -> None:
    """Whatever the values are, and in the same bytes however the dictionaries were filled."""
    one = Crosswalk(
        job_id="j",
        series=CROSSWALK.series,
        generation=1,
        uids=uids,
        sop_instance_uids=tuple(uids),
        shift_days=days,
        identity=identity,
    )

    assert unseal(seal(one, FixedKeys()), FixedKeys()) == one


def test_the_same_crosswalk_gives_the_same_bytes() -> None:
    """Also where its entries came in another order: a shard may be de-identified twice."""
    reordered = Crosswalk(
        job_id=CROSSWALK.job_id,
        series=CROSSWALK.series,
        generation=2,
        uids=dict(reversed(CROSSWALK.uids.items())),
        sop_instance_uids=CROSSWALK.sop_instance_uids,
        shift_days=-1234,
        identity=dict(reversed(CROSSWALK.identity.items())),
    )

    assert seal(reordered, FixedKeys()) == SEALED


def test_another_key_cannot_unseal() -> None:
    """Only the key that de-identified the series leads back."""
    with pytest.raises(CrosswalkUnreadable):
        unseal(SEALED, FixedKeys("two"))


@given(position=st.integers(0, len(SEALED) - 1), flipped=st.integers(1, 255))
def test_a_changed_byte_is_noticed(position: int, flipped: int) -> None:
    """Anywhere: in the magic, the nonce, the content or the tag."""
    changed = bytearray(SEALED)
    changed[position] ^= flipped

    with pytest.raises(CrosswalkUnreadable):
        unseal(bytes(changed), FixedKeys())


@pytest.mark.parametrize("length", range(len(SEALED)))
def test_a_cut_crosswalk_is_unreadable(length: int) -> None:
    """Whatever its length, it is the coded error that comes."""
    with pytest.raises(CrosswalkUnreadable):
        unseal(SEALED[:length], FixedKeys())


@given(st.binary(max_size=80))
def test_garbage_is_unreadable(content: bytes) -> None:
    """Also behind the right magic."""
    for garbage in (content, SEALED[:20] + content, SEALED + content + b"\0"):
        with pytest.raises(CrosswalkUnreadable):
            unseal(garbage, FixedKeys())


def test_nothing_of_the_content_is_visible() -> None:
    """No name, id, UID, date shift or field name stands in the sealed bytes."""
    plain = [
        b"Quarrington",
        "山田".encode(),
        b"MRN-4711",
        b"99999",
        b"2.25",
        b"1234",
        b"identity",
        b"0123456789",
    ]

    assert [text for text in plain if text in SEALED] == []


def test_two_crosswalks_share_no_key_stream() -> None:
    """Another content gets another nonce, so that XOR of two sealed ones tells nothing."""
    import msgspec

    other = seal(msgspec.structs.replace(CROSSWALK, generation=3), FixedKeys())

    magic = len(b"AIRLOCK-CROSSWALK-1\n")
    assert SEALED[magic : magic + 12] != other[magic : magic + 12]
    assert sum(a == b for a, b in zip(SEALED[magic:], other[magic:], strict=True)) < 20
