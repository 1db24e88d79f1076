"""`validate`: objects that are gone, break the policy, or are no instances."""

from typing import Any

import pytest

from shared.errors import (
    AirlockError,
    AttributeMissing,
    FileMetaMissing,
    LimitExceeded,
    NotDicom,
    ObjectNotFound,
    Truncated,
)
from shared.events import InstanceAccepted
from shared.wiring import EmbeddedWiring
from tests.factories import series_ref
from tests.instances import ct_image, without_meta
from tests.unit.functions.steps import arrive
from tests.unit.functions.validate.harness import instances, run

# -- objects that are not there any more


def test_finds_an_overwritten_object_gone(wiring: EmbeddedWiring) -> None:
    """The notification of a generation that was overwritten must not accept the one that took its place."""
    event = arrive(wiring.clinical, ct_image(1))
    arrive(wiring.clinical, ct_image(2))
    with pytest.raises(ObjectNotFound):
        run(wiring, event)

    assert instances(wiring) == []


def test_finds_a_deleted_object_gone(wiring: EmbeddedWiring) -> None:
    """An object that was deleted before it was read is a permanent failure."""
    event = arrive(wiring.clinical, ct_image())
    wiring.clinical.delete(event.blob)

    with pytest.raises(ObjectNotFound):
        run(wiring, event)


# -- the policy


@pytest.mark.parametrize(
    ("limit", "allowed"),
    [
        ("file_bytes", 100),
        ("header_bytes", 100),
        ("element_count", 5),
        ("frame_bytes", 127),
        ("sequence_depth", 1),
    ],
)
def test_holds_to_every_limit_of_the_policy(wiring: EmbeddedWiring, limit: str, allowed: int) -> None:
    """A file beyond one limit is refused by the name of that limit."""
    from pydicom.dataset import Dataset

    inner, outer = Dataset(), Dataset()
    inner.CodeValue = "1"
    outer.ConceptCodeSequence = [inner]
    # The header must be larger than the first window for its limit to matter.
    padding: dict[str, Any] = {"TextValue": "x" * (70 << 10)} if limit == "header_bytes" else {}
    content = ct_image(AcquisitionContextSequence=[outer], **padding)
    event = arrive(wiring.clinical, content)
    with pytest.raises(LimitExceeded) as caught:
        run(wiring, event, **dict[str, Any]({limit: allowed}))

    assert caught.value.details == {"limit": limit, "allowed": allowed}
    assert instances(wiring) == []


def test_asks_for_file_meta_information(wiring: EmbeddedWiring) -> None:
    """A data set alone is refused."""
    event = arrive(wiring.clinical, without_meta(ct_image()))

    with pytest.raises(FileMetaMissing):
        run(wiring, event)


def test_accepts_a_data_set_alone_by_force(wiring: EmbeddedWiring) -> None:
    """With `force` it is accepted, in the transfer syntax that its bytes show."""
    event = arrive(wiring.clinical, without_meta(ct_image()))

    assert run(wiring, event, force=True) == [InstanceAccepted(blob=event.blob, series=series_ref())]
    assert instances(wiring)[0].transfer_syntax_uid == "1.2.840.10008.1.2.1"


# -- what is no instance


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", NotDicom),
        (b"Dear colleague,", NotDicom),
        (ct_image()[:-1], Truncated),
        (ct_image(Modality=None), AttributeMissing),
    ],
    ids=["empty", "text", "cut off", "without modality"],
)
def test_refuses_what_is_no_valid_instance(
    wiring: EmbeddedWiring, content: bytes, error: type[AirlockError]
) -> None:
    """What validation finds is raised as it is, and nothing is recorded."""
    event = arrive(wiring.clinical, content)
    with pytest.raises(error):
        run(wiring, event)

    assert (instances(wiring), list(wiring.ledger.ignored())) == ([], [])
