"""The same flow on Google's emulators: real clients, a process a function, push, and the same bytes out."""

from collections.abc import Iterator

import pytest

from shared.local.emulators.sdk import sdk_root
from shared.local.sample import make_sample
from tests import corpus
from tests.acceptance.emulated import Emulated, emulated

pytestmark = pytest.mark.skipif(sdk_root() is None, reason="there is no Google Cloud SDK on this machine")

_LARGEST = 2_000_000


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The sample's files and those of the corpus that are not large."""
    sample = make_sample(tmp_path_factory.mktemp("sample")).folder
    found = {
        f"sample/{path.relative_to(sample)}": path.read_bytes()
        for path in sample.rglob("*")
        if path.is_file()
    }
    for each in corpus.files():
        content = each.read()
        if len(content) <= _LARGEST:
            found[each.name] = content
    return found


@pytest.fixture(scope="module")
def by_bucket(tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes]) -> Iterator[Emulated]:
    """A system that was given everything in its bucket, and has settled."""
    with emulated(tmp_path_factory.mktemp("bucket")) as running:
        running.upload(files)
        running.settle()
        yield running
