"""One set of Google's emulators for the whole session; a test isolates itself by a project of its own."""

import os
import uuid
from collections.abc import Iterator

import pytest

from shared.local.emulators import FirestoreEmulator, PubsubEmulator, running
from shared.local.emulators.sdk import sdk_root


@pytest.fixture(scope="session")
def emulators() -> Iterator[tuple[PubsubEmulator, FirestoreEmulator]]:
    """Both emulators, started together; their addresses are in the environment.

    Where there is an SDK they must start: a test that is skipped there would hide that it cannot run.
    """
    if sdk_root() is None:
        pytest.skip("no Google Cloud SDK on this machine: its emulators cannot run")
    both = (PubsubEmulator(), FirestoreEmulator())
    with running(*both), pytest.MonkeyPatch.context() as patch:
        for emulator in both:
            for name, value in emulator.environment.items():
                patch.setitem(os.environ, name, value)
        yield both


@pytest.fixture(scope="session")
def pubsub_emulator(emulators: tuple[PubsubEmulator, FirestoreEmulator]) -> PubsubEmulator:
    """The emulator of Pub/Sub."""
    return emulators[0]


@pytest.fixture(scope="session")
def firestore_emulator(emulators: tuple[PubsubEmulator, FirestoreEmulator]) -> FirestoreEmulator:
    """The emulator of Firestore."""
    return emulators[1]


@pytest.fixture
def project() -> str:
    """A project that no other test has: the emulators keep projects apart."""
    return f"test-{uuid.uuid4().hex[:16]}"
