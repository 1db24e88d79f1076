"""Everything that can go wrong, each with a stable code.

AirlockError
├── ValidationError            the input is at fault; permanent
│   ├── NotDicom               not_dicom
│   ├── FileMetaMissing        file_meta_missing
│   ├── Truncated              truncated
│   ├── Malformed              malformed
│   ├── TransferSyntaxUnknown  transfer_syntax_unknown
│   ├── AttributeMissing       attribute_missing
│   ├── UidInvalid             uid_invalid
│   ├── ValueInvalid           value_invalid
│   ├── ImageInconsistent      image_inconsistent
│   ├── PixelDataLength        pixel_data_length
│   ├── LimitExceeded          limit_exceeded
│   ├── PatientInconsistent    patient_inconsistent
│   ├── Conflict               conflict
│   ├── ArchiveUnreadable      archive_unreadable
│   ├── ArchiveMemberUnsafe    archive_member_unsafe
│   ├── ArchiveMemberEncrypted archive_member_encrypted
│   └── ArchiveMemberUnreadable archive_member_unreadable
├── ProcessingError            a stage could not do its work; permanent
│   ├── EventUndecodable       event_undecodable
│   ├── TransitionIllegal      transition_illegal
│   ├── RulesetsAmbiguous      rulesets_ambiguous
│   ├── SopClassUnsupported    sop_class_unsupported
│   ├── PixelsIdentifying      pixels_identifying
│   ├── Residue                residue
│   ├── ExceptionClosed        exception_closed
│   ├── CrosswalkUnreadable    crosswalk_unreadable
│   ├── ResultUnreadable       result_unreadable
│   ├── ResultForeign          result_foreign
│   └── AttemptsExhausted      attempts_exhausted
├── StorageError
│   ├── ObjectNotFound         object_not_found (permanent)
│   ├── PreconditionFailed     precondition_failed (permanent)
│   ├── RecordConflict         record_conflict (transient)
│   └── StorageUnavailable     storage_unavailable (transient)
├── NetworkError
│   ├── DestinationUnavailable destination_unavailable (transient)
│   ├── DestinationRejected    destination_rejected (permanent)
│   ├── DestinationUnauthorized destination_unauthorized (permanent)
│   ├── TransferUnconfirmed    transfer_unconfirmed (permanent)
│   └── ChecksumMismatch       checksum_mismatch (permanent)
├── ResourceError
│   ├── ClaimHeld              claim_held (transient)
│   └── SpaceExhausted         space_exhausted (transient)
└── ConfigurationError         configuration_invalid (permanent)
    ├── RulesetInvalid         ruleset_invalid
    ├── KeyInvalid             key_invalid
    ├── InputMissing           input_missing
    ├── NothingFound           nothing_found
    ├── WorkspaceBusy          workspace_busy
    └── WorkspaceMissing       workspace_missing
"""

from collections.abc import Iterator
from typing import ClassVar, Literal

Category = Literal["validation", "processing", "storage", "network", "resource"]


class AirlockError(Exception):
    """Airlock could not go on.

    The class docstring is the message. `details` are named facts that are safe to show anywhere: tags,
    counts, limits and codes, never a value from a data set and never a name that a person gave to a file.
    """

    code: ClassVar[str] = "airlock_error"
    category: ClassVar[Category] = "processing"
    retryable: ClassVar[bool] = False
    remedy: ClassVar[str] = "Report this with the code and the log line of the event."

    def __init__(self, **details: str | float) -> None:
        """Keep the safe facts beside the message."""
        self.details = details
        super().__init__(self.cause)

    @property
    def cause(self) -> str:
        """The message with its facts, free of patient data."""
        message = (self.__doc__ or "").split("\n", 1)[0]
        facts = ", ".join(f"{name}={value}" for name, value in self.details.items())
        return f"{message} ({facts})" if facts else message


class ValidationError(AirlockError):
    """The input is not what DICOM requires."""

    code = "validation_error"
    category = "validation"
    remedy = "Correct the file at its source and send it again, or archive the exception."


class NotDicom(ValidationError):
    """The file is not DICOM."""

    code = "not_dicom"
    remedy = "Send DICOM Part 10 files or ZIP archives of them; archive the exception otherwise."


class FileMetaMissing(ValidationError):
    """The file has no File Meta Information (PS3.10 section 7.1)."""

    code = "file_meta_missing"
    remedy = "Export it again as a Part 10 file, or set `force: true` in the validation ruleset."


class Truncated(ValidationError):
    """The file ends before its content does."""

    code = "truncated"
    remedy = "The transfer was cut off: send the file again."


class Malformed(ValidationError):
    """The data set's encoding breaks the rules of PS3.5."""

    code = "malformed"


class TransferSyntaxUnknown(ValidationError):
    """The Transfer Syntax UID is missing or not one of PS3.6 Annex A."""

    code = "transfer_syntax_unknown"


class AttributeMissing(ValidationError):
    """A required attribute is missing or empty."""

    code = "attribute_missing"


class UidInvalid(ValidationError):
    """A UID breaks the syntax of PS3.5 section 9.1."""

    code = "uid_invalid"


class ValueInvalid(ValidationError):
    """A value does not fit its Value Representation (PS3.5 section 6.2)."""

    code = "value_invalid"


class ImageInconsistent(ValidationError):
    """The attributes of the Image Pixel Module contradict each other (PS3.3 C.7.6.3)."""

    code = "image_inconsistent"


class PixelDataLength(ValidationError):
    """The length of Pixel Data is not what the header implies (PS3.5 section 8)."""

    code = "pixel_data_length"


