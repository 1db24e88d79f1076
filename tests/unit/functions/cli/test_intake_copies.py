"""`take_in`: files become objects, each once, byte for byte."""

import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from functions.cli.intake import sources, take_in
from shared.errors import ObjectNotFound, PreconditionFailed
from shared.identifiers import INTAKE_PREFIX
from shared.ports.bus import Subscription
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get, put
from tests.unit.functions.cli.drops import all_in, write
from tests.watched_blobs import WatchedBlobs

MIB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's folder."""
    made = tmp_path / "drop"
    made.mkdir()
    return made


def test_takes_a_file_in_byte_for_byte(folder: Path, wiring: EmbeddedWiring) -> None:
    """The object holds what the file holds, and the pipeline hears of it."""
    wiring.bus.subscribe(Subscription(name="validate-arrivals", topic="arrivals"))
    write(folder / "image.dcm", b"content" * 1000)
    all_in(wiring, [folder])
    (stat,) = wiring.clinical.list(INTAKE_PREFIX)

    assert get(wiring.clinical, stat.ref) == b"content" * 1000
    assert wiring.bus.backlog() == {"validate-arrivals": 1}


def test_a_second_run_takes_nothing_twice(folder: Path, wiring: EmbeddedWiring) -> None:
    """The same files again make no generation and no notification."""
    wiring.bus.subscribe(Subscription(name="validate-arrivals", topic="arrivals"))
    for number in range(3):
        write(folder / f"{number}.dcm", str(number).encode())
    first = all_in(wiring, [folder])

    assert all_in(wiring, [folder]) == first
    assert wiring.bus.backlog() == {"validate-arrivals": 3}


def test_the_same_path_twice_is_taken_once(folder: Path, wiring: EmbeddedWiring) -> None:
    """Naming a folder twice takes its files once."""
    write(folder / "image.dcm")

    assert len(all_in(wiring, [folder, folder])) == 1


def test_a_changed_file_is_a_new_generation(folder: Path, wiring: EmbeddedWiring) -> None:
    """Other bytes at the same place replace the object; the files beside it stay."""
    wiring.bus.subscribe(Subscription(name="validate-arrivals", topic="arrivals"))
    changed, same = write(folder / "1.dcm", b"one"), write(folder / "2.dcm", b"two")
    before = all_in(wiring, [changed.parent])
    changed.write_bytes(b"other")
    after = all_in(wiring, [same.parent])

    assert after[0] > before[0]
    assert after[1] == before[1]
    assert get(wiring.clinical, next(iter(wiring.clinical.list(INTAKE_PREFIX))).ref) == b"other"
    assert wiring.bus.backlog() == {"validate-arrivals": 3}


class ContestedBlobs(WatchedBlobs):
    """A bucket in which another writer's object is there for the first attempt, and gone for the second."""

    contests = 1

    def create(self, name: str, *, if_generation_match: int | None = None) -> Any:
        """Refuse the first attempt."""
        if self.contests:
            self.contests -= 1
            raise PreconditionFailed
        return super().create(name, if_generation_match=if_generation_match)


def test_an_object_that_is_deleted_meanwhile_is_made_again(folder: Path, wiring: EmbeddedWiring) -> None:
    """Where the object in the way is gone before it could be replaced, it is created."""
    (source,) = sources([write(folder / "image.dcm")])
    with pytest.raises(ObjectNotFound):
        wiring.clinical.stat(source.name)
    take_in(source, ContestedBlobs(wiring.clinical))

    assert wiring.clinical.stat(source.name).size == len(b"content")


def test_gives_way_to_another_writer(folder: Path, wiring: EmbeddedWiring) -> None:
    """Where somebody else replaces the object again and again, the error says so."""
    (source,) = sources([write(folder / "image.dcm")])
    clinical = ContestedBlobs(wiring.clinical)
    clinical.contests = 2
    put(wiring.clinical, source.name, b"theirs")

    with pytest.raises(PreconditionFailed):
        take_in(source, clinical)


def test_takes_a_large_file_in_little_memory(folder: Path, wiring: EmbeddedWiring) -> None:
    """A file is copied in pieces of a mebibyte, and each is told of."""
    (source,) = sources([write(folder / "large.dcm", bytes(16 * MIB))])
    clinical = WatchedBlobs(wiring.clinical)
    copied: list[int] = []
    tracemalloc.start()
    take_in(source, clinical, copied=copied.append)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert copied == [MIB] * 16
    assert clinical.largest_write <= MIB
    assert peak < 6 * MIB
