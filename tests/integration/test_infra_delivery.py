"""The way to production, as Terraform makes it with the values of docs/how-to/deploy.md."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from infra.scripts import doors
from infra.scripts.grants import grants
from infra.scripts.terraform import EXAMPLE, INFRA, Plan, plan
from tests.terraform import made, unusable
from tests.unit.docs.pages import blocks, text_of

PAGE = INFRA.parent / "docs" / "how-to" / "deploy.md"
BUILDS, FROM, TO = (block for block in blocks(text_of(PAGE), "text"))
Planned = Callable[[str, str], Plan]


@pytest.fixture
def planned(tmp_path: Path) -> Planned:
    """Plans an environment with its example values, but with another `delivery`."""
    if reason := unusable():
        pytest.skip(reason)

    def planned_with(environment: str, delivery: str) -> Plan:
        folder = INFRA / "environments" / environment
        example = text_of(folder / EXAMPLE).partition("\ndelivery = ")[0]
        values = tmp_path / "values.tfvars"
        values.write_text(f"{example}\n{delivery}", encoding="utf-8")
        return plan(folder, str(values))

    return planned_with


def merged(first: str, second: str) -> str:
    """One `delivery` with the attributes of two."""
    return f"{first.rstrip().removesuffix('}')}\n{second}\n}}\n"


def triggers(planned: Plan) -> dict[str, Any]:
    """The triggers by name."""
    return {each["name"]: each for each in made(planned, "google_cloudbuild_trigger").values()}


def test_development_builds_and_asks(planned: Planned) -> None:
    """The builds name production's topic, production pulls, and no grant is more than the doors allow."""
    dev = planned("dev", merged(BUILDS, TO))
    found = triggers(dev)
    readers = {each.identity for each in grants(dev) if each.role == "roles/artifactregistry.reader"}

    assert found.keys() == {"airlock-check", "airlock-deploy"}
    assert {each["substitutions"]["_PROMOTIONS"] for each in found.values()} == {
        "projects/hospital-imaging/topics/airlock-promotions"
    }
    assert readers == {"serverless-robot-prod", "airlock-deployer@hospital-imaging"}
    assert doors.findings(dev) == []


def test_production_is_asked_and_waits(planned: Planned) -> None:
    """It has one trigger, for a person to approve; the topic is the one that development asks by."""
    attributes = FROM.partition("{")[2].rstrip().removesuffix("}").strip()
    prod = planned("prod", merged(BUILDS.replace("hospital-imaging-dev", "hospital-imaging"), attributes))
    found = triggers(prod)

    assert found.keys() == {"airlock-production"}
    assert found["airlock-production"]["approval_config"] == [{"approval_required": True}]
    assert "airlock-promotions" in {each["name"] for each in made(prod, "google_pubsub_topic").values()}
    assert doors.findings(prod) == []
