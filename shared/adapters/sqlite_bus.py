"""The bus in a SQLite file: what was published survives the end of the process and of the machine."""

import uuid
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from sqlite3 import Connection

import msgspec

from shared.adapters.delivery_policies import dead_letter_attributes, dead_letter_topic, require_valid
from shared.adapters.sqlite_database import Row, SqliteDatabase
from shared.ports.bus import Delivery, Message, Subscription
from shared.ports.clock import Clock

APPLICATION_ID = 0x41_4C_42_53  # "ALBS"

#: A message is stored once, whatever its size; each subscription has a small row that refers to it. Rows that
#: are `ready` can be leased; the others are leased or wait for their back-off, until `due`. Each kind has an
#: index of its own, so that 100,000 rows of either kind do not slow a lease. The columns of `subscriptions`
#: are the fields of `Subscription` in their order.
SCHEMA = (
    """
    CREATE TABLE IF NOT EXISTS subscriptions (
        name TEXT NOT NULL PRIMARY KEY,
        topic TEXT NOT NULL,
        dead_letter_topic TEXT,
        max_delivery_attempts INTEGER NOT NULL,
        minimum_backoff REAL NOT NULL,
        maximum_backoff REAL NOT NULL,
        ack_deadline REAL NOT NULL
    ) WITHOUT ROWID
    """,
    """
    CREATE TABLE IF NOT EXISTS messages (
        sequence INTEGER PRIMARY KEY,
        message_id TEXT NOT NULL,
        topic TEXT NOT NULL,
        publish_time REAL NOT NULL,
        attributes BLOB NOT NULL,
        data BLOB NOT NULL
    )
    """,
    """
    CREATE TABLE IF NOT EXISTS deliveries (
        message INTEGER NOT NULL,
        subscription TEXT NOT NULL,
        attempt INTEGER NOT NULL DEFAULT 0,
        due REAL NOT NULL,
        ready INTEGER NOT NULL DEFAULT 1,
        ack_id TEXT,
        PRIMARY KEY (message, subscription)
    ) WITHOUT ROWID
    """,
    "CREATE INDEX IF NOT EXISTS ready ON deliveries (message, subscription) WHERE ready = 1",
    "CREATE INDEX IF NOT EXISTS hidden ON deliveries (due, message, subscription) WHERE ready = 0",
    "CREATE UNIQUE INDEX IF NOT EXISTS leased ON deliveries (ack_id) WHERE ack_id IS NOT NULL",
)

_FIND_SUBSCRIPTION = "SELECT * FROM subscriptions WHERE name = ?"

_PUT_SUBSCRIPTION = """
    REPLACE INTO subscriptions VALUES (
        :name, :topic, :dead_letter_topic, :max_delivery_attempts, :minimum_backoff, :maximum_backoff,
        :ack_deadline
    )
"""

_COUNT_RECEIVERS = "SELECT count(*) FROM subscriptions WHERE topic = ?"

_ADD_MESSAGE = """
    INSERT INTO messages (topic, data, attributes, message_id, publish_time) VALUES (?, ?, ?, ?, ?)
"""

_ADD_DELIVERIES = """
    INSERT INTO deliveries (message, subscription, due) SELECT ?, name, ? FROM subscriptions WHERE topic = ?
"""

# The order of the joins is ours: the ready rows lead, and only as many as are taken.
_FIND_READY = """
    SELECT message, subscription, attempt + 1, ack_deadline
    FROM deliveries INDEXED BY ready CROSS JOIN subscriptions ON name = subscription
    WHERE ready = 1 ORDER BY message, subscription LIMIT ?
"""

_FIND_MESSAGE = """
    SELECT topic, data, attributes, message_id, publish_time FROM messages WHERE sequence = ?
"""

_LEASE = """
    UPDATE deliveries SET attempt = ?, due = ?, ready = 0, ack_id = ? WHERE message = ? AND subscription = ?
"""

