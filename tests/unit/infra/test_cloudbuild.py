"""The two builds: what they do in which order, with what, and what they must not have."""

import re
import subprocess
from collections.abc import Mapping
from typing import Any

import pytest
import yaml

from tests.unit.infra.stubs import ROOT, SCRIPTS

FILES = ("cloudbuild.yaml", "cloudbuild.production.yaml")
TEXTS = {name: (ROOT / name).read_text(encoding="utf-8") for name in FILES}
BUILDS: Mapping[str, Any] = {name: yaml.safe_load(text) for name, text in TEXTS.items()}
STEPS = [(name, step) for name in FILES for step in BUILDS[name]["steps"]]
#: substitutions that Cloud Build knows itself
_BUILT_IN = {"BUILD_ID", "COMMIT_SHA", "PROJECT_ID"}
#: what the triggers give, and which file of infra/modules/delivery makes them
_FROM_TRIGGERS = {
    "cloudbuild.yaml": {"_DEPLOY", "_PREFIX", "_PROMOTIONS", "_REGION", "_REPOSITORY"},
    "cloudbuild.production.yaml": {"_COMMIT", "_IMAGE", "_PREFIX", "_REGION", "_REPOSITORY"},
}
_TRIGGERS = {"cloudbuild.yaml": "triggers.tf", "cloudbuild.production.yaml": "promotion.tf"}


def step_ids(name: str) -> list[str]:
    """The steps of a build, in order."""
    return [step["id"] for step in BUILDS[name]["steps"]]


def shown(step: tuple[str, Mapping[str, Any]]) -> str:
    """What a failing test calls a step."""
    return str(step[1]["id"])


def test_the_order_from_a_commit_to_a_promotion() -> None:
    """What is pushed was scanned, what is applied was planned and kept, what is promoted was tried."""
    assert step_ids("cloudbuild.yaml") == [
        *("check", "build", "scan", "bill-of-materials", "push"),
        *("plan", "keep", "apply", "smoke-test", "promote"),
    ]


def test_the_order_in_production() -> None:
    """Traffic is held before the plan, which keeps what it finds, and moved after it was applied."""
    assert step_ids("cloudbuild.production.yaml") == [
        *("accept", "hold-traffic", "plan", "keep", "apply", "roll-out"),
    ]


def test_steps_come_one_after_the_other() -> None:
    """No step starts before the one above it, and none may fail."""
    assert [
        step["id"] for _, step in STEPS if {"waitFor", "allowFailure", "allowExitCodes"} & step.keys()
    ] == []


@pytest.mark.parametrize("step", STEPS, ids=shown)
def test_a_step_is_one_script(step: tuple[str, Mapping[str, Any]]) -> None:
    """It runs scripts that exist, inline there is nothing, and each script can be read by bash or Python."""
    _, made = step
    scripts = [word for word in made["args"] if word.startswith("infra/")]

    assert scripts
    assert set(made) == {"id", "name", "entrypoint", "args"}
    assert made["entrypoint"] == ("python3" if scripts[0].endswith(".py") else "bash")
    assert [script for script in scripts if not (ROOT / script).is_file()] == []
    assert not any("\n" in word or word == "-c" for word in made["args"])


@pytest.mark.parametrize("step", STEPS, ids=shown)
def test_a_step_is_pinned_by_a_substitution(step: tuple[str, Mapping[str, Any]]) -> None:
    """One image, which is named once."""
    assert step[1]["name"] == "${_TOOLBOX}"


@pytest.mark.parametrize("name", ["_BASE", "_TOOLBOX"])
def test_an_image_is_pinned_by_its_digest(name: str) -> None:
    """In the repository that the trigger gives."""
    pattern = r"\$\{_REPOSITORY\}/(base|toolbox)@sha256:[0-9a-f]{64}"

    assert re.fullmatch(pattern, BUILDS["cloudbuild.yaml"]["substitutions"][name])


def test_production_is_deployed_with_the_tools_that_were_tried() -> None:
    """Both builds name the same toolbox."""
    assert len({BUILDS[name]["substitutions"]["_TOOLBOX"] for name in FILES}) == 1


