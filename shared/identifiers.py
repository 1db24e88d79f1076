"""Names of things as value objects: built once, checked once, printed one way."""

import hashlib
import re
from typing import Self

import msgspec

_UID = re.compile(r"(?:0|[1-9][0-9]*)(?:\.(?:0|[1-9][0-9]*))*")
_BLOB = re.compile(
    r"gs://(?P<bucket>[^/]+)/(?P<name>.+)#(?P<generation>[0-9]+)(?:!(?P<member>[0-9]+))?", re.DOTALL
)
_INSTANCE_PATH = re.compile(
    r"(?P<store>projects/[^/]+/locations/[^/]+/datasets/[^/]+/dicomStores/[^/]+)/dicomWeb"
    r"/studies/(?P<study>[0-9.]+)/series/(?P<series>[0-9.]+)/instances/(?P<instance>[0-9.]+)"
)
_STORE = re.compile(
    r"projects/(?P<project>[^/]+)/locations/(?P<location>[^/]+)"
    r"/datasets/(?P<dataset>[^/]+)/dicomStores/(?P<dicom_store>[^/]+)"
)

#: where uploads lie in the clinical bucket; everything else there is Airlock's own and announces nothing
INTAKE_PREFIX = "intake/"

#: stands in the place of a bucket's name where an instance lies in a DICOM store, under its resource path; no
#: bucket can have this name
DICOM_STORES = "dicomStores"

#: stands between the name of an archive and those of the objects that archives within it become
MEMBERS_FOLDER = ".members/"


def is_uid(text: str) -> bool:
    """Tell whether `text` is a UID: at most 64 characters of dotted components (PS3.5 section 9.1)."""
    return 0 < len(text) <= 64 and _UID.fullmatch(text) is not None


def mask_uid(uid: str) -> str:
    """Show the first and last four characters of a UID: enough to follow it, too little to look it up.

    A UID so short that these would give it away shows none.
    """
    return f"{uid[:4]}...{uid[-4:]}" if len(uid) > 12 else "..."


class BlobRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One generation of one object in a bucket; `str()` gives `gs://bucket/name#generation`.

    An instance in a DICOM store is one as well: its bucket is `dicomStores`, its name is its resource path.
    So is a member of a ZIP archive, `gs://bucket/name#generation!index`, which `shared.originals` opens.

    Attributes:
        bucket: the bucket's name.
        name: the object's name; may have been given by a person, so it counts as identifying.
        generation: the object's generation, a positive number; of an instance in a DICOM store, when it was
            stored, in microseconds since the epoch.
        member: the index of an archive's member, folders not counted; None for the object itself.
    """

    bucket: str
    name: str
    generation: int
    member: int | None = None

    def __post_init__(self) -> None:
        """Refuse what no bucket can hold."""
        if not self.bucket or "/" in self.bucket or not self.name or self.generation <= 0:
            raise ValueError("a BlobRef needs a bucket, a name and a positive generation")
        if self.member is not None and self.member < 0:
            raise ValueError("a member's index is not negative")

    def __str__(self) -> str:
        return f"gs://{self.bucket}/{self.name}#{self.generation}{self._index}"

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Parse `gs://bucket/name#generation`, or the same with `!index` for a member of an archive.

        Raises:
            ValueError: `text` is not of that form.
        """
        match = _BLOB.fullmatch(text)
        if match is None:
            raise ValueError("expected gs://bucket/name#generation")
        member = int(match["member"]) if match["member"] else None
        generation = int(match["generation"])
        return cls(bucket=match["bucket"], name=match["name"], generation=generation, member=member)

    @property
    def unversioned(self) -> str:
        """`gs://bucket/name`: the object in whichever generation."""
        return f"gs://{self.bucket}/{self.name}"

    @property
    def masked(self) -> str:
        """A form for logs: the generation tells objects apart, the name stays hidden."""
        return f"gs://{self.bucket}/***OBJECT_NAME_MASKED***#{self.generation}{self._index}"

    def at_member(self, index: int) -> Self:
        """A member of this archive."""
        return msgspec.structs.replace(self, member=index)

    @property
    def archive(self) -> Self:
        """The archive that it is a member of."""
        return msgspec.structs.replace(self, member=None)

    @property
    def has_arrived(self) -> bool:
        """Whether it lies where hospitals put things: in the intake, or in a DICOM store."""
        return self.bucket == DICOM_STORES or self.name.startswith(INTAKE_PREFIX)

    @property
    def digest(self) -> str:
        """A short opaque id of this generation, 32 hexadecimal digits."""
        return hashlib.sha256(str(self).encode()).hexdigest()[:32]

    @property
    def _index(self) -> str:
        return "" if self.member is None else f"!{self.member}"