_FIND_LEASED = """
    SELECT message, attempt, subscriptions.*
    FROM deliveries CROSS JOIN subscriptions ON name = subscription WHERE ack_id = ?
"""

_FIND_USED_UP = """
    SELECT message, attempt, subscriptions.*
    FROM deliveries INDEXED BY hidden CROSS JOIN subscriptions ON name = subscription
    WHERE ready = 0 AND due <= ? AND dead_letter_topic IS NOT NULL AND attempt >= max_delivery_attempts
    ORDER BY due, message, subscription
"""

_PROMOTE = "UPDATE deliveries SET ready = 1 WHERE ready = 0 AND due <= ?"

_HIDE = "UPDATE deliveries SET due = ?, ready = 0, ack_id = NULL WHERE message = ? AND subscription = ?"

_REMOVE_DELIVERY = "DELETE FROM deliveries WHERE message = ? AND subscription = ?"

_REMOVE_MESSAGE = """
    DELETE FROM messages WHERE sequence = ? AND NOT EXISTS (SELECT 1 FROM deliveries WHERE message = sequence)
"""

_NEXT_DUE = """
    SELECT min(due) FROM (
        SELECT * FROM (SELECT due FROM deliveries WHERE ready = 1 ORDER BY message, subscription LIMIT 1)
        UNION ALL
        SELECT * FROM (SELECT due FROM deliveries WHERE ready = 0 ORDER BY due LIMIT 1)
    )
"""

_BACKLOG = "SELECT subscription, count(*) FROM deliveries GROUP BY subscription"

_RECOVER = "UPDATE deliveries SET due = ?, ready = 0 WHERE ack_id IS NOT NULL"


class SqliteBus:
    """A durable broker with the guarantees of Pub/Sub, shared by any number of threads and processes.

    Each call is one transaction. A published message is on the disk when `publish` returns, and stays there
    until every subscription has acknowledged or dead-lettered it. Leases and answers survive the end of the
    process; after a power cut the last ones may be forgotten, and their messages are delivered once more.

    Args:
        path: the file; it is created in a folder that exists.
        clock: the time that leases, back-off and publish times are counted in.

    Raises:
        ConfigurationError: the file is not a bus.
        StorageUnavailable: the file cannot be opened; later, any call that SQLite could not do.
        SpaceExhausted: the disk is full; later, any call that found no space.
    """

    def __init__(self, path: Path, *, clock: Clock) -> None:
        self._clock = clock
        self._database = SqliteDatabase(path, application_id=APPLICATION_ID, schema=SCHEMA)

    def subscribe(self, subscription: Subscription) -> None:
        """Create the subscription, or give an existing one its new policies.

        Raises:
            ConfigurationError: `max_delivery_attempts` is not 5 to 100, or the topic is another than before.
        """
        with self._database.transaction() as connection:
            row = connection.execute(_FIND_SUBSCRIPTION, (subscription.name,)).fetchone()
            require_valid(subscription, row and _subscription(row))
            connection.execute(_PUT_SUBSCRIPTION, msgspec.structs.asdict(subscription))

    def publish(self, topic: str, data: bytes, attributes: Mapping[str, str]) -> str:
        """Give every subscription of `topic` the message; return its message id."""
        with self._database.transaction() as connection:
            return _publish(connection, topic, data, attributes, self._clock.now())

    def lease(self, limit: int) -> Sequence[Delivery]:
        """Take up to `limit` messages that are due, in publish order, each hidden until its ack deadline."""
        with self._database.transaction(durable=False) as connection:
            now = self._clock.now()
            _expire(connection, now)
            ready = connection.execute(_FIND_READY, (max(limit, 0),)).fetchall()
            return [_lease(connection, row, now) for row in ready]

    def ack(self, *deliveries: Delivery) -> None:
        """Acknowledge: these messages are not delivered again; a stale answer is ignored."""
        with self._database.transaction(durable=False) as connection:
            for delivery in deliveries:
                row = connection.execute(_FIND_LEASED, (delivery.ack_id,)).fetchone()
                if row is not None:
                    _remove(connection, row)

    def nack(self, delivery: Delivery) -> None:
        """Refuse: deliver it again after the back-off, or dead-letter it. A stale answer is ignored."""
        with self._database.transaction(durable=False) as connection:
            row = connection.execute(_FIND_LEASED, (delivery.ack_id,)).fetchone()
            if row is not None:
                _refuse(connection, row, self._clock.now())

    def next_due(self) -> float | None:
        """When the next message is due, in seconds since the epoch; None if there is none."""
        [(due,)] = self._database.read(_NEXT_DUE)
        return None if due is None else float(due)

    def backlog(self) -> Mapping[str, int]:
        """How many messages each subscription has yet to acknowledge; subscriptions with none left out."""
        return dict(self._database.read(_BACKLOG))

    def recover(self) -> None:
        """Make every leased message due at once, its delivery failed; for the sole process after a crash."""
        with self._database.transaction() as connection:
            connection.execute(_RECOVER, (self._clock.now(),))

    def together(self) -> AbstractContextManager[None]:
        """Let what this thread publishes inside be safe at the block's end, not with each call."""
        return self._database.together()

    def close(self) -> None:
        """Close the file; later calls raise `StorageUnavailable`."""
        self._database.close()


