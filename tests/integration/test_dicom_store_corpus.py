"""The local DICOM store over the corpus of public files."""

import io
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from pydicom import Dataset, FileDataset, dcmread
from pydicom.uid import ExplicitVRLittleEndian

from shared.dicom.read import DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN, IMPLICIT_VR_LITTLE_ENDIAN, NATIVE
from shared.local.dicom_store.server import LocalDicomStore
from tests import corpus
from tests.dicomweb import AS_STORED, DICOM, STORE, connected, values

pytestmark = corpus.MARKS
#: what pydicom itself cannot read to its end, or cannot write as JSON
UNREADABLE = frozenset(
    {
        "images/fo-dicom__GH195.dcm",
        "malformed_or_odd/fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm",
        "malformed_or_odd/pydicom__badVR.dcm",
    }
)
_CONVERTED = {IMPLICIT_VR_LITTLE_ENDIAN, DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN}


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """The client of a store."""
    folder = tmp_path_factory.mktemp("store")
    with LocalDicomStore(folder, stores={STORE: {}}) as server, connected(server) as http:
        yield http


@pytest.fixture(scope="module")
def stored(client: httpx.Client) -> dict[str, tuple[bytes, str]]:
    """Every file of the corpus that is taken: its content and its URL, by name."""
    taken = {}
    for each in corpus.files():
        content = each.read()
        answer = client.post("studies", content=content, headers={"Content-Type": DICOM})

        assert answer.status_code in {200, 400, 409}
        if answer.status_code == 200:
            (reference,) = values(answer.json(), "00081199")
            taken[each.name] = content, values(reference, "00081190")[0]
    return taken


def judged(content: bytes) -> FileDataset:
    """A file as pydicom reads it, whatever it warns of."""
    return dcmread(io.BytesIO(content))


def without_group_lengths(data_set: Dataset) -> Dataset:
    """A data set without what a converted one has not, at any depth."""
    for element in list(data_set):
        if element.tag.element == 0:
            del data_set[element.tag]
        elif element.VR == "SQ":
            for each in element.value:
                without_group_lengths(each)
    return data_set


def test_most_of_the_corpus_is_taken(stored: dict[str, Any]) -> None:
    """All that is whole and has its UIDs."""
    assert len(stored) > 150


def test_every_file_comes_back_byte_by_byte(
    client: httpx.Client, stored: dict[str, tuple[bytes, str]]
) -> None:
    """As it was stored."""
    changed = [
        name
        for name, (content, url) in stored.items()
        if client.get(url, headers=AS_STORED).content != content
    ]

    assert changed == []


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_converted_files_are_the_same_data_sets(
    client: httpx.Client, stored: dict[str, tuple[bytes, str]]
) -> None:
    """What is implicit or deflated comes in explicit VR, and pydicom finds the same in it."""
    converted, changed = 0, []
    for name, (content, url) in stored.items():
        answer = client.get(url, headers={"Accept": DICOM})
        if answer.status_code == 406 or answer.content == content or name in UNREADABLE:
            continue
        converted += 1
        before, after = judged(content), judged(answer.content)

        assert before.file_meta.TransferSyntaxUID in _CONVERTED
        assert after.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
        # Curve Data in implicit VR is OB or OW, which pydicom leaves open.
        for data_set in (before, after):
            data_set.pop(0x50003000, None)
        if without_group_lengths(before) != without_group_lengths(after):
            changed.append(name)

    assert converted > 20
    assert changed == []


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_metadata_names_what_pydicom_finds(
    client: httpx.Client, stored: dict[str, tuple[bytes, str]]
) -> None:
    """Every attribute of every data set, and no other; the names of patients as they read."""
    different = []
    for name, (content, url) in stored.items():
        (found,) = client.get(f"{url}/metadata").json()
        if name in UNREADABLE:
            continue
        data_set = judged(content)
        tags = {f"{element.tag:08X}" for element in data_set if element.tag.element}
        person = Dataset.from_json({"00100010": found["00100010"]}) if "00100010" in found else Dataset()
        same_name = str(person.get("PatientName", "")).rstrip("^") == str(
            data_set.get("PatientName") or ""
        ).rstrip("^")
        if found.keys() != tags or not (same_name or name.startswith("charset/fo-dicom__chrGB2312")):
            different.append(name)

    assert different == []


