"""Crashes between any two side effects: all ports of a wiring count what they do, and one ends it all."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from shared.adapters.faulty_bus import InjectedCrash
from shared.events import AUDIT
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobWriter
from shared.wiring import EmbeddedWiring

_LEDGER = (
    "add_generation",
    "add_ignored",
    "add_instances",
    "add_job",
    "add_result",
    "add_shards",
    "claim",
    "complete_claim",
    "put_archive",
    "raise_exception",
    "release_claim",
    "release_shard",
    "replace_exception",
    "replace_generation",
    "replace_job",
)
#: the methods of each port whose effects outlive the process
EFFECTS = {
    "bus": ("ack", "lease", "nack", "publish"),
    "ledger": _LEDGER,
    "jobs": _LEDGER,
    "secrets": ("store_tokens",),
}
_DESTINATION = ("upload", "confirm")


class Trap:
    """Counts the side effects of a run; crashes it just before or just after one of them.

    Args:
        before: the number of the side effect, from 1, that does not happen any more.
        after: the number of the side effect that is the last to happen.
    """

    def __init__(self, *, before: int = 0, after: int = 0) -> None:
        self._before = before
        self._after = after
        self.effects: list[str] = []

    def install(self, wiring: EmbeddedWiring) -> None:
        """Watch every port of a wiring."""
        ports = vars(wiring)
        for name, methods in EFFECTS.items():
            ports[name] = _Watched(getattr(wiring, name), name, methods, self)
        for name in ("clinical", "released"):
            ports[name] = _WatchedBlobs(ports[name], name, self)
        destinations = wiring.destinations
        ports["destinations"] = _WatchedDestinations(destinations, self)

    def reach(self, effect: str) -> int:
        """A side effect is about to happen; return its number.

        Raises:
            InjectedCrash: it does not.
        """
        self.effects.append(effect)
        number = len(self.effects)
        if number == self._before:
            raise InjectedCrash
        return number

    def leave(self, number: int) -> None:
        """A side effect has happened.

        Raises:
            InjectedCrash: it was the last one.
        """
        if number == self._after:
            raise InjectedCrash

    def perform(self, effect: str, act: Callable[[], Any]) -> Any:
        """Let one side effect happen, if it may."""
        number = self.reach(effect)
        result = act()
        self.leave(number)
        return result


class _Watched:
    """A port some of whose methods are side effects; all others are passed on.

    What is published for the record alone is none: nobody on this machine listens, so nothing is kept.
    """

    def __init__(self, port: object, name: str, methods: tuple[str, ...], trap: Trap) -> None:
        self._port = port
        self._name = name
        self._methods = methods
        self._trap = trap

    def __getattr__(self, method: str) -> Any:
        member = getattr(self._port, method)
        if method not in self._methods:
            return member

        def watched(*args: object, **options: object) -> Any:
            if AUDIT in args:
                return member(*args, **options)
            return self._trap.perform(f"{self._name}.{method}", lambda: member(*args, **options))

        return watched


class _WatchedBlobs(_Watched):
    """A bucket; an object is finalised when its context ends."""

    def __init__(self, port: object, name: str, trap: Trap) -> None:
        super().__init__(port, name, (), trap)

    @contextmanager
    def create(self, name: str, *, if_generation_match: int | None = None) -> Iterator[BlobWriter]:
        """Write an object; its end is the side effect."""
        with self._port.create(name, if_generation_match=if_generation_match) as writer:  # type: ignore[attr-defined]
            yield writer
            number = self._trap.reach(f"{self._name}.create")
        self._trap.leave(number)

    def delete(self, ref: BlobRef) -> None:
        """Delete an object."""
        self._trap.perform(f"{self._name}.delete", lambda: self._port.delete(ref))  # type: ignore[attr-defined]


class _WatchedDestinations:
    """All destinations; uploads and confirmations are side effects."""

    def __init__(self, destinations: Any, trap: Trap) -> None:
        self._destinations = destinations
        self._trap = trap

    def __call__(self, name: str) -> _Watched:
        return _Watched(self._destinations(name), name, _DESTINATION, self._trap)

    def close(self) -> None:
        """Close the connections."""
        self._destinations.close()
