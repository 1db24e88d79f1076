"""What production and development are planned as: encrypted and protected the one, next to free the other."""

import json
import re

import pytest

from infra.scripts.terraform import Plan, resources
from tests.terraform import Later, made

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
