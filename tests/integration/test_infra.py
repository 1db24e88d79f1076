"""The infrastructure as Terraform plans it: its own tests, both environments, and breakage noticed."""

import base64
import json
import os
import re
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from functions.pipeline import PIPELINE
from infra.scripts import doors, permissions
from infra.scripts.check_mutations import MUTATIONS, Mutation, survives
from infra.scripts.grants import grants
from infra.scripts.terraform import (
    INFRA,
    Plan,
    environments,
    folders,
    initialized,
    plan,
    resources,
    run_tests,
    terraform,
)
from shared.destinations.settings import load_destinations
from shared.notifications import TICK
from shared.ports.bus import Subscription
from shared.runtime import Outcome
from shared.wiring import push_identity
from shared.wiring.cloud import CloudSettings
from tests.terraform import unusable

ROOT = Path(__file__).parents[2]
PREFIX = "airlock-"
FOLDERS, ENVIRONMENTS = folders(), environments()
#: the breakages that every run tries; the others are for `make infra`
TRIED = [
    "no dead letter",
    "no grant to forward",
    "dead letters expire",
    "export is given a clinical right",
    "export is given a clinical role",
]
#: what holds data, and where its key is named
KEYED = {
    "google_artifact_registry_repository": "kms_key_name",
    "google_bigquery_dataset": "default_encryption_configuration",
    "google_bigquery_table": "encryption_configuration",
    "google_cloud_run_v2_service": "template",
    "google_firestore_database": "cmek_config",
    "google_healthcare_dataset": "encryption_spec",
    "google_pubsub_topic": "kms_key_name",
    "google_storage_bucket": "encryption",
}
KEY = re.compile(r'"\w*(?:key_name|encryption_key)": "[^"]+/keyRings/airlock/cryptoKeys/([\w-]+)"')
#: what is paid for by the hour, or keeps something for long
COSTLY = {
    "google_compute_address",
    "google_compute_global_forwarding_rule",
    "google_firestore_backup_schedule",
    "google_healthcare_dataset",
}

Later = Callable[..., Any]


def named(path: Path) -> str:
    """A folder as a test's name."""
    return str(path.relative_to(INFRA))


@pytest.fixture(scope="module")
def later() -> Iterator[Later]:
    """Run Terraform's work side by side from the first test on; a test waits for what it needs."""
    if reason := unusable():
        pytest.skip(reason)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        work: dict[tuple[str, Any], Future[Any]] = {}
        work.update({("plan", each.name): pool.submit(plan, each) for each in ENVIRONMENTS})
        work.update({("test", each): pool.submit(run_tests, each) for each in FOLDERS})
        work.update({("mutate", each): pool.submit(survives, each) for each in tried()})
        yield lambda *what: work[what].result()
        for each in work.values():
            each.cancel()


def tried() -> list[Mutation]:
    """The breakages that are tried here."""
    return [each for each in MUTATIONS if each.name in TRIED]


@pytest.fixture
def prod(later: Later) -> Plan:
    """The plan of production."""
    return later("plan", "prod")


def made(planned: Plan, kind: str) -> dict[str, dict[str, Any]]:
    """The values of all resources of a type by address."""
    return {each["address"]: each["values"] for each in resources(planned) if each["type"] == kind}


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
    """Every topic of the code is deployed, and besides only the record's own dead letters."""
    topics = {each["name"].removeprefix(PREFIX) for each in made(prod, "google_pubsub_topic").values()}
    heard = {each.topic for stage in PIPELINE for each in stage.subscriptions()}

    assert topics == heard | {"audit", "audit-dead-letters"}


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


# -- production and development


@pytest.mark.parametrize("kind", KEYED)
def test_production_encrypts_everything_with_its_own_keys(prod: Plan, kind: str) -> None:
    """What holds data names the key of its door, or that of the platform."""
    keys = {
        address: KEY.findall(json.dumps({KEYED[kind]: values[KEYED[kind]]}))
        for address, values in made(prod, kind).items()
    }

    assert keys
    assert keys == {address: [door(address)] for address in keys}


def test_production_encrypts_secrets_with_its_own_key(prod: Plan) -> None:
    """A secret names its key, too, whose name is known once the key is made."""
    secrets = [each for each in prod["resource_changes"] if each["type"] == "google_secret_manager_secret"]
    keys = [re.findall("kms_key_name", json.dumps(each["change"]["after_unknown"])) for each in secrets]

    assert keys == [["kms_key_name"], ["kms_key_name"]]


def door(address: str) -> str:
    """Whose key something should be encrypted with."""
    if "dicom_stores" in address:
        return "clinical"
    return next((each for each in ("clinical", "released") if f'"{each}"' in address), "platform")


def test_development_has_no_key_but_the_one_that_wraps(later: Later) -> None:
    """A key that nobody asked for is paid for all the same."""
    keys = made(later("plan", "dev"), "google_kms_crypto_key").values()

    assert [each["name"] for each in keys] == ["deidentification-wrapping"]


def test_production_is_protected_from_deletion(prod: Plan) -> None:
    """Services, secrets, databases and tables are not deleted by accident, nor a full bucket."""
    protected = {
        value
        for kind in ("google_cloud_run_v2_service", "google_secret_manager_secret", "google_bigquery_table")
        for each in made(prod, kind).values()
        for value in [each["deletion_protection"]]
    }
    databases = made(prod, "google_firestore_database").values()

    assert protected == {True}
    assert {each["delete_protection_state"] for each in databases} == {"DELETE_PROTECTION_ENABLED"}
    assert {each["force_destroy"] for each in made(prod, "google_storage_bucket").values()} == {False}


def test_development_costs_next_to_nothing_at_rest(later: Later) -> None:
    """Nothing waits, nothing is kept for long, and nothing is rented."""
    dev = later("plan", "dev")
    services = made(dev, "google_cloud_run_v2_service").values()

    assert {each["template"][0]["scaling"][0]["min_instance_count"] for each in services} == {0}
    assert {each["type"] for each in resources(dev)} & COSTLY == set()


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_bucket_can_be_public(later: Later, environment: str) -> None:
    """Public access is prevented on both buckets, whatever is granted."""
    buckets = made(later("plan", environment), "google_storage_bucket").values()

    assert [each["public_access_prevention"] for each in buckets] == ["enforced", "enforced"]


@pytest.mark.parametrize("environment", ["dev", "prod"])
def test_no_stage_is_reached_from_the_internet(later: Later, environment: str) -> None:
    """Only Pub/Sub inside the project calls a stage; the console is for people, behind the proxy."""
    services = made(later("plan", environment), "google_cloud_run_v2_service").values()
    open_ones = [each["name"] for each in services if each["ingress"] != "INGRESS_TRAFFIC_INTERNAL_ONLY"]

    assert open_ones == (["airlock-console"] if environment == "prod" else [])
    assert {each["iap_enabled"] for each in services if each["name"] in open_ones} <= {True}
