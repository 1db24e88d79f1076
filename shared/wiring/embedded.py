"""The installation in one folder; each adapter is made on first use, once."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

from shared.errors import ConfigurationError
from shared.events import BlobFinalized
from shared.identifiers import INTAKE_PREFIX, StoreName
from shared.ports.blobs import BlobStat
from shared.ports.clock import Clock
from shared.wiring.policy import PolicyWiring

if TYPE_CHECKING:
    from shared.adapters.dicom_stores import ClinicalBlobs, HealthcareDicomStores, NoDicomStores
    from shared.adapters.files import FileKeys, FileSecrets
    from shared.adapters.folder_blobs import FolderBlobs
    from shared.adapters.google_http import GoogleSession
    from shared.adapters.sqlite_bus import SqliteBus
    from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger
    from shared.adapters.sqlite_released_ledger import SqliteReleasedLedger

# Pub/Sub keeps and replays a message for at most 31 days.
_CLAIMS_KEPT_SECONDS = 31 * 86_400.0
#: the one DICOM store of a workspace
EMBEDDED_STORE = StoreName(project="airlock", location="local", dataset="hospital", dicom_store="images")


class EmbeddedWiring(PolicyWiring):
    """The installation in one folder, the workspace, without any other service.

    Attributes are the ports and policies by the names that handlers give their parameters.
    """

    def __init__(
        self,
        workspace: Path,
        policy: Path,
        *,
        clock: Clock | None = None,
        environ: Mapping[str, str] | None = None,
        quiet_period: float | None = None,
        profile: str | None = None,
    ) -> None:
        """Take the workspace's folder, where everything is kept, and what `PolicyWiring` takes."""
        super().__init__(policy, clock=clock, environ=environ, quiet_period=quiet_period, profile=profile)
        self.workspace = workspace
        #: where the local DICOM store of the workspace is served; to be set before it is used
        self.dicom_store_url: str | None = None

    @classmethod
    def from_environment(cls) -> Self:
        """Wire the workspace `AIRLOCK_WORKSPACE` with the rulesets `AIRLOCK_RULESETS`.

        Raises:
            ConfigurationError: a variable is not set.
        """
        try:
            return cls(Path(os.environ["AIRLOCK_WORKSPACE"]), Path(os.environ["AIRLOCK_RULESETS"]))
        except KeyError as error:
            raise ConfigurationError(missing_variable=str(error.args[0])) from error

    @cached_property
    def bus(self) -> "SqliteBus":
        """Topics and subscriptions in SQLite."""
        from shared.adapters.sqlite_bus import SqliteBus

        return SqliteBus(self._folder("bus") / "bus.sqlite", clock=self.clock)

    @cached_property
    def clinical(self) -> "FolderBlobs | ClinicalBlobs":
        """The clinical bucket, and the instances in the workspace's DICOM store if one is served."""
        if self.dicom_store_url is None:
            return self.clinical_bucket
        from shared.adapters.dicom_stores import ClinicalBlobs

        return ClinicalBlobs(self.clinical_bucket, self._served_dicom_stores)

    @cached_property
    def clinical_bucket(self) -> "FolderBlobs":
        """The clinical bucket; what is finalised in its intake is announced."""
        from shared.adapters.folder_blobs import FolderBlobs

        return FolderBlobs(
            self.workspace, "clinical", clock=self.clock, notify=self._announce, notify_prefix=INTAKE_PREFIX
        )

    @cached_property
    def released(self) -> "FolderBlobs":
        """The released bucket."""
        from shared.adapters.folder_blobs import FolderBlobs

        return FolderBlobs(self.workspace, "released", clock=self.clock)

    @cached_property
    def ledger(self) -> "SqliteClinicalLedger":
        """The clinical ledger."""
        from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger

        return SqliteClinicalLedger(self._folder("ledger") / "clinical.sqlite")

    @cached_property
    def jobs(self) -> "SqliteReleasedLedger":
        """The released ledger."""
        from shared.adapters.sqlite_released_ledger import SqliteReleasedLedger

        return SqliteReleasedLedger(self._folder("ledger") / "released.sqlite")

    @cached_property
    def dicom_stores(self) -> "HealthcareDicomStores | NoDicomStores":
        """The workspace's DICOM store, if one is served."""
        from shared.adapters.dicom_stores import NoDicomStores

        return self._served_dicom_stores if self.dicom_store_url else NoDicomStores()

    @cached_property
    def keys(self) -> "FileKeys":
        """The de-identification key, made when first needed; one that was used and is gone stays gone."""
        from shared.adapters.files import FileKeys

        path = self._folder("keys") / "deidentification.key"
        used = (self.workspace / "clinical" / "crosswalks").exists()
        return FileKeys(path) if used else FileKeys.create_if_absent(path)

    @cached_property
    def secrets(self) -> "FileSecrets":
        """The destinations' tokens."""
        from shared.adapters.files import FileSecrets

        return FileSecrets(self._folder("secrets"))

    def recover(self) -> None:
        """Take over after a process that ended anyhow; the caller owns the workspace alone."""
        self.bus.recover()
        for claims in (self.ledger, self.jobs):
            claims.recover()
            claims.prune_claims(self.clock.now() - _CLAIMS_KEPT_SECONDS)
        self.released.recover()
        self.clinical_bucket.recover()

    def close(self) -> None:
        """Close what was opened."""
        for name in ("clinical_bucket", "released", "bus", "ledger", "jobs", "destinations", "_session"):
            if name in self.__dict__:
                self.__dict__[name].close()

    def _folder(self, name: str) -> Path:
        folder = self.workspace / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    @cached_property
    def _served_dicom_stores(self) -> "HealthcareDicomStores":
        from shared.adapters.dicom_stores import HealthcareDicomStores

        url = self.dicom_store_url or ""
        return HealthcareDicomStores(frozenset([EMBEDDED_STORE]), self._session, url=url)

    @cached_property
    def _session(self) -> "GoogleSession":
        from shared.adapters.google_http import GoogleSession

        return GoogleSession(None)

    def _announce(self, attributes: Mapping[str, str], _stat: BlobStat) -> None:
        self.bus.publish(BlobFinalized.TOPIC, b"", attributes)
