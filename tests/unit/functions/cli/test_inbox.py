"""`Inbox`: a file is taken in once nobody writes to it any more."""

import os
from pathlib import Path
from typing import Any

import pytest

from functions.cli import inbox as module
from functions.cli.inbox import Inbox
from functions.cli.intake import take_in
from shared.adapters.clock import FakeClock
from shared.errors import SpaceExhausted
from shared.identifiers import INTAKE_PREFIX
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.unit.functions.cli.drops import write

QUIET = 10.0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where people drop files."""
    return tmp_path / "inbox"


@pytest.fixture
def inbox(folder: Path, wiring: EmbeddedWiring, clock: FakeClock) -> Inbox:
    """An inbox that has been looked at once."""
    made = Inbox(folder, wiring.clinical, clock, quiet_period=QUIET)
    made.look()
    return made


def taken(wiring: EmbeddedWiring) -> dict[str, bytes]:
    """What lies in the intake, by its name within the inbox."""
    stats = wiring.clinical.list(INTAKE_PREFIX)
    return {stat.ref.name.split("/", 2)[2]: get(wiring.clinical, stat.ref) for stat in stats}


def test_makes_its_folder_for_its_owner_alone(inbox: Inbox, folder: Path) -> None:
    """What is dropped may be a patient's: nobody else may look."""
    assert folder.stat().st_mode & 0o777 == 0o700


def test_takes_a_file_after_its_quiet_time(
    inbox: Inbox, folder: Path, wiring: EmbeddedWiring, clock: FakeClock
) -> None:
    """Before that it stays outside; afterwards it is in the intake, and still in the inbox."""
    file = write(folder / "CT" / "image.dcm", b"content")
    counts = [inbox.look()]
    clock.advance(QUIET - 0.5)
    counts.append(inbox.look())
    clock.advance(0.5)
    counts.append(inbox.look())

    assert counts == [0, 0, 1]
    assert taken(wiring) == {"CT/image.dcm": b"content"}
    assert file.exists()


@pytest.mark.parametrize("years", [-3, 3])
def test_the_date_of_a_file_does_not_matter(
    inbox: Inbox, folder: Path, wiring: EmbeddedWiring, clock: FakeClock, years: int
) -> None:
    """A copy keeps the date of its original, and another machine's clock may be ahead."""
    date = clock.now() + years * 31_536_000
    os.utime(write(folder / "image.dcm", b"content"), (date, date))
    counts = [inbox.look(), inbox.look()]
    clock.advance(QUIET)
    counts.append(inbox.look())

    assert counts == [0, 0, 1]


def test_leaves_a_file_while_it_grows(
    inbox: Inbox, folder: Path, wiring: EmbeddedWiring, clock: FakeClock
) -> None:
    """Each change starts the quiet time anew, and the file is taken whole."""
    counts = []
    for length in (1, 2, 3):
        write(folder / "image.dcm", b"x" * length)
        clock.advance(QUIET)
        counts.append(inbox.look())
    clock.advance(QUIET)
    counts.append(inbox.look())

    assert counts == [0, 0, 0, 1]
    assert taken(wiring) == {"image.dcm": b"xxx"}


def test_takes_a_file_once(inbox: Inbox, folder: Path, wiring: EmbeddedWiring, clock: FakeClock) -> None:
    """What lies there and does not change is not read again."""
    write(folder / "image.dcm", b"content")
    counts = []
    for _ in range(4):
        counts.append(inbox.look())
        clock.advance(QUIET)

    assert counts == [0, 1, 0, 0]


def test_takes_a_file_again_when_it_changed(
    inbox: Inbox, folder: Path, wiring: EmbeddedWiring, clock: FakeClock
) -> None:
    """Other content under the same name replaces what was taken."""
    counts = []
    for content in (b"first", b"the second"):
        write(folder / "image.dcm", content)
        inbox.look()
        clock.advance(QUIET)
        counts.append(inbox.look())

    assert counts == [1, 1]
    assert taken(wiring) == {"image.dcm": b"the second"}


def test_takes_an_unreadable_file_later(
    inbox: Inbox, folder: Path, wiring: EmbeddedWiring, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that cannot be read holds up no other, and is taken once it can be read."""
    write(folder / "a.dcm", b"locked")
    write(folder / "b.dcm", b"open")

    def refuse(source: Any, clinical: Any) -> None:
        if source.path.name == "a.dcm":
            raise PermissionError
        take_in(source, clinical)

    inbox.look()
    clock.advance(QUIET)
    with monkeypatch.context() as patched:
        patched.setattr(module, "take_in", refuse)
        counts = [inbox.look()]
    counts.append(inbox.look())

    assert counts == [1, 1]
    assert taken(wiring) == {"a.dcm": b"locked", "b.dcm": b"open"}


def test_a_file_that_goes_away_is_forgotten(
    inbox: Inbox, folder: Path, wiring: EmbeddedWiring, clock: FakeClock
) -> None:
    """Somebody may take a file back; what comes in its place is a new one, with its own quiet time."""
    file = write(folder / "image.dcm", b"content")
    status = file.stat()
    inbox.look()
    file.unlink()
    clock.advance(QUIET)
    counts = [inbox.look()]
    os.utime(write(file, b"another"), ns=(status.st_atime_ns, status.st_mtime_ns))
    counts.append(inbox.look())

    assert counts == [0, 0]


def test_a_full_disk_is_told(
    inbox: Inbox, folder: Path, clock: FakeClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where Airlock's own storage fails, it is no matter of one file."""
    write(folder / "image.dcm", b"content")
    inbox.look()
    clock.advance(QUIET)

    def fail(_source: Any, _clinical: Any) -> None:
        raise SpaceExhausted

    monkeypatch.setattr(module, "take_in", fail)

    with pytest.raises(SpaceExhausted):
        inbox.look()
