"""The corpus of public DICOM files, which may lie beside the repository in `../shared/data`."""

import csv
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).resolve().parents[2] / "shared" / "data"
MANIFEST = ROOT / "manifest.csv"

#: for `pytestmark` of a module or as decorators of a test that needs the corpus
MARKS = [
    pytest.mark.corpus,
    pytest.mark.skipif(not MANIFEST.is_file(), reason=f"there is no corpus of DICOM files in {ROOT}"),
]


class CorpusFile(NamedTuple):
    """One row of the manifest; `name` is the path in the corpus, `folder` its first part."""

    name: str
    folder: str
    sop_class_uid: str
    transfer_syntax_uid: str
    quirks: frozenset[str]

    def read(self) -> bytes:
        """The file's content."""
        return (ROOT / self.name).read_bytes()


@cache
def files() -> tuple[CorpusFile, ...]:
    """All files of the corpus by name; none where there is no corpus."""
    if not MANIFEST.is_file():
        return ()
    with MANIFEST.open(encoding="utf-8", newline="") as manifest:
        return tuple(sorted(_corpus_file(row) for row in csv.DictReader(manifest)))


def file(name: str) -> CorpusFile:
    """The file with this name."""
    return next(each for each in files() if each.name == name)


def _corpus_file(row: dict[str, str]) -> CorpusFile:
    return CorpusFile(
        name=row["file"],
        folder=row["file"].partition("/")[0],
        sop_class_uid=row["sop_class_uid"],
        transfer_syntax_uid=row["transfer_syntax"],
        quirks=frozenset(filter(None, row["quirks"].split(";"))),
    )
