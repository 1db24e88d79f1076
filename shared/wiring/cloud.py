"""The installation in a Google Cloud project, or on the emulators that stand in for it."""

import math
import os
from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import msgspec

from shared.errors import ConfigurationError
from shared.identifiers import StoreName
from shared.ports.keys import Keys, Secrets
from shared.wiring.policy import PolicyWiring

if TYPE_CHECKING:
    from shared.adapters.dicom_stores import ClinicalBlobs, HealthcareDicomStores, NoDicomStores
    from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger
    from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger
    from shared.adapters.gcs_blobs import GcsBlobs
    from shared.adapters.google_http import GoogleSession
    from shared.adapters.pubsub_bus import PubsubBus
    from shared.adapters.secret_manager import SecretManager


class CloudSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where everything of an installation is, from the environment.

    Attributes:
        project: `GOOGLE_CLOUD_PROJECT`.
        rulesets: `AIRLOCK_RULESETS`, the folder of the rulesets.
        clinical_bucket, released_bucket: `AIRLOCK_CLINICAL_BUCKET`, `AIRLOCK_RELEASED_BUCKET`.
        clinical_database, released_database: of Firestore, `AIRLOCK_CLINICAL_DATABASE`,
            `AIRLOCK_RELEASED_DATABASE`.
        dicom_stores: `AIRLOCK_DICOM_STORES`, resource names separated by commas.
        prefix: `AIRLOCK_PREFIX`, before the names of topics, subscriptions and secrets, with a hyphen.
        kms_key: `AIRLOCK_KMS_KEY`, which wraps the key; without it Secret Manager holds the key itself.
        secrets_folder: `AIRLOCK_SECRETS_FOLDER`, instead of Secret Manager; for emulators.
        quiet_period: `AIRLOCK_QUIET_PERIOD`, in seconds, instead of the intake policy's.
        storage_url: `STORAGE_EMULATOR_HOST`, instead of Cloud Storage.
        healthcare_url: `HEALTHCARE_EMULATOR_HOST`, instead of the Healthcare API.
    """

    project: str
    rulesets: Path
    clinical_bucket: str
    released_bucket: str
    clinical_database: str = "clinical"
    released_database: str = "released"
    dicom_stores: tuple[StoreName, ...] = ()
    prefix: str = ""
    kms_key: str | None = None
    secrets_folder: Path | None = None
    quiet_period: float | None = None
    storage_url: str | None = None
    healthcare_url: str | None = None

    @classmethod
    def from_environment(cls, environ: Mapping[str, str]) -> Self:
        """Read the settings.

        Raises:
            ConfigurationError: a variable is not set, or cannot be read.
        """
        found: dict[str, Any] = {
            field: environ[name] for field, name in _VARIABLES.items() if environ.get(name)
        }
        required = {each.name for each in msgspec.structs.fields(cls) if each.required}
        if missing := sorted(_VARIABLES[name] for name in required - found.keys()):
            raise ConfigurationError(missing_variable=", ".join(missing))
        for name in _READ.keys() & found.keys():
            found[name] = _read(_READ[name], found[name], _VARIABLES[name])
        return cls(**found)


#: how a variable is read that is more than text
_READ: Mapping[str, Callable[[str], Any]] = {
    "rulesets": Path,
    "secrets_folder": Path,
    "dicom_stores": lambda text: tuple(
        StoreName.from_string(each) for each in map(str.strip, text.split(",")) if each
    ),
    "quiet_period": lambda text: _finite(float(text)),
}
_VARIABLES = {
    "project": "GOOGLE_CLOUD_PROJECT",
    "rulesets": "AIRLOCK_RULESETS",
    "clinical_bucket": "AIRLOCK_CLINICAL_BUCKET",
    "released_bucket": "AIRLOCK_RELEASED_BUCKET",
    "clinical_database": "AIRLOCK_CLINICAL_DATABASE",
    "released_database": "AIRLOCK_RELEASED_DATABASE",
    "dicom_stores": "AIRLOCK_DICOM_STORES",
    "prefix": "AIRLOCK_PREFIX",
    "kms_key": "AIRLOCK_KMS_KEY",
    "secrets_folder": "AIRLOCK_SECRETS_FOLDER",
    "quiet_period": "AIRLOCK_QUIET_PERIOD",
    "storage_url": "STORAGE_EMULATOR_HOST",
    "healthcare_url": "HEALTHCARE_EMULATOR_HOST",
}


def _finite(seconds: float) -> float:
    if not 0 <= seconds < math.inf:
        raise ValueError("no number of seconds")
    return seconds


def _read(reader: Callable[[str], Any], text: str, variable: str) -> Any:
    try:
        return reader(text)
    except ValueError as error:
        raise ConfigurationError(unreadable_variable=variable) from error


class CloudWiring(PolicyWiring):
    """The ports of an installation in a project; each adapter is made on first use, once a process."""

    def __init__(self, settings: CloudSettings, *, environ: Mapping[str, str] | None = None) -> None:
        """Take where everything is."""
        super().__init__(settings.rulesets, environ=environ, quiet_period=settings.quiet_period)
        self.settings = settings

    @classmethod
    def from_environment(cls) -> Self:
        """Wire the project that the environment describes.

        Raises:
            ConfigurationError: a variable is not set.
        """
        return cls(CloudSettings.from_environment(os.environ))

    @cached_property
    def bus(self) -> "PubsubBus":
        """Topics in Pub/Sub."""
        from shared.adapters.pubsub_bus import PubsubBus

        return PubsubBus(self.settings.project, prefix=self.settings.prefix)

    @cached_property
    def clinical(self) -> "ClinicalBlobs | GcsBlobs":
        """The clinical bucket, and the instances in the DICOM stores."""
        bucket = self._bucket(self.settings.clinical_bucket)
        if not self.settings.dicom_stores:
            return bucket
        from shared.adapters.dicom_stores import ClinicalBlobs

        return ClinicalBlobs(bucket, self._healthcare)

    @cached_property
    def released(self) -> "GcsBlobs":
        """The released bucket."""
        return self._bucket(self.settings.released_bucket)

    @cached_property
    def dicom_stores(self) -> "HealthcareDicomStores | NoDicomStores":
        """The hospitals' DICOM stores, where there are any."""
        from shared.adapters.dicom_stores import NoDicomStores

        return self._healthcare if self.settings.dicom_stores else NoDicomStores()

    @cached_property
    def ledger(self) -> "FirestoreClinicalLedger":
        """The clinical ledger."""
        from shared.adapters.firestore_clinical_ledger import FirestoreClinicalLedger

        return FirestoreClinicalLedger(self.settings.project, self.settings.clinical_database)

    @cached_property
    def jobs(self) -> "FirestoreReleasedLedger":
        """The released ledger."""
        from shared.adapters.firestore_released_ledger import FirestoreReleasedLedger

        return FirestoreReleasedLedger(self.settings.project, self.settings.released_database)

    @cached_property
    def keys(self) -> Keys:
        """The de-identification key, which Terraform made: it is never made here."""
        if self.settings.secrets_folder is not None:
            from shared.adapters.files import FileKeys

            return FileKeys(self.settings.secrets_folder / "deidentification.key")
        from shared.adapters.secret_manager import CloudKeys, KeyManagementService

        name, kms_key = f"{self._secret_prefix}-deidentification-key", self.settings.kms_key
        unwrap = KeyManagementService(kms_key, self._google_session).decrypt if kms_key else None
        return CloudKeys(lambda: self._secret_manager.latest(name), unwrap=unwrap)

    @cached_property
    def secrets(self) -> Secrets:
        """The destinations' tokens."""
        if self.settings.secrets_folder is not None:
            from shared.adapters.files import FileSecrets

            return FileSecrets(self.settings.secrets_folder)
        from shared.adapters.secret_manager import CloudSecrets

        return CloudSecrets(self._secret_manager, prefix=self._secret_prefix)

    def close(self) -> None:
        """Close what was opened."""
        for name in ("bus", "ledger", "jobs", "destinations", "_google_session", "_local_session"):
            if name in self.__dict__:
                self.__dict__[name].close()

    @cached_property
    def _healthcare(self) -> "HealthcareDicomStores":
        from shared.adapters.dicom_stores import HEALTHCARE_URL, HealthcareDicomStores

        names, url = frozenset(self.settings.dicom_stores), self.settings.healthcare_url
        return HealthcareDicomStores(names, self._session(url), url=url or HEALTHCARE_URL)

    @property
    def _secret_prefix(self) -> str:
        return self.settings.prefix or "airlock"

    @cached_property
    def _secret_manager(self) -> "SecretManager":
        from shared.adapters.secret_manager import SecretManager

        return SecretManager(self.settings.project, self._google_session)

    @cached_property
    def _google_session(self) -> "GoogleSession":
        from shared.adapters.google_http import GoogleSession

        return GoogleSession.of_this_service()

    @cached_property
    def _local_session(self) -> "GoogleSession":
        from shared.adapters.google_http import GoogleSession

        return GoogleSession(None)

    def _session(self, emulator: str | None) -> "GoogleSession":
        return self._local_session if emulator else self._google_session

    def _bucket(self, name: str) -> "GcsBlobs":
        from shared.adapters.gcs_blobs import GCS_URL, GcsBlobs

        url = self.settings.storage_url
        return GcsBlobs(name, self._session(url), url=url or GCS_URL)
