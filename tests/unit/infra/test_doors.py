"""`infra.scripts`: grants are read from a plan, and those that must not be are found."""

from pathlib import Path
from typing import Any

import pytest

from infra.scripts import doors, permissions
from infra.scripts.grants import grants

OWN = "@hospital.iam.gserviceaccount.com"
CLINICAL = {"bucket": "hospital-airlock-clinical"}


def account(name: str) -> str:
    """A service account of the installation."""
    return f"serviceAccount:airlock-{name}{OWN}"


def resource(kind: str, *, index: str | None = None, **values: Any) -> dict[str, Any]:
    """A resource of a plan."""
    address = f"module.airlock.{kind}.default" + (f'["{index}"]' if index else "")
    return {"type": kind, "name": "default", "address": address, "index": index, "values": values}


def plan_of(*made: dict[str, Any]) -> dict[str, Any]:
    """A plan that makes resources, in a module."""
    return {
        "variables": {"project": {"value": {"id": "hospital", "number": "1"}}},
        "planned_values": {"root_module": {"child_modules": [{"resources": list(made)}]}},
    }


def binding(on: str, role: str, *members: str, **values: Any) -> dict[str, Any]:
    """A binding of a role."""
    return resource(f"google_{on}_iam_binding", role=role, members=list(members), **values)


def only(database: str) -> list[dict[str, str]]:
    """The condition of a grant on one database."""
    return [{"expression": f'resource.name == "projects/hospital/databases/{database}"'}]


GOOD = (
    binding("storage_bucket", "roles/storage.objectViewer", account("validate"), **CLINICAL),
    binding(
        "storage_bucket", "roles/storage.objectUser", account("export"), bucket="hospital-airlock-released"
    ),
    binding("pubsub_topic", "roles/pubsub.publisher", account("export"), topic="airlock-audit"),
    binding(
        "secret_manager_secret",
        "roles/secretmanager.secretAccessor",
        account("export"),
        secret_id="airlock-tokens-somewhere",
    ),
    resource(
        "google_project_iam_member",
        role="roles/datastore.user",
        member=account("export"),
        project="hospital",
        condition=only("airlock-released"),
    ),
    resource("google_storage_bucket", name="hospital-airlock-clinical"),
)
BAD = {
    "nothing is for everybody": binding(
        "storage_bucket", "roles/storage.objectViewer", "allUsers", **CLINICAL
    ),
    "a basic role reaches everything": resource(
        "google_project_iam_member", role="roles/editor", member=account("validate"), project="hospital"
    ),
    "grants are on resources, not on the project": resource(
        "google_project_iam_member",
        role="roles/datastore.user",
        member=account("validate"),
        project="hospital",
    ),
    "the outer door has nothing clinical": binding(
        "storage_bucket", "roles/storage.objectViewer", account("retrieve"), **CLINICAL
    ),
    "the inner door has nothing outside": binding(
        "secret_manager_secret",
        "roles/secretmanager.secretAccessor",
        account("match"),
        secret_id="airlock-tokens-x",
    ),
    "the key is for the way between the doors": binding(
        "secret_manager_secret",
        "roles/secretmanager.secretAccessor",
        account("match"),
        secret_id="airlock-deidentification-key",
    ),
    "nobody signs as somebody else": binding(
        "service_account",
        "roles/iam.serviceAccountTokenCreator",
        account("validate"),
        service_account_id="console",
    ),
}
#: what the outer door might be given in other ways
TEMPTATIONS = (
    resource(
        "google_project_iam_member",
        role="roles/datastore.user",
        member=account("export"),
        project="hospital",
        condition=only("airlock-clinical"),
    ),
    binding("healthcare_dicom_store", "roles/healthcare.dicomViewer", account("export"), index="radiology"),
    binding("kms_crypto_key", "roles/cloudkms.cryptoKeyDecrypter", account("retrieve"), index="clinical"),
    binding("pubsub_topic", "roles/pubsub.publisher", account("export"), topic="airlock-shards"),
    binding("storage_bucket", "roles/storage.admin", account("export"), bucket="hospital-airlock-released"),
)


def in_project(role: str, member: str) -> dict[str, Any]:
    """A role in the whole project."""
    return resource("google_project_iam_member", role=role, member=member, project="hospital")


