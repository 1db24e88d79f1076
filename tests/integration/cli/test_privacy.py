"""No command tells who the patients are, whatever it is asked, but `metadata`, which is there to tell it."""

import json
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import pytest

from shared.local.sample import Sample, make_sample
from shared.wiring import EmbeddedWiring
from tests.integration.cli.harness import ROOT, Answer, airlock, forget_environment, python


class Run(NamedTuple):
    """The sample, done, with what must not be told.

    Attributes:
        secrets: the planted identifiers, the UIDs of what came in, and the names of the files.
    """

    sample: Sample
    workspace: Path
    answers: list[Answer]
    secrets: frozenset[str]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    """The whole sample, run twice, with folders and links that are named after patients."""
    folder = tmp_path_factory.mktemp("privacy")
    sample = make_sample(folder / "drop")
    name = sample.identifiers[0]
    (sample.folder / name).mkdir()
    (sample.folder / name / f"{name}.dcm").write_bytes(
        (sample.folder / "bad" / "truncated.dcm").read_bytes()[:-9]
    )
    (sample.folder / f"{name} link").symlink_to("nowhere")
    workspace = folder / "workspace"
    with pytest.MonkeyPatch.context() as patched:
        forget_environment(patched)
        words = ("run", sample.folder, "-w", workspace)
        answers = [airlock(*words), airlock(*words, "--json"), airlock(*words, "--profile", "basic")]
    return Run(sample, workspace, answers, frozenset(secrets_of(sample, workspace)))


def secrets_of(sample: Sample, workspace: Path) -> Iterator[str]:
    """Whatever would tell a patient, a study or a file from another."""
    yield from sample.identifiers
    wiring = EmbeddedWiring(workspace, ROOT / "rulesets")
    for instance in wiring.ledger.instances():
        yield from (instance.sop_instance_uid, *str(instance.series).split("/"))
    names = (stat.ref.name.rpartition("/")[2] for stat in wiring.clinical.list("intake/"))
    # Members of archives are named by numbers of ours, which say nothing and stand in counts, too.
    yield from (name for name in names if not name.isdecimal())
    wiring.close()


def told(run: Run, answers: list[Answer]) -> list[str]:
    """What of the secrets stands in what was printed."""
    text = "\n".join(chain.from_iterable((answer.out, answer.err) for answer in answers))
    return sorted(secret for secret in run.secrets if secret in text)


def test_the_secrets_are_there_to_be_told(run: Run) -> None:
    """The clinical side knows names, ids, UIDs and names of files: they could be told."""
    files = [path.read_bytes() for path in run.workspace.rglob("*") if path.is_file()]
    known = [secret for secret in run.secrets if any(secret.encode() in content for content in files)]

    assert len(known) > 200


def test_a_run_tells_nobody(run: Run) -> None:
    """Neither report nor progress tells anyone, on the screen or as JSON, the first time or again."""
    assert [answer.code for answer in run.answers] == [1, 1, 1]
    assert told(run, run.answers) == []


def test_the_log_tells_nobody(run: Run) -> None:
    """Nor does the log of the workspace."""
    lines = [json.loads(line) for line in (run.workspace / "log.jsonl").read_text().splitlines()]
    text = json.dumps(lines, ensure_ascii=False)

    assert len(lines) > 60
    assert told(run, [Answer(0, text, "")]) == []


def test_looking_tells_nobody(run: Run) -> None:
    """Lists, single series and exceptions, balance and doctor: on the screen and as JSON."""
    handles = [each["handle"] for each in airlock("status", "-w", run.workspace, "--json").json]
    ids = [each["exception_id"] for each in airlock("exceptions", "list", "-w", run.workspace, "--json").json]
    looks = [
        *(["status"], ["balance"], ["doctor"], ["exceptions", "list", "--all"]),
        *(["status", handle] for handle in handles),
        *(["exceptions", "show", each] for each in ids),
    ]
    answers = [
        airlock(*words, "-w", run.workspace, *options) for words in looks for options in ([], ["--json"])
    ]

    assert min(len(handles), len(ids)) >= 4
    assert {answer.code for answer in answers} == {0}
    assert told(run, answers) == []


def test_deciding_tells_nobody(run: Run) -> None:
    """Retry and archive neither, on the screen and as JSON."""
    ids = [each["exception_id"] for each in airlock("exceptions", "list", "-w", run.workspace, "--json").json]
    answers = [
        airlock("exceptions", "retry", ids[0], "-w", run.workspace),
        airlock("exceptions", "retry", ids[1], "-w", run.workspace, "--json"),
        airlock("exceptions", "archive", ids[2], "-w", run.workspace, "--why", "reason"),
        airlock("exceptions", "archive", ids[2], "-w", run.workspace, "--why", "reason"),
    ]

    assert [answer.code for answer in answers] == [1, 1, 0, 2]
    assert told(run, answers) == []


def test_mistakes_tell_nobody(run: Run) -> None:
    """A path that does not exist and a name that nothing has are not repeated."""
    name = run.sample.identifiers[0]
    uid = run.sample.identifiers[-1]
    answers = [
        airlock("run", run.sample.folder / name / name, "-w", run.workspace),
        airlock("run", "-w", run.sample.folder / name / f"{name}.dcm"),
        airlock("status", uid + "9", "-w", run.workspace),
        airlock("metadata", uid + "9", "-w", run.workspace),
        airlock("exceptions", "show", name, "-w", run.workspace),
        airlock("exceptions", "retry", name, "-w", run.workspace),
    ]

    assert {answer.code for answer in answers} == {2}
    assert told(run, answers) == []


def test_names_are_shown_to_those_who_ask(run: Run) -> None:
    """With `--show-names` the files are named, and still no patient's attributes."""
    answers = [
        airlock("run", run.sample.folder, "-w", run.workspace, "--show-names"),
        airlock("exceptions", "list", "-w", run.workspace, "--show-names", "--json"),
    ]

    assert [run.sample.identifiers[0] in answer.out for answer in answers] == [True, True]


def test_metadata_tells_what_is_masked_elsewhere(run: Run) -> None:
    """What these tests look for can be found: the one command that shows it shows it."""
    handles = [each["handle"] for each in airlock("status", "-w", run.workspace, "--json").json]
    answers = [airlock("metadata", handle, "-w", run.workspace) for handle in handles]

    assert len(told(run, answers)) > 10


def test_what_libraries_say_is_not_for_the_screen() -> None:
    """Libraries quote values in their warnings and logs: none of them is printed."""
    code = """
import logging, warnings
from functions.cli import app

def chatter():
    warnings.warn("value of Zylberquist")
    logging.getLogger("library").error("value of Zylberquist")
    print("done")

app.app = chatter
app.main()
"""
    running = python(code, env={"PYTHONPATH": str(ROOT)})

    assert running.communicate() == ("done\n", "")
