"""`FunctionProcess`: one function, served until it is stopped, whatever happens to it in between."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from shared.errors import EmulatorFailed
from shared.local import function_process as module
from shared.local.function_process import FunctionProcess
from tests.waiting import until

ROOT = Path(__file__).parents[4]
#: says its process id; writes to its log; or takes as long as the test wants
FUNCTION = """
import os, sys, threading
from pathlib import Path

def handle(request):
    if request.path == "/log":
        print('{"message": "handled"}', file=sys.stderr, flush=True)
    if request.path == "/slow":
        folder, never = Path(os.environ["FOLDER"]), threading.Event()
        (folder / "begun").touch()
        while not (folder / "go").exists():
            never.wait(0.01)
    return str(os.getpid()), 200
"""
#: starts a function, says that it answers, and waits to be ended
PARENT = """
import os, sys
from pathlib import Path
from shared.local.function_process import FunctionProcess

function = FunctionProcess("validate", Path(sys.argv[1]), dict(os.environ), line=lambda *_: None)
function.start()
function.wait()
print("ready", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """The file of a function."""
    path = tmp_path / "main.py"
    path.write_text(FUNCTION)
    return path


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """What the function's environment is; its folder tells its processes from all others."""
    return {"FOLDER": str(tmp_path), "PATH": os.environ["PATH"]}


@pytest.fixture
def lines() -> list[tuple[str, str]]:
    """What the function logged."""
    return []


@pytest.fixture
def function(
    source: Path, environ: dict[str, str], lines: list[tuple[str, str]]
) -> Iterator[FunctionProcess]:
    """A function that answers."""
    made = FunctionProcess("validate", source, environ, line=lambda *line: lines.append(line))
    made.start()
    try:
        made.wait()
        yield made
    finally:
        made.stop()


def get(function: FunctionProcess, path: str) -> str | None:
    """What the function answers; None if it does not."""
    connection = HTTPConnection(urlsplit(function.url).netloc, timeout=30)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except (OSError, HTTPException):
        return None
    finally:
        connection.close()


def processes(folder: Path) -> set[int]:
    """Every process that has the folder in its environment."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/environ"):
        try:
            if f"FOLDER={folder}\0".encode() in path.read_bytes():
                found.add(int(path.parent.name))
        except OSError:
            continue
    return found


def test_is_served_and_stopped(
    function: FunctionProcess, lines: list[tuple[str, str]], tmp_path: Path
) -> None:
    """It answers on the loopback interface, its log is passed on, and its end leaves no process."""
    answered = get(function, "/log")
    until(lambda: lines)
    before = processes(tmp_path)
    function.stop()
    after = processes(tmp_path)

    assert function.url.startswith("http://127.0.0.1:")
    assert int(answered or 0) in before
    assert function.pid in before
    assert lines == [("validate", '{"message": "handled"}')]
    assert after == set()


@pytest.mark.parametrize("whole", [True, False], ids=["with its children", "its first process alone"])
def test_is_started_again_when_it_dies(function: FunctionProcess, *, whole: bool) -> None:
    """A function that is killed answers again on the same port, in another process."""
    before, url = get(function, "/"), function.url
    if whole:
        function.kill()
    else:
        os.kill(function.pid or 0, signal.SIGKILL)
    until(lambda: get(function, "/") not in {None, before})

    assert function.url == url


def test_finishes_its_requests_when_it_is_asked_to_stop(function: FunctionProcess, tmp_path: Path) -> None:
    """A request that is under way at the end is answered, and the function is not started again."""
    answers: list[str | None] = []
    request = threading.Thread(target=lambda: answers.append(get(function, "/slow")))
    request.start()
    until((tmp_path / "begun").exists)
    pid = get(function, "/")
    function.ask_to_stop()
    (tmp_path / "go").touch()
    request.join()
    function.stop()

    assert answers == [pid]
    assert processes(tmp_path) == set()


def test_can_be_stopped_before_it_answers(source: Path, environ: dict[str, str], tmp_path: Path) -> None:
    """Somebody may press Ctrl-C while it is starting."""
    function = FunctionProcess("validate", source, environ, line=lambda *_: None)
    function.start()
    function.ask_to_stop()
    function.stop()

    assert processes(tmp_path) == set()


def test_can_be_stopped_before_it_is_started(source: Path, environ: dict[str, str]) -> None:
    """What failed beside it may have it stopped before it began."""
    function = FunctionProcess("validate", source, environ, line=lambda *_: None)
    function.ask_to_stop()
    function.kill()
    function.stop()

    assert function.pid is None


def test_a_function_that_cannot_start_is_told(source: Path, environ: dict[str, str]) -> None:
    """A mistake in it does not cost a minute: after a few tries nobody waits any longer."""
    source.write_text("raise SystemExit(3)")
    function = FunctionProcess("validate", source, environ, line=lambda *_: None)
    function.start()
    try:
        with pytest.raises(EmulatorFailed) as raised:
            function.wait()
    finally:
        function.stop()

    assert raised.value.details == {"emulator": "validate", "reason": "ended with 3"}


def test_no_answer_in_time_is_told(
    source: Path, environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The waiting has an end."""
    monkeypatch.setattr(module, "_START_SECONDS", 0.0)
    function = FunctionProcess("validate", source, environ, line=lambda *_: None)

    with pytest.raises(EmulatorFailed) as raised:
        function.wait()

    assert raised.value.details == {"emulator": "validate", "reason": "no answer"}


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the end of a parent")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_ends_with_the_process_that_started_it(source: Path, environ: dict[str, str], number: int) -> None:
    """However the parent ends, no function is left behind."""
    folder = Path(environ["FOLDER"])
    command: list[str | Path] = [sys.executable, "-c", PARENT, source]
    with subprocess.Popen(
        command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        ready = parent.stdout.readline()
        running: Callable[[], set[int]] = lambda: processes(folder) - {parent.pid}  # noqa: E731 - a name for it
        before = running()
        parent.send_signal(number)

    until(lambda: not running(), why_not=lambda: f"left: {running()}")
    assert ready == "ready\n"
    assert len(before) >= 1