@pytest.mark.parametrize(
    ("role", "member", "allowed"),
    [
        ("roles/ondemandscanning.admin", account("builder"), True),
        ("roles/run.admin", account("builder"), False),
        ("roles/run.admin", account("deployer"), True),
        ("roles/run.admin", "serviceAccount:airlock-deployer@elsewhere.iam.gserviceaccount.com", False),
        ("roles/editor", account("deployer"), False),
        ("roles/cloudbuild.builds.approver", "group:release@hospital.example", True),
        ("roles/cloudbuild.builds.approver", account("deployer"), False),
        ("roles/cloudbuild.builds.editor", "group:release@hospital.example", False),
    ],
)
def test_only_builds_and_who_approves_them_have_roles_in_the_project(
    role: str, member: str, *, allowed: bool
) -> None:
    """The builder scans, the deployer of this project has what it deploys, people approve and no machine."""
    assert (doors.findings(plan_of(in_project(role, member))) == []) is allowed


def test_what_is_allowed_is_not_found() -> None:
    """Grants as they should be give no finding."""
    assert doors.findings(plan_of(*GOOD)) == []


@pytest.mark.parametrize("rule", BAD)
def test_what_must_not_be_is_found(rule: str) -> None:
    """Each rule finds its breach, and nothing else is said of the grants beside it."""
    found = doors.findings(plan_of(*GOOD, BAD[rule]))

    assert [each for each in found if each.endswith(rule)]
    assert {each.partition(" has ")[0] for each in found} == {grants(plan_of(BAD[rule]))[0].identity}


@pytest.mark.parametrize("temptation", TEMPTATIONS, ids=lambda each: each["values"]["role"])
def test_the_outer_door_has_what_is_on_its_list_alone(temptation: dict[str, Any]) -> None:
    """A database, a store, a key, a topic or a role that is not on the list is found."""
    (found,) = doors.findings(plan_of(temptation))

    assert found.endswith("the outer door has nothing clinical")


@pytest.mark.parametrize("kind", sorted(doors.FORBIDDEN_TYPES))
def test_a_type_that_hides_grants_is_found(kind: str) -> None:
    """Keys, access lists and bindings of the whole project are found by their type."""
    found = doors.findings(plan_of(resource(kind, role="roles/storage.admin", members=[])))

    assert f"{kind} must not be used" in found


def test_a_grant_is_read_with_its_condition() -> None:
    """Member, role, resource and what a condition leaves are read from a plan."""
    condition = [{"expression": 'resource.name.startsWith("projects/_/buckets/b/objects/intake/")'}]
    (grant,) = grants(
        plan_of(
            binding(
                "storage_bucket",
                "roles/storage.objectCreator",
                "group:a@b.example",
                bucket="b",
                condition=condition,
            )
        )
    )

    assert (grant.identity, grant.place) == ("a@b.example", "bucket `b`, `intake/` only")


@pytest.mark.parametrize(
    ("member", "identity"),
    [
        (account("export"), "airlock-export"),
        ("serviceAccount:airlock-deployer@elsewhere.iam.gserviceaccount.com", "airlock-deployer@elsewhere"),
        ("serviceAccount:service-1@gcp-sa-pubsub.iam.gserviceaccount.com", "gcp-sa-pubsub"),
        ("serviceAccount:bq-1@bigquery-encryption.iam.gserviceaccount.com", "bigquery-encryption"),
        ("user:a@b.example", "a@b.example"),
    ],
)
def test_an_identity_is_short(member: str, identity: str) -> None:
    """Our account is called by its name, another's by its project too, Google's by its service."""
    assert grants(plan_of(binding("storage_bucket", "r", member, **CLINICAL)))[0].identity == identity


def test_the_table_has_a_row_for_each_identity_and_role() -> None:
    """Resources of one role share a row, in order."""
    made = [
        binding("pubsub_topic", "roles/pubsub.publisher", account("match"), topic=name) for name in ("b", "a")
    ]

    assert permissions.table(grants(plan_of(*made))).splitlines()[2:] == [
        "| `airlock-match` | `pubsub.publisher` | topic `a`; topic `b` |"
    ]


def test_an_old_table_is_told_and_written_again(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What people wrote around the table stays."""
    page = tmp_path / "README.md"
    page.write_text(f"Before.\n\n{permissions.BEGIN}old\n{permissions.END}\nAfter.\n", encoding="utf-8")
    before = permissions.is_current("new\n", page)
    permissions.write("new\n", page)

    assert (before, permissions.is_current("new\n", page)) == (False, True)
    assert page.read_text(encoding="utf-8").startswith("Before.\n")
    assert page.read_text(encoding="utf-8").endswith("\nAfter.\n")
    assert "README.md is out of date" in capsys.readouterr().err
