"""The infrastructure as Terraform plans it: its own tests, both environments, and breakage noticed."""

import base64
import json
import re
from pathlib import Path
from typing import Any

import pytest

from functions.pipeline import PIPELINE
from infra.scripts import doors, permissions
from infra.scripts.check_mutations import Mutation
from infra.scripts.grants import grants
from infra.scripts.terraform import (
    INFRA,
    Plan,
    folders,
    initialized,
    terraform,
)
from shared.destinations.settings import load_destinations
from shared.documents import load_document
from shared.notifications import TICK
from shared.ports.bus import Subscription
from shared.runtime import Outcome
from shared.settings import IntakePolicy
from shared.wiring import push_identity
from shared.wiring.cloud import CloudSettings
from tests.terraform import Later, made, tried
from tests.unit.docs.pages import sections, text_of

ROOT = Path(__file__).parents[2]
PREFIX = "airlock-"
FOLDERS = folders()


def named(path: Path) -> str:
    """A folder as a test's name."""
    return str(path.relative_to(INFRA))


def variables(service: dict[str, Any]) -> dict[str, str]:
    """The environment of a Cloud Run service."""
    return {each["name"]: each["value"] for each in service["template"][0]["containers"][0]["env"]}


# -- Terraform's own checks


def test_files_are_formatted(later: Later) -> None:
    """`terraform fmt` has nothing to change."""
    assert terraform(INFRA, "fmt", "-check", "-recursive") == ""


def test_the_configuration_is_valid(later: Later) -> None:
    """Every reference and argument exists; a plan validates the environments."""
    assert json.loads(initialized(INFRA, "validate", "-json"))["valid"] is True


@pytest.mark.parametrize("folder", FOLDERS, ids=named)
def test_the_folders_own_tests_pass(later: Later, folder: Path) -> None:
    """Each run of the folder's tests holds."""
    passed, failed = re.search(r"(\d+) passed, (\d+) failed", later("test", folder)).groups()

    assert int(passed) == sum(
        len(re.findall(r"^run ", path.read_text(), re.MULTILINE)) for path in folder.glob("tests/*")
    )
    assert failed == "0"


@pytest.mark.parametrize("mutation", tried(), ids=lambda each: each.name)
def test_a_breakage_is_noticed(later: Later, mutation: Mutation) -> None:
    """Without a dead letter, a grant or a time to live, or with a clinical role for export, a test fails."""
    assert later("mutate", mutation) is False


# -- the doors


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_the_doors_are_never_open_together(later: Later, environment: str) -> None:
    """No identity has what it must not have, wherever it was granted."""
    assert doors.findings(later("plan", environment)) == []


def test_the_table_of_permissions_is_up_to_date(prod: Plan) -> None:
    """The README says who may do what on which resource, as the plan does."""
    assert permissions.is_current(permissions.table(grants(prod)))


# -- the pipeline


def test_the_subscriptions_are_those_of_the_code(prod: Plan) -> None:
    """Every subscription of the code is deployed with its topic, attempts, ack deadline and back-off."""
    pushed = [each for each in made(prod, "google_pubsub_subscription").values() if each["push_config"]]
    deployed = {
        each["name"].removeprefix(PREFIX): (
            bool(each["dead_letter_policy"]) and each["dead_letter_policy"][0]["max_delivery_attempts"],
            each["ack_deadline_seconds"],
            each["retry_policy"][0]["minimum_backoff"],
            each["retry_policy"][0]["maximum_backoff"],
        )
        for each in pushed
    }

    assert deployed == {each.name: policies(each) for stage in PIPELINE for each in stage.subscriptions()}


def policies(subscription: Subscription) -> tuple[int | bool, float, str, str]:
    """The policies of a subscription of the code as Terraform writes them."""
    return (
        subscription.dead_letter_topic is not None and subscription.max_delivery_attempts,
        subscription.ack_deadline,
        f"{subscription.minimum_backoff:.0f}s",
        f"{subscription.maximum_backoff:.0f}s",
    )


