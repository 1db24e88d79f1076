"""docs/how-to/deploy.md against the builds and the sizes of the pipeline."""

import re
import subprocess

import pytest
import yaml

from infra.scripts import smoke_test
from tests.unit.docs.pages import ROOT, blocks, inline_code, sections, table, text_of

PAGE = text_of(ROOT / "docs" / "how-to" / "deploy.md")
PARTS = sections(PAGE, 2)
STAGES = yaml.safe_load(text_of(ROOT / "infra" / "pipeline.yaml"))["stages"].values()


def steps(name: str) -> list[str]:
    """The steps of a build."""
    return [step["id"] for step in yaml.safe_load(text_of(ROOT / name))["steps"]]


def named(part: str) -> list[str]:
    """What the first column of the last table of a section names."""
    return [code for row in table(PARTS[part]) for code in inline_code(row[0])]


def test_every_step_of_a_build_is_explained() -> None:
    """In the order in which they come."""
    assert named("7. Builds") == steps("cloudbuild.yaml")
    assert named("Production") == steps("cloudbuild.production.yaml")


@pytest.mark.parametrize("environment", ["dev", "prod"])
@pytest.mark.parametrize("page", ["deploy", "upgrade-and-rotate-keys"])
def test_a_lock_file_that_is_made_can_be_committed(page: str, environment: str) -> None:
    """Both guides lock the provider for the builds' platform, and git takes the file that they add."""
    commands = "".join(blocks(text_of(ROOT / "docs" / "how-to" / f"{page}.md"), "sh"))
    file = f"infra/environments/{environment}/.terraform.lock.hcl"
    ignored = subprocess.run(["git", "check-ignore", "--quiet", file], cwd=ROOT, check=False)

    assert "terraform providers lock -platform=linux_amd64 " in commands
    assert "git add .terraform.lock.hcl" in commands
    assert ignored.returncode != 0


def test_every_exit_code_of_the_smoke_test_is_explained() -> None:
    """From 0 to the last."""
    codes = [int(row[0]) for row in table(PARTS["6. Try it"])]

    assert codes == [
        smoke_test.EXPORTED,
        smoke_test.HELD,
        smoke_test.UNFIT,
        smoke_test.IN_FLIGHT,
        smoke_test.OPEN,
    ]


def test_the_quotas_are_those_of_the_shipped_sizes() -> None:
    """Instances, CPUs and memory of all stages at their most."""
    most = [(stage["size"], stage["size"]["instances"]["max"]) for stage in STAGES]
    memory = sum(int(size["memory"].removesuffix("Gi")) * count for size, count in most)
    wanted = [sum(count for _, count in most), sum(size["cpu"] * count for size, count in most), memory]
    found = [int(re.split(r"\D", row[1])[0]) for row in table(PARTS["Quotas"])[:3]]

    assert found == wanted


def test_the_roll_out_is_described_as_it_is() -> None:
    """Steps, patience and the errors that are borne."""
    build = yaml.safe_load(text_of(ROOT / "cloudbuild.production.yaml"))["substitutions"]
    text = PARTS["Production"]

    assert f"{build['_STEPS'].replace(',', ', ')} of a hundred requests" in text
    assert (build["_WATCH_SECONDS"], build["_MOST_ERRORS"]) == ("600", "5")
    assert "ten minutes" in text
    assert "more than five in a hundred" in text
