"""One screen of what a running system does: where it is, what its functions answer, and its last lines."""

import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any, Self

import msgspec
from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from shared.balance import Balance
from shared.errors import AirlockError

_LINES = 8
_SHOWN = ("code", "cause", "event_type", "series", "blob")
_STYLES = {"failed": "red", "retry": "yellow"}
_OUTCOMES = ("handled", "duplicate", "irrelevant", "failed", "retry")
_REFRESHES_PER_SECOND = 2
#: between two counts of the balance, and how many times longer than a count takes that is at least
_COUNT_SECONDS, _COUNT_SHARE = 2.0, 20.0


class LiveScreen:
    """Shows a system as it runs; on no terminal, a line an event. A context manager.

    Args:
        console: where.
        addresses: what it serves, by name.
        stages: the functions, in their order.
        balance: counts what it holds.
    """

    def __init__(
        self,
        console: Console,
        addresses: Mapping[str, str],
        stages: tuple[str, ...],
        balance: Callable[[], Balance],
    ) -> None:
        self._console = console
        self._addresses = addresses
        self._stages = stages
        self._balance = balance
        self._counts: Counter[tuple[str, str]] = Counter()
        self._lines: deque[Text] = deque(maxlen=_LINES)
        self._lock = threading.Lock()
        self._counted = Text()
        self._next_count = 0.0
        self._live = Live(
            console=console, get_renderable=self._drawn, refresh_per_second=_REFRESHES_PER_SECOND
        )

    def line(self, stage: str, text: str) -> None:
        """Take a line of a function's log, which may name its stage itself; what is no event is not shown."""
        try:
            fields = msgspec.json.decode(text, type=dict[str, Any])
        except msgspec.DecodeError:
            return
        stage = stage or str(fields.get("stage", ""))
        outcome = str(fields.get("message") or fields.get("event"))
        with self._lock:
            self._counts[stage, outcome] += 1
            shown = _line(stage, outcome, fields)
            self._lines.append(shown)
        if not self._console.is_terminal:
            self._console.print(shown, soft_wrap=True)

    def __enter__(self) -> Self:
        if self._console.is_terminal:
            self._live.start()
        else:
            self._console.print(_addresses(self._addresses), soft_wrap=True)
        return self

    def __exit__(self, *exc_info: object) -> None:
        if self._console.is_terminal:
            self._live.stop()

    def _drawn(self) -> RenderableType:
        with self._lock:
            counts, lines = Counter(self._counts), list(self._lines)
        return Group(
            _addresses(self._addresses),
            self._table(counts),
            self._balance_line(),
            *lines,
            Text("Ctrl-C stops everything.", style="dim"),
        )

    def _table(self, counts: Mapping[tuple[str, str], int]) -> Table:
        table = Table("function", *_OUTCOMES, box=None, pad_edge=False, header_style="dim")
        for stage in self._stages:
            numbers = (counts.get((stage, outcome), 0) for outcome in _OUTCOMES)
            table.add_row(stage, *(str(number or "") for number in numbers))
        return table

    def _balance_line(self) -> Text:
        """The balance, which is counted anew only now and then: it reads the whole ledger."""
        started = time.monotonic()
        if started >= self._next_count:
            self._counted = self._count()
            took = time.monotonic() - started
            self._next_count = started + max(_COUNT_SECONDS, took * _COUNT_SHARE)
        return self._counted

    def _count(self) -> Text:
        with suppress(AirlockError):
            counts = self._balance()
            shown = ", ".join(f"{name.replace('_', ' ')} {n}" for name, n in counts._asdict().items() if n)
            return Text(shown or "nothing received yet", style="bold")
        return Text("the balance cannot be counted at the moment", style="dim")


def _addresses(addresses: Mapping[str, str]) -> Text:
    width = max(map(len, addresses), default=0)
    return Text("\n".join(f"{name:{width}}  {where}" for name, where in addresses.items()))


def _line(stage: str, outcome: str, fields: Mapping[str, Any]) -> Text:
    told = " ".join([stage, outcome, *(str(fields[name]) for name in _SHOWN if name in fields)])
    # One line of text, whatever a value holds.
    plain = "".join(each for each in " ".join(told.split()) if each.isprintable())
    return Text(plain, style=_STYLES.get(outcome, ""), no_wrap=True, overflow="ellipsis")