@pytest.mark.filterwarnings("ignore::UserWarning:pydicom")
def test_native_frames_are_those_of_pydicom(
    client: httpx.Client, stored: dict[str, tuple[bytes, str]]
) -> None:
    """The last frame of every native image of whole bytes, by pydicom's decoder."""
    compared, different = 0, []
    for name, (content, url) in stored.items():
        if name in UNREADABLE:
            continue
        image = judged(content)
        native = image.file_meta.TransferSyntaxUID in NATIVE
        if not native or "PixelData" not in image or int(image.BitsAllocated) % 8:
            continue
        try:
            array = image.pixel_array
        except (AttributeError, NotImplementedError, TypeError, ValueError):
            continue
        frames = int(image.get("NumberOfFrames") or 1)
        if frames == 1 and array.ndim > (2 if image.SamplesPerPixel == 1 else 3):
            # pydicom takes pixels beyond the one frame for further frames.
            continue
        last = array[-1] if frames > 1 else array
        if image.get("PlanarConfiguration") == 1 or image.PhotometricInterpretation == "YBR_FULL_422":
            continue
        answer = client.get(f"{url}/frames/{frames}", headers={"Accept": "application/octet-stream"})
        compared += 1
        if answer.content != np.ascontiguousarray(last).astype(last.dtype.newbyteorder("<")).tobytes():
            different.append(name)

    assert compared > 60
    assert different == []


def test_pictures_are_made_or_refused(client: httpx.Client, stored: dict[str, tuple[bytes, str]]) -> None:
    """Never an error of our own, whatever the pixels are."""
    statuses = Counter(client.get(f"{url}/rendered").status_code for _, url in stored.values())

    assert statuses.keys() <= {200, 404, 406}
    assert statuses[200] > 120


def test_all_instances_are_found(client: httpx.Client, stored: dict[str, tuple[bytes, str]]) -> None:
    """By a search for everything, with all attributes."""
    found = client.get("instances", params={"limit": "50000", "includefield": "all"}).json()

    assert sorted(values(each, "00081190")[0] for each in found) == sorted(url for _, url in stored.values())


@pytest.mark.skipif(shutil.which("dcmdump") is None, reason="dcmdump (dcmtk) is not installed")
def test_dcmtk_reads_what_is_retrieved(
    client: httpx.Client, stored: dict[str, tuple[bytes, str]], tmp_path: Path
) -> None:
    """Whatever dcmdump reads as it was stored, it reads converted, with the same number of elements."""
    different = []
    for name, (content, url) in stored.items():
        answer = client.get(url, headers={"Accept": DICOM})
        if answer.status_code == 200 and answer.content != content:
            before, after = (_dumped(tmp_path, each) for each in (content, answer.content))
            if before is not None and before != after:
                different.append(name)

    assert different == []


def _dumped(folder: Path, content: bytes) -> int | None:
    """How many elements dcmdump finds, group lengths left out; None if it fails."""
    path = folder / "file.dcm"
    path.write_bytes(content)
    answer = subprocess.run(["dcmdump", "+sd", "-E", path], capture_output=True, check=False)
    lines = answer.stdout.decode("latin_1").splitlines()
    kept = [
        line
        for line in lines
        if line.lstrip().startswith("(") and ",0000)" not in line and "fffe," not in line
    ]
    return (
        None if answer.returncode else len([line for line in kept if not line.lstrip().startswith("(0002")])
    )


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy (dicom3tools) is not installed")
def test_converted_files_are_as_valid_as_they_were(
    client: httpx.Client, stored: dict[str, tuple[bytes, str]], tmp_path: Path
) -> None:
    """Dciodvfy finds no error in them that it does not find in what was stored; deflated it reads none."""
    judged_files, worse = 0, {}
    for name, (content, url) in stored.items():
        answer = client.get(url, headers={"Accept": DICOM})
        deflated = DEFLATED_EXPLICIT_VR_LITTLE_ENDIAN.encode() in content[:1024]
        if answer.status_code == 406 or answer.content == content or deflated or name in UNREADABLE:
            continue
        judged_files += 1
        before, after = (_errors(tmp_path, each) for each in (content, answer.content))
        if added := after - before:
            worse[name] = added

    assert judged_files > 20
    assert worse == {}


def _errors(folder: Path, content: bytes) -> Counter[str]:
    """What dciodvfy calls an error, without values."""
    path = folder / "file.dcm"
    path.write_bytes(content)
    answer = subprocess.run(["dciodvfy", path], capture_output=True, check=False)
    lines = (answer.stdout + answer.stderr).decode("latin_1").splitlines()
    return Counter(
        re.sub(r"<[^>]*>|0x[0-9a-f]+|\d+", "~", line) for line in lines if line.startswith("Error")
    )
