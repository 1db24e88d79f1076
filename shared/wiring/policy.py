"""What every installation reads from its folder of rulesets; each is made on first use, once."""

import os
from abc import ABC, abstractmethod
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from shared.adapters.clock import SystemClock
from shared.documents import load_document
from shared.errors import ConfigurationError
from shared.ports.clock import Clock
from shared.ports.keys import Secrets
from shared.settings import AssemblyPolicy, IntakePolicy, UnpackPolicy, ValidationPolicy

if TYPE_CHECKING:
    from shared.adapters.autosegmentation import ConfiguredDestinations
    from shared.deid.pixels.cleaner import Imaging
    from shared.deid.rules.profile import Profile
    from shared.destinations.settings import AutosegmentationTemplate, DestinationSettings
    from shared.rules.ruleset import Ruleset


class PolicyWiring(ABC):
    """The policies, by the names that handlers give their parameters.

    A wiring of an installation adds the ports.
    """

    def __init__(
        self,
        policy: Path,
        *,
        clock: Clock | None = None,
        environ: Mapping[str, str] | None = None,
        quiet_period: float | None = None,
        profile: str | None = None,
    ) -> None:
        """Take the folder of the rulesets.

        Args:
            policy: the folder of the rulesets.
            clock: the time; the system's unless given.
            environ: the environment's variables; the process's unless given.
            quiet_period: in seconds, instead of the intake policy's.
            profile: the de-identification profile for every series, instead of the rulesets' own.
        """
        self.policy = policy
        self.clock: Clock = clock or SystemClock()
        self.environ = os.environ if environ is None else environ
        self._quiet_period = quiet_period
        self._profile = profile

    @property
    @abstractmethod
    def secrets(self) -> Secrets:
        """The destinations' tokens."""

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
        from shared.deid.rules.load import load_profiles

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
