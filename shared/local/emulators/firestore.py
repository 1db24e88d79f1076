"""The emulator of Firestore."""

from collections.abc import Iterable
from pathlib import Path
from urllib.parse import quote

from shared.local.emulators.emulator import Emulator
from shared.local.processes import LOOPBACK

_MAIN_CLASS = "com.google.cloud.datastore.emulator.firestore.CloudFirestore"


class FirestoreEmulator(Emulator):
    """Firestore with any number of projects and named databases; without TTL and without missing indexes.

    Args:
        project: the project that `reset` empties.
        databases: the databases that `reset` empties.
    """

    jar_pattern = "cloud-firestore-emulator/cloud-firestore-emulator*.jar"
    variable = "FIRESTORE_EMULATOR_HOST"
    ready_path = "/"

    def __init__(
        self, project: str = "test-project", databases: Iterable[str] = ("(default)", "clinical", "released")
    ) -> None:
        super().__init__()
        self._project = project
        self._databases = tuple(databases)

    def arguments(self, program: Path) -> tuple[str, ...]:
        """Its jar names no main class of its own."""
        return ("-cp", str(program), _MAIN_CLASS, "start", f"--host={LOOPBACK}", f"--port={self.port}")

    def reset(self) -> None:
        """Delete all documents of the project's databases; those of other projects stay."""
        for database in self._databases:
            name = f"projects/{self._project}/databases/{quote(database, safe='()')}"
            self.request("DELETE", f"/emulator/v1/{name}/documents")
