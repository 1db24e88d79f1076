"""Generations of objects, request by request."""

from tests.unit.shared.local.object_store.conftest import Api

OBJECT = "/storage/v1/b/clinical/o/a"


def test_an_update_replaces_all_metadata(api: Api) -> None:
    """A patch keeps what it does not name."""
    api.upload("a")
    api.http.patch(OBJECT, json={"metadata": {"k": "v"}, "cacheControl": "no-store"})
    updated = api.http.put(OBJECT, json={"metadata": {"other": "1"}}).json()

    assert (updated["metadata"], updated["metageneration"]) == ({"other": "1"}, "3")
    assert "cacheControl" not in updated


def test_metadata_of_an_old_generation(api: Api) -> None:
    """Each generation has its own; the live one keeps its."""
    api.http.patch("/storage/v1/b/clinical", json={"versioning": {"enabled": True}})
    first = api.upload("a")["generation"]
    api.upload("a")
    changed = api.http.patch(OBJECT, params={"generation": first}, json={"metadata": {"k": "v"}}).json()
    live = api.get("/o/a").json()

    assert (changed["generation"], changed["metadata"], changed["metageneration"]) == (first, {"k": "v"}, "2")
    assert "metadata" not in live
    assert "timeDeleted" in changed


def test_a_live_generation_is_deleted_by_its_number_for_good(api: Api) -> None:
    """Also in a versioned bucket: only a delete without a generation archives."""
    api.http.patch("/storage/v1/b/clinical", json={"versioning": {"enabled": True}})
    generation = api.upload("a")["generation"]
    statuses = [api.http.delete(OBJECT, params={"generation": generation}).status_code for _ in range(2)]

    assert statuses == [204, 404]
    assert api.names(versions="true") == []


def test_a_download_goes_on_when_its_object_is_replaced(api: Api) -> None:
    """Whoever has begun to read reads that generation to its end."""
    api.upload("a", bytes(8 << 20))
    with api.http.stream("GET", OBJECT, params={"alt": "media"}) as response:
        chunks = response.iter_bytes(1 << 20)
        size = len(next(chunks))
        replaced = api.upload("a", b"new")
        size += sum(map(len, chunks))

    assert size == 8 << 20
    assert api.get("/o/a").json() == replaced
