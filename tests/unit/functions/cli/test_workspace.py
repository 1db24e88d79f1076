"""`workspace`: owned by one, looked at by many, and fit before anything is made."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO
from pathlib import Path

import pytest

from functions.cli import workspace as module
from functions.cli.workspace import (
    OWN_NAMES,
    default_rulesets,
    load_policies,
    looked_at,
    store_tokens,
    usable,
    worked_in,
)
from shared import log
from shared.adapters.files import FileSecrets
from shared.errors import (
    ConfigurationError,
    RulesetInvalid,
    TokensMissing,
    WorkspaceBusy,
    WorkspaceMissing,
    WorkspaceUnusable,
)
from shared.local.autosegmentation import process
from shared.local.autosegmentation.process import RunningDouble
from shared.ports.keys import TokenPair
from shared.wiring import EmbeddedWiring
from tests.acceptance.samples import write

PAIR = TokenPair(access_token="one", refresh_token="two")
LOCAL = "http://127.0.0.1:4711"
URL = "https://segmentation.example.org"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Where a workspace will be."""
    return tmp_path / "below" / "workspace"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """No destination in the environment, and a log that is open after the test."""
    monkeypatch.delenv("AUTOSEGMENTATION_URL", raising=False)
    yield
    log.configure(json=True, stream=StringIO())


@pytest.fixture(autouse=True)
def double(monkeypatch: pytest.MonkeyPatch) -> None:
    """A double that is only an address: nothing is sent here."""

    @contextmanager
    def announced(folder: Path) -> Iterator[RunningDouble]:
        folder.mkdir(parents=True, exist_ok=True)
        yield RunningDouble(LOCAL, PAIR)

    monkeypatch.setattr(process, "double_process", announced)


@pytest.fixture
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """A destination in the environment."""
    monkeypatch.setenv("AUTOSEGMENTATION_URL", URL)


# -- owned


def test_a_new_workspace_is_its_owners_alone(workspace: Path) -> None:
    """It is made with all folders above it, and nobody else gets in."""
    with worked_in(workspace) as wiring:
        assert wiring.workspace == workspace

    assert stat.S_IMODE(workspace.stat().st_mode) == 0o700


def test_one_owns_it_at_a_time(workspace: Path) -> None:
    """A second one is refused while the first works, and welcome afterwards."""
    with worked_in(workspace), pytest.raises(WorkspaceBusy), worked_in(workspace):
        pass

    with worked_in(workspace) as wiring:
        assert wiring.ledger.open_series() == []


def test_whatever_is_in_it_is_known_as_its_own(workspace: Path) -> None:
    """All that a run leaves is left out where a workspace lies among the files to take in."""
    with worked_in(workspace) as wiring:
        for port in ("clinical", "released", "bus", "keys", "jobs"):
            getattr(wiring, port)

    assert {path.name for path in workspace.iterdir()} <= OWN_NAMES


def test_the_stages_never_wait_for_a_destination(workspace: Path) -> None:
    """Waiting is the bus's, where people see it: inside of a stage a destination is asked once."""
    with worked_in(workspace) as wiring:
        assert [settings.health_tries for settings in wiring.destination_settings] == [0]


def test_the_double_answers_with_its_own_address(workspace: Path) -> None:
    """Without an address the double stands in: its address, its tokens, and a resend that is safe."""
    with worked_in(workspace) as wiring:
        (settings,) = wiring.destination_settings

        assert (settings.base_url, settings.resend) == (LOCAL, "deduplicated")
        assert wiring.environ["AUTOSEGMENTATION_URL"] == LOCAL
        assert wiring.secrets.tokens("autosegmentation") == PAIR


@pytest.mark.usefixtures("real")
def test_a_real_destination_is_taken_as_it_is(workspace: Path) -> None:
    """With an address and tokens nothing is put in their place."""
    store_tokens(workspace, "autosegmentation", PAIR)
    with worked_in(workspace) as wiring:
        (settings,) = wiring.destination_settings

        assert (settings.base_url, settings.resend) == (URL, "hold")
        assert wiring.secrets.tokens("autosegmentation") == PAIR
    assert not (workspace / "double").exists()


@pytest.mark.usefixtures("real")
def test_a_destination_without_tokens_is_refused(workspace: Path) -> None:
    """Nothing is made, and the destination is named."""
    with pytest.raises(TokensMissing) as caught, worked_in(workspace):
        pass

    assert caught.value.details["destination"] == "autosegmentation"
    assert not workspace.exists()


@pytest.mark.usefixtures("real")
def test_tokens_that_others_may_read_are_refused(workspace: Path) -> None:
    """A token file with open permissions says so, with the way out."""
    store_tokens(workspace, "autosegmentation", PAIR)
    (workspace / "secrets" / "autosegmentation.json").chmod(0o644)
    with pytest.raises(TokensMissing) as caught, worked_in(workspace):
        pass

    assert "chmod 600" in str(caught.value)


def test_a_policy_that_is_invalid_stops_before_a_folder_is_made(workspace: Path, tmp_path: Path) -> None:
    """Rulesets are read before anything else."""
    with pytest.raises(RulesetInvalid), worked_in(workspace, tmp_path / "no rulesets"):
        pass

    assert not workspace.parent.exists()


