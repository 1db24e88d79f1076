"""Storage, networks and resources: what lies outside of the code."""

from shared.errors.base import AirlockError


class StorageError(AirlockError):
    """Stored data could not be read or written."""

    code = "storage_error"
    category = "storage"


class ObjectNotFound(StorageError):
    """The object, or this generation of it, does not exist."""

    code = "object_not_found"
    remedy = "It was deleted or overwritten before it was read: send it again."


class PreconditionFailed(StorageError):
    """The object's generation is not the expected one."""

    code = "precondition_failed"


class RecordConflict(StorageError):
    """Another writer changed the record first."""

    code = "record_conflict"
    retryable = True


class RecordMissing(StorageError):
    """The ledger does not have the record that the event is about."""

    code = "record_missing"
    retryable = True
    remedy = "It is recorded before it is announced, so the ledger was lost: rebuild it, then retry."


class StorageUnavailable(StorageError):
    """The storage did not answer."""

    code = "storage_unavailable"
    retryable = True


class NetworkError(AirlockError):
    """The outside did not do what was asked."""

    code = "network_error"
    category = "network"


class DestinationUnavailable(NetworkError):
    """The destination does not accept work at the moment."""

    code = "destination_unavailable"
    retryable = True
    remedy = "Nothing to do: it is tried again with back-off."


class AnswerLost(DestinationUnavailable):
    """The destination may have the package, and takes it a second time for the same."""

    code = "answer_lost"


class DestinationRejected(NetworkError):
    """The destination refused the request."""

    code = "destination_rejected"


class DestinationUnauthorized(NetworkError):
    """The destination refused the token, also after a refresh."""

    code = "destination_unauthorized"
    remedy = "Store a new token pair in the destination's secret, then retry."


class DestinationFailed(NetworkError):
    """The destination accepted the package and could not make a result of it."""

    code = "destination_failed"
    remedy = "Ask the destination why; retry asks it again, archive closes the exception."


class TransferUnconfirmed(NetworkError):
    """An upload was begun and its outcome is unknown."""

    code = "transfer_unconfirmed"
    remedy = "Ask the destination whether it has the package; retry sends it again, archive closes it."


class PushUnauthorized(NetworkError):
    """A push request does not carry a valid token of the push identity."""

    code = "push_unauthorized"
    remedy = "Give the subscription its push identity, and the function that identity and its audience."


class ChecksumMismatch(NetworkError):
    """The downloaded bytes do not have the checksum that was announced."""

    code = "checksum_mismatch"
    remedy = "The download was dropped; retry fetches it again."


class ResourceError(AirlockError):
    """A resource is not available."""

    code = "resource_error"
    category = "resource"
    retryable = True


class ClaimHeld(ResourceError):
    """Another worker handles the same event at this moment."""

    code = "claim_held"


class SpaceExhausted(ResourceError):
    """The storage is full."""

    code = "space_exhausted"
    remedy = "Free space; the event is tried again with back-off."
