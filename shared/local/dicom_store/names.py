"""Names of resources, as the Cloud Healthcare API writes them."""

import re
from typing import NamedTuple, Self

#: PS3.5 section 9.1, but for leading zeros, which some senders write
_UID = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_STORE = re.compile(r"projects/([^/]+)/locations/([^/]+)/datasets/([^/]+)/dicomStores/([\w.-]{1,256})")


def is_uid(text: str) -> bool:
    """Whether a text is a UID of at most 64 characters."""
    return len(text) <= 64 and _UID.fullmatch(text) is not None


class DatasetName(NamedTuple):
    """A dataset: what holds DICOM stores."""

    project: str
    location: str
    dataset: str

    def __str__(self) -> str:
        return f"projects/{self.project}/locations/{self.location}/datasets/{self.dataset}"


class StoreName(NamedTuple):
    """A DICOM store."""

    project: str
    location: str
    dataset: str
    store: str

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `projects/P/locations/L/datasets/D/dicomStores/S`.

        Raises:
            ValueError: it is no such name.
        """
        match = _STORE.fullmatch(text)
        if match is None:
            raise ValueError("not the name of a DICOM store")
        return cls(*match.groups())

    @property
    def parent(self) -> DatasetName:
        """The dataset that holds it."""
        return DatasetName(self.project, self.location, self.dataset)

    def __str__(self) -> str:
        return f"{self.parent}/dicomStores/{self.store}"


class Uids(NamedTuple):
    """What a path names: nothing, a study, a series of it, or an instance of that."""

    study: str = ""
    series: str = ""
    instance: str = ""

    def path(self) -> str:
        """The path below `dicomWeb/` (PS3.18 section 10.1)."""
        names = ("studies", "series", "instances")
        return "/".join(f"{name}/{uid}" for name, uid in zip(names, self, strict=True) if uid)
