"""The clinical ledger in one Firestore database."""

from shared.adapters.firestore_claims import FirestoreClaims
from shared.adapters.firestore_database import FirestoreDatabase
from shared.adapters.firestore_exceptions import FirestoreExceptions
from shared.adapters.firestore_generations import FirestoreGenerations
from shared.adapters.firestore_intake import FirestoreIntake


class FirestoreClinicalLedger(FirestoreIntake, FirestoreGenerations, FirestoreExceptions, FirestoreClaims):
    """What came in, what became of it, and what failed; for any number of threads and processes.

    Args:
        project: the id of the Google Cloud project.
        database: the id of the database, in Native mode; IAM grants access to it as a whole.

    Raises:
        ConfigurationError: from every method: there is no such database, no index, or no permission.
        StorageUnavailable: from every method: Firestore did not answer.
        StorageError: from every method that writes: the record does not fit into a document.
    """

    def __init__(self, project: str, database: str = "clinical") -> None:
        self._database = FirestoreDatabase(project, database)
