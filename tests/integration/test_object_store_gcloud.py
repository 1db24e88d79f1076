"""The local object store and the command line of Google Cloud."""

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.local.object_store.server import LocalObjectStore

GCLOUD = shutil.which("gcloud")
PATIENCE_SECONDS = 60

pytestmark = pytest.mark.skipif(GCLOUD is None, reason="gcloud is not installed on this machine")


@pytest.fixture
def gcloud(object_store: LocalObjectStore, tmp_path: Path) -> Callable[..., str]:
    """Run `gcloud storage` with some arguments; what it prints."""
    environment = {
        **os.environ,
        "CLOUDSDK_CONFIG": str(tmp_path / "gcloud"),
        "CLOUDSDK_CORE_DISABLE_PROMPTS": "1",
        "CLOUDSDK_AUTH_DISABLE_CREDENTIALS": "true",
        "CLOUDSDK_CORE_PROJECT": "test-project",
        "CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE": f"{object_store.base_url}/storage/v1/",
    }

    def run(*arguments: str) -> str:
        command = [GCLOUD or "", "storage", *arguments]
        # It starts processes of its own, which end with the group.
        with subprocess.Popen(
            command,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=subprocess.DEVNULL,
            text=True,
            start_new_session=True,
        ) as process:
            try:
                printed, complaint = process.communicate(timeout=PATIENCE_SECONDS)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                raise

        assert process.returncode == 0, complaint
        return printed

    return run


def test_files_go_in_and_come_out(gcloud: Callable[..., str], tmp_path: Path) -> None:
    """A small and a large one, by every command that a person would try first."""
    small, large, back = tmp_path / "small.dcm", tmp_path / "large.zip", tmp_path / "back.zip"
    small.write_bytes(b"small\n")
    large.write_bytes(os.urandom(9 << 20))
    gcloud("buckets", "create", "gs://clinical")
    gcloud("cp", str(small), str(large), "gs://clinical/in/")
    listed = gcloud("ls", "gs://clinical/in/").split()
    shown = gcloud("cat", "gs://clinical/in/small.dcm")
    gcloud("cp", "gs://clinical/in/large.zip", str(back))
    gcloud("rm", "gs://clinical/in/small.dcm")
    left = gcloud("ls", "gs://clinical/**").split()

    assert listed == ["gs://clinical/in/large.zip", "gs://clinical/in/small.dcm"]
    assert shown == "small\n"
    assert back.read_bytes() == large.read_bytes()
    assert left == ["gs://clinical/in/large.zip"]
