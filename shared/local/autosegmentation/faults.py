"""What the double does wrong on demand."""

import threading
from collections import defaultdict, deque
from typing import Literal

Operation = Literal["health", "upload", "refresh", "status", "result", "confirm"]


class Faults:
    """Faults that can be set and taken back while the server runs; none is set at first.

    Attributes:
        drop_uploads: how many of the next uploads are stored and then not answered: the connection ends.
        garble_uploads: how many of the next uploads are stored and then answered with what is no JSON.
        no_deduplication: an upload it has already becomes a second task.
        wrong_checksum: the header of a result holds another checksum.
        foreign_result: the result references another series.
        unreadable_result: the result is no DICOM.
        rotate_refresh_tokens: a refresh token is good for one use, and a refresh gives a new one.
        expiry: the field in which a refresh says when the access token expires; None leaves it out.
        polls_before_result: how many times a status request still answers `Received`.
    """

    def __init__(self) -> None:
        self.drop_uploads = 0
        self.garble_uploads = 0
        self.no_deduplication = False
        self.wrong_checksum = False
        self.foreign_result = False
        self.unreadable_result = False
        self.rotate_refresh_tokens = False
        self.expiry: Literal["expires_in", "expires_at"] | None = "expires_in"
        self.polls_before_result = 0
        self._answers: defaultdict[Operation, deque[int]] = defaultdict(deque)
        self._delays: dict[Operation, float] = {}
        self._released = threading.Event()

    def answer(self, operation: Operation, status: int, *, times: int = 1) -> None:
        """Answer the next `times` requests of an operation with an HTTP status, and do nothing else."""
        self._answers[operation].extend([status] * times)

    def delay(self, operation: Operation, seconds: float) -> None:
        """Let every request of an operation wait, up to `seconds`, or until `release`; then it is handled."""
        self._released.clear()
        self._delays[operation] = seconds

    def release(self) -> None:
        """Let all that waits go on, and delay nothing any more."""
        self._delays.clear()
        self._released.set()

    def next_answer(self, operation: Operation) -> int | None:
        """Wait as long as asked, then take the status to answer instead; None to do the work."""
        if operation in self._delays:
            self._released.wait(self._delays[operation])
        answers = self._answers[operation]
        return answers.popleft() if answers else None

    def take(self, name: Literal["drop_uploads", "garble_uploads", "polls_before_result"]) -> bool:
        """Use up one of a counted fault; False if none is left."""
        left: int = getattr(self, name)
        setattr(self, name, max(0, left - 1))
        return left > 0
