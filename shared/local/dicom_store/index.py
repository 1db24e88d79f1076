"""The index of all stores: one SQLite file, which survives the process (but need not survive a power cut)."""

from collections.abc import Iterator
from pathlib import Path
from sqlite3 import Connection
from typing import NamedTuple

import msgspec

from shared.adapters.sqlite_database import Row, SqliteDatabase
from shared.local.dicom_store.json_model import JsonDataSet
from shared.local.dicom_store.names import StoreName, Uids

_APPLICATION_ID = 0x44434D53  # "DCMS"
_SCHEMA = (
    "CREATE TABLE datasets (name TEXT PRIMARY KEY, resource TEXT NOT NULL)",
    "CREATE TABLE stores (name TEXT PRIMARY KEY, dataset TEXT NOT NULL, resource TEXT NOT NULL)",
    """CREATE TABLE instances (
        number INTEGER PRIMARY KEY AUTOINCREMENT, store TEXT NOT NULL,
        study TEXT NOT NULL, series TEXT NOT NULL, instance TEXT NOT NULL,
        sop_class TEXT NOT NULL, transfer_syntax TEXT NOT NULL, modality TEXT NOT NULL,
        file TEXT NOT NULL, size INTEGER NOT NULL, sha256 TEXT NOT NULL,
        version TEXT NOT NULL, attributes TEXT NOT NULL,
        UNIQUE (store, study, series, instance)
    )""",
    """CREATE TABLE outbox (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        topic TEXT NOT NULL, data BLOB NOT NULL, attributes TEXT NOT NULL
    )""",
)
_COLUMNS = (
    "number, study, series, instance, sop_class, transfer_syntax, modality, file, size, sha256, version"
)
_PAGE = 500
_GROUPS = {"study": "study", "series": "study, series", "instance": ""}


class Instance(NamedTuple):
    """A stored instance; `file` is the name of its file, `size` in bytes, `version` unique to the storing."""

    number: int
    uids: Uids
    sop_class: str
    transfer_syntax: str
    modality: str
    file: str
    size: int
    sha256: str
    version: str


class Index:
    """Finds, adds and removes instances; the other tables are their own modules'."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self.database = SqliteDatabase(path, application_id=_APPLICATION_ID, schema=_SCHEMA)

    def instances(self, store: StoreName, uids: Uids) -> list[Instance]:
        """The instances of a store, a study or a series, or the one instance, the first stored first."""
        where, parameters = _where(store, uids)
        sql = f"SELECT {_COLUMNS} FROM instances WHERE {where} ORDER BY number"  # noqa: S608 - our own text
        return [_instance(row) for row in self.database.read(sql, parameters)]

    def first_of_each(
        self, store: StoreName, uids: Uids, level: str
    ) -> Iterator[tuple[Instance, JsonDataSet]]:
        """Yield the first instance of each study, series or instance, with what was indexed of it."""
        where, parameters = _where(store, uids)
        if groups := _GROUPS[level]:
            # One row of each group; every instance is a group of its own.
            where = f"number IN (SELECT min(number) FROM instances WHERE {where} GROUP BY {groups})"  # noqa: S608 - our own text
        sql = f"SELECT {_COLUMNS}, attributes FROM instances WHERE {where} AND number > ? ORDER BY number LIMIT {_PAGE}"  # noqa: S608, E501 - our own text
        last = 0
        while rows := self.database.read(sql, (*parameters, last)):
            for row in rows:
                yield _instance(row[:-1]), msgspec.json.decode(row[-1], type=JsonDataSet)
            last = rows[-1][0]

    def counts(self, store: StoreName, uids: Uids) -> tuple[int, int]:
        """How many series and how many instances a study or a series has."""
        where, parameters = _where(store, uids)
        sql = f"SELECT count(DISTINCT series), count(*) FROM instances WHERE {where}"  # noqa: S608 - our own text
        ((series, instances),) = self.database.read(sql, parameters)
        return series, instances

    def distinct(self, store: StoreName, uids: Uids, column: str) -> list[str]:
        """The different values of a column, such as `modality`, in a study or a series."""
        where, parameters = _where(store, uids)
        sql = f"SELECT DISTINCT {column} FROM instances WHERE {where} ORDER BY 1"  # noqa: S608 - our own text
        return [value for (value,) in self.database.read(sql, parameters) if value]

    def files(self) -> set[str]:
        """The names of all files that instances have."""
        return {name for (name,) in self.database.read("SELECT file FROM instances")}

    def close(self) -> None:
        """Close the file."""
        self.database.close()


def find(connection: Connection, store: StoreName, uids: Uids) -> Instance | None:
    """The one instance with these UIDs."""
    where, parameters = _where(store, uids)
    row = connection.execute(f"SELECT {_COLUMNS} FROM instances WHERE {where}", parameters).fetchone()  # noqa: S608 - our own text
    return _instance(row) if row else None


def add(connection: Connection, store: StoreName, instance: Instance, attributes: JsonDataSet) -> None:
    """Add an instance; its number is given by the database."""
    connection.execute(
        f"INSERT INTO instances (store, attributes, {_COLUMNS.removeprefix('number, ')})"  # noqa: S608 - our own text
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (str(store), msgspec.json.encode(attributes).decode(), *instance.uids, *instance[2:]),
    )


def remove(connection: Connection, instances: list[Instance]) -> None:
    """Remove instances."""
    connection.executemany(
        "DELETE FROM instances WHERE number = ?", [(instance.number,) for instance in instances]
    )


def _where(store: StoreName, uids: Uids) -> tuple[str, tuple[str, ...]]:
    columns = [(column, uid) for column, uid in zip(Uids._fields, uids, strict=True) if uid]
    where = " AND ".join(["store = ?", *(f"{column} = ?" for column, _ in columns)])
    return where, (str(store), *(uid for _, uid in columns))


def _instance(row: Row) -> Instance:
    number, study, series, instance, *others = row
    return Instance(number, Uids(study, series, instance), *others)
