"""Objects made of objects: compose, rewrite, copy and move."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from shared.adapters.streaming import CHUNK_BYTES
from shared.local.object_store.catalog import Changes
from shared.local.object_store.checksums import Checksums
from shared.local.object_store.content import Content, Spool
from shared.local.object_store.metadata import Fields
from shared.local.object_store.objects import Objects, Source, Target
from shared.local.object_store.preconditions import Preconditions
from shared.local.object_store.records import Generation
from shared.local.object_store.refusals import invalid, no_such_object

COMPOSE_LIMIT = 32


class Origin(NamedTuple):
    """An object that is copied: the live generation unless one is given."""

    bucket: str
    name: str
    generation: int | None
    preconditions: Preconditions


class Copies:
    """Makes objects of objects."""

    def __init__(self, objects: Objects, content: Content) -> None:
        self._objects = objects
        self._content = content

    def compose(self, target: Target, origins: Sequence[Origin], fields: Fields) -> Generation:
        """Join the contents of objects; the result has a CRC-32C and no MD5.

        Raises:
            Refused: 404 or 412, of the target or an origin; 400, none or more than 32 origins.
        """
        if not 0 < len(origins) <= COMPOSE_LIMIT:
            raise invalid(f"The number of source components must be between 1 and {COMPOSE_LIMIT}.")
        self._objects.refuse_early(target)
        parts = [self._objects.get(*origin) for origin in origins]
        spool = self._content.spool()
        try:
            for part in parts:
                self._append(spool, part)
            checksums = Checksums(spool.checksums.crc32c, None)
            components = sum(part.components or 1 for part in parts)
            source = Source(spool.path, spool.size, checksums, fields, components)
            return self._objects.finalise(target, source)
        finally:
            spool.discard()

    def rewrite(self, target: Target, origin: Origin, fields: Fields) -> Generation:
        """Copy an object, with its own metadata unless other is given.

        Raises:
            Refused: 404 or 412, of the target or the origin.
        """
        self._objects.refuse_early(target)
        with self._linked(self._objects.get(*origin), fields) as source:
            return self._objects.finalise(target, source)

    def move(self, target: Target, origin: Origin) -> Generation:
        """Give an object another name in its bucket, in one step.

        Raises:
            Refused: 404 or 412, of the target or the origin; 400, both are the same.
        """
        if target.name == origin.name:
            raise invalid("The source and destination object names must differ.")
        self._objects.refuse_early(target)
        found = self._objects.get(*origin)

        def remove_origin(changes: Changes, _finalised: Generation) -> None:
            if changes.live(found.bucket, found.name) != found:
                raise no_such_object(found.bucket, found.name)
            archived = changes.bucket(found.bucket).is_versioned
            self._objects.retire(changes, found, archived=archived)

        with self._linked(found, {}) as source:
            moved = self._objects.finalise(target, source, also=remove_origin)
        self._objects.sweep(found)
        return moved

    def _append(self, spool: Spool, part: Generation) -> None:
        with self._objects.open(part) as reader:
            for start in range(0, reader.size, CHUNK_BYTES):
                spool.append(reader.read(start, CHUNK_BYTES))

    @contextmanager
    def _linked(self, found: Generation, fields: Fields) -> Iterator[Source]:
        # Contents are never written again, so a second name for the file is a copy.
        path = self._content.linked(found)
        if path is None:
            raise no_such_object(found.bucket, found.name)
        try:
            yield Source(path, found.size, found.checksums, fields or found.fields, found.components)
        finally:
            path.unlink(missing_ok=True)
