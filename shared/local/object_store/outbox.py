"""The outbox: publishes owed messages in the background, at least once, for as long as it takes."""

import itertools
import threading
from collections.abc import Sequence

import msgspec

from shared.errors import StorageUnavailable
from shared.local.object_store.catalog import Catalog
from shared.local.object_store.records import OwedMessage
from shared.local.publishing import Publish, PubsubMessage

_PAGE = 100
_FIRST_WAIT, _LONGEST_WAIT = 0.05, 2.0


class Outbox:
    """Publishes in a thread of its own what the catalog says is owed.

    Args:
        catalog: keeps the messages until they are published.
        publish: publishes them; None: they are kept for a later start that has one.
    """

    def __init__(self, catalog: Catalog, publish: Publish | None) -> None:
        self._catalog = catalog
        self._publish = publish
        self._woken = threading.Event()
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="object-store-outbox")

    def start(self) -> None:
        """Begin with what an earlier process left."""
        if self._publish is not None:
            self._thread.start()

    def wake(self) -> None:
        """Say that something may be owed."""
        self._woken.set()

    def stop(self) -> None:
        """End the thread; what is still owed is kept."""
        self._stopped = True
        self._woken.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        wait: float | None = _FIRST_WAIT
        while not self._stopped:
            self._woken.clear()
            wait = None if self._is_all_published() else min(_LONGEST_WAIT, (wait or _FIRST_WAIT) * 2)
            self._woken.wait(wait)

    def _is_all_published(self) -> bool:
        try:
            return self._publish_owed()
        except StorageUnavailable:
            return False

    def _publish_owed(self) -> bool:
        """Publish all that can be published; tell whether that was everything."""
        failed: list[str] = []
        while not self._stopped:
            # A topic that fails is left out until the next round: it must not hold up the others.
            messages = self._catalog.owed(failed, _PAGE)
            if not messages:
                break
            for topic, group in itertools.groupby(messages, lambda message: message.topic):
                if topic not in failed and not self._published(topic, list(group)):
                    failed.append(topic)
        return not failed

    def _published(self, topic: str, owed: Sequence[OwedMessage]) -> bool:
        if self._publish is None:
            return False
        try:
            self._publish(topic, [_message(each) for each in owed])
            with self._catalog.transaction() as changes:
                changes.settle(owed)
        except Exception:  # noqa: BLE001 - it is a caller's; whatever it raises, the messages stay owed
            return False
        return True


def _message(owed: OwedMessage) -> PubsubMessage:
    return PubsubMessage(owed.data, msgspec.json.decode(owed.attributes, type=dict[str, str]))
