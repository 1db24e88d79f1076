"""`match`: what it reads of the instances, and what it leaves out."""

from typing import Any

import msgspec
import pytest

from shared.errors import ObjectNotFound
from shared.events import (
    SeriesMatched,
    SeriesUnmatched,
)
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.factories import series_ref, uid
from tests.instances import ct_image, without_meta
from tests.unit.functions.match.harness import PROFILE, RETIRED, order, run, stored
from tests.unit.functions.steps import accept, complete
from tests.watched_blobs import WatchedBlobs


def test_reads_only_headers(wiring: EmbeddedWiring) -> None:
    """The rules see attributes: the pixels stay where they are."""
    accept(wiring, 1, content=ct_image(1, pixels=bytes(4 << 20)))
    complete(wiring)
    clinical = WatchedBlobs(wiring.clinical)
    run(wiring, clinical=clinical)

    assert clinical.bytes_read <= (64 << 10) + 64
    assert clinical.headers == 1


def test_reads_what_was_accepted_without_file_meta_information(wiring: EmbeddedWiring) -> None:
    """A data set alone that `validate` accepted by force is judged like any other."""
    accept(wiring, 1, content=without_meta(ct_image(1)))
    complete(wiring)

    assert run(wiring)[1:] == [order()]


def test_finds_an_instance_gone(wiring: EmbeddedWiring) -> None:
    """An accepted object that is not there any more is a permanent failure, and nothing is decided."""
    record = accept(wiring, 1)
    complete(wiring)
    wiring.clinical.delete(record.blob)
    with pytest.raises(ObjectNotFound):
        run(wiring)

    assert stored(wiring).state is SeriesState.COMPLETED


@pytest.mark.parametrize(("setting", "claimed"), [("remove", [uid(1)]), ("hold", [uid(1), uid(2)])])
def test_leaves_out_what_nobody_can_deidentify_where_the_profile_says_so(
    wiring: EmbeddedWiring, setting: Any, claimed: list[str]
) -> None:
    """Instances of a SOP Class without an IOD stay behind; by default they go on and are held."""
    accept(wiring, 1)
    accept(wiring, 2, sop_class_uid=RETIRED)
    complete(wiring)
    events = run(wiring, profile=msgspec.structs.replace(PROFILE, unknown_sop_classes=setting))
    (shard,) = wiring.ledger.shards(series_ref(), 1)

    assert list(shard.sop_instance_uids) == claimed
    assert [(each.matched, each.unmatched) for each in events if isinstance(each, SeriesMatched)] == [
        (len(claimed), 2 - len(claimed))
    ]


def test_a_series_of_nothing_but_unknown_classes_is_unmatched(wiring: EmbeddedWiring) -> None:
    """Where all are left out nothing is ordered."""
    accept(wiring, 1, sop_class_uid=RETIRED)
    complete(wiring)
    events = run(wiring, profile=msgspec.structs.replace(PROFILE, unknown_sop_classes="remove"))

    assert [type(each) for each in events] == [SeriesUnmatched]
    assert stored(wiring).state is SeriesState.UNMATCHED
