"""Files are taken by handfuls, so that what is in memory at once stays small."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.cli.batch import handfuls

MIB = 1 << 20


def sparse(folder: Path, sizes: list[int]) -> list[str]:
    """Files of these sizes, which take no space."""
    paths = [folder / f"{number:03d}" for number in range(len(sizes))]
    for path, size in zip(paths, sizes, strict=True):
        with path.open("wb") as file:
            file.truncate(size * MIB)
    return list(map(str, paths))


@given(sizes=st.lists(st.integers(0, 40), max_size=30), count=st.integers(1, 16))
@settings(max_examples=50, deadline=None)
def test_takes_few_small_files_or_a_large_one(
    tmp_path_factory: pytest.TempPathFactory, sizes: list[int], count: int
) -> None:
    """All files in their order, and no more bytes at once than 32 MiB but for a file alone."""
    paths = sparse(tmp_path_factory.mktemp("sizes"), sizes)
    found = list(handfuls(paths, count))

    assert [path for few in found for path in few] == paths
    assert all(1 <= len(few) <= count for few in found)
    assert all(len(few) == 1 or sum(Path(path).stat().st_size for path in few) <= 32 * MIB for few in found)


def test_a_file_that_is_gone_counts_nothing(tmp_path: Path) -> None:
    """It is told of when it is opened."""
    assert list(handfuls([str(tmp_path / "gone"), str(tmp_path / "too")], 16)) == [
        [str(tmp_path / "gone"), str(tmp_path / "too")]
    ]
