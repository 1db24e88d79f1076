"""Originals wherever they lie, and what it costs to move large ones."""

import tracemalloc
from pathlib import Path

import pytest

from shared.adapters.dicom_stores import ClinicalBlobs, HealthcareDicomStores, NoDicomStores
from shared.adapters.google_http import GoogleSession
from shared.errors import AirlockError, ConfigurationError
from shared.local.dicom_store.server import LocalDicomStore
from tests.contracts.blob_reading import MIB, put
from tests.instances import ct_image
from tests.unit.shared.adapters.dicom_instances import STORE, InMemory, address, stored_at
from tests.wirings import embedded

SMALL, LARGE = ct_image(1), ct_image(2, pixels=bytes(3 * MIB))


def test_little_memory_both_ways(google_session: GoogleSession, tmp_path: Path) -> None:
    """A large instance is stored from a bucket and read again in a fraction of its size."""
    pixels = 60 * MIB
    with embedded(tmp_path) as wiring, LocalDicomStore(tmp_path / "large", stores={str(STORE): {}}) as large:
        stat = put(wiring.clinical, "results/large.dcm", ct_image(5, pixels=bytes(pixels)))
        stores = HealthcareDicomStores(frozenset({STORE}), google_session, url=address(large))
        tracemalloc.start()
        try:
            with wiring.clinical.open(stat.ref) as reader:
                stores.store(STORE, reader)
            with stores.open(stored_at(5)) as stored:
                read, checksum = sum(map(len, stored.stream())), stored.crc32c
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    assert (read, checksum) == (stat.size, stat.crc32c)
    assert peak < 32 * MIB


def test_originals_lie_in_the_bucket_and_in_stores(stores: HealthcareDicomStores, tmp_path: Path) -> None:
    """A reference opens the instance where it lies; writing, listing and deleting are the bucket's."""
    stores.store(STORE, InMemory(SMALL))
    with embedded(tmp_path) as wiring:
        originals = ClinicalBlobs(wiring.clinical, stores)
        with originals.create("intake/1.dcm", if_generation_match=0) as writer:
            writer.write(LARGE)
        stat = writer.stat
        found = []
        for ref in (stored_at(), stat.ref):
            with originals.open(ref) as reader:
                found.append(reader.read(0, reader.size))
        listed, described = list(originals.list("intake/")), originals.stat("intake/1.dcm")
        originals.delete(stat.ref)

        assert found == [SMALL, LARGE]
        assert (originals.bucket, listed, described) == (wiring.clinical.bucket, [stat], stat)
        assert list(wiring.clinical.list()) == []


def test_originals_in_stores_are_not_deleted(stores: HealthcareDicomStores, tmp_path: Path) -> None:
    """They are the hospital's."""
    stores.store(STORE, InMemory(SMALL))
    with embedded(tmp_path) as wiring, pytest.raises(AirlockError):
        ClinicalBlobs(wiring.clinical, stores).delete(stored_at())

    assert len(stores.search(STORE, "instances", {})) == 1


def test_an_installation_without_stores_has_none() -> None:
    """Nothing goes to a store that is not there, and no success is told."""
    with pytest.raises(ConfigurationError):
        NoDicomStores().store(STORE, InMemory(SMALL))
    assert list(NoDicomStores().paths()) == []
