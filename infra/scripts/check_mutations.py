"""Breaks the infrastructure in known ways, one at a time, and tells which breakage no test notices.

python -m infra.scripts.check_mutations [NAME...]
"""

import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

from infra.scripts import doors
from infra.scripts.terraform import INFRA, TerraformFailed, plan, run_tests


class Mutation(NamedTuple):
    """One breakage.

    Attributes:
        name: what is broken.
        file: where, in `infra/`.
        old, new: what is replaced by what, once.
        noticed_by: the folder whose own tests fail; the doors' findings in the whole plan if it is empty.
        only: the one of these tests' files, where there are more.
    """

    name: str
    file: str
    old: str
    new: str
    noticed_by: str = ""
    only: tuple[str, ...] = ()


STAGE, DEAD, PUSH = "modules/stage", "modules/stage/dead_letters.tf", "modules/stage/push.tf"
_TTL = 'expiration_policy {\n    ttl = ""\n  }'
_SHORT_TTL = 'expiration_policy {\n    ttl = "2678400s"\n  }'
_BUCKET_IAM = "      members,\n"

MUTATIONS = (
    Mutation(
        "no dead letter", PUSH, "for_each = google_pubsub_topic.dead_letters\n", "for_each = []\n", STAGE
    ),
    Mutation(
        "another stage's dead letters", PUSH, "dead_letter_policy.value.id", '"projects/p/topics/t"', STAGE
    ),
    Mutation("no grant to forward", DEAD, "var.quarantine == null ? {} : var.hears", "{}", STAGE),
    Mutation("no grant to publish dead letters", DEAD, "members = [local.agent]", "members = []", STAGE),
    Mutation("dead letters expire", DEAD, _TTL, _SHORT_TTL, STAGE),
    Mutation("work expires", PUSH, _TTL, _SHORT_TTL, STAGE),
    Mutation(
        "dead letters are not recorded", DEAD, "var.quarantine.endpoint", '"https://elsewhere.example"', STAGE
    ),
    Mutation("fewer attempts", PUSH, "var.delivery.attempts", "5", STAGE),
    Mutation("no back-off", PUSH, '"${var.delivery.backoff.minimum}s"', '"0s"', STAGE),
    Mutation("anybody calls", PUSH, "[google_service_account.push.member]", '["allUsers"]', STAGE),
    Mutation("reached from the internet", "modules/stage/main.tf", "INTERNAL_ONLY", "ALL", STAGE),
    Mutation("a public bucket", "modules/bucket/main.tf", '= "enforced"', '= "inherited"', "modules/bucket"),
    Mutation(
        "production waits for nobody",
        "modules/delivery/promotion.tf",
        "approval_required = true",
        "approval_required = false",
        "modules/delivery",
    ),
    Mutation(
        "both ledgers",
        "modules/ledger/main.tf",
        '${var.databases[each.value.door].name}\\"',
        '\\"',
        "modules/ledger",
    ),
    Mutation("the inner door goes out", "modules/network/main.tf", "deny {", "allow {", "modules/network"),
    Mutation(
        "a destination in a clear line",
        "variables.tf",
        '"^https://"',
        '"^http"',
        ".",
        ("variables.tftest.hcl",),
    ),
    Mutation(
        "export is given a clinical right",
        "pipeline.yaml",
        "      jobs: [record]\n",
        "      jobs: [record]\n      clinical: [read_objects]\n",
        ".",
        ("doors.tftest.hcl",),
    ),
    Mutation(
        "export is given a clinical role",
        "data.tf",
        _BUCKET_IAM,
        f'{_BUCKET_IAM}      role == "roles/storage.objectViewer" ? [local.members.export] : [],\n',
    ),
    Mutation(
        "unpack adds anywhere",
        "pipeline.yaml",
        "to: {clinical: clinical bucket}, under: intake/}",
        "to: {clinical: clinical bucket}}",
        ".",
        ("doors.tftest.hcl",),
    ),
    Mutation(
        "deidentify is given a token",
        "keys.tf",
        'iam = local.iam["tokens"]',
        'iam = { "roles/secretmanager.secretAccessor" = [local.members.deidentify] }',
    ),
    Mutation(
        "a role on the project",
        "identities.tf",
        "# Upload URLs",
        (
            'resource "google_project_iam_member" "all" {\n  project = var.project.id\n'
            '  role    = "roles/storage.admin"\n  member  = local.members.validate\n}\n\n# Upload URLs'
        ),
    ),
    Mutation(
        "a key",
        "identities.tf",
        "# Upload URLs",
        (
            'resource "google_service_account_key" "export" {\n'
            '  service_account_id = google_service_account.stage["export"].name\n}\n\n# Upload URLs'
        ),
    ),
)


def survives(mutation: Mutation) -> bool:
    """Whether nothing notices a breakage.

    Raises:
        ValueError: what is to be replaced is not there, so that the breakage is none.
        TerraformFailed: Terraform cannot read what is broken, or not run at all.
    """
    with tempfile.TemporaryDirectory() as scratch:
        infra = Path(scratch).resolve() / "infra"
        shutil.copytree(INFRA, infra, ignore=shutil.ignore_patterns(".terraform", "scripts"))
        _break(infra / mutation.file, mutation)
        try:
            if mutation.noticed_by:
                run_tests(infra / mutation.noticed_by, *mutation.only)
                return True
            return not doors.findings(plan(infra / "environments" / "prod"))
        except TerraformFailed as refused:
            # A breakage that Terraform itself cannot read proves nothing of the tests.
            if "Failure!" not in str(refused):
                raise
            return False


def _break(path: Path, mutation: Mutation) -> None:
    text = path.read_text(encoding="utf-8")
    if mutation.old not in text:
        raise ValueError(f"{mutation.name}: {mutation.file} has no {mutation.old!r}")
    path.write_text(text.replace(mutation.old, mutation.new, 1), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the breakages that nothing notices."""
    wanted = set(sys.argv[1:] if arguments is None else arguments)
    chosen = [each for each in MUTATIONS if not wanted or each.name in wanted]
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        outcomes = list(zip(chosen, pool.map(survives, chosen), strict=True))
    for mutation, survived in outcomes:
        print(f"{'NOT NOTICED' if survived else 'noticed'}: {mutation.name}")
    return 1 if any(survived for _, survived in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
