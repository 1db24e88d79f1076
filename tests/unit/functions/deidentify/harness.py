"""Runs `deidentify` on a series that a ruleset claims, and looks at what was released."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from functions.deidentify.handler import deidentify
from shared.deid.rules.profile import Profile
from shared.events import DeidentifyShard, Event
from shared.identifiers import BlobRef
from shared.ports.records import GenerationRecord, ShardRecord
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.factories import series_ref
from tests.images import IMAGING
from tests.unit.functions.steps import accept, claim_for_ruleset, complete

PROFILE = Profile(name="basic", description="The Basic Profile.")
PROFILES = {"basic": PROFILE}
MIB = 1 << 20


def run(
    wiring: EmbeddedWiring,
    shard: int = 0,
    *,
    generation: int = 1,
    profiles: Mapping[str, Profile] = PROFILES,
    **ports: Any,
) -> list[Event]:
    """Handle one shard of series 1; other ports may be given by name."""
    event = DeidentifyShard(series=series_ref(), generation=generation, shard=shard, shard_count=1)
    bound = {
        "clinical": wiring.clinical,
        "released": wiring.released,
        "ledger": wiring.ledger,
        "keys": wiring.keys,
        "imaging": IMAGING,
        **ports,
    }
    return list(deidentify(event, profiles=profiles, **bound))


def prepare(wiring: EmbeddedWiring, count: int = 2, *, shard_size: int = 100, profile: str = "basic") -> None:
    """Let a ruleset claim a series of some images."""
    for number in range(1, count + 1):
        accept(wiring, number)
    claim_for_ruleset(wiring, complete(wiring), shard_size=shard_size, profile=profile)


def prepare_one(wiring: EmbeddedWiring, content: bytes) -> None:
    """Let a ruleset claim a series of one image with these bytes."""
    accept(wiring, 1, content=content)
    claim_for_ruleset(wiring, complete(wiring))


def stored(wiring: EmbeddedWiring) -> GenerationRecord:
    """The latest generation of series 1."""
    record = wiring.ledger.generation(series_ref())
    assert record is not None
    return record


def cut(wiring: EmbeddedWiring) -> Sequence[ShardRecord]:
    """The shards of generation 1."""
    return wiring.ledger.shards(series_ref(), 1)


def released_to(wiring: EmbeddedWiring) -> Sequence[BlobRef | None]:
    """Where each shard of generation 1 was released to."""
    return [each.released for each in wiring.ledger.shards(series_ref(), 1)]


def archive_at(wiring: EmbeddedWiring, ref: BlobRef | None) -> zipfile.ZipFile:
    """A released shard."""
    assert ref is not None
    return zipfile.ZipFile(io.BytesIO(get(wiring.released, ref)))


def names(wiring: EmbeddedWiring) -> tuple[list[str], list[str]]:
    """The objects that were released, and the crosswalks."""
    released = [stat.ref.name for stat in wiring.released.list()]
    return released, [stat.ref.name for stat in wiring.clinical.list("crosswalks/")]
