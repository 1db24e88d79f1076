"""Do without a container engine what the Dockerfile does: run its first stage in a folder, then its entry.

`python -m scripts.image_check` installs the pinned packages from the index that pip is configured with,
serves functions, as another user where it may, from a folder that nobody can write, asks for `/healthz`,
and fails if anything was written. What it cannot check is the base image and the second stage's RUN.
"""

import os
import shlex
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from socket import create_server
from tempfile import TemporaryDirectory

from scripts.dockerfile import ROOT, Stage, context, stages

_NOBODY, _HOME = 65532, "/tmp"  # noqa: S108 - the only place where the image may write
_WAIT_SECONDS = 60.0
_FUNCTIONS = ("assemble", "deidentify")
_ENVIRONMENT = ("PATH", "LANG", "PIP_CONFIG_FILE", "PIP_INDEX_URL", "SSL_CERT_FILE", "HOME")


def main() -> int:
    """Build, serve and ask; gives the exit code."""
    build, final = stages((ROOT / "Dockerfile").read_text(encoding="utf-8"))
    with TemporaryDirectory(prefix="airlock-image-") as made:
        folder = Path(made)
        folder.chmod(0o755)
        run_stage(build, folder)
        files = _read_only(folder / "opt" / "airlock")
        for function in _FUNCTIONS:
            with served(function, final, folder) as port:
                print(f"{function}: /healthz answers {_health(port)}", flush=True)
        written = _files(folder / "opt" / "airlock") ^ files
    print(f"written while they served: {sorted(written) or 'nothing'}")
    return 1 if written else 0


def run_stage(stage: Stage, folder: Path) -> None:
    """Do what a stage's COPY and RUN say, with `folder` for the root of the file system."""
    source = folder / "source"
    source.mkdir(parents=True)
    (folder / "opt").mkdir()
    for instruction in stage.instructions:
        if instruction.name == "COPY":
            _copy(instruction.rest.split(), source)
        elif instruction.name == "RUN":
            command = instruction.rest.replace("/opt/", f"{folder}/opt/")
            print(f"RUN {instruction.rest}", flush=True)
            kept = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
            subprocess.run(["bash", "-euc", command], cwd=source, env=kept, check=True)  # noqa: S603, S607


def _copy(words: list[str], source: Path) -> None:
    *names, target = words
    for name in context() if names == ["."] else names:
        path = source / target / (name if names == ["."] else Path(name).name)
        path.parent.mkdir(parents=True, exist_ok=True)
        if (ROOT / name).is_dir():
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, path, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(ROOT / name, path)


def _files(folder: Path) -> set[tuple[str, int]]:
    return {(str(each.relative_to(folder)), each.lstat().st_mtime_ns) for each in folder.rglob("*")}


def _read_only(folder: Path) -> set[tuple[str, int]]:
    subprocess.run(["chmod", "-R", "a-w", folder], check=True)  # noqa: S603, S607
    return _files(folder)


@contextmanager
def served(function: str, final: Stage, folder: Path) -> Iterator[int]:
    """Serve a function by the entry of the last stage; gives its port."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = shlex.split(final.all("ENTRYPOINT")[-1].strip("[]").replace(",", " "))
    command = [folder / "opt" / "airlock" / "bin" / words[0], *words[1:]]
    environ = {"AIRLOCK_FUNCTION": function, "HOST": "127.0.0.1", "PORT": str(port), "HOME": _HOME}
    user = _NOBODY if os.geteuid() == 0 and _open_to_all(Path(sys.base_prefix)) else None
    process = subprocess.Popen(  # noqa: S603 - our own entry
        command,
        env=environ,
        cwd=_HOME,
        user=user,
        group=user,
        start_new_session=True,
    )
    try:
        yield port
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()


def _open_to_all(folder: Path) -> bool:
    """Whether other users reach this interpreter; one in somebody's home they do not."""
    return all(each.stat().st_mode & 0o001 for each in (folder, *folder.parents))


def _health(port: int) -> int:
    """The status of the first answer.

    Raises:
        TimeoutError: there was none in a minute.
    """
    deadline = time.monotonic() + _WAIT_SECONDS
    while time.monotonic() < deadline:
        connection = HTTPConnection("127.0.0.1", port, timeout=10)
        try:
            connection.request("GET", "/healthz")
            status = connection.getresponse().status
        except OSError:
            time.sleep(0.1)
        else:
            if status != 200:
                raise RuntimeError(f"/healthz answers {status}")
            return status
        finally:
            connection.close()
    raise TimeoutError("no answer")


if __name__ == "__main__":
    sys.exit(main())
