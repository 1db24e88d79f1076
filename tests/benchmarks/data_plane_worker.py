"""One measurement of the data plane in a process of its own: `data_plane_worker URL ROUTE FOLDER`.

It reads every object of the bucket `clinical` at URL and writes it to the bucket `released`, after a few that
only warm up, and prints the milliseconds of CPU that this process spent an object.
"""

import resource
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from shared.adapters.files import FileKeys
from shared.adapters.gcs_blobs import GcsBlobs
from shared.adapters.google_http import GoogleSession
from shared.adapters.imaging import imaging_from
from shared.deid.instance import Deidentifier
from shared.deid.rules.load import load_profiles

RULESETS = Path(__file__).parents[2] / "rulesets"
WARM_UP = 10

Route = Callable[[str], None]


def ours(url: str, folder: Path, *, deidentify: bool) -> tuple[list[str], Route]:
    """The adapters of the cloud."""
    session = GoogleSession(None)
    clinical, released = (GcsBlobs(name, session, url=url) for name in ("clinical", "released"))
    key = folder / "key"
    FileKeys.create_if_absent(key)
    profile = load_profiles(RULESETS / "deidentify")["basic"]
    deidentifier = Deidentifier(profile, FileKeys(key), imaging_from(RULESETS / "pixels"))
    stats = {stat.ref.name: stat for stat in clinical.list()}

    def route(name: str) -> None:
        with clinical.open(stats[name].ref) as reader, released.create(name) as writer:
            chunks = deidentifier.deidentify(reader).content() if deidentify else reader.stream()
            for chunk in chunks:
                writer.write(chunk)

    return sorted(stats), route


def official(url: str) -> tuple[list[str], Route]:
    """Google's client: a download and an upload, without anything in between."""
    from google.auth.credentials import AnonymousCredentials
    from google.cloud import storage

    options: Any = {"api_endpoint": url}
    client = storage.Client(project="p", credentials=AnonymousCredentials(), client_options=options)
    clinical, released = client.bucket("clinical"), client.bucket("released")

    def route(name: str) -> None:
        released.blob(name).upload_from_string(clinical.blob(name).download_as_bytes())

    return sorted(blob.name for blob in clinical.list_blobs()), route


def main(url: str, route_name: str, folder: Path) -> float:
    """Milliseconds of CPU an object."""
    names, route = (
        official(url)
        if route_name == "official"
        else ours(url, folder, deidentify=route_name == "deidentify")
    )
    for name in names[:WARM_UP]:
        route(name)
    before = _cpu()
    for name in names[WARM_UP:]:
        route(name)
    return (_cpu() - before) / (len(names) - WARM_UP) * 1e3


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    sys.stdout.write(f"{main(sys.argv[1], sys.argv[2], Path(sys.argv[3]))}\n")
