"""Objects: finding, finalising, changing and deleting their generations.

See "Object versioning" and "Request preconditions" in the documentation of Cloud Storage.
"""

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

from shared.adapters.folder_names import is_storable
from shared.adapters.folder_streams import FolderReader
from shared.local.object_store.buckets import MICROSECONDS
from shared.local.object_store.catalog import Catalog, Changes, Records
from shared.local.object_store.checksums import Checksums
from shared.local.object_store.content import Content
from shared.local.object_store.metadata import Fields
from shared.local.object_store.notifications import Notifier
from shared.local.object_store.preconditions import Preconditions
from shared.local.object_store.records import Generation, encoded
from shared.local.object_store.refusals import invalid, no_such_object
from shared.ports.clock import Clock

#: done in the transaction of a finalisation, with what was finalised
Also = Callable[[Changes, Generation], None]


class Target(NamedTuple):
    """Where an object is written, and under which preconditions."""

    bucket: str
    name: str
    preconditions: Preconditions


class Source(NamedTuple):
    """What an object becomes: a complete file, its size in bytes, its checksums and its metadata."""

    path: Path
    size: int
    checksums: Checksums
    fields: Fields
    components: int | None = None


class Objects:
    """The objects of one store; `changed` is called when messages may be owed."""

    def __init__(
        self,
        catalog: Catalog,
        content: Content,
        notifier: Notifier,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._catalog = catalog
        self._content = content
        self._notifier = notifier
        self._clock = clock
        self._changed = changed

    def get(self, bucket: str, name: str, generation: int | None, preconditions: Preconditions) -> Generation:
        """The live generation, or the one asked for (0 or None: the live one).

        Raises:
            Refused: 404, 412 or 304.
        """
        found = _find(self._catalog, bucket, name, generation)
        preconditions.require(found, reading=True)
        return found

    def open(self, generation: Generation) -> FolderReader:
        """Open the content of a generation.

        Raises:
            Refused: 404, it was deleted meanwhile.
        """
        reader = self._content.open(generation)
        if reader is None:
            raise no_such_object(generation.bucket, generation.name)
        return reader

    def refuse_early(self, target: Target) -> None:
        """Refuse what could not be finalised now, before its content is received.

        Raises:
            Refused: 404, no such bucket; 400, no object can have this name; 412.
        """
        self._catalog.bucket(target.bucket)
        if not is_storable(target.name) or target.name in {".", ".."} or set(target.name) & {"\r", "\n"}:
            raise invalid("Invalid object name: 1 to 1024 bytes of UTF-8 without line ends.")
        target.preconditions.require(self._catalog.live(target.bucket, target.name))

    def finalise(self, target: Target, source: Source, *, also: Also | None = None) -> Generation:
        """Make a file the live generation, if the preconditions hold; the file is moved.

        Raises:
            Refused: 404, no such bucket; 412; or what `also` refuses.
        """
        with ExitStack() as undo:
            with self._catalog.transaction() as changes:
                versioned = changes.bucket(target.bucket).is_versioned
                live = changes.live(target.bucket, target.name)
                target.preconditions.require(live)
                number = changes.next_generation(self._now())
                place = self._content.install(source.path, target.bucket, target.name, number)
                undo.callback(self._content.remove_file, target.bucket, place)
                finalised = _generation(target, source, number, place)
                if live is not None:
                    self._replace(changes, live, finalised, archived=versioned)
                changes.put(finalised)
                self._owe_finalise(changes, finalised, live)
                if also is not None:
                    also(changes, finalised)
            undo.pop_all()
        self.sweep(live)
        self._changed()
        return finalised

    def change(
        self,
        target: Target,
        generation: int | None,
        change: Callable[[Fields], Fields],
    ) -> Generation:
        """Change the metadata of the live generation, or of the one asked for.

        Raises:
            Refused: 404, 412 or what `change` refuses.
        """
        with self._catalog.transaction() as changes:
            found = _find(changes, target.bucket, target.name, generation)
            target.preconditions.require(found)
            changed = found._replace(
                metageneration=found.metageneration + 1,
                updated=self._now(),
                settings=encoded(change(found.fields)),
            )
            changes.put(changed)
            self._notifier.owe(changes, "OBJECT_METADATA_UPDATE", changed, changed.updated)
        self._changed()
        return changed

    def delete(self, target: Target, generation: int | None) -> None:
        """Delete the generation asked for; without one the live generation, archived in a versioned bucket.

        Raises:
            Refused: 404 or 412.
        """
        with self._catalog.transaction() as changes:
            kept = generation is None and changes.bucket(target.bucket).is_versioned
            found = _find(changes, target.bucket, target.name, generation)
            target.preconditions.require(found)
            self.retire(changes, found, archived=kept)
        self.sweep(found)
        self._changed()

    def retire(self, changes: Changes, generation: Generation, *, archived: bool, **attributes: int) -> None:
        """Archive a generation or remove it, and owe the message about it."""
        now = self._now()
        retired = generation._replace(deleted=now, updated=now)
        if archived:
            changes.put(retired)
            self._notifier.owe(changes, "OBJECT_ARCHIVE", retired, now, **attributes)
        else:
            changes.remove(generation)
            self._notifier.owe(changes, "OBJECT_DELETE", retired, now, **attributes)

    def sweep(self, retired: Generation | None) -> None:
        """Remove the content of a generation that was retired, unless it is archived."""
        if retired is not None and self._catalog.generation(*retired[:3]) is None:
            self._content.remove([retired])

    def _replace(self, changes: Changes, live: Generation, finalised: Generation, *, archived: bool) -> None:
        self.retire(changes, live, archived=archived, overwrittenByGeneration=finalised.generation)

    def _owe_finalise(self, changes: Changes, finalised: Generation, live: Generation | None) -> None:
        overwrote = {"overwroteGeneration": live.generation} if live is not None else {}
        self._notifier.owe(changes, "OBJECT_FINALIZE", finalised, finalised.created, **overwrote)

    def _now(self) -> int:
        return int(self._clock.now() * MICROSECONDS)


def _find(records: Records, bucket: str, name: str, generation: int | None) -> Generation:
    found = records.generation(bucket, name, generation) if generation else records.live(bucket, name)
    if found is None:
        records.bucket(bucket)  # that there is no such bucket is said first
        raise no_such_object(bucket, name)
    return found


def _generation(target: Target, source: Source, number: int, place: str) -> Generation:
    """A generation; it is finalised at the time that its number says."""
    return Generation(
        bucket=target.bucket,
        name=target.name,
        generation=number,
        metageneration=1,
        size=source.size,
        crc32c=source.checksums.crc32c or "",
        md5=source.checksums.md5,
        components=source.components,
        place=place,
        settings=encoded(source.fields),
        created=number,
        updated=number,
        deleted=None,
    )
