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
│   ├── ElementHeld            element_held
│   ├── PixelsUncleanable      pixels_uncleanable
│   ├── Residue                residue
│   ├── ExceptionClosed        exception_closed
│   ├── CrosswalkUnreadable    crosswalk_unreadable
│   ├── ResultUnreadable       result_unreadable
│   ├── ResultForeign          result_foreign
│   ├── AttemptsExhausted      attempts_exhausted
│   └── Unexpected             unexpected
├── StorageError
│   ├── ObjectNotFound         object_not_found (permanent)
│   ├── PreconditionFailed     precondition_failed (permanent)
│   ├── RecordConflict         record_conflict (transient)
│   ├── RecordMissing          record_missing (transient)
│   └── StorageUnavailable     storage_unavailable (transient)
├── NetworkError
│   ├── DestinationUnavailable destination_unavailable (transient)
│   │   └── AnswerLost         answer_lost (transient)
│   ├── DestinationRejected    destination_rejected (permanent)
│   ├── DestinationUnauthorized destination_unauthorized (permanent)
│   ├── DestinationFailed      destination_failed (permanent)
│   ├── TransferUnconfirmed    transfer_unconfirmed (permanent)
│   ├── PushUnauthorized       push_unauthorized (permanent)
│   └── ChecksumMismatch       checksum_mismatch (permanent)
├── ResourceError
│   ├── ClaimHeld              claim_held (transient)
│   └── SpaceExhausted         space_exhausted (transient)
└── ConfigurationError         configuration_invalid (permanent)
    ├── RulesetInvalid         ruleset_invalid
    ├── KeyInvalid             key_invalid
    ├── EmulatorMissing        emulator_missing
    ├── EmulatorFailed         emulator_failed
    ├── InputMissing           input_missing
    ├── NameAmbiguous          name_ambiguous
    ├── NothingFound           nothing_found
    ├── TokensMissing          tokens_missing
    ├── WorkspaceBusy          workspace_busy
    ├── WorkspaceMissing       workspace_missing
    └── WorkspaceUnusable      workspace_unusable
"""

from shared.errors.base import (
    AirlockError,
    Category,
    remedy_for,
)
from shared.errors.configuration import (
    ConfigurationError,
    EmulatorFailed,
    EmulatorMissing,
    InputMissing,
    KeyInvalid,
    NameAmbiguous,
    NothingFound,
    RulesetInvalid,
    TokensMissing,
    WorkspaceBusy,
    WorkspaceMissing,
    WorkspaceUnusable,
)
from shared.errors.outside import (
    AnswerLost,
    ChecksumMismatch,
    ClaimHeld,
    DestinationFailed,
    DestinationRejected,
    DestinationUnauthorized,
    DestinationUnavailable,
    NetworkError,
    ObjectNotFound,
    PreconditionFailed,
    PushUnauthorized,
    RecordConflict,
    RecordMissing,
    ResourceError,
    SpaceExhausted,
    StorageError,
    StorageUnavailable,
    TransferUnconfirmed,
)
from shared.errors.processing import (
    AttemptsExhausted,
    CrosswalkUnreadable,
    ElementHeld,
    EventUndecodable,
    ExceptionClosed,
    PixelsIdentifying,
    PixelsUncleanable,
    ProcessingError,
    Residue,
    ResultForeign,
    ResultUnreadable,
    RulesetsAmbiguous,
    SopClassUnsupported,
    TransitionIllegal,
    Unexpected,
)
from shared.errors.validation import (
    ArchiveMemberEncrypted,
    ArchiveMemberUnreadable,
    ArchiveMemberUnsafe,
    ArchiveUnreadable,
    AttributeMissing,
    Conflict,
    FileMetaMissing,
    ImageInconsistent,
    LimitExceeded,
    Malformed,
    NotDicom,
    PatientInconsistent,
    PixelDataLength,
    TransferSyntaxUnknown,
    Truncated,
    UidInvalid,
    ValidationError,
    ValueInvalid,
)

__all__ = [
    "AirlockError",
    "AnswerLost",
    "ArchiveMemberEncrypted",
    "ArchiveMemberUnreadable",
    "ArchiveMemberUnsafe",
    "ArchiveUnreadable",
    "AttemptsExhausted",
    "AttributeMissing",
    "Category",
    "ChecksumMismatch",
    "ClaimHeld",
    "ConfigurationError",
    "Conflict",
    "CrosswalkUnreadable",
    "DestinationFailed",
    "DestinationRejected",
    "DestinationUnauthorized",
    "DestinationUnavailable",
    "ElementHeld",
    "EmulatorFailed",
    "EmulatorMissing",
    "EventUndecodable",
    "ExceptionClosed",
    "FileMetaMissing",
    "ImageInconsistent",
    "InputMissing",
    "KeyInvalid",
    "LimitExceeded",
    "Malformed",
    "NameAmbiguous",
    "NetworkError",
    "NotDicom",
    "NothingFound",
    "ObjectNotFound",
    "PatientInconsistent",
    "PixelDataLength",
    "PixelsIdentifying",
    "PixelsUncleanable",
    "PreconditionFailed",
    "ProcessingError",
    "PushUnauthorized",
    "RecordConflict",
    "RecordMissing",
    "Residue",
    "ResourceError",
    "ResultForeign",
    "ResultUnreadable",
    "RulesetInvalid",
    "RulesetsAmbiguous",
    "SopClassUnsupported",
    "SpaceExhausted",
    "StorageError",
    "StorageUnavailable",
    "TokensMissing",
    "TransferSyntaxUnknown",
    "TransferUnconfirmed",
    "TransitionIllegal",
    "Truncated",
    "UidInvalid",
    "Unexpected",
    "ValidationError",
    "ValueInvalid",
    "WorkspaceBusy",
    "WorkspaceMissing",
    "WorkspaceUnusable",
    "remedy_for",
]
