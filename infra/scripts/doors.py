"""Tells what in a plan would open both doors, or open anything to everybody.

    python -m infra.scripts.doors FOLDER [VALUES]

plans a root module and prints what it finds: nothing, if all is well.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from infra.scripts.grants import Grant, grants
from infra.scripts.terraform import EXAMPLE, Plan, plan, resources

OUTER, KEEPERS = {"export", "retrieve"}, {"deidentify", "reidentify"}
BASIC_ROLES = {"roles/owner", "roles/editor", "roles/viewer"}
#: what grants in a way that hides others, or that is no grant but a password
FORBIDDEN_TYPES = {
    "google_project_iam_binding",
    "google_project_iam_policy",
    "google_service_account_key",
    "google_storage_bucket_access_control",
    "google_storage_bucket_acl",
    "google_storage_hmac_key",
    "google_storage_object_acl",
}
#: all that the outer door may have: role, and what the name of the resource ends with, or is
_OUTER_MAY = {
    ("roles/pubsub.publisher", "topic"): ("-failures", "-audit", "-retrievals", "-results"),
    ("roles/storage.objectUser", "bucket"): ("-released",),
    ("roles/storage.objectViewer", "bucket"): ("-released",),
    ("roles/datastore.user", "project"): ("-released",),
    ("roles/secretmanager.secretAccessor", "secret"): ("tokens",),
    ("roles/secretmanager.secretVersionAdder", "secret"): ("tokens",),
}


def findings(planned: Plan) -> list[str]:
    """What must not be; each as a sentence."""
    granted = grants(planned)
    types = sorted({each["type"] for each in resources(planned)} & FORBIDDEN_TYPES)
    return [
        *(f"{each} must not be used" for each in types),
        *(f"{grant.identity} has {grant.role} on {grant.place}: {why}" for grant, why in _bad(granted)),
    ]


def _bad(granted: Sequence[Grant]) -> Iterator[tuple[Grant, str]]:
    for grant in granted:
        yield from ((grant, why) for why, wrong in _RULES.items() if wrong(grant))


def _stage(grant: Grant) -> str:
    return grant.identity.partition("@")[0].rpartition("-")[2]


def _is_for_everybody(grant: Grant) -> bool:
    return not grant.member.startswith(("serviceAccount:", "user:", "group:"))


def _is_project_wide(grant: Grant) -> bool:
    """A role on the project, but for one database, log lines, builds, and those who approve these."""
    if grant.kind != "project" or grant.role == "roles/logging.logWriter":
        return False
    if grant.role == "roles/datastore.user":
        return not (grant.condition and grant.only)
    if grant.role == "roles/cloudbuild.builds.approver":
        return grant.member.startswith("serviceAccount:")
    builds = {"builder"} if grant.role == "roles/ondemandscanning.admin" else set()
    return "@" in grant.identity or _stage(grant) not in {"deployer", *builds}


def _opens_the_outer_door(grant: Grant) -> bool:
    """Whatever the outer door has that is not on its list."""
    if _stage(grant) not in OUTER:
        return False
    allowed = _OUTER_MAY.get((grant.role, grant.kind), ())
    name = grant.only or grant.name
    return not any("-tokens-" in name if end == "tokens" else name.endswith(end) for end in allowed)


def _opens_the_inner_door(grant: Grant) -> bool:
    """A destination's token in the hands of anybody else."""
    return grant.kind == "secret" and "-tokens-" in grant.name and _stage(grant) not in OUTER


def _shows_the_key(grant: Grant) -> bool:
    return (
        "deidentification" in grant.name and grant.kind in {"secret", "key"} and _stage(grant) not in KEEPERS
    )


def _signs_as_others(grant: Grant) -> bool:
    """Signing tokens as somebody else, but for Pub/Sub as a push identity and the console as itself."""
    if grant.kind != "identity":
        return False
    return (grant.role, grant.identity) != (
        "roles/iam.serviceAccountOpenIdTokenCreator",
        "gcp-sa-pubsub",
    ) and (
        grant.role,
        _stage(grant),
    ) != ("roles/iam.serviceAccountTokenCreator", "console")


_RULES: dict[str, Callable[[Grant], bool]] = {
    "nothing is for everybody": _is_for_everybody,
    "a basic role reaches everything": lambda grant: grant.role in BASIC_ROLES,
    "grants are on resources, not on the project": _is_project_wide,
    "the outer door has nothing clinical": _opens_the_outer_door,
    "the inner door has nothing outside": _opens_the_inner_door,
    "the key is for the way between the doors": _shows_the_key,
    "nobody signs as somebody else": _signs_as_others,
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the findings of a root module's plan."""
    folder, *values = sys.argv[1:] if arguments is None else arguments
    found = findings(plan(Path(folder).resolve(), *values or [EXAMPLE]))
    for each in found:
        print(each)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
