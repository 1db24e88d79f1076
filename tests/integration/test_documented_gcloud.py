"""Each `gcloud` command of the documents, against what the Google Cloud CLI knows of its commands."""

import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, blocks, text_of

pytestmark = pytest.mark.skipif(shutil.which("gcloud") is None, reason="there is no Google Cloud CLI")

_END = re.compile(r" (?:\||>|&&|;)(?: |$)|; ")
#: a substitution of the shell, whose value no linter knows
_SHELL = re.compile(r"\$\([^()]*\)|\$\{?\w+\}?")
#: the linter takes the command line apart by itself, and does not know stdin's hyphen
_STDIN = re.compile(r"=-(?= |$)")


def commands(text: str) -> list[str]:
    """The commands of gcloud that stand on the lines of a text, with a word in place of each variable."""
    found = []
    for line in text.splitlines():
        plain = _SHELL.sub("word", line.strip())
        for part in re.split(r"(?<!\w)(?=gcloud )", plain):
            if part.startswith("gcloud "):
                command = _END.split(part)[0].rstrip("`)\"' ")
                found.append(_STDIN.sub("=file", command + ("'" if command.count("'") % 2 else "")))
    return found


def documented() -> list[str]:
    """Those of all pages' shell blocks."""
    return sorted(
        {each for page in PAGES for block in blocks(text_of(page), "sh") for each in commands(block)}
    )


def refused(listed: list[str], scratch: Path) -> dict[str, str]:
    """The commands that the CLI's own linter refuses, and why; it asks nobody outside."""
    file = scratch / "commands.json"
    file.write_text(json.dumps([{"command_string": each} for each in listed]), encoding="utf-8")
    words = ["gcloud", "meta", "lint-gcloud-commands", f"--commands-file={file}"]
    environ = {**os.environ, "CLOUDSDK_CONFIG": str(scratch / "config")}
    done = subprocess.run(words, capture_output=True, text=True, check=True, env=environ)
    checked = json.loads(done.stdout)
    assert len(checked) == len(listed)
    return {each["command_string"]: each["error_message"] for each in checked if not each["success"]}


def test_every_command_exists_with_its_flags(tmp_path: Path) -> None:
    """The CLI's own linter accepts each."""
    listed = documented()

    assert len(listed) >= 30
    assert refused(listed, tmp_path) == {}


def test_a_wrong_command_is_noticed(tmp_path: Path) -> None:
    """A flag or a command that does not exist is refused."""
    wrong = ["gcloud storage buckets create gs://b --bogus=1", "gcloud storage buckets invent gs://b"]

    assert set(refused([*wrong, "gcloud storage buckets list"], tmp_path)) == set(wrong)