def test_the_double_needs_its_packages(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where they are not installed, an address is needed."""
    monkeypatch.setattr(module, "find_spec", lambda name: None if name == "numpy" else object())
    with pytest.raises(ConfigurationError) as caught, worked_in(workspace):
        pass

    assert caught.value.details == {"missing_package": "numpy", "unset_variable": "AUTOSEGMENTATION_URL"}


def test_double_and_real_never_meet(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A workspace of the double takes no real destination and no tokens of one, and the other way round."""
    other = workspace.parent / "other"
    store_tokens(other, "autosegmentation", PAIR)
    with pytest.raises(ConfigurationError), worked_in(other):
        pass
    with worked_in(workspace):
        pass
    with pytest.raises(WorkspaceUnusable):
        store_tokens(workspace, "autosegmentation", PAIR)
    monkeypatch.setenv("AUTOSEGMENTATION_URL", URL)
    with pytest.raises(WorkspaceUnusable), worked_in(workspace):
        pass

    assert FileSecrets(other / "secrets").tokens("autosegmentation") == PAIR


def test_a_demo_empties_what_a_demo_left(workspace: Path) -> None:
    """Files, folders and links of the last demo are gone; what a link leads to stays."""
    kept = write(workspace.parent / "kept", {"file": b"kept"})
    with worked_in(workspace, demo=True):
        write(workspace, {"sample/1.dcm": b"old", "left": b"old"})
        (workspace / "link").symlink_to(kept)
    with worked_in(workspace, demo=True) as wiring:
        assert {path.name for path in workspace.iterdir()} - OWN_NAMES == {"DEMO"}
        assert list(wiring.ledger.generations()) == []

    assert (kept / "file").read_bytes() == b"kept"


@pytest.mark.parametrize("name", ["file", "ledger/clinical.sqlite", ".hidden"])
def test_a_demo_empties_nothing_else(workspace: Path, name: str) -> None:
    """What no demo made is refused whole."""
    write(workspace, {name: b"kept"})
    with pytest.raises(WorkspaceUnusable), worked_in(workspace, demo=True):
        pass

    assert [path.name for path in workspace.rglob("*") if path.is_file()] == [Path(name).name]


@pytest.mark.usefixtures("real")
def test_a_demo_sends_nothing_outside(workspace: Path) -> None:
    """Invented patients go to the double, whatever the environment says."""
    with worked_in(workspace, demo=True) as wiring:
        (settings,) = wiring.destination_settings

        assert settings.base_url == LOCAL


# -- looked at


def test_looks_into_what_is_there(workspace: Path) -> None:
    """A workspace can be looked at while somebody works there."""
    with worked_in(workspace), looked_at(workspace) as wiring:
        assert list(wiring.ledger.generations()) == []


@pytest.mark.parametrize("made", [False, True])
def test_looks_into_nothing_else(workspace: Path, made: bool) -> None:  # noqa: FBT001 - a case of two
    """Where there is no ledger there is no workspace, and looking makes none."""
    if made:
        workspace.mkdir(parents=True)
    with pytest.raises(WorkspaceMissing), looked_at(workspace):
        pass

    assert workspace.exists() is made


def test_an_end_closes_what_was_opened(workspace: Path) -> None:
    """Also after an error nothing stays open."""
    seen: list[EmbeddedWiring] = []

    def fail() -> None:
        with worked_in(workspace) as wiring:
            seen.append(wiring)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        fail()
    with pytest.raises(Exception, match="closed"):
        seen[0].ledger.open_series()


# -- fit


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (errno.EACCES, "this user may not work in it"),
        (errno.EEXIST, "it is a file"),
        (errno.ENOTDIR, "it is a file"),
        (errno.EROFS, "it is read-only"),
    ],
)
def test_failures_of_a_folder_have_words(number: int, words: str) -> None:
    """What the system says of a folder is said as a sentence, without its name."""
    with pytest.raises(WorkspaceUnusable) as caught, usable():
        raise OSError(number, os.strerror(number), "/data/Zylberquist")

    assert caught.value.details == {"problem": words}


def test_other_failures_are_others_matter() -> None:
    """A full disk is not the folder's fault."""
    with pytest.raises(OSError, match="No space"), usable():
        raise OSError(errno.ENOSPC, "No space left on device")


def test_policies_tell_what_has_no_address(tmp_path: Path) -> None:
    """Without the variable its destinations are the double's; with it none is."""
    without = EmbeddedWiring(tmp_path, default_rulesets(), environ={})
    with_it = EmbeddedWiring(tmp_path, default_rulesets(), environ={"AUTOSEGMENTATION_URL": URL})

    assert load_policies(without) == {"autosegmentation"}
    assert load_policies(with_it) == frozenset()


def test_an_address_that_is_the_placeholder_is_an_address(tmp_path: Path) -> None:
    """Whoever names exactly the address that stands for none gets what he names."""
    environ = {"AUTOSEGMENTATION_URL": module._NO_ADDRESS}
    wiring = EmbeddedWiring(tmp_path, default_rulesets(), environ=environ)

    assert load_policies(wiring) == frozenset()
