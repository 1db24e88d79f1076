"""The scripts that plan and apply, run with stand-ins for gcloud and terraform."""

import json
from pathlib import Path

import pytest

from infra.scripts.check_plan import KEPT
from tests.unit.infra.stubs import ROOT, Answer, Stubs, environ

IMAGE = f"registry.test/p/airlock/airlock@sha256:{'a' * 64}"


@pytest.fixture
def stubs(tmp_path: Path) -> Stubs:
    """Stand-ins, an image that was pushed, and an environment's folder of our own."""
    made = Stubs(tmp_path)
    made.program("gcloud", "terraform")
    (made.work / "infra").unlink()
    (made.work / "infra" / "environments" / "dev").mkdir(parents=True)
    (made.work / "infra" / "scripts").symlink_to(ROOT / "infra" / "scripts")
    made.write("delivery/image.txt", f"{IMAGE}\n")
    return made


def planned(*changes: tuple[str, list[str]]) -> str:
    """A plan as JSON, with changes of resources by type."""
    listed = [
        {"address": f"module.airlock.{kind}.x", "type": kind, "change": {"actions": actions}}
        for kind, actions in changes
    ]
    return json.dumps({"format_version": "1.2", "resource_changes": listed})


def test_a_plan_is_made_with_the_image_and_the_values_of_the_bucket(stubs: Stubs) -> None:
    """State and values come from the bucket, the image from the build; the plan is written as text, too."""
    stubs.answer(Answer(("show", "-json"), planned()), Answer(("show",), "No changes.\n"))

    done = stubs.run("plan.sh", ["dev"], **environ())
    fetched, initialized, plan, *_ = stubs.calls

    assert done.code == 0
    assert fetched.endswith("gs://p-terraform/dev.tfvars infra/environments/dev/terraform.tfvars")
    assert "-backend-config=bucket=p-terraform -backend-config=prefix=airlock/dev" in initialized
    assert f"-var=image={IMAGE} -out={stubs.work}/delivery/dev.plan" in plan
    assert stubs.read("delivery/dev.plan.txt") == "No changes.\n"
    assert 'backend "gcs" {}' in stubs.read("infra/environments/dev/backend_override.tf")


def test_a_plan_that_cannot_be_made_ends_the_build(stubs: Stubs) -> None:
    """What Terraform refuses is not looked at any further."""
    stubs.answer(Answer((" plan ",), code=1))

    assert stubs.run("plan.sh", ["dev"], **environ()).code == 1


@pytest.mark.parametrize("kind", KEPT)
def test_a_plan_that_loses_data_ends_the_build(stubs: Stubs, kind: str) -> None:
    """Whether it is deleted or replaced; the address is named."""
    stubs.answer(Answer(("-json",), planned((kind, ["delete", "create"]))))

    done = stubs.run("plan.sh", ["dev"], **environ())

    assert done.code == 1
    assert f"would be lost: module.airlock.{kind}.x" in done.complained


def test_a_loss_can_be_allowed_for_one_build(stubs: Stubs) -> None:
    """Then it is named all the same."""
    stubs.answer(Answer(("-json",), planned(("google_storage_bucket", ["delete"]))))

    done = stubs.run("plan.sh", ["dev"], **environ(ALLOW_DELETION="true"))

    assert done.code == 0
    assert "deleted, as allowed" in done.complained


def test_other_changes_pass(stubs: Stubs) -> None:
    """Services come and go, and buckets may change."""
    changes = [("google_cloud_run_v2_service", ["delete", "create"]), ("google_storage_bucket", ["update"])]
    stubs.answer(Answer(("-json",), planned(*changes)))

    assert stubs.run("plan.sh", ["dev"], **environ()).code == 0


def test_what_is_no_plan_is_not_taken_for_an_empty_one(stubs: Stubs) -> None:
    """JSON of another kind ends the build."""
    stubs.answer(Answer(("-json",), "{}"))

    assert stubs.run("plan.sh", ["dev"], **environ()).code == 2


def test_the_kinds_that_are_kept_are_those_of_the_modules() -> None:
    """Each is a kind that our Terraform makes."""
    made = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "infra" / "modules").rglob("*.tf"))

    assert [kind for kind in KEPT if f'resource "{kind}"' not in made] == []


def test_exactly_the_plan_is_applied(stubs: Stubs) -> None:
    """The file of the plan, no new one; and the outputs are kept for the smoke test."""
    stubs.answer(Answer(("output -json airlock",), '{"buckets": {}}'))

    done = stubs.run("apply.sh", ["dev"], **environ())

    assert done.code == 0
    assert stubs.calls[0].endswith(
        f"apply -input=false -no-color -lock-timeout=600s {stubs.work}/delivery/dev.plan"
    )
    assert json.loads(stubs.read("delivery/dev.outputs.json")) == {"buckets": {}}
