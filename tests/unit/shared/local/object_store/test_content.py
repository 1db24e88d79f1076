"""Spools and the files of generations."""

from pathlib import Path

import pytest

from shared.errors import StorageUnavailable
from shared.local.object_store.content import Content, Spool


def test_a_spool_is_taken_up_again(tmp_path: Path) -> None:
    """Size and checksums are those of all that was ever written."""
    first = Spool(tmp_path / "spool")
    first.append(b"abc")
    first.close()
    second, whole = Spool(tmp_path / "spool"), Spool(tmp_path / "whole")
    second.append(b"def")
    whole.append(b"abcdef")

    assert (second.size, second.checksums) == (whole.size, whole.checksums)
    assert (tmp_path / "spool").read_bytes() == b"abcdef"
    second.discard()
    whole.discard()
    assert list(tmp_path.iterdir()) == []


def test_nobody_writes_to_a_spool_that_was_closed(tmp_path: Path) -> None:
    """The number of its file is another file's by then."""
    spool = Spool(tmp_path / "spool")
    spool.close()
    with (tmp_path / "other").open("wb"), pytest.raises(StorageUnavailable):
        spool.append(b"abc")
    spool.close()

    assert (tmp_path / "other").read_bytes() == b""


def test_a_moved_spool_is_not_removed(tmp_path: Path) -> None:
    """It is the content of a generation then."""
    content = Content(tmp_path)
    spool = content.spool()
    spool.append(b"abc")
    place = content.install(spool.path, "clinical", "a/b", 7)
    spool.discard()

    assert (tmp_path / "clinical" / place).read_bytes() == b"abc"
    assert content.spool_names() == []


def test_a_disk_that_fails_is_said_in_our_words(tmp_path: Path) -> None:
    """Without the name of a file."""
    (tmp_path / "file").write_bytes(b"")

    with pytest.raises(StorageUnavailable, match="system=ENOTDIR"):
        Content(tmp_path / "file")
