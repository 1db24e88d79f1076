"""The emulator of Pub/Sub."""

from pathlib import Path

from shared.local.emulators.emulator import Emulator
from shared.local.processes import LOOPBACK


class PubsubEmulator(Emulator):
    """Pub/Sub with dead-lettering, back-off, ordering and push; without filters."""

    jar_pattern = "pubsub-emulator/lib/cloud-pubsub-emulator-*.jar"
    variable = "PUBSUB_EMULATOR_HOST"
    ready_path = "/v1/projects/test-project/topics"

    def arguments(self, program: Path) -> tuple[str, ...]:
        """Its jar starts by itself."""
        return ("-jar", str(program), f"--host={LOOPBACK}", f"--port={self.port}")

    def reset(self) -> None:
        """Forget all topics, subscriptions and messages of all projects."""
        self.request("POST", "/reset")
