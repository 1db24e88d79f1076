"""Who may do what on which resource, as a plan says it."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from infra.scripts.terraform import Plan, Resource, resources

#: what a type of grant is on, and which of its values names it; Google makes the name where there is none
_TARGETS = {
    "artifact_registry_repository": ("images", "repository"),
    "bigquery_dataset": ("dataset", "dataset_id"),
    "bigquery_table": ("table", "table_id"),
    "cloud_run_v2_service": ("service", "name"),
    "healthcare_dicom_store": ("DICOM store", ""),
    "iap_web_cloud_run_service": ("console", "cloud_run_service_name"),
    "kms_crypto_key": ("key", ""),
    "project": ("project", "project"),
    "pubsub_subscription": ("subscription", "subscription"),
    "pubsub_topic": ("topic", "topic"),
    "secret_manager_secret": ("secret", "secret_id"),
    "service_account": ("identity", ""),
    "storage_bucket": ("bucket", "bucket"),
}
_TYPE = re.compile(r"google_(?P<on>\w+)_iam_(?P<form>binding|member|policy)")
_INDEX = re.compile(r'\["(?P<index>[^"]+)"\]')
_CONDITION = re.compile(r'databases/(?P<database>[^"]+)"|objects/(?P<folder>[^"]+)"')


class Grant(NamedTuple):
    """One member's role on one resource.

    Attributes:
        member: as IAM writes it, such as `serviceAccount:NAME@PROJECT.iam.gserviceaccount.com`.
        role: such as `roles/pubsub.publisher`.
        kind: what it is on, such as `topic`.
        name: which one.
        only: the database or the folder that a condition leaves, if it has one.
        condition: whether it has one.
        home: the id of the installation's project.
    """

    member: str
    role: str
    kind: str
    name: str
    only: str
    condition: bool
    home: str

    @property
    def identity(self) -> str:
        """The member's short name: of a service account what stands before the @, if it is one of ours."""
        name, at, domain = self.member.rpartition(":")[2].partition("@")
        if not at:
            return name
        if name.startswith(("service-", "bq-")):
            return domain.removesuffix(".iam.gserviceaccount.com")
        project = domain.removesuffix(".iam.gserviceaccount.com")
        return name if project == self.home else f"{name}@{project}"

    @property
    def place(self) -> str:
        """The resource in words."""
        within = f", `{self.only}` only" if self.only else ""
        return f"{self.kind} `{self.name}`{within}"


def grants(plan: Plan) -> list[Grant]:
    """Every grant of a plan."""
    home = plan["variables"]["project"]["value"]["id"]
    return [grant for resource in resources(plan) for grant in _grants_of(resource, home)]


def _grants_of(resource: Resource, home: str) -> Iterator[Grant]:
    match = _TYPE.fullmatch(resource["type"])
    if match is None:
        return
    values = resource["values"]
    kind, attribute = _TARGETS.get(match["on"], (match["on"], ""))
    condition = _CONDITION.search(str((values.get("condition") or [{}])[0].get("expression", "")))
    for member in values.get("members") or [values.get("member") or "unknown"]:
        yield Grant(
            member=member,
            role=values.get("role", "unknown"),
            kind=kind,
            name=str(values.get(attribute) or _named_by(resource)),
            only=next(filter(None, condition.groups())) if condition else "",
            condition=bool(values.get("condition")),
            home=home,
        )


def _named_by(resource: Resource) -> str:
    """What a resource is called whose name Google makes: by its own index, or that of its module."""
    if isinstance(resource.get("index"), str):
        return str(resource["index"]).partition(" ")[0]
    indexes = _INDEX.findall(resource["address"])
    owner = (
        indexes[-1] if indexes else "quarantine" if "module.quarantine" in resource["address"] else "console"
    )
    return f"{owner} {resource['name'].partition('_')[0]}"
