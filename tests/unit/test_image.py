"""The Dockerfile and `.dockerignore` against the rules of the image."""

import json
import re

import pytest

from scripts.dockerfile import ROOT, context, instructions, stages

TEXT = (ROOT / "Dockerfile").read_text(encoding="utf-8")
BUILD, FINAL = stages(TEXT)
ENVIRONMENT = dict(pair.split("=", 1) for rest in FINAL.all("ENV") for pair in rest.split())
BUILD_RUNS = " ; ".join(BUILD.all("RUN"))
EVERYTHING = " ".join(each.rest for each in instructions(TEXT))


def test_the_base_comes_from_a_build_argument() -> None:
    """Both stages begin with it, and its default is slim and names no registry's host."""
    argument, first, *_ = instructions(TEXT)

    assert (BUILD.base, FINAL.base) == ("${BASE}", "${BASE}")
    assert (argument.name, argument.rest.partition("=")[0], first.name) == ("ARG", "BASE", "FROM")
    assert re.fullmatch(r"BASE=python:3\.11-slim(-\w+)?", argument.rest)


def test_nobody_of_the_system_runs_it() -> None:
    """The last user is a number other than root's, which also a platform that knows no names can check."""
    user = FINAL.all("USER")[-1]

    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", user)


def test_every_package_is_pinned_with_its_hash() -> None:
    """Nothing is installed but what the lock files name, and the project itself without an index."""
    installs = [each for each in re.split(r"&&|;", BUILD_RUNS) if " install " in each]
    locked = [each for each in installs if "--require-hashes" in each]

    assert [re.findall(r"-r (\S+)", each) for each in locked] == [
        ["requirements/build.txt"],
        ["requirements/cloud.txt"],
    ]
    assert ["--no-index" in each for each in installs] == [False, False, True]
    assert all("--no-deps" in each for each in installs)


def test_the_lock_files_have_hashes() -> None:
    """Each package of the two has one at least, so that pip refuses everything else."""
    for name in ("build", "cloud"):
        text = (ROOT / "requirements" / f"{name}.txt").read_text(encoding="utf-8")
        packages = re.split(r"^(?=[a-z])", text, flags=re.MULTILINE)[1:]

        assert packages
        assert all("==" in each and "--hash=sha256:" in each for each in packages)


def test_the_tool_that_installs_stays_behind() -> None:
    """The last stage takes the environment alone, which was made without pip."""
    assert "--without-pip /opt/airlock" in BUILD_RUNS
    assert FINAL.all("COPY") == ["--from=build /opt/airlock /opt/airlock"]
    assert "pip" not in " ".join(FINAL.all("RUN"))


def test_everything_is_compiled_into_the_image() -> None:
    """The packages and the standard library; and nothing turns the use of it off."""
    unchecked = "compileall -q --invalidation-mode unchecked-hash"

    assert f"{unchecked} /opt/airlock/lib" in BUILD_RUNS
    assert unchecked in FINAL.all("RUN")[-1]
    assert "get_path('stdlib')" in FINAL.all("RUN")[-1]
    assert "PYTHONDONTWRITEBYTECODE" not in EVERYTHING


def test_nothing_of_the_running_image_is_outside_of_tmp() -> None:
    """Its home and its working directory are there, and it declares no volume."""
    assert ENVIRONMENT["HOME"] == "/tmp"
    assert FINAL.all("WORKDIR") == ["/tmp"]
    assert FINAL.all("VOLUME") == []


def test_it_listens_to_the_platform() -> None:
    """On every address, on a port that the platform may change, by the entry that knows all functions."""
    assert FINAL.all("ENTRYPOINT") == ['["python", "-P", "-m", "functions.serve"]']


def test_tesseract_is_a_choice() -> None:
    """It is installed only if the build asks for it."""
    (run,) = (each for each in FINAL.all("RUN") if "tesseract-ocr" in each)

    assert "TESSERACT=" in FINAL.all("ARG")
    assert run.startswith('if [ -n "$TESSERACT" ]')


def test_only_what_the_package_is_built_from_is_sent_to_the_build() -> None:
    """All is ignored but a few names, so that no workspace with patients gets into an image."""
    lines = [line for line in (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines() if line]

    assert [line for line in lines if line[0] not in "#!"] == ["*", "**/__pycache__"]
    assert set(context()) == {
        "functions", "shared", "rulesets", "requirements", "LICENSE", "NOTICE", "README.md", "pyproject.toml",
    }  # fmt: skip
    assert all((ROOT / name).exists() for name in context())


@pytest.mark.parametrize("text", ["FROM a AS b\nRUN one \\\n    && two\n# RUN three\nFROM c\nUSER 1\n"])
def test_a_dockerfile_is_read(text: str) -> None:
    """Continued lines are one instruction, comments are none, and stages have names."""
    first, second = stages(text)

    assert (first.base, first.name, first.all("RUN")) == ("a", "b", ["one && two"])
    assert (second.base, second.name, second.all("USER")) == ("c", "", ["1"])


def test_nothing_is_imported_from_where_anybody_writes() -> None:
    """The working folder can be written to, so it is not on the path of Python's modules."""
    (entry,) = FINAL.all("ENTRYPOINT")

    assert FINAL.all("WORKDIR") == ["/tmp"]
    assert json.loads(entry) == ["python", "-P", "-m", "functions.serve"]
