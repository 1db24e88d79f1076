"""A stage could not do its work; permanent."""

from shared.errors.base import AirlockError


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
    """The pixels show identifying text, or may do so."""

    code = "pixels_identifying"
    remedy = (
        "Use a profile with the option clean_pixel_data, or write a rule for such images "
        "(docs/reference/pixel-cleaning.md), or leave them out in the matching ruleset."
    )


class ElementHeld(ProcessingError):
    """The profile holds instances with an element that nobody can judge."""

    code = "element_held"
    remedy = "Let the profile remove such elements, or archive the exception."


class PixelsUncleanable(ProcessingError):
    """Identifying pixels cannot be blanked with certainty."""

    code = "pixels_uncleanable"
    remedy = (
        "Send it in another transfer syntax (docs/reference/pixel-cleaning.md), or archive the exception."
    )


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
    """The result is not readable, or no kind of result that leads back."""

    code = "result_unreadable"


class ResultForeign(ProcessingError):
    """The result does not reference exactly the series that was sent."""

    code = "result_foreign"
    remedy = "The result was not delivered. Ask the destination which input it belongs to."


class AttemptsExhausted(ProcessingError):
    """A transient failure lasted longer than the retries of the subscription."""

    code = "attempts_exhausted"
    remedy = "Mend what the last cause names, then retry."


class Unexpected(ProcessingError):
    """Airlock failed where it never should; nothing of the file was released."""

    code = "unexpected"
    remedy = "Report what failed and where; the other files are not concerned."
