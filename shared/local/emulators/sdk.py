"""Where the Google Cloud SDK and Java lie on this machine."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from shared.errors import EmulatorMissing

_USUAL_ROOTS = (
    Path("/usr/lib/google-cloud-sdk"),
    Path("/usr/share/google-cloud-sdk"),
    Path("/usr/local/google-cloud-sdk"),
    Path("/opt/google-cloud-sdk"),
)


def sdk_root() -> Path | None:
    """The root folder of the Google Cloud SDK, None without one; `CLOUDSDK_ROOT` says it before all else."""
    return next((root for root in _possible_roots() if (root / "platform").is_dir()), None)


def jar(pattern: str) -> Path:
    """The newest jar of the SDK that matches a pattern below its folder `platform`.

    Raises:
        EmulatorMissing: there is no SDK, or it lacks the component.
    """
    root = sdk_root()
    if root is None:
        raise EmulatorMissing(reason="no Google Cloud SDK")
    found = sorted((root / "platform").glob(pattern), key=lambda path: path.stat().st_mtime)
    if not found:
        raise EmulatorMissing(reason="the component is not installed", jar=pattern)
    return found[-1]


def java() -> Path:
    """The Java that `JAVA_HOME` names, or else the one in the PATH.

    Raises:
        EmulatorMissing: there is none.
    """
    home = os.environ.get("JAVA_HOME")
    if home and (at_home := Path(home) / "bin" / "java").is_file():
        return at_home
    found = shutil.which("java")
    if found is None:
        raise EmulatorMissing(reason="no Java")
    return Path(found)


def _possible_roots() -> Iterator[Path]:
    if named := os.environ.get("CLOUDSDK_ROOT"):
        yield Path(named)
    if gcloud := shutil.which("gcloud"):
        yield Path(gcloud).resolve().parents[1]
    yield from _USUAL_ROOTS
    yield Path.home() / "google-cloud-sdk"
