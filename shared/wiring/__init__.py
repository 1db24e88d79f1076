"""The composition root: which adapter stands behind which port, in which installation."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

from shared.adapters.clock import SystemClock
from shared.errors import ConfigurationError
from shared.wiring.embedded import EmbeddedWiring

if TYPE_CHECKING:
    from shared.adapters.push_tokens import PushIdentity, Signature
    from shared.wiring.cloud import CloudWiring

__all__ = ["EmbeddedWiring", "push_identity", "wiring_from_environment"]


def wiring_from_environment() -> "EmbeddedWiring | CloudWiring":
    """Wire the workspace that the environment names, or else the project.

    Raises:
        ConfigurationError: it names neither `AIRLOCK_WORKSPACE` nor `GOOGLE_CLOUD_PROJECT`.
    """
    if os.environ.get("AIRLOCK_WORKSPACE"):
        return EmbeddedWiring.from_environment()
    if os.environ.get("GOOGLE_CLOUD_PROJECT"):
        from shared.wiring.cloud import CloudWiring

        return CloudWiring.from_environment()
    raise ConfigurationError(missing_variable="AIRLOCK_WORKSPACE or GOOGLE_CLOUD_PROJECT")


def push_identity(environ: Mapping[str, str]) -> "PushIdentity":
    """Who may push: the service account that the environment names.

    An installation on this machine may do without: its emulators send no token.

    Raises:
        ConfigurationError: neither is there, or half of it.
    """
    from shared.adapters import push_tokens

    audience, account = environ.get("AIRLOCK_PUSH_AUDIENCE"), environ.get("AIRLOCK_PUSH_SERVICE_ACCOUNT")
    if audience and account:
        clock = SystemClock()
        return push_tokens.PushTokens(
            audience=audience,
            service_account=account,
            signature=cast("Signature", environ.get("AIRLOCK_PUSH_SIGNATURE", "checked_here")),
            certificates=push_tokens.Certificates(push_tokens.google_certificates, clock),
            clock=clock,
        )
    is_local = environ.get("AIRLOCK_WORKSPACE") or environ.get("PUBSUB_EMULATOR_HOST")
    if is_local and not audience and not account:
        return push_tokens.AnybodyOnThisMachine()
    raise ConfigurationError(missing_variable="AIRLOCK_PUSH_AUDIENCE, AIRLOCK_PUSH_SERVICE_ACCOUNT")
