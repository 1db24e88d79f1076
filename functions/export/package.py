"""The package of a job: one ZIP archive of the template, the released instances and a manifest.

It lies nowhere as a whole. Released shards are stored archives themselves, so that all but their ends goes
into the package as it is: nothing is copied before it is sent, and the same shards give the same bytes.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import NamedTuple

import msgspec

from shared.archive import INDEX_NAME, Index, Member, StoredArchive, open_archive, read_index
from shared.destinations.settings import AutosegmentationTemplate
from shared.identifiers import BlobRef
from shared.ports.blobs import BlobReader, Blobs
from shared.ports.records import JobRecord

TEMPLATE_NAME = "autosegmentation_template.yml"
MANIFEST_NAME = "manifest.json"

_CHUNK = 1 << 20


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """What a package holds; nothing of the patient.

    Attributes:
        editions: of the Standard, by whose tables the instances were de-identified; two of one table where
            Airlock was upgraded in between.
    """

    profile: str
    template: str
    editions: tuple[str, ...]
    instance_count: int
    instances: tuple[Member, ...]


class ShardPart(NamedTuple):
    """The first `length` bytes of a shard: all of its members but the index."""

    shard: BlobRef
    length: int


class JobPackage:
    """A package, as a target to append its parts to and then as what they are together."""

    def __init__(self, released: Blobs) -> None:
        """Begin without any part."""
        self._released = released
        self._parts: list[bytearray | ShardPart] = []
        self._digest = sha256()
        self.size = 0

    @property
    def sha256(self) -> str:
        """Of all its bytes, hexadecimal."""
        return self._digest.hexdigest()

    def write(self, data: bytes) -> int:
        """Append bytes that stand in no shard."""
        last = self._parts[-1] if self._parts else None
        if not isinstance(last, bytearray):
            last = bytearray()
            self._parts.append(last)
        last += data
        self._count(data)
        return len(data)

    def append(self, shard: BlobRef, reader: BlobReader, length: int) -> None:
        """Append the first bytes of a shard, which is read to its end: only that proves it undamaged.

        Raises:
            StorageUnavailable: its bytes are not those of its checksum.
        """
        end = self.size + length
        for chunk in reader.stream():
            self._count(chunk[: end - self.size])
        self._parts.append(ShardPart(shard, length))

    def stream(self) -> Iterator[bytes]:
        """Yield all bytes in chunks of at most 1 MiB, those of the shards from their bucket."""
        for part in self._parts:
            if isinstance(part, ShardPart):
                with self._released.open(part.shard) as reader:
                    yield from reader.stream(0, part.length)
            else:
                for start in range(0, len(part), _CHUNK):
                    yield bytes(part[start : start + _CHUNK])

    def _count(self, data: bytes) -> None:
        self._digest.update(data)
        self.size += len(data)


def package_of(job: JobRecord, template: AutosegmentationTemplate, released: Blobs) -> JobPackage:
    """Make the package of a job; every byte is read once for its checksum.

    Raises:
        ObjectNotFound: a shard is gone.
        StorageUnavailable, ArchiveUnreadable: a shard is damaged.
    """
    package = JobPackage(released)
    with StoredArchive(package) as archive:
        archive.add(TEMPLATE_NAME, 0, [template.to_yaml()])
        shards = [_add_shard(ref, package, archive, released) for ref in job.shards]
        content = _manifest(job, shards)
        archive.add(MANIFEST_NAME, len(content), [content])
    return package


def _add_shard(ref: BlobRef, package: JobPackage, archive: StoredArchive, released: Blobs) -> Index:
    """Add all instances of a shard; return what its index says of them."""
    with released.open(ref) as reader, open_archive(reader) as shard:
        index = read_index(shard)
        length = shard.getinfo(INDEX_NAME).header_offset
        archive.adopt((shard.getinfo(each.name) for each in index.instances), length)
        package.append(ref, reader, length)
    return index


def _manifest(job: JobRecord, shards: Sequence[Index]) -> bytes:
    """What each instance must hash to, told by the shards alone: an export goes on with the same bytes."""
    manifest = Manifest(
        profile=job.profile,
        template=job.template,
        editions=tuple(sorted({edition for shard in shards for edition in shard.editions})),
        instance_count=job.instance_count,
        instances=tuple(each for shard in shards for each in shard.instances),
    )
    return msgspec.json.encode(manifest)
