"""One sample for all tests that only read it."""

from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

import pytest

from shared.local.sample import Sample, make_sample


@pytest.fixture(scope="session")
def sample(tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """The sample of seed 0 in a folder that did not exist before."""
    return make_sample(tmp_path_factory.mktemp("sample") / "drop")


@pytest.fixture(scope="session")
def contents(sample: Sample) -> dict[str, bytes]:
    """Every file of the sample by its path, and every member of the archive below the archive's."""
    return dict(_contents(sample.folder))


def _contents(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Walk the files and the members."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield path.relative_to(folder).as_posix(), path.read_bytes()
    with ZipFile(folder / "archive.zip") as archive:
        for name in archive.namelist():
            yield f"archive.zip/{name}", archive.read(name)
