"""What the store does wrong on demand, for tests of its clients."""

import threading
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple, cast, get_args

from shared.local.dicom_store.refusal import bad_request

Kind = Literal["503", "429", "drop", "slow"]
#: what faults can be asked for
OPERATIONS = frozenset(
    {
        "store",
        "search_studies",
        "search_series",
        "search_instances",
        "retrieve",
        "metadata",
        "frames",
        "rendered",
    }
    | {"bulk_data", "delete", "create_dataset", "get_dataset", "create_store", "list_stores", "get_store"}
    | {"change_store", "delete_store"}
)
_LONGEST_SECONDS = 600.0


class Fault(NamedTuple):
    """A fault that is due.

    Attributes:
        kind: an HTTP status to answer instead, `drop` (the request is handled and then not answered), `slow`.
        operation: to which operation it happens, such as `store`; empty for any.
        seconds: how long `slow` lets a request wait before it is handled.
    """

    kind: Kind
    operation: str = ""
    seconds: float = 0.0


class Faults:
    """Faults in the order in which they were asked for; none at first."""

    def __init__(self) -> None:
        """Have no faults."""
        self._lock = threading.Lock()
        self._due: list[Fault] = []
        self._released = threading.Event()

    def add(self, fault: Fault, times: int = 1) -> None:
        """Let a fault happen to the next `times` requests that it is meant for."""
        with self._lock:
            self._released.clear()
            self._due.extend([fault] * times)

    def take(self, operation: str) -> Fault | None:
        """Use up the first fault that is meant for an operation; wait here if it is a slow one."""
        with self._lock:
            found = next((each for each in self._due if each.operation in {"", operation}), None)
            if found is not None:
                self._due.remove(found)
        if found is not None and found.kind == "slow":
            self._released.wait(found.seconds)
        return found

    def clear(self) -> None:
        """Forget all faults, and let go on what waits."""
        with self._lock:
            self._due.clear()
            self._released.set()


def parse_fault(asked: Any) -> tuple[Fault, int]:
    """Read the body of a request for a fault: `fault`, and maybe `operation`, `times` and `seconds`.

    Raises:
        Refusal: 400, there is no such fault.
    """
    if not isinstance(asked, Mapping) or asked.get("fault") not in get_args(Kind):
        raise bad_request("a fault is 503, 429, drop or slow")
    operation = asked.get("operation", "")
    if operation not in {"", *OPERATIONS}:
        raise bad_request("there is no such operation")
    times, seconds = asked.get("times", 1), asked.get("seconds", 0)
    if not isinstance(times, int) or not 1 <= times <= 1_000_000:
        raise bad_request("times is a whole number from 1")
    if not isinstance(seconds, int | float) or not 0 <= seconds <= _LONGEST_SECONDS:
        raise bad_request("seconds is a number up to 600")
    return Fault(cast("Kind", asked["fault"]), operation, float(seconds)), times
