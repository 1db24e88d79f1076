"""A local DICOM store and its clients, as tests use them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import httpx
from dicomweb_client import DICOMwebClient
from pydicom.uid import ExplicitVRLittleEndian

from shared.local.dicom_store.server import LocalDicomStore
from shared.local.publishing import PubsubMessage
from tests.images import ct_image, part10

STORE = "projects/hospital/locations/europe-west4/datasets/clinical/dicomStores/inbox"
LEGACY_TOPIC = "projects/hospital/topics/legacy"
TOPIC = "projects/hospital/topics/arrivals"
BOTH_KINDS = {
    "notificationConfig": {"pubsubTopic": LEGACY_TOPIC},
    "notificationConfigs": [{"pubsubTopic": TOPIC}],
}
STUDY = "1.3.6.1.4.1.99999.1"
SERIES = f"{STUDY}.0"
INSTANCE = f"{STUDY}.1"
DICOM = "application/dicom"
AS_STORED = {"Accept": f"{DICOM}; transfer-syntax=*"}

Message = tuple[str, bytes, Mapping[str, str]]


class Published:
    """A publisher that keeps what it is given."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    def __call__(self, topic: str, messages: Sequence[PubsubMessage]) -> None:
        """Keep messages."""
        self.messages += [(topic, *message) for message in messages]


def instance(number: int = 1, syntax: str = ExplicitVRLittleEndian, **changes: Any) -> bytes:
    """A CT image as a file: the one with this number of its series."""
    values = {"SOPInstanceUID": f"{STUDY}.{number}", "InstanceNumber": str(number), **changes}
    return part10(ct_image(**values), syntax)


def multipart(contents: Iterable[bytes], part_type: str = DICOM, boundary: str = "cut") -> bytes:
    """A multipart/related body."""
    parts = [
        f"--{boundary}\r\nContent-Type: {part_type}\r\n\r\n".encode() + content + b"\r\n"
        for content in contents
    ]
    return b"".join(parts) + f"--{boundary}--\r\n".encode()


def stow(client: httpx.Client, *contents: bytes, path: str = "studies", **headers: str) -> httpx.Response:
    """Store instances in one request."""
    sent = {"Content-Type": f'multipart/related; type="{DICOM}"; boundary=cut', **headers}
    return client.post(path, content=multipart(contents), headers=sent)


def instance_path(number: int = 1) -> str:
    """The path of an instance below `dicomWeb/`."""
    return f"studies/{STUDY}/series/{SERIES}/instances/{STUDY}.{number}"


@contextmanager
def connected(server: LocalDicomStore, store: str = STORE) -> Iterator[httpx.Client]:
    """A plain HTTP client of a store's DICOMweb service."""
    url = f"{server.dicomweb_url(store)}/"
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as client:
        yield client


@contextmanager
def dicomweb(server: LocalDicomStore, store: str = STORE) -> Iterator[DICOMwebClient]:
    """The client of the package dicomweb-client."""
    import requests

    with requests.Session() as session:
        session.trust_env = False
        yield DICOMwebClient(server.dicomweb_url(store), session=session)


def values(found: Mapping[str, Any], tag: str) -> list[Any]:
    """The values of an attribute in the JSON model."""
    return list(found[tag].get("Value", ()))


def failures(response: httpx.Response) -> list[int]:
    """The failure reasons of a store response."""
    failed = response.json().get("00081198", {}).get("Value", [])
    return [each["00081197"]["Value"][0] for each in failed]