def _publish(
    connection: Connection, topic: str, data: bytes, attributes: Mapping[str, str], now: float
) -> str:
    message_id = uuid.uuid4().hex
    (receivers,) = connection.execute(_COUNT_RECEIVERS, (topic,)).fetchone()
    if receivers:
        encoded = msgspec.json.encode(attributes)
        message = connection.execute(_ADD_MESSAGE, (topic, data, encoded, message_id, now)).lastrowid
        connection.execute(_ADD_DELIVERIES, (message, now, topic))
    return message_id


def _expire(connection: Connection, now: float) -> None:
    for row in connection.execute(_FIND_USED_UP, (now,)).fetchall():
        _bury(connection, row, now)
    connection.execute(_PROMOTE, (now,))


def _lease(connection: Connection, row: Row, now: float) -> Delivery:
    message, subscription, attempt, ack_deadline = row
    ack_id = uuid.uuid4().hex
    connection.execute(_LEASE, (attempt, now + ack_deadline, ack_id, message, subscription))
    return Delivery(
        subscription=subscription,
        message=_message(connection, message),
        delivery_attempt=attempt,
        ack_id=ack_id,
    )


def _refuse(connection: Connection, row: Row, now: float) -> None:
    message, attempt, *policies = row
    subscription = _subscription(policies)
    if not _bury(connection, row, now):
        connection.execute(_HIDE, (now + subscription.backoff(attempt), message, subscription.name))


def _bury(connection: Connection, row: Row, now: float) -> bool:
    """Forward the message to the dead-letter topic if its attempts are used up; tell whether they are."""
    message, attempt, *policies = row
    subscription = _subscription(policies)
    topic = dead_letter_topic(subscription, attempt)
    if topic is None:
        return False
    source = _message(connection, message)
    _publish(connection, topic, source.data, dead_letter_attributes(source, subscription, attempt), now)
    _remove(connection, row)
    return True


def _remove(connection: Connection, row: Row) -> None:
    message, _attempt, subscription, *_policies = row
    connection.execute(_REMOVE_DELIVERY, (message, subscription))
    connection.execute(_REMOVE_MESSAGE, (message,))


def _message(connection: Connection, sequence: int) -> Message:
    row = connection.execute(_FIND_MESSAGE, (sequence,)).fetchone()
    topic, data, attributes, message_id, publish_time = row
    return Message(
        topic=topic,
        data=data,
        attributes=msgspec.json.decode(attributes, type=dict[str, str]),
        message_id=message_id,
        publish_time=publish_time,
    )


def _subscription(row: Sequence[object]) -> Subscription:
    return msgspec.convert(dict(zip(Subscription.__struct_fields__, row, strict=True)), Subscription)
