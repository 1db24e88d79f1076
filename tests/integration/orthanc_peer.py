"""Orthanc and a local DICOM store, alone with each other in a network namespace; prints what came of it.

Orthanc 1.10 can only listen on all addresses, so this is run by `unshare --net`, where there is but one.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from pydicom.uid import ImplicitVRLittleEndian

from shared.local.dicom_store.server import LocalDicomStore
from tests.dicomweb import AS_STORED, STORE, STUDY, connected, instance, instance_path, stow

_ORTHANC_PORT = 8042
_SERVER = "dicom-web/servers/airlock"
_PULLED = "1.3.6.1.4.1.99999.2"
_STARTED = b"Orthanc has started"


def main(folder: Path) -> None:
    """Let Orthanc push, pull and search."""
    subprocess.run(["ip", "link", "set", "lo", "up"], check=True)
    with (
        LocalDicomStore(folder / "store", stores={STORE: {}}) as server,
        connected(server) as client,
        orthanc(folder, server.dicomweb_url(STORE)) as peer,
    ):
        results = {
            "pushed": pushed(client, peer),
            "pushed again": push(peer).status_code,
            "pulled": pulled(client, peer),
            "found": found(peer, "PatientName", "Quarr*"),
            "not found": found(peer, "PatientName", "Someone*"),
        }
    sys.stdout.write(json.dumps(results))


def pushed(client: httpx.Client, peer: httpx.Client) -> list[bool]:
    """Store two instances in Orthanc, and from there in the store; whether they came through byte by byte."""
    contents = {1: instance(1), 2: instance(2, ImplicitVRLittleEndian)}
    for content in contents.values():
        peer.post("instances", content=content).raise_for_status()
    push(peer).raise_for_status()
    return [
        client.get(instance_path(number), headers=AS_STORED).content == content
        for number, content in contents.items()
    ]


def push(peer: httpx.Client) -> httpx.Response:
    """Let Orthanc push all that it has."""
    return peer.post(f"{_SERVER}/stow", json={"Resources": peer.get("studies").json()})


def pulled(client: httpx.Client, peer: httpx.Client) -> list[bool]:
    """Store two instances in the store, and let Orthanc fetch the study; whether they came through."""
    contents = [
        instance(
            number,
            StudyInstanceUID=_PULLED,
            SeriesInstanceUID=f"{_PULLED}.0",
            SOPInstanceUID=f"{_PULLED}.{number}",
        )
        for number in (1, 2)
    ]
    stow(client, *contents)
    peer.post(f"{_SERVER}/retrieve", json={"Resources": [{"Study": _PULLED}]}).raise_for_status()
    received = [peer.get(f"instances/{each}/file").content for each in peer.get("instances").json()]
    return [content in received for content in contents]


def found(peer: httpx.Client, keyword: str, key: str) -> list[str]:
    """Let Orthanc search for studies; their UIDs."""
    asked = {
        "Uri": "/studies",
        "Arguments": {keyword: key},
        "HttpHeaders": {"Accept": "application/dicom+json"},
    }
    answer = peer.post(f"{_SERVER}/get", json=asked)
    answer.raise_for_status()
    studies: list[dict[str, Any]] = answer.json() if answer.content else []
    return sorted(study["0020000D"]["Value"][0] for study in studies)


@contextmanager
def orthanc(folder: Path, dicomweb_url: str) -> Iterator[httpx.Client]:
    """Run Orthanc, which knows the store as a server; a client of its REST interface."""
    configuration = {
        "StorageDirectory": str(folder / "orthanc"),
        "IndexDirectory": str(folder / "orthanc"),
        "HttpPort": _ORTHANC_PORT,
        "DicomServerEnabled": False,
        "AuthenticationEnabled": False,
        "RemoteAccessAllowed": False,
        "Plugins": ["/usr/share/orthanc/plugins/libOrthancDicomWeb.so"],
        "DicomWeb": {"Enable": True, "Servers": {"airlock": [f"{dicomweb_url}/"]}},
    }
    path = folder / "orthanc.json"
    path.write_text(json.dumps(configuration))
    with subprocess.Popen(["Orthanc", str(path)], stderr=subprocess.PIPE) as process:
        try:
            log = process.stderr or ()
            if not any(_STARTED in line for line in log):
                raise RuntimeError("Orthanc did not start")
            with httpx.Client(
                base_url=f"http://127.0.0.1:{_ORTHANC_PORT}/", timeout=60, trust_env=False
            ) as client:
                yield client
        finally:
            process.terminate()


if __name__ == "__main__":
    assert STUDY != _PULLED
    main(Path(sys.argv[1]))
