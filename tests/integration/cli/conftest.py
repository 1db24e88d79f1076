"""Empty folders, small input, a service to send to, and a workspace in which all is done."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import certifi
import pytest

from shared.local.autosegmentation import process
from shared.local.autosegmentation.process import RunningDouble
from shared.local.autosegmentation.server import AutosegmentationDouble
from tests.acceptance.hospital import write_drop
from tests.acceptance.samples import write_series
from tests.integration.cli.harness import ROOT, airlock, forget_environment

_MEMORY = Path("/dev/shm")
_END = "-----END CERTIFICATE-----\n"


@pytest.fixture(scope="session", autouse=True)
def one_authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Trust one certificate authority: every HTTP client loads all that are trusted."""
    first, end, _ = Path(certifi.where()).read_text(encoding="ascii").partition(_END)
    path = tmp_path_factory.mktemp("authority") / "one.pem"
    path.write_text(first[first.index("-----BEGIN") :] + end, encoding="ascii")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SSL_CERT_FILE", str(path))
        yield


@pytest.fixture(scope="session", autouse=True)
def double_in_this_process() -> Iterator[None]:
    """Run the double in threads: hundreds of runs would start hundreds of processes."""

    @contextmanager
    def double(folder: Path) -> Iterator[RunningDouble]:
        with AutosegmentationDouble(folder) as running:
            yield RunningDouble(running.base_url, running.issue_tokens())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(process, "double_process", double)
        yield


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An empty folder to be in, in memory where there is such a thing: every commit waits for the disk."""
    forget_environment(monkeypatch)
    parent = _MEMORY if os.access(_MEMORY, os.W_OK) else None
    with TemporaryDirectory(prefix="airlock-", dir=parent) as folder:
        monkeypatch.chdir(folder)
        yield Path(folder)


@pytest.fixture
def workspace(here: Path) -> Path:
    """Where a workspace will be."""
    return here / "workspace"


@pytest.fixture
def series(here: Path) -> Path:
    """Two slices of one series that a ruleset claims."""
    return write_series(here, "neck")


@pytest.fixture
def rulesets(here: Path) -> Path:
    """Rulesets of one's own, as shipped."""
    return shutil.copytree(ROOT / "rulesets", here / "rulesets", ignore=shutil.ignore_patterns("__pycache__"))


@pytest.fixture
def service(here: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[AutosegmentationDouble]:
    """A destination that is not this process's own; the environment names it."""
    with AutosegmentationDouble(here / "service") as running:
        monkeypatch.setenv("AUTOSEGMENTATION_URL", running.base_url)
        yield running


@pytest.fixture
def connected(service: AutosegmentationDouble, workspace: Path) -> AutosegmentationDouble:
    """The destination, with its tokens stored in the workspace."""
    tokens = service.issue_tokens()
    answer = airlock(
        *("secrets", "set", "autosegmentation", "-w", workspace),
        stdin=f"{tokens.access_token}\n{tokens.refresh_token}\n",
    )
    assert answer.code == 0
    return service


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A workspace in which a whole drop is done, with results and exceptions; to be looked at."""
    folder = tmp_path_factory.mktemp("finished")
    with pytest.MonkeyPatch.context() as patched:
        forget_environment(patched)
        answer = airlock("run", write_drop(folder / "drop"), "-w", folder / "workspace")
    assert answer.code == 1
    yield folder / "workspace"
    shutil.rmtree(folder)


@pytest.fixture
def copied(finished: Path, workspace: Path) -> Path:
    """A copy of the finished workspace, to be changed; the first run makes it its own."""
    shutil.copytree(finished, workspace)
    assert airlock("run", "-w", workspace).code == 1
    return workspace
