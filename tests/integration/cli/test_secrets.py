"""`airlock secrets set`: the tokens of a destination, unseen."""

import getpass
import stat
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

from shared.adapters.files import FileSecrets
from shared.ports.keys import TokenPair
from tests.integration.cli.harness import airlock


class Terminal(StringIO):
    """A person at a keyboard."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def stored(workspace: Path) -> TokenPair:
    """The pair that a run would use."""
    return FileSecrets(workspace / "secrets").tokens("autosegmentation")


def test_takes_two_lines_of_a_pipe(workspace: Path) -> None:
    """The first is the access token, the second the refresh token; none of them is printed."""
    answer = airlock("secrets", "set", "autosegmentation", "-w", workspace, stdin=" acc-1 \r\nref-2\n")

    assert answer.code == 0
    assert stored(workspace) == TokenPair(access_token="acc-1", refresh_token="ref-2")
    assert "acc-1" not in answer.out + answer.err
    assert "ref-2" not in answer.out + answer.err


def test_asks_a_person_without_echo(workspace: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal both are asked for, and what is typed is not shown."""
    typed: Iterator[str] = iter(["acc-1", "ref-2"])
    asked: list[str] = []

    def ask(prompt: str) -> str:
        asked.append(prompt)
        return next(typed)

    monkeypatch.setattr(getpass, "getpass", ask)
    answer = airlock("secrets", "set", "autosegmentation", "-w", workspace, stdin=Terminal())

    assert answer.code == 0
    assert asked == ["Access token: ", "Refresh token: "]
    assert stored(workspace) == TokenPair(access_token="acc-1", refresh_token="ref-2")


def test_nobody_else_may_read_them(workspace: Path) -> None:
    """The workspace, its folder of secrets and the file are the owner's alone."""
    airlock("secrets", "set", "autosegmentation", "-w", workspace, stdin="one\ntwo\n")
    places = [workspace, workspace / "secrets", workspace / "secrets" / "autosegmentation.json"]

    assert [stat.S_IMODE(place.stat().st_mode) for place in places] == [0o700, 0o700, 0o600]


def test_another_pair_replaces_the_first(workspace: Path) -> None:
    """A new pair is stored in the place of the old one."""
    for pair in ("one\ntwo\n", "three\nfour\n"):
        airlock("secrets", "set", "autosegmentation", "-w", workspace, stdin=pair)

    assert stored(workspace) == TokenPair(access_token="three", refresh_token="four")


@pytest.mark.parametrize(
    "typed", ["", "\n", "one\n", "one\n\n", "one two\nthree\n", "one\nzw\xf6lf\n", "one\n\x1b[A\n"]
)
def test_what_is_no_token_is_refused(workspace: Path, typed: str) -> None:
    """Nothing is stored of a pair that no header could carry, and nothing of it is printed."""
    answer = airlock("secrets", "set", "autosegmentation", "-w", workspace, stdin=typed)

    assert (answer.code, answer.out) == (2, "")
    assert "is empty or has characters that no token has" in " ".join(answer.err.replace("│", " ").split())
    assert "zw" not in answer.err
    assert not workspace.exists()


def test_an_unknown_destination_is_refused_before_anything_is_asked(workspace: Path) -> None:
    """The destinations that there are, are named."""
    answer = airlock("secrets", "set", "autosegmentatoin", "-w", workspace, stdin="one\ntwo\n")

    assert answer.code == 2
    assert "no such destination, only: autosegmentation" in " ".join(answer.err.replace("│", " ").split())
    assert not workspace.exists()


def test_destinations_of_ones_own_are_known(workspace: Path, rulesets: Path) -> None:
    """`--rulesets` gives other destinations."""
    shipped = (rulesets / "destinations" / "autosegmentation.yaml").read_text()
    (rulesets / "destinations" / "second.yaml").write_text(shipped.replace("name: auto", "name: second-auto"))
    words = ("secrets", "set", "second-autosegmentation", "-w", workspace)

    assert airlock(*words, stdin="one\ntwo\n").code == 2
    assert airlock(*words, "--rulesets", rulesets, stdin="one\ntwo\n").code == 0


def test_a_file_is_no_place_for_them(here: Path) -> None:
    """Where the workspace is a file, that is said."""
    (here / "file").write_text("something else")
    answer = airlock("secrets", "set", "autosegmentation", "-w", here / "file", stdin="one\ntwo\n")

    assert answer.code == 2
    assert "(problem=it is a file)" in answer.err
