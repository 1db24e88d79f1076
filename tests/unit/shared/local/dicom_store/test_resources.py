"""Datasets and DICOM stores."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from shared.local.dicom_store.names import StoreName
from shared.local.dicom_store.server import LocalDicomStore
from tests.dicomweb import BOTH_KINDS, STORE, TOPIC, connected, instance, stow

DATASET = "projects/p/locations/l/datasets/research"
STORES = f"{DATASET}/dicomStores"


@pytest.fixture
def api(server: LocalDicomStore) -> Iterator[httpx.Client]:
    """A client of the API."""
    with httpx.Client(base_url=f"{server.base_url}/", timeout=30, trust_env=False) as client:
        yield client


def create(api: httpx.Client, **resource: Any) -> httpx.Response:
    """Create a dataset and a store in it."""
    api.post("projects/p/locations/l/datasets", params={"datasetId": "research"}, json={"timeZone": "UTC"})
    return api.post(STORES, params={"dicomStoreId": "images"}, json=resource)


def test_a_store_from_the_start_is_there(api: httpx.Client) -> None:
    """With its dataset."""
    assert api.get(STORE).json() == {"name": STORE, **BOTH_KINDS}
    assert api.get(str(StoreName.parse(STORE).parent)).status_code == 200


def test_a_store_is_created_in_a_dataset(api: httpx.Client) -> None:
    """The answer is the resource, and it can be read and listed."""
    created = create(api, labels={"team": "a"}).json()

    assert created == {"name": f"{STORES}/images", "labels": {"team": "a"}}
    assert api.get(f"{STORES}/images").json() == created
    assert api.get(STORES).json() == {"dicomStores": [created]}
    assert api.get(DATASET).json() == {"name": DATASET, "timeZone": "UTC"}


def test_a_dataset_comes_as_a_finished_operation(api: httpx.Client) -> None:
    """Clients of the API wait for an operation."""
    operation = api.post("projects/p/locations/l/datasets", params={"datasetId": "research"}).json()

    assert (operation["done"], operation["response"]["name"]) == (True, DATASET)


def test_what_is_there_is_not_created_again(api: httpx.Client) -> None:
    """The API's 409."""
    create(api)
    answer = create(api)

    assert (answer.status_code, answer.json()["error"]["status"]) == (409, "ALREADY_EXISTS")


@pytest.mark.parametrize(
    "resource",
    [
        {"notificationConfig": {}},
        {"notificationConfig": {"pubsubTopic": "arrivals"}},
        {"notificationConfigs": [{"topic": TOPIC}]},
        {"notificationConfigs": ["x"]},
        {"notificationsConfig": {"pubsubTopic": TOPIC}},
    ],
)
def test_a_misspelt_configuration_is_refused(api: httpx.Client, resource: dict[str, Any]) -> None:
    """It must not pass for a store that notifies nobody."""
    answer = create(api, **resource)

    assert (answer.status_code, api.get(f"{STORES}/images").status_code) == (400, 404)


@pytest.mark.parametrize("content", [b"[]", b"{", b"1"])
def test_a_body_that_is_no_resource_is_refused(api: httpx.Client, content: bytes) -> None:
    """Rather than taken for an empty one."""
    create(api)
    answer = api.post(STORES, params={"dicomStoreId": "other"}, content=content)

    assert answer.status_code == 400


@pytest.mark.parametrize("identifier", ["", "a/b", "x" * 257])
def test_identifiers_are_checked(api: httpx.Client, identifier: str) -> None:
    """As the API does."""
    create(api)

    assert api.post(STORES, params={"dicomStoreId": identifier}).status_code == 400


def test_fields_are_changed_by_a_mask(api: httpx.Client) -> None:
    """What the mask names is set, or taken away; the rest stays."""
    create(api, labels={"a": "b"}, **BOTH_KINDS)
    path, mask = f"{STORES}/images", "labels,notificationConfig"
    changed = api.patch(
        path, params={"updateMask": mask}, json={"labels": {"c": "d"}, "notificationConfigs": []}
    )
    expected = {"name": path, "labels": {"c": "d"}, "notificationConfigs": [{"pubsubTopic": TOPIC}]}

    assert changed.json() == expected
    assert api.get(path).json() == expected


@pytest.mark.parametrize("mask", ["", "name", "nonsense"])
def test_a_mask_names_fields_that_can_change(api: httpx.Client, mask: str) -> None:
    """Anything else is a bad request."""
    assert api.patch(STORE, params={"updateMask": mask}, json={}).status_code == 400


def test_a_deleted_store_has_nothing_any_more(server: LocalDicomStore, api: httpx.Client) -> None:
    """Neither itself nor its instances, also when it is created again."""
    create(api)
    with connected(server, f"{STORES}/images") as client:
        stow(client, instance())

        assert api.delete(f"{STORES}/images").status_code == 200
        assert client.get("studies").status_code == 404
        create(api)
        assert client.get("studies").status_code == 204


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{STORES}/none"),
        ("PATCH", f"{STORES}/none?updateMask=labels"),
        ("DELETE", f"{STORES}/none"),
        ("POST", f"{STORES}?dicomStoreId=none"),
        ("GET", STORES),
        ("GET", f"{STORES}/none/dicomWeb/studies"),
        ("POST", f"{STORES}/none/dicomWeb/studies"),
        ("DELETE", f"{STORES}/none/dicomWeb/studies/1.2"),
        ("GET", f"{STORES}/none/dicomWeb/studies/1.2/metadata"),
        ("GET", "nothing/of/the/kind"),
    ],
)
def test_what_is_not_there_is_404(api: httpx.Client, method: str, path: str) -> None:
    """With the API's error, whatever the operation."""
    answer = api.request(method, path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, 404)


def test_another_method_is_405(api: httpx.Client) -> None:
    """With the API's error, too."""
    answer = api.put(STORE, json={})

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, 405)


def test_stores_share_nothing(server: LocalDicomStore, api: httpx.Client) -> None:
    """The same instance in two stores is two; one is deleted alone."""
    create(api)
    with connected(server) as one, connected(server, f"{STORES}/images") as other:
        stow(one, instance())
        stow(other, instance(PatientName="Someone^Else"))
        one.delete("studies/1.3.6.1.4.1.99999.1")

        assert (one.get("studies").status_code, len(other.get("studies").json())) == (204, 1)


@pytest.mark.parametrize("name", ["", "projects/p", f"{STORES}/", f"{STORES}/a/b", f"{STORES}/ä b"])
def test_names_of_stores_are_checked(name: str) -> None:
    """What is no name is refused at the start."""
    with pytest.raises(ValueError, match="not the name of a DICOM store"):
        StoreName.parse(name)