def member_name(archive: BlobRef, index: int) -> str:
    """The name of the object that an archive within an archive becomes: its index, not the member's name."""
    return f"{archive.name}{MEMBERS_FOLDER}{archive.generation}/{index:06d}"


class SeriesRef(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, order=True):
    """A series by its Study and Series Instance UID; `str()` gives `study/series`."""

    study_instance_uid: str
    series_instance_uid: str

    def __post_init__(self) -> None:
        """Refuse what is no UID."""
        if not (is_uid(self.study_instance_uid) and is_uid(self.series_instance_uid)):
            raise ValueError("a SeriesRef needs two UIDs")

    def __str__(self) -> str:
        return f"{self.study_instance_uid}/{self.series_instance_uid}"

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Parse `study/series`.

        Raises:
            ValueError: `text` is not two UIDs.
        """
        study, _, series = text.partition("/")
        return cls(study_instance_uid=study, series_instance_uid=series)

    @property
    def masked(self) -> str:
        """A form for logs."""
        return f"{mask_uid(self.study_instance_uid)}/{mask_uid(self.series_instance_uid)}"


class StoreName(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A DICOM store of the Cloud Healthcare API; `str()` gives its resource name."""

    project: str
    location: str
    dataset: str
    dicom_store: str

    def __str__(self) -> str:
        return (
            f"projects/{self.project}/locations/{self.location}"
            f"/datasets/{self.dataset}/dicomStores/{self.dicom_store}"
        )

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Parse a resource name `projects/…/locations/…/datasets/…/dicomStores/…`.

        Raises:
            ValueError: `text` is not of that form.
        """
        match = _STORE.fullmatch(text)
        if match is None:
            raise ValueError("expected projects/…/locations/…/datasets/…/dicomStores/…")
        return cls(**match.groupdict())


class StoredInstance(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An instance in a DICOM store; `str()` gives its DICOMweb resource path."""

    store: StoreName
    series: SeriesRef
    sop_instance_uid: str

    def __str__(self) -> str:
        return (
            f"{self.store}/dicomWeb/studies/{self.series.study_instance_uid}"
            f"/series/{self.series.series_instance_uid}/instances/{self.sop_instance_uid}"
        )

    @classmethod
    def from_string(cls, text: str) -> Self:
        """Parse `projects/…/dicomStores/…/dicomWeb/studies/…/series/…/instances/…`.

        Raises:
            ValueError: `text` is not of that form.
        """
        match = _INSTANCE_PATH.fullmatch(text)
        if match is None or not is_uid(match["instance"]):
            raise ValueError("expected …/dicomStores/…/dicomWeb/studies/…/series/…/instances/…")
        return cls(
            store=StoreName.from_string(match["store"]),
            series=SeriesRef(study_instance_uid=match["study"], series_instance_uid=match["series"]),
            sop_instance_uid=match["instance"],
        )

    def at(self, generation: int) -> BlobRef:
        """Where it lies, as it was stored then."""
        return BlobRef(bucket=DICOM_STORES, name=str(self), generation=generation)