def test_the_topics_are_those_of_the_code(prod: Plan) -> None:
    """Every topic of the code is deployed, besides the record's own dead letters and the builds' topic."""
    topics = {each["name"].removeprefix(PREFIX) for each in made(prod, "google_pubsub_topic").values()}
    heard = {each.topic for stage in PIPELINE for each in stage.subscriptions()}

    assert topics == heard | {"audit", "audit-dead-letters", "promotions"}


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_subscription_expires(later: Later, environment: str) -> None:
    """A subscription that is quiet for a month is there when it is needed."""
    subscriptions = made(later("plan", environment), "google_pubsub_subscription").values()

    assert {each["expiration_policy"][0]["ttl"] for each in subscriptions} == {""}


@pytest.mark.parametrize("stage", PIPELINE, ids=lambda stage: stage.name)
def test_a_stage_can_read_its_environment(prod: Plan, stage: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The variables of a service are those that its code asks for."""
    (service,) = (
        each
        for each in made(prod, "google_cloud_run_v2_service").values()
        if each["name"] == PREFIX + stage.name
    )
    environ = variables(service)
    settings = CloudSettings.from_environment(environ)
    destinations = load_destinations(ROOT / "rulesets" / "destinations", environ=environ)

    assert (settings.prefix, environ["AIRLOCK_FUNCTION"]) == ("airlock", stage.name)
    assert settings.clinical_database != settings.released_database
    assert [each.base_url for each in destinations] == ["https://segmentation.example"]
    assert push_identity(environ) is not None


def test_the_clock_says_what_the_code_takes_for_a_tick(prod: Plan) -> None:
    """Cloud Scheduler's message is the one that the runtime knows."""
    (job,) = made(prod, "google_cloud_scheduler_job").values()

    assert base64.b64decode(job["pubsub_target"][0]["data"]) == TICK
    assert job["schedule"] == "* * * * *"


def test_every_outcome_is_counted(prod: Plan) -> None:
    """The metric counts each outcome line that the code writes."""
    metrics = made(prod, "google_logging_metric").values()
    (counted,) = (each["filter"] for each in metrics if each["name"].endswith("outcomes"))
    words = set(re.findall(r'"(\w+)"', counted.partition("jsonPayload.message=")[2]))

    assert words == {*Outcome, "refused", "unfit"}


def test_every_alert_names_its_runbook(prod: Plan) -> None:
    """It ends with the section that has its name; each section is of an alert or the budget."""
    policies = made(prod, "google_monitoring_alert_policy").values()
    page = "docs/how-to/runbooks.md"
    named = {
        each["documentation"][0]["content"].rpartition(f"\n\nRunbook: {page}#")[2]: each["display_name"]
        for each in policies
    }
    alerts = {anchor: name.partition(": ")[2].replace(" ", "-") for anchor, name in named.items()}
    headings = {heading.replace(" ", "-") for heading in sections(text_of(ROOT / page), 2)}

    assert all(anchor == name for anchor, name in alerts.items())
    assert alerts.keys() == headings - {"Before-you-need-them", "budget"}


def test_a_series_that_waits_as_the_policy_lets_it_is_no_alert(prod: Plan) -> None:
    """People are told well after the longest wait of the shipped policy."""
    alerts = made(prod, "google_monitoring_alert_policy").values()
    (waiting,) = (each for each in alerts if each["display_name"].endswith(": series wait"))
    policy = load_document(ROOT / "rulesets" / "validate" / "default.yaml", IntakePolicy)

    threshold = waiting["conditions"][0]["condition_threshold"][0]["threshold_value"]
    assert threshold >= 2 * policy.assembly.maximum_wait


def test_the_ledgers_have_the_indexes_of_the_file(prod: Plan) -> None:
    """Both databases have each index, each exemption and each TTL policy."""
    definition = json.loads((INFRA / "firestore_indexes.json").read_text(encoding="utf-8"))
    fields = made(prod, "google_firestore_field").values()
    ttl = [f"{each['collection']}.{each['field']}" for each in fields if each["ttl_config"]]

    assert len(made(prod, "google_firestore_index")) == 2 * len(definition["indexes"])
    assert len(fields) == 2 * len(definition["fieldOverrides"])
    assert ttl == 2 * [
        f"{each['collectionGroup']}.{each['fieldPath']}"
        for each in definition["fieldOverrides"]
        if each.get("ttl")
    ]
