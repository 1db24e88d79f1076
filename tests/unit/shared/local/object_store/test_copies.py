"""Compose, rewrite, copy and move, request by request."""

from typing import Any

import pytest

from tests.unit.shared.local.object_store.conftest import Api


def compose(api: Api, sources: list[dict[str, Any]], **parameters: Any) -> int:
    """Compose objects to `all`; the status."""
    return api.post("/o/all/compose", {"sourceObjects": sources}, **parameters).status_code


def test_a_source_may_be_a_generation(api: Api) -> None:
    """And its precondition is checked."""
    generation = api.upload("a")["generation"]
    right = {"name": "a", "generation": generation, "objectPreconditions": {"ifGenerationMatch": generation}}
    statuses = [
        compose(api, [right, right]),
        compose(api, [{"name": "a", "objectPreconditions": {"ifGenerationMatch": "5"}}]),
        compose(api, [{"name": "a", "generation": "5"}]),
        compose(api, [right], ifGenerationMatch=0),
    ]

    assert statuses == [200, 412, 404, 412]
    assert api.get("/o/all", alt="media").content == b"contentcontent"


@pytest.mark.parametrize("sources", [[], [{"name": "a"}] * 33, [{}], [{"name": "a", "generation": "x"}]])
def test_a_composition_of_nothing_or_of_too_much_is_refused(api: Api, sources: list[dict[str, Any]]) -> None:
    """Between 1 and 32 objects, each with a name."""
    api.upload("a")

    assert compose(api, sources) == 400


def test_a_copy_takes_other_metadata(api: Api) -> None:
    """If some is given, the source's own is not taken."""
    api.upload("a")
    copied = api.post("/o/a/copyTo/b/clinical/o/b", {"contentType": "text/plain"}).json()

    assert copied["contentType"] == "text/plain"


def test_a_move_is_one_step(api: Api) -> None:
    """Preconditions of both ends hold, and a move to itself is refused."""
    generation = api.upload("a")["generation"]
    api.upload("b")
    statuses = [
        api.post("/o/a/moveTo/o/b", ifGenerationMatch=0).status_code,
        api.post("/o/a/moveTo/o/c", ifSourceGenerationMatch=5).status_code,
        api.post("/o/a/moveTo/o/a").status_code,
        api.post("/o/a/moveTo/o/c", ifSourceGenerationMatch=generation).status_code,
    ]

    assert statuses == [412, 412, 400, 200]
    assert api.names() == ["b", "c"]


def test_a_moved_object_is_archived_where_it_was(api: Api) -> None:
    """In a versioned bucket the old name keeps its generation."""
    api.http.patch("/storage/v1/b/clinical", json={"versioning": {"enabled": True}})
    generation = api.upload("a")["generation"]
    api.post("/o/a/moveTo/o/b")

    assert api.names() == ["b"]
    assert api.get("/o/a", alt="media", generation=generation).content == b"content"
