"""The local DICOM store, judged by dicomweb-client's own workflows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import requests
from dicomweb_client import DICOMwebClient
from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian, JPEGBaseline8Bit

from shared.local.dicom_store.server import LocalDicomStore
from tests.dicomweb import INSTANCE, SERIES, STORE, STUDY, dicomweb, instance
from tests.images import FRAGMENTS, PIXELS, ct_image, encapsulated, part10, read

OTHER = "1.3.6.1.4.1.99999.2"
OCTETS_AS_STORED = (("application/octet-stream", "*"),)
DICOM_AS_STORED = (("application/dicom", "*"),)
CONTENTS = {
    INSTANCE: instance(1),
    f"{STUDY}.2": instance(2, ImplicitVRLittleEndian, NumberOfFrames=2, Rows=2),
    f"{OTHER}.1": instance(
        StudyInstanceUID=OTHER,
        SeriesInstanceUID=f"{OTHER}.0",
        SOPInstanceUID=f"{OTHER}.1",
        PatientName="Müller^Jörg",
        SpecificCharacterSet="ISO_IR 192",
        StudyDate="20210501",
        Modality="MR",
    ),
}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[DICOMwebClient]:
    """The client of a store with two studies."""
    with LocalDicomStore(tmp_path, stores={STORE: {}}) as server, dicomweb(server) as connected:
        stored = connected.store_instances([read(content) for content in CONTENTS.values()])

        assert [each.ReferencedSOPInstanceUID for each in stored.ReferencedSOPSequence] == list(CONTENTS)
        yield connected


def uids(found: list[dict[str, Any]], tag: str = "0020000D") -> list[str]:
    """One UID of each result."""
    return [each[tag]["Value"][0] for each in found]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, [STUDY, OTHER]),
        ({"search_filters": {"PatientName": "Quarrington^Z*"}}, [STUDY]),
        ({"search_filters": {"PatientName": "M?ller^J?rg"}}, [OTHER]),
        ({"search_filters": {"PatientName": "muller"}, "fuzzymatching": True}, [OTHER]),
        ({"search_filters": {"PatientName": "muller"}, "fuzzymatching": False}, []),
        ({"search_filters": {"00080020": "20210101-20211231"}}, [OTHER]),
        ({"search_filters": {"ModalitiesInStudy": "MR", "PatientID": "MRN*"}}, [OTHER]),
        ({"limit": 1}, [STUDY]),
        ({"limit": 1, "offset": 1}, [OTHER]),
        ({"limit": 1, "get_remaining": True}, [STUDY, OTHER]),
    ],
)
def test_studies_are_found(client: DICOMwebClient, options: dict[str, Any], expected: list[str]) -> None:
    """By names, dates, wild cards and pages."""
    assert uids(client.search_for_studies(**options)) == expected


def test_series_and_instances_are_found(client: DICOMwebClient) -> None:
    """In a study, in a series, and in all."""
    assert uids(client.search_for_series(STUDY), "0020000E") == [SERIES]
    assert uids(client.search_for_instances(STUDY, SERIES), "00080018") == [INSTANCE, f"{STUDY}.2"]
    assert uids(client.search_for_instances(search_filters={"Modality": "MR"}), "00080018") == [f"{OTHER}.1"]


def test_results_are_data_sets_with_the_fields_asked_for(client: DICOMwebClient) -> None:
    """The client's own way to read them; more fields by keyword or tag, or all."""
    (found,) = client.search_for_series(OTHER, fields=["Manufacturer", "00200052"])
    series = Dataset.from_json(found)
    (everything,) = client.search_for_instances(OTHER, fields=["all"])

    assert (series.Manufacturer, series.PatientName, series.NumberOfSeriesRelatedInstances) == (
        "Acme",
        "Müller^Jörg",
        1,
    )
    assert Dataset.from_json(everything, lambda *_: b"").Rows == 4


def test_studies_series_and_instances_are_retrieved(client: DICOMwebClient) -> None:
    """As they are stored, at once and one by one."""
    expected = [read(CONTENTS[INSTANCE]), read(CONTENTS[f"{STUDY}.2"])]

    assert client.retrieve_study(STUDY, media_types=DICOM_AS_STORED) == expected
    assert list(client.iter_study(STUDY, media_types=DICOM_AS_STORED)) == expected
    assert client.retrieve_series(STUDY, SERIES, media_types=DICOM_AS_STORED) == expected
    assert list(client.iter_series(STUDY, SERIES, media_types=DICOM_AS_STORED)) == expected
    assert client.retrieve_instance(STUDY, SERIES, INSTANCE, media_types=DICOM_AS_STORED) == expected[0]


