"""Lists of objects."""

import pytest

from shared.local.object_store.listing import glob_pattern
from tests.unit.shared.local.object_store.conftest import Api


@pytest.mark.parametrize(
    ("glob", "matches", "others"),
    [
        ("*.dcm", ["1.dcm", ".dcm"], ["a/1.dcm", "1xdcm"]),
        ("**.dcm", ["1.dcm", "a/b/1.dcm"], ["1.dcm2"]),
        ("**/x", ["x", "a/x", "a/b/x"], ["ax"]),
        ("a/?", ["a/b"], ["a//", "a/bc"]),
        ("[ab-d]x", ["ax", "cx"], ["ex"]),
        ("[!a]x", ["bx"], ["ax"]),
        ("{a,b*}/x", ["a/x", "bcd/x"], ["c/x"]),
        ("a+(1)", ["a+(1)"], ["aa1"]),
    ],
)
def test_a_glob(glob: str, matches: list[str], others: list[str]) -> None:
    """Only `**` goes over slashes, and what is no wildcard stands for itself."""
    pattern = glob_pattern(glob)

    assert [name for name in matches + others if pattern.fullmatch(name)] == matches


def test_prefixes_and_names_are_in_one_order(api: Api) -> None:
    """Pages of one entry each hold every name and every common prefix once."""
    for name in ("a", "b/1", "b/2", "b!", "b0", "c/1"):
        api.upload(name)
    found, token = [], ""
    while token is not None:
        page = api.get("/o", delimiter="/", maxResults=1, pageToken=token).json()
        found += [*page.get("prefixes", []), *(item["name"] for item in page.get("items", []))]
        token = page.get("nextPageToken")

    assert found == ["a", "b!", "b/", "b0", "c/"]


def test_a_prefix_of_many_is_one_entry(api: Api) -> None:
    """However many objects share it, what stands behind is found."""
    for number in range(600):
        api.upload(f"many/{number}", b"")
    api.upload("zz", b"")
    page = api.get("/o", delimiter="/").json()

    assert (page["prefixes"], [item["name"] for item in page["items"]]) == (["many/"], ["zz"])


def test_a_folder_marker_is_listed_if_that_is_asked_for(api: Api) -> None:
    """`includeTrailingDelimiter` shows the object that is called as the prefix."""
    for name in ("a/", "a/1"):
        api.upload(name)
    page = api.get("/o", delimiter="/", includeTrailingDelimiter="true").json()

    assert (page["prefixes"], [item["name"] for item in page["items"]]) == (["a/"], ["a/"])


def test_offsets_prefixes_and_the_last_character(api: Api) -> None:
    """A delimiter of the last character of Unicode has nothing behind it, and a page ends there."""
    for name in ("a\U0010ffff1", "b", "x/1", "x/2"):
        api.upload(name)

    assert api.names(prefix="x/", startOffset="x/2") == ["x/2"]
    assert api.names(prefix="x/", endOffset="x/2") == ["x/1"]
    assert api.names(startOffset="y") == []
    assert api.names(delimiter="\U0010ffff") == ["b", "x/1", "x/2"]


@pytest.mark.parametrize("parameters", [{"pageToken": "%%%"}, {"maxResults": "many"}, {"maxResults": "-1"}])
def test_what_cannot_be_read_is_refused(api: Api, parameters: dict[str, str]) -> None:
    """A page token of somebody else's, or no number."""
    assert api.get("/o", **parameters).status_code == 400


def test_a_missing_bucket_has_no_list(api: Api) -> None:
    """It is not an empty one."""
    answer = api.http.get("/storage/v1/b/missing/o")

    assert (answer.status_code, answer.json()["error"]["errors"][0]["reason"]) == (404, "notFound")
