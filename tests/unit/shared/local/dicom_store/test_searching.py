"""The Search transaction."""

from collections.abc import Iterator

import httpx
import pytest

from shared.local.dicom_store.server import LocalDicomStore
from tests.dicomweb import SERIES, STUDY, connected, instance, stow, values

OTHER = "1.3.6.1.4.1.99999.2"
PET = f"{STUDY}.9"


@pytest.fixture
def client(server: LocalDicomStore) -> Iterator[httpx.Client]:
    """A client of a store with two studies; the first has three instances in two series."""
    with connected(server) as http:
        stow(
            http,
            instance(1, StudyDescription="Head & neck / 50%"),
            instance(2),
            instance(3, SeriesInstanceUID=PET, Modality="PT", SeriesDescription="Whole body"),
            instance(
                1,
                StudyInstanceUID=OTHER,
                SeriesInstanceUID=f"{OTHER}.0",
                PatientName="Müller^Jörg",
                SpecificCharacterSet="ISO_IR 192",
                PatientID="B-2",
                StudyDate="20210501",
            ),
        )
        yield http


def found(client: httpx.Client, path: str, tag: str = "0020000D", **parameters: str) -> list[str]:
    """The values of one attribute in the answers."""
    answer = client.get(path, params=parameters)

    assert answer.status_code in {200, 204}
    return [values(each, tag)[0] for each in answer.json()] if answer.status_code == 200 else []


@pytest.mark.parametrize(
    ("path", "tag", "expected"),
    [
        ("studies", "0020000D", [STUDY, OTHER]),
        ("series", "0020000E", [SERIES, PET, f"{OTHER}.0"]),
        (f"studies/{STUDY}/series", "0020000E", [SERIES, PET]),
        ("instances", "00080018", [f"{STUDY}.1", f"{STUDY}.2", f"{STUDY}.3", f"{STUDY}.1"]),
        (f"studies/{STUDY}/instances", "00080018", [f"{STUDY}.1", f"{STUDY}.2", f"{STUDY}.3"]),
        (f"studies/{STUDY}/series/{PET}/instances", "00080018", [f"{STUDY}.3"]),
    ],
)
def test_every_level_is_searched(client: httpx.Client, path: str, tag: str, expected: list[str]) -> None:
    """In the whole store, in a study, in a series; each answer once, in the order of storing."""
    assert found(client, path, tag) == expected


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"PatientID": "B-2"}, [OTHER]),
        ({"00100020": "B-2"}, [OTHER]),
        ({"PatientName": "quarr*"}, [STUDY]),
        ({"PatientName": "M?ller^J*"}, [OTHER]),
        ({"PatientName": "jorg", "fuzzymatching": "true"}, [OTHER]),
        ({"PatientName": "jorg"}, []),
        ({"StudyDate": "20210101-20211231"}, [OTHER]),
        ({"StudyDate": "-20201231"}, [STUDY]),
        ({"StudyInstanceUID": f"{STUDY},{OTHER}"}, [STUDY, OTHER]),
        ({"ModalitiesInStudy": "PT"}, [STUDY]),
        ({"NumberOfStudyRelatedInstances": "1"}, [OTHER]),
        ({"StudyDescription": "Head & neck / 50%"}, [STUDY]),
        ({"StudyDescription": "Head*50%"}, [STUDY]),
        ({"PatientID": "B-2", "StudyDate": "20200315"}, []),
        ({"limit": "1"}, [STUDY]),
        ({"limit": "1", "offset": "1"}, [OTHER]),
        ({"offset": "2"}, []),
        ({"limit": "0"}, []),
    ],
)
def test_studies_are_found(client: httpx.Client, parameters: dict[str, str], expected: list[str]) -> None:
    """All keys must match; what is percent-encoded is decoded."""
    assert found(client, "studies", **parameters) == expected


def test_a_raw_wild_card_is_one(client: httpx.Client) -> None:
    """Encoded or not, an asterisk is a wild card, and a caret is a caret."""
    raw = client.get("studies?PatientName=Quarrington^Z*")
    encoded = client.get("studies?PatientName=Quarrington%5EZ%2A")

    assert raw.json() == encoded.json()


def test_a_study_counts_what_it_has(client: httpx.Client) -> None:
    """Series, instances and modalities are those that are stored."""
    study = client.get("studies", params={"StudyInstanceUID": STUDY}).json()[0]

    assert values(study, "00080061") == ["CT", "PT"]
    assert (values(study, "00201206"), values(study, "00201208")) == ([2], [3])
    assert values(study, "00081190") == [f"{client.base_url}studies/{STUDY}"]


def test_a_series_counts_what_it_has(client: httpx.Client) -> None:
    """So does a series."""
    series = client.get(f"studies/{STUDY}/series", params={"Modality": "CT"}).json()

    assert [values(each, "00201209") for each in series] == [[2]]


def test_counts_follow_deletions(client: httpx.Client) -> None:
    """A series that has nothing left is none."""
    client.delete(f"studies/{STUDY}/series/{PET}")

    assert found(client, "studies", "00080061", StudyInstanceUID=STUDY) == ["CT"]
    assert found(client, "series", "0020000E", StudyInstanceUID=STUDY) == [SERIES]


def test_more_fields_are_returned_when_asked_for(client: httpx.Client) -> None:
    """An attribute that is not returned by itself is, once it is included or matched."""
    plain = client.get("series").json()[0]
    included = client.get("series", params={"includefield": "Manufacturer,00200052"}).json()[0]
    matched = client.get("series", params={"Manufacturer": "Ac*"}).json()[0]

    assert "00080070" not in plain
    assert (values(included, "00080070"), values(matched, "00080070")) == (["Acme"], ["Acme"])
    assert "00200052" in included


def test_all_of_an_instance_is_returned(client: httpx.Client) -> None:
    """With `all` even what only the file has, as a link."""
    (one,) = client.get("instances", params={"SOPInstanceUID": f"{STUDY}.2", "includefield": "all"}).json()

    assert one["7FE00010"]["BulkDataURI"].endswith("/bulkdata/7FE00010")
    assert values(one, "00083002") == ["1.2.840.10008.1.2.1"]


@pytest.mark.parametrize(
    ("path", "parameters"),
    [
        ("studies", {"Modality": "CT"}),
        ("studies", {"NoSuchKeyword": "x"}),
        ("instances", {"limit": "many"}),
        ("studies/not-a-uid/series", {}),
    ],
)
def test_a_query_that_makes_no_sense_is_400(
    client: httpx.Client, path: str, parameters: dict[str, str]
) -> None:
    """It is refused, and not echoed."""
    answer = client.get(path, params=parameters)

    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert not any(value in answer.text for value in ("NoSuchKeyword", "not-a-uid", "many"))


def test_results_are_json(client: httpx.Client) -> None:
    """XML is not sent."""
    answer = client.get("studies", headers={"Accept": 'multipart/related; type="application/dicom+xml"'})

    assert answer.status_code == 406
