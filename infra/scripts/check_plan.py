"""Refuses a plan that deletes, or replaces, what holds data: `check_plan.py PLAN.json`.

`ALLOW_DELETION=true` in the environment lets it pass, for the one build that was asked to do so.
"""

import json
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

#: kinds of resource that hold data, or without which data cannot be read, or whose messages go with them
KEPT = (
    "google_bigquery_dataset",
    "google_bigquery_table",
    "google_firestore_database",
    "google_healthcare_dataset",
    "google_healthcare_dicom_store",
    "google_kms_crypto_key",
    "google_kms_key_ring",
    "google_pubsub_subscription",
    "google_pubsub_topic",
    "google_secret_manager_secret",
    "google_storage_bucket",
)


def lost(plan: Mapping[str, Any]) -> Iterator[str]:
    """The addresses of what the plan deletes or replaces although it is to be kept."""
    for change in plan.get("resource_changes", []):
        if change["type"] in KEPT and "delete" in change["change"]["actions"]:
            yield change["address"]


def main(arguments: Sequence[str], environ: Mapping[str, str]) -> int:
    """Print what would be lost; end with 1 if that is anything, and not allowed."""
    plan = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
    if "format_version" not in plan:
        sys.stderr.write("this is no plan of Terraform\n")
        return 2
    addresses = sorted(lost(plan))
    allowed = environ.get("ALLOW_DELETION") == "true"
    for address in addresses:
        sys.stderr.write(f"{'deleted, as allowed' if allowed else 'would be lost'}: {address}\n")
    return 1 if addresses and not allowed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
