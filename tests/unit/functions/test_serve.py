"""`python -m functions.serve`: the environment says which function is served, and how."""

import runpy
import sys
from importlib import import_module
from pathlib import Path

import pytest

from functions import serve
from functions.pipeline import PIPELINE
from shared.errors import ConfigurationError

NAMES = sorted(stage.name for stage in PIPELINE)


def test_every_stage_is_served() -> None:
    """The functions of the image are the stages of the pipeline."""
    assert list(serve.served()) == NAMES


@pytest.mark.parametrize("name", NAMES)
def test_a_function_is_served_by_its_own_module(name: str) -> None:
    """The source is its `main.py`, the target its `handle`, the signature that of HTTP."""
    settings = serve.framework_settings({"AIRLOCK_FUNCTION": name})
    module = import_module(f"functions.{name}.main")

    assert Path(settings["FUNCTION_SOURCE"]) == Path(module.__file__)
    assert callable(getattr(module, settings["FUNCTION_TARGET"]))
    assert settings["FUNCTION_SIGNATURE_TYPE"] == "http"


def test_the_platform_chooses_address_and_port() -> None:
    """Without a choice it is every address and 8080."""
    chosen = serve.framework_settings({"AIRLOCK_FUNCTION": "match", "HOST": "127.0.0.1", "PORT": "9"})
    default = serve.framework_settings({"AIRLOCK_FUNCTION": "match"})

    assert (chosen["HOST"], chosen["PORT"]) == ("127.0.0.1", "9")
    assert (default["HOST"], default["PORT"]) == ("0.0.0.0", "8080")


@pytest.mark.parametrize("environ", [{}, {"AIRLOCK_FUNCTION": "cli"}, {"AIRLOCK_FUNCTION": "../validate"}])
def test_a_function_that_does_not_exist_is_refused(environ: dict[str, str]) -> None:
    """A missing or unknown name is a mistake of the configuration, and so is a path."""
    with pytest.raises(ConfigurationError, match="AIRLOCK_FUNCTION"):
        serve.framework_settings(environ)


def test_a_refusal_ends_the_process_with_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    """The exit code is 2, and standard error names the variable and the functions."""
    code = serve.main({})

    assert code == 2
    assert "AIRLOCK_FUNCTION, known=assemble, " in capsys.readouterr().err


def test_the_framework_is_run_with_these_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is run in this process and reads them from the environment, not from the command line."""
    ran = []
    monkeypatch.setattr(
        runpy, "run_module", lambda name, run_name: ran.append((name, run_name, sys.argv[1:]))
    )
    monkeypatch.setattr(sys, "argv", ["serve", "--ignored"])
    environ = {"AIRLOCK_FUNCTION": "validate"}

    assert serve.main(environ) == 0
    assert ran == [("functions_framework", "__main__", [])]
    assert environ["FUNCTION_TARGET"] == "handle"
