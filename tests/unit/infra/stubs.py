"""Programs that stand in for gcloud, docker and terraform: they note what they are asked, and answer."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[3]
SCRIPTS = ROOT / "infra" / "scripts"

_STUB = """#!{python}
import json, os, sys
from pathlib import Path
folder = Path({folder!r})
name, words = Path(sys.argv[0]).name, sys.argv[1:]
with (folder / "calls").open("a", encoding="utf-8") as calls:
    calls.write(json.dumps([name, *words]) + "\\n")
said = " ".join([name, *words])
for answer in json.loads((folder / "answers.json").read_text(encoding="utf-8")):
    if all(part in said for part in answer["asked"]):
        sys.stdout.write(answer["printed"])
        sys.exit(answer["code"])
"""


class Answer(NamedTuple):
    """What a stub prints, and how it ends, if its command line has all these parts; the first that fits."""

    asked: tuple[str, ...]
    printed: str = ""
    code: int = 0


class Done(NamedTuple):
    """How a script ended."""

    code: int
    printed: str
    complained: str


class Stubs:
    """A folder of stubs to be put on the PATH, and an empty folder where scripts are run."""

    def __init__(self, folder: Path) -> None:
        """Make the folders."""
        self.folder, self.work = folder / "stubs", folder / "work"
        self.folder.mkdir()
        self.work.mkdir()
        (self.work / "infra").symlink_to(ROOT / "infra")
        self.answer()

    def program(self, *names: str) -> None:
        """Put stubs of these programs there."""
        for name in names:
            stub = self.folder / name
            stub.write_text(_STUB.format(python=sys.executable, folder=str(self.folder)), encoding="utf-8")
            stub.chmod(0o755)

    def answer(self, *answers: Answer) -> None:
        """Say what the stubs answer; nothing and success to what is not named."""
        text = json.dumps([answer._asdict() for answer in answers])
        (self.folder / "answers.json").write_text(text, encoding="utf-8")

    @property
    def calls(self) -> list[str]:
        """The command lines of the stubs, in order."""
        file = self.folder / "calls"
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        return [" ".join(json.loads(line)) for line in lines]

    @property
    def path(self) -> str:
        """The PATH with the stubs in front."""
        return f"{self.folder}{os.pathsep}/usr/bin{os.pathsep}/bin"

    def run(self, script: str, arguments: Sequence[str] = (), **environ: str) -> Done:
        """Run a script of `infra/scripts` with nothing but these variables."""
        program = sys.executable if script.endswith(".py") else "/bin/bash"
        done = subprocess.run(
            [program, str(SCRIPTS / script), *arguments],
            cwd=self.work,
            env={"PATH": self.path, **environ},
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def write(self, name: str, content: str) -> Path:
        """Write a file where the scripts are run."""
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
        return path

    def read(self, name: str) -> str:
        """Read a file that a script wrote."""
        return (self.work / name).read_text(encoding="utf-8")


def environ(**changes: str) -> Mapping[str, str]:
    """The variables that a build gives."""
    return {
        "BASE": f"registry.test/p/airlock/base@sha256:{'b' * 64}",
        "BUILD": "build-1",
        "COMMIT": "c0ffee",
        "REPOSITORY": "registry.test/p/airlock",
        "SEVERITIES": "CRITICAL",
        "STATE_BUCKET": "p-terraform",
        **changes,
    }
