"""The states of a series and of a job, and the moves between them that are legal."""

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from shared.errors import TransitionIllegal


class SeriesState(StrEnum):
    """Where one generation of a series stands, on the clinical side."""

    #: judged complete; waits for the rules
    COMPLETED = "completed"
    #: no ruleset claims it
    UNMATCHED = "unmatched"
    #: a ruleset claims it; its shards are being de-identified
    MATCHED = "matched"
    #: every shard passed the release gate; the job goes on on the released side
    DEIDENTIFIED = "deidentified"
    #: a result lies beside it
    RESULT_DELIVERED = "result_delivered"
    #: a person archived the exception that kept it from the rules
    REJECTED = "rejected"
    #: a later generation of the series replaced it
    SUPERSEDED = "superseded"


class JobState(StrEnum):
    """Where the export of one series stands, on the released side."""

    #: nothing was sent yet, or nothing that the destination has
    PENDING = "pending"
    #: an upload was begun; its outcome is not known yet
    UPLOADING = "uploading"
    #: the destination confirmed the transfer with a transaction id
    EXPORTED = "exported"
    #: what came back is no result of this job; a retry fetches it again
    RESULT_INVALID = "result_invalid"
    #: the result lies in the released bucket
    RESULT_RECEIVED = "result_received"
    #: a person archived the exception of its result: nobody asks for it any more
    ABANDONED = "abandoned"
    #: the result was delivered and the destination was told so
    CLOSED = "closed"


SERIES_TRANSITIONS: Mapping[SeriesState, frozenset[SeriesState]] = {
    SeriesState.COMPLETED: frozenset(
        {SeriesState.MATCHED, SeriesState.UNMATCHED, SeriesState.REJECTED, SeriesState.SUPERSEDED}
    ),
    SeriesState.UNMATCHED: frozenset({SeriesState.SUPERSEDED}),
    SeriesState.MATCHED: frozenset({SeriesState.DEIDENTIFIED, SeriesState.SUPERSEDED}),
    SeriesState.DEIDENTIFIED: frozenset({SeriesState.RESULT_DELIVERED, SeriesState.SUPERSEDED}),
    SeriesState.RESULT_DELIVERED: frozenset({SeriesState.SUPERSEDED}),
    SeriesState.REJECTED: frozenset({SeriesState.SUPERSEDED}),
    SeriesState.SUPERSEDED: frozenset(),
}

JOB_TRANSITIONS: Mapping[JobState, frozenset[JobState]] = {
    JobState.PENDING: frozenset({JobState.UPLOADING}),
    JobState.UPLOADING: frozenset({JobState.EXPORTED, JobState.PENDING}),
    JobState.EXPORTED: frozenset({JobState.RESULT_RECEIVED, JobState.RESULT_INVALID, JobState.ABANDONED}),
    # A retry may find that the destination makes the result anew.
    JobState.RESULT_INVALID: frozenset({JobState.EXPORTED, JobState.RESULT_RECEIVED, JobState.ABANDONED}),
    JobState.RESULT_RECEIVED: frozenset({JobState.CLOSED, JobState.ABANDONED}),
    # What was on its way when it was abandoned may be delivered all the same.
    JobState.ABANDONED: frozenset({JobState.CLOSED}),
    JobState.CLOSED: frozenset(),
}

#: the states of a job whose instances count as exported
EXPORTED_STATES = frozenset(
    {
        JobState.EXPORTED,
        JobState.RESULT_INVALID,
        JobState.RESULT_RECEIVED,
        JobState.ABANDONED,
        JobState.CLOSED,
    }
)

S = TypeVar("S", SeriesState, JobState)


def require_transition(table: Mapping[S, frozenset[S]], current: S, wanted: S) -> None:
    """Check a move against its table; staying where one is, is always legal, so that replays are harmless.

    Raises:
        TransitionIllegal: the table has no such move.
    """
    if wanted is not current and wanted not in table[current]:
        raise TransitionIllegal(current=current.value, wanted=wanted.value)
