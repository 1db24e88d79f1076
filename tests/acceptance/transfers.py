"""Where the only job of a test stands: here, and at the destination."""

from shared.balance import Balance
from shared.ports.records import JobRecord
from tests.acceptance.flow import Flow

#: how the two instances of one series are counted that was exported, or that waits for a person
EXPORTED = Balance(2, 2, 0, 0, 0, 0, 0)
HELD = Balance(2, 0, 0, 0, 0, 0, 2)
#: the package was uploaded once, and the destination was told that its result arrived
DONE = [(1, "Transfer Completed")]


def job(flow: Flow) -> JobRecord:
    """The only job there is."""
    (record,) = flow.wiring.jobs.jobs()
    return record


def delivered(flow: Flow) -> int:
    """How many results lie beside their series."""
    return len(flow.objects("clinical", "results/"))


def received(flow: Flow) -> list[tuple[int, str]]:
    """How often the destination got each package, and where its task stands."""
    return [(task.received, task.status) for task in flow.uploads]
