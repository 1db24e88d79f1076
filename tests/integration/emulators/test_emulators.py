"""Google's emulators as processes of ours: start, failures, reset and end."""

import os
import select
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.errors import EmulatorFailed
from shared.local.emulators import FirestoreEmulator, PubsubEmulator, emulator, running
from shared.local.emulators.archive import ClassArchive
from shared.local.emulators.sdk import jar, java

REPOSITORY = Path(__file__).parents[3]
TOPIC = "/v1/projects/test-project/topics/arrivals"
#: starts an emulator, tells its process and waits to be killed
KILLED = """
import sys
from shared.local.emulators import PubsubEmulator

emulator = PubsubEmulator().start().wait()
print(emulator._process.pid, flush=True)
sys.stdin.read()
"""
pytestmark = pytest.mark.emulators


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache folder of the test."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "airlock"


@pytest.fixture
def pubsub(emulators: object) -> Iterator[PubsubEmulator]:
    """An emulator that is not started; the session's own tells that it could be."""
    made = PubsubEmulator()
    yield made
    made.stop()


def process_of(started: PubsubEmulator) -> "subprocess.Popen[bytes]":
    """The process of an emulator that was started."""
    assert started._process is not None
    return started._process


def test_both_answer(pubsub_emulator: PubsubEmulator, firestore_emulator: FirestoreEmulator) -> None:
    """The session's emulators answer on the loopback interface, and the environment leads there."""
    answers = [pubsub_emulator.request("GET", "/"), firestore_emulator.request("GET", "/")]

    assert answers == [200, 200]
    assert os.environ["PUBSUB_EMULATOR_HOST"] == f"127.0.0.1:{pubsub_emulator.port}"
    assert os.environ["FIRESTORE_EMULATOR_HOST"] == f"127.0.0.1:{firestore_emulator.port}"


def test_it_listens_on_the_loopback_interface_only(pubsub_emulator: PubsubEmulator) -> None:
    """Another address of this machine has nobody at the emulator's port."""
    with socket.socket() as probe:
        outcome = probe.connect_ex(("127.0.0.2", pubsub_emulator.port))

    assert outcome != 0


@pytest.mark.usefixtures("cache")
def test_a_reset_forgets_everything(pubsub: PubsubEmulator) -> None:
    """A topic that was there before the reset is not there after it."""
    with pubsub:
        made = pubsub.request("PUT", TOPIC)
        before = pubsub.request("GET", TOPIC)
        pubsub.reset()
        after = pubsub.request("GET", TOPIC)

    assert (made, before, after) == (200, 200, 404)


def test_the_end_leaves_no_process(pubsub: PubsubEmulator) -> None:
    """After the block the process is reaped and nobody answers at its port."""
    with pubsub:
        process = process_of(pubsub)

    assert process.returncode == 128 + signal.SIGTERM
    with pytest.raises(ConnectionRefusedError):
        pubsub.request("GET", "/")


def test_a_second_stop_is_harmless(pubsub: PubsubEmulator) -> None:
    """An emulator that has ended, or was never started, can be stopped."""
    pubsub.stop()
    with pubsub:
        process = process_of(pubsub)
        pubsub.stop()

    assert process.returncode == 128 + signal.SIGTERM


def test_the_first_end_writes_the_archive_of_classes(cache: Path, pubsub: PubsubEmulator) -> None:
    """The first use leaves one archive in the cache, without a draft; the next one starts with it."""
    with pubsub:
        before = list(cache.glob("*.jsa"))
    written = list(cache.iterdir())
    with pubsub:
        command = Path(f"/proc/{process_of(pubsub).pid}/cmdline").read_text(encoding="utf-8")

    assert before == []
    assert written == [ClassArchive(jar(pubsub.jar_pattern), java()).path]
    assert f"-XX:SharedArchiveFile={written[0]}" in command


def test_a_broken_archive_is_dropped(cache: Path, pubsub: PubsubEmulator) -> None:
    """An archive that no JVM can use is removed, and the emulator starts without."""
    archive = ClassArchive(jar(pubsub.jar_pattern), java()).path
    cache.mkdir()
    archive.write_bytes(b"no archive")

    with pubsub:
        answer = pubsub.request("GET", "/")
        content = archive.read_bytes() if archive.exists() else None

    assert answer == 200
    assert content in {None, b"no archive"}


def test_without_a_cache_it_starts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A cache folder that cannot be made is no obstacle."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))

    with PubsubEmulator() as started:
        answer = started.request("GET", "/")

    assert answer == 200


@pytest.mark.usefixtures("cache")
def test_a_taken_port_is_told_at_once(pubsub: PubsubEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """An emulator that found its port taken stays alive without one: it counts as failed all the same."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(emulator, "free_port", lambda: taken.getsockname()[1])
        monkeypatch.setattr(emulator, "_REQUEST_SECONDS", 0.1)

        with pytest.raises(EmulatorFailed) as raised:
            pubsub.start().wait()

    assert raised.value.details == {"emulator": "PubsubEmulator", "reason": "port taken"}


@pytest.mark.usefixtures("cache")
def test_an_ended_process_is_told_at_once(pubsub: PubsubEmulator) -> None:
    """Nobody waits for a process that is gone."""
    pubsub.start()
    process_of(pubsub).kill()

    with pytest.raises(EmulatorFailed) as raised:
        pubsub.wait()

    assert raised.value.details == {"emulator": "PubsubEmulator", "reason": "ended with -9"}


def test_no_answer_in_time_is_told(pubsub: PubsubEmulator) -> None:
    """The waiting has an end."""
    pubsub.start()

    with pytest.raises(EmulatorFailed) as raised:
        pubsub.wait(seconds=0)

    assert raised.value.details["reason"] == "no answer in 0 s"


@pytest.mark.usefixtures("cache")
def test_the_others_stop_when_one_fails(pubsub: PubsubEmulator, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of emulators that are started together, none is left behind by the failure of another."""
    failing = FirestoreEmulator()
    monkeypatch.setattr(failing, "_failure", lambda: "invented")

    with pytest.raises(EmulatorFailed), running(pubsub, failing):
        pass

    with pytest.raises(ConnectionRefusedError):
        pubsub.request("GET", "/")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux signals the end of a parent")
def test_it_ends_with_a_process_that_is_killed() -> None:
    """However the process that started it ends, the emulator ends too."""
    command = [sys.executable, "-c", KILLED]
    with subprocess.Popen(
        command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as starter:
        assert starter.stdout is not None
        watched = os.pidfd_open(int(starter.stdout.readline()))
        starter.kill()

    # A descriptor of a process is readable when that has ended.
    ended, _, _ = select.select([watched], [], [], 30)
    os.close(watched)
    assert ended == [watched]