def test_the_default_is_explicit_vr(client: DICOMwebClient) -> None:
    """A client that asks for DICOM, and not how, gets explicit VR little endian; the data set is the same."""
    (_, second) = client.retrieve_series(STUDY, SERIES, media_types=("application/dicom",))

    assert second.file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
    assert second == read(CONTENTS[f"{STUDY}.2"])


def test_metadata_and_its_bulk_data_are_retrieved(client: DICOMwebClient) -> None:
    """At every level; with its bulk data it is the data set."""
    one = client.retrieve_instance_metadata(STUDY, SERIES, INSTANCE)
    whole = Dataset.from_json(one, lambda _tag, _vr, uri: bytes(client.retrieve_bulkdata(uri)[0]))

    assert whole == read(CONTENTS[INSTANCE])
    assert client.retrieve_study_metadata(STUDY)[0] == one
    assert client.retrieve_series_metadata(STUDY, SERIES)[0] == one
    assert list(client.iter_bulkdata(one["7FE00010"]["BulkDataURI"])) == [PIXELS]


@pytest.mark.parametrize("media_types", [None, ("application/octet-stream",), OCTETS_AS_STORED])
def test_native_frames_are_retrieved(client: DICOMwebClient, media_types: Any) -> None:
    """However they are asked for."""
    asked = (STUDY, SERIES, f"{STUDY}.2", [2, 1])
    expected = [PIXELS[16:], PIXELS[:16]]

    assert client.retrieve_instance_frames(*asked, media_types=media_types) == expected
    assert list(client.iter_instance_frames(*asked, media_types=media_types)) == expected


@pytest.mark.parametrize("media_types", [None, OCTETS_AS_STORED, (("image/jpeg", JPEGBaseline8Bit),)])
def test_compressed_frames_are_retrieved(client: DICOMwebClient, media_types: Any) -> None:
    """As they are stored."""
    bits = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7, "NumberOfFrames": 2}
    changes = {"PixelData": encapsulated(FRAGMENTS), "SOPInstanceUID": f"{STUDY}.3", **bits}
    client.store_instances([read(part10(ct_image(**changes), JPEGBaseline8Bit))], STUDY)
    frames = client.retrieve_instance_frames(STUDY, SERIES, f"{STUDY}.3", [1, 2], media_types=media_types)

    assert [bytes(frame).rstrip(b"\0") for frame in frames] == list(FRAGMENTS)


@pytest.mark.parametrize(("media_types", "start"), [(None, b"\xff\xd8"), (("image/png",), b"\x89PNG")])
def test_frames_are_rendered(client: DICOMwebClient, media_types: Any, start: bytes) -> None:
    """An instance, and one of its frames."""
    whole = client.retrieve_instance_rendered(STUDY, SERIES, INSTANCE, media_types=media_types)
    frame = client.retrieve_instance_frames_rendered(STUDY, SERIES, INSTANCE, [1], media_types=("image/png",))

    assert (whole[: len(start)], frame[:4]) == (start, b"\x89PNG")


def test_what_is_deleted_is_gone(client: DICOMwebClient) -> None:
    """An instance, a series, a study."""
    client.delete_instance(STUDY, SERIES, INSTANCE)
    assert uids(client.search_for_instances(STUDY), "00080018") == [f"{STUDY}.2"]
    client.delete_series(STUDY, SERIES)
    assert uids(client.search_for_studies()) == [OTHER]
    client.delete_study(OTHER)
    assert client.search_for_studies() == []


@pytest.mark.parametrize("changes", [{"PatientName": "Someone^Else"}])
def test_a_conflict_is_an_error_of_the_client(client: DICOMwebClient, changes: dict[str, str]) -> None:
    """Other bytes under the same UIDs are not taken; the same bytes are."""
    client.store_instances([read(CONTENTS[INSTANCE])])
    with pytest.raises(requests.HTTPError) as refused:
        client.store_instances([read(instance(**changes))])

    assert refused.value.response.status_code == 409
    assert client.retrieve_instance(STUDY, SERIES, INSTANCE, media_types=DICOM_AS_STORED) == read(
        CONTENTS[INSTANCE]
    )


def test_a_large_study_is_iterated(client: DICOMwebClient) -> None:
    """Parts that are larger than the client's chunks come whole."""
    pixels = np.arange(512 * 512, dtype="<u4").astype("<u2").tobytes()
    changes = {"Rows": 512, "Columns": 512, "PixelData": pixels, "SeriesInstanceUID": f"{STUDY}.7"}
    images = [read(instance(number, **changes)) for number in range(70, 80)]
    client.store_instances(images, STUDY)
    found = client.iter_series(STUDY, f"{STUDY}.7", media_types=DICOM_AS_STORED)

    assert [image == each for image, each in zip(images, found, strict=True)] == [True] * 10
