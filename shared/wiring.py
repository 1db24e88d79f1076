"""The composition root: which adapter stands behind which port; each is made on first use, once."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import msgspec

from shared.adapters.clock import SystemClock
from shared.documents import load_document
from shared.errors import ConfigurationError
from shared.identifiers import INTAKE_PREFIX
from shared.ports.blobs import BlobStat
from shared.ports.clock import Clock
from shared.settings import AssemblyPolicy, IntakePolicy, UnpackPolicy, ValidationPolicy

if TYPE_CHECKING:
    from shared.adapters.autosegmentation import ConfiguredDestinations
    from shared.adapters.files import FileKeys, FileSecrets
    from shared.adapters.folder_blobs import FolderBlobs
    from shared.adapters.sqlite_bus import SqliteBus
    from shared.adapters.sqlite_clinical_ledger import SqliteClinicalLedger
    from shared.adapters.sqlite_released_ledger import SqliteReleasedLedger
    from shared.deid.pixels.cleaner import Imaging
    from shared.deid.profile import Profile
    from shared.destinations.settings import AutosegmentationTemplate, DestinationSettings
    from shared.rules.ruleset import Ruleset

ARRIVALS = "arrivals"
# Pub/Sub keeps and replays a message for at most 31 days.
_CLAIMS_KEPT_SECONDS = 31 * 86_400.0


class EmbeddedWiring:
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
        """Take the workspace's folder and the folder of the rulesets.

        Args:
            workspace: where everything is kept.
            policy: the folder of the rulesets.
            clock: the time; the system's unless given.
            environ: the environment's variables; the process's unless given.
            quiet_period: in seconds, instead of the intake policy's.
            profile: the de-identification profile for every series, instead of the rulesets' own.
        """
        self.workspace = workspace
        self.policy = policy
        self.clock: Clock = clock or SystemClock()
        self.environ = os.environ if environ is None else environ
        self._quiet_period = quiet_period
        self._profile = profile

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
    def clinical(self) -> "FolderBlobs":
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

    @cached_property
    def destination_settings(self) -> "tuple[DestinationSettings, ...]":
        """The destinations as `rulesets/destinations` describes them."""
        from shared.destinations.settings import load_destinations

        return load_destinations(self.policy / "destinations", environ=self.environ)

    @cached_property
    def destinations(self) -> "ConfiguredDestinations":
        """The destinations by name."""
        from shared.adapters.autosegmentation import destinations_from

        return destinations_from(self.destination_settings, secrets=self.secrets, clock=self.clock)

    @cached_property
    def templates(self) -> "dict[str, AutosegmentationTemplate]":
        """The templates that go into packages, by name."""
        from shared.destinations.settings import load_templates

        return load_templates(self.policy / "templates")

    @cached_property
    def profiles(self) -> "dict[str, Profile]":
        """The de-identification profiles by name."""
        from shared.deid.profile import load_profiles

        return load_profiles(self.policy / "deidentify")

    @cached_property
    def imaging(self) -> "Imaging":
        """What it takes to judge and clean pixels."""
        from shared.adapters.imaging import imaging_from

        return imaging_from(self.policy / "pixels")

    @cached_property
    def rulesets(self) -> "tuple[Ruleset, ...]":
        """The matching rulesets."""
        from shared.rules.load import load_rulesets

        if self._profile is not None and self._profile not in self.profiles:
            raise ConfigurationError(unknown_profile=self._profile, known=", ".join(self.profiles))
        rulesets = load_rulesets(
            self.policy / "match",
            profiles=self.profiles,
            destinations={each.name for each in self.destination_settings},
            templates=self.templates,
        )
        return tuple(each.with_profile(self._profile) if self._profile else each for each in rulesets)

    @cached_property
    def intake(self) -> IntakePolicy:
        """The policy of the intake."""
        policy = load_document(self.policy / "validate" / "default.yaml", IntakePolicy)
        if self._quiet_period is None:
            return policy
        assembly = msgspec.structs.replace(policy.assembly, quiet_period=self._quiet_period)
        return msgspec.structs.replace(policy, assembly=assembly)

    @property
    def validation(self) -> ValidationPolicy:
        """What a file may be."""
        return self.intake.validation

    @property
    def unpacking(self) -> UnpackPolicy:
        """What an archive may be."""
        return self.intake.unpacking

    @property
    def assembly(self) -> AssemblyPolicy:
        """When a series is complete."""
        return self.intake.assembly

    def recover(self) -> None:
        """Take over after a process that ended anyhow; the caller owns the workspace alone."""
        self.bus.recover()
        for claims in (self.ledger, self.jobs):
            claims.recover()
            claims.prune_claims(self.clock.now() - _CLAIMS_KEPT_SECONDS)
        self.released.recover()
        self.clinical.recover()

    def close(self) -> None:
        """Close what was opened."""
        for name in ("clinical", "released", "bus", "ledger", "jobs", "destinations"):
            if name in self.__dict__:
                self.__dict__[name].close()

    def _folder(self, name: str) -> Path:
        folder = self.workspace / name
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def _announce(self, attributes: Mapping[str, str], _stat: BlobStat) -> None:
        self.bus.publish(ARRIVALS, b"", attributes)