class LimitExceeded(ValidationError):
    """A limit of the validation ruleset is exceeded."""

    code = "limit_exceeded"
    remedy = "Raise the limit in rulesets/validate if the file is genuine, then retry."


class PatientInconsistent(ValidationError):
    """Instances of one series name different patients."""

    code = "patient_inconsistent"
    remedy = "Find out which instance is wrong, archive its exception and send the right one."


class Conflict(ValidationError):
    """Other bytes are already stored under this SOP Instance UID."""

    code = "conflict"
    remedy = "Decide which of the two is right; archive this exception to keep the first."


class ArchiveUnreadable(ValidationError):
    """The ZIP archive cannot be read."""

    code = "archive_unreadable"
    remedy = "Make the archive again (ZIP, stored or deflated, no password) and send it."


class ArchiveMemberUnsafe(ValidationError):
    """A member of the ZIP archive is unsafe to unpack."""

    code = "archive_member_unsafe"


class ArchiveMemberEncrypted(ValidationError):
    """A member of the ZIP archive is encrypted."""

    code = "archive_member_encrypted"
    remedy = "Send the archive without a password: its transport is encrypted already."


class ArchiveMemberUnreadable(ValidationError):
    """A member of the ZIP archive cannot be decompressed."""

    code = "archive_member_unreadable"


class ProcessingError(AirlockError):
    """A stage could not do its work."""

    code = "processing_error"
    category = "processing"


class EventUndecodable(ProcessingError):
    """The message is not an event that this stage knows."""

    code = "event_undecodable"
    remedy = "Look at who publishes to this topic; archive the exception if it is foreign."


class TransitionIllegal(ProcessingError):
    """A record cannot move from its state to the one asked for."""

    code = "transition_illegal"


class RulesetsAmbiguous(ProcessingError):
    """Several rulesets of the same priority match the series."""

    code = "rulesets_ambiguous"
    remedy = "Give the rulesets different priorities or narrower conditions, then retry."


class SopClassUnsupported(ProcessingError):
    """No de-identification rule covers this SOP Class."""

    code = "sop_class_unsupported"
    remedy = "Leave the SOP Class out in the matching ruleset, or archive the exception."


class PixelsIdentifying(ProcessingError):
    """The header says that identifying text is burned into the pixels."""

    code = "pixels_identifying"
    remedy = "Leave such images out in the matching ruleset, or archive the exception."


class Residue(ProcessingError):
    """The release gate found an identifier of the original in the de-identified instance."""

    code = "residue"
    remedy = "Nothing was released. Change the profile so that the element is cleaned, then retry."


class ExceptionClosed(ProcessingError):
    """The exception is not open any more."""

    code = "exception_closed"
    remedy = "Nothing to do: somebody retried or archived it already."


class CrosswalkUnreadable(ProcessingError):
    """The crosswalk for the way back is missing or cannot be decrypted with this key."""

    code = "crosswalk_unreadable"
    remedy = "Restore the key that de-identified the series, then retry."


class ResultUnreadable(ProcessingError):
    """The result is not a readable RT Structure Set."""

    code = "result_unreadable"


class ResultForeign(ProcessingError):
    """The result does not reference exactly the series that was sent."""

    code = "result_foreign"
    remedy = "The result was not delivered. Ask the destination which input it belongs to."


class AttemptsExhausted(ProcessingError):
    """A transient failure lasted longer than the retries of the subscription."""

    code = "attempts_exhausted"
    remedy = "Mend what the last cause names, then retry."


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


class DestinationRejected(NetworkError):
    """The destination refused the request."""

    code = "destination_rejected"


class DestinationUnauthorized(NetworkError):
    """The destination refused the token, also after a refresh."""

    code = "destination_unauthorized"
    remedy = "Store a new token pair in the destination's secret, then retry."


class TransferUnconfirmed(NetworkError):
    """An upload was begun and its outcome is unknown."""

    code = "transfer_unconfirmed"
    remedy = "Ask the destination whether it has the package; retry sends it again, archive closes it."


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


class ConfigurationError(AirlockError):
    """The installation's configuration is invalid."""

    code = "configuration_invalid"
    category = "processing"
    remedy = "Correct the setting that is named."


class RulesetInvalid(ConfigurationError):
    """A ruleset file is invalid."""

    code = "ruleset_invalid"
    remedy = "Correct the file at the place that is named; `airlock doctor` checks all of them."


class KeyInvalid(ConfigurationError):
    """The de-identification key is missing or not 32 bytes."""

    code = "key_invalid"
    remedy = "Restore the key file from its backup; a new key makes output that cannot be linked to the old."


class InputMissing(ConfigurationError):
    """There is nothing to take in at the given paths."""

    code = "input_missing"
    remedy = "Give files, folders or ZIP archives that exist and can be read."


class NothingFound(ConfigurationError):
    """Nothing in the workspace has this name."""

    code = "nothing_found"
    remedy = "`airlock status` lists the series, `airlock exceptions list` the exceptions."


class WorkspaceBusy(ConfigurationError):
    """Another Airlock process works in this workspace."""

    code = "workspace_busy"
    remedy = "Wait until it has finished, or choose another --workspace."


class WorkspaceMissing(ConfigurationError):
    """There is no workspace here."""

    code = "workspace_missing"
    remedy = "Give the folder with --workspace, or make one with `airlock run PATH`."


def remedy_for(code: str) -> str:
    """The way out of the error with this code."""
    return next((each.remedy for each in _all(AirlockError) if each.code == code), AirlockError.remedy)


def _all(error: type[AirlockError]) -> Iterator[type[AirlockError]]:
    yield error
    for each in error.__subclasses__():
        yield from _all(each)
