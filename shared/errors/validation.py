"""The input is at fault; permanent."""

from shared.errors.base import AirlockError


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