def test_what_only_deploys_is_left_out_of_checks() -> None:
    """From the push on, each step goes through the script that asks whether this build deploys."""
    steps = BUILDS["cloudbuild.yaml"]["steps"]
    first = step_ids("cloudbuild.yaml").index("push")
    asking = [step["args"][0] == "infra/scripts/when_deploying.sh" for step in steps]

    assert asking == [False] * first + [True] * (len(steps) - first)


@pytest.mark.parametrize("name", FILES)
def test_every_substitution_is_given(name: str) -> None:
    """By Cloud Build, by the trigger, or by the file itself; and what the file gives is used."""
    used = set(re.findall(r"\$\{(\w+)\}", TEXTS[name]))
    given = set(BUILDS[name]["substitutions"])

    assert used - given - _BUILT_IN == _FROM_TRIGGERS[name] - given
    assert given - used == set()


@pytest.mark.parametrize("name", FILES)
def test_the_triggers_of_terraform_give_what_the_build_needs(name: str) -> None:
    """The module sets the substitutions that the file does not."""
    text = (ROOT / "infra/modules/delivery" / _TRIGGERS[name]).read_text(encoding="utf-8")
    block = text[text.index("substitutions = ") :]

    assert name in text
    assert set(re.findall(r"^ +(_[A-Z]+) +=", block, re.MULTILINE)) == _FROM_TRIGGERS[name]


def scripts_of(name: str) -> str:
    """The text of all scripts of a build."""
    words = {word for step in BUILDS[name]["steps"] for word in step["args"] if word.startswith("infra/")}
    return "".join((ROOT / word).read_text(encoding="utf-8") for word in words)


@pytest.mark.parametrize("name", FILES)
def test_scripts_have_the_variables_that_they_read(name: str) -> None:
    """Each variable that a script requires is in the build's environment."""
    given = {each.partition("=")[0] for each in BUILDS[name]["options"]["env"]}
    required = set(re.findall(r'"\$\{(\w+):\?\}"', scripts_of(name)))

    assert required
    assert required - given == set()


@pytest.mark.parametrize("name", FILES)
def test_nothing_has_a_key_or_a_moving_tag(name: str) -> None:
    """No secret, no file of credentials, no identity of its own, and nothing that is called latest."""
    text = TEXTS[name] + scripts_of(name)
    keys = r"GOOGLE_APPLICATION_CREDENTIALS|activate-service-account|key-file|private_key"

    assert re.findall(r":latest\b", text) == []
    assert re.findall(keys, text) == []
    assert {"secrets", "availableSecrets", "serviceAccount"} & BUILDS[name].keys() == set()


@pytest.mark.parametrize("path", [*FILES, "infra/toolbox/Dockerfile"])
def test_no_registry_is_named(path: str) -> None:
    """Every image is in a repository that a substitution or an argument names."""
    text = (ROOT / path).read_text(encoding="utf-8")

    assert re.findall(r"[\w-]+\.(?:pkg\.dev|io|com)/|gcr\.", text) == []


@pytest.mark.parametrize("script", sorted(SCRIPTS.glob("*.sh")), ids=lambda path: path.name)
def test_a_shell_script_stops_at_its_first_error(script: Any) -> None:
    """It says so at its start, bash can read it, and it may be executed."""
    text = script.read_text(encoding="utf-8")
    read = subprocess.run(["bash", "-n", str(script)], capture_output=True, text=True, check=False)

    assert text.startswith("#!/usr/bin/env bash\n# ")
    assert re.search(r"^set -euo pipefail$", text, re.MULTILINE)
    assert (read.returncode, read.stderr) == (0, "")
    assert script.stat().st_mode & 0o111


def test_the_rulesets_are_where_the_image_has_them() -> None:
    """What Terraform tells each stage is the folder that the Dockerfile names."""
    image = re.search(r"AIRLOCK_RULESETS=(\S+)", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    told = re.search(
        r'variable "rulesets" {.*?default += "([^"]+)"',
        (ROOT / "infra" / "variables.tf").read_text(encoding="utf-8"),
        re.DOTALL,
    )

    assert image is not None
    assert told is not None
    assert told[1] == image[1]
