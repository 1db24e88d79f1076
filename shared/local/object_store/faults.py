"""What the store does wrong on demand."""

import threading
from typing import Literal

import msgspec

Kind = Literal["403", "503", "drop_before", "drop_after", "slow"]

EVERY_OPERATION = "*"


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault of the next requests of one operation.

    Attributes:
        operation: the operation's name, such as `objects.insert`; `*` for every one.
        kind: `403` and `503` answer that and do nothing; `drop_before` ends the connection and does nothing;
            `drop_after` does the work and then ends the connection; `slow` waits and does the work.
        times: how many requests it meets.
        seconds: how long `slow` waits.
    """

    operation: str
    kind: Kind
    times: int = 1
    seconds: float = 1.0


class Faults:
    """The faults that are set, oldest first; they may be set while requests are handled."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []
        self._lock = threading.Lock()
        self._released = threading.Event()

    def add(self, fault: Fault) -> None:
        """Set a fault."""
        with self._lock:
            self._released.clear()
            self._faults.append(fault)

    def clear(self) -> None:
        """Take all faults back, and let all that waits go on."""
        with self._lock:
            self._faults.clear()
            self._released.set()

    @property
    def pending(self) -> list[Fault]:
        """The faults that no request has met yet."""
        with self._lock:
            return list(self._faults)

    def take(self, operation: str) -> Fault | None:
        """Use up the oldest fault of an operation; None if there is none."""
        with self._lock:
            for index, fault in enumerate(self._faults):
                if fault.operation in {operation, EVERY_OPERATION}:
                    self._faults[index : index + 1] = _without_one(fault)
                    return fault
        return None

    def wait(self, seconds: float) -> None:
        """Wait so long, or until the faults are taken back."""
        self._released.wait(seconds)


def _without_one(fault: Fault) -> list[Fault]:
    left = fault.times - 1
    return [msgspec.structs.replace(fault, times=left)] if left > 0 else []
