"""Claims in Firestore: one document an event."""

import uuid
from collections.abc import Iterable
from datetime import UTC, datetime

from shared.adapters.firestore_database import (
    COMMIT_WRITES,
    Create,
    Delete,
    Document,
    Fields,
    Find,
    FirestoreDatabase,
    Update,
    hashed,
)
from shared.ports.records import ClaimOutcome

CLAIMS = "claims"

#: Pub/Sub keeps and replays a message for at most 31 days; then Firestore's TTL policy removes the claim
KEPT_SECONDS = 31 * 86_400.0

_ATTEMPTS = 5


class FirestoreClaims:
    """Who handles which event. Times in seconds since the epoch, leases in seconds."""

    _database: FirestoreDatabase

    def claim(self, key: str, *, now: float, lease: float) -> ClaimOutcome:
        """Claim `key` for `lease` seconds: `held` while another claim runs, `done` once completed.

        A claim whose lease is over is taken over.
        """
        claim_id, wanted = hashed(key), _fields(now, lease)
        stored: Document | None = None
        for _ in range(_ATTEMPTS):
            # Most keys are new, so it is written before anything is read.
            if self._database.commit(_taking(claim_id, wanted, stored)):
                return "claimed"
            stored = self._database.read(CLAIMS, claim_id)
            if stored is not None and (outcome := _outcome(stored.fields, wanted)) is not None:
                return outcome
        return "held"

    def complete_claim(self, key: str) -> None:
        """Record that the event's effects are all there.

        A claim that was released meanwhile stays released: its event may be handled once more, without harm.
        """
        self._database.commit(Update(CLAIMS, hashed(key), {"completed": True}))

    def release_claim(self, key: str) -> None:
        """Give the claim up, so that a later delivery may try again; a completed one stays."""
        stored = self._database.read(CLAIMS, hashed(key))
        if stored is not None and not stored.fields["completed"]:
            self._database.commit(Delete(CLAIMS, stored.document_id, stored.updated))

    def recover(self) -> int:
        """Release all claims that are not completed and return how many there were.

        For the start of the one process that owns the database, an emulator's: in the cloud nobody does, and
        leases end by themselves. Reads every claim, so that no index is written with each of them.
        """
        claims = self._database.pages(Find(CLAIMS))
        return self._delete(each.document_id for each in claims if not each.fields["completed"])

    def prune_claims(self, before: float) -> int:
        """Remove the completed claims that were made before a time and return how many there were.

        For the emulator, which has no TTL policies. Reads every claim.
        """
        claims = self._database.pages(Find(CLAIMS))
        return self._delete(
            each.document_id
            for each in claims
            if each.fields["completed"] and each.fields["claimed_at"] < before
        )

    def close(self) -> None:
        """Refuse further operations; they raise `StorageUnavailable`."""
        self._database.close()

    def _delete(self, claim_ids: Iterable[str]) -> int:
        deletes = [Delete(CLAIMS, claim_id) for claim_id in claim_ids]
        for start in range(0, len(deletes), COMMIT_WRITES):
            self._database.commit(*deletes[start : start + COMMIT_WRITES])
        return len(deletes)


def _fields(now: float, lease: float) -> Fields:
    return {
        "completed": False,
        "claimed_at": now,
        "lease_until": now + lease,
        "expires_at": datetime.fromtimestamp(now + KEPT_SECONDS, UTC),
        # Tells our own claim from another's when the answer to the commit was lost and it was sent again.
        "token": uuid.uuid4().hex,
    }


def _taking(claim_id: str, wanted: Fields, stored: Document | None) -> Create | Update:
    if stored is None:
        return Create(CLAIMS, claim_id, wanted)
    return Update(CLAIMS, claim_id, wanted, stored.updated)


def _outcome(stored: Fields, wanted: Fields) -> ClaimOutcome | None:
    if stored["completed"]:
        return "done"
    if stored["token"] == wanted["token"]:
        return "claimed"
    # Over: to be taken.
    return "held" if stored["lease_until"] > wanted["claimed_at"] else None
