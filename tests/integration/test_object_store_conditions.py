"""The local object store and the official client: generations, preconditions, versions, copies and lists."""

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from google.api_core.exceptions import NotFound, PreconditionFailed

CREATORS = 40


def put(bucket: Any, name: str, content: bytes = b"content", **conditions: int) -> int:
    """Upload an object; its generation."""
    blob = bucket.blob(name)
    blob.upload_from_string(content, **conditions)
    generation: int = blob.generation
    return generation


def names(found: Any) -> list[str]:
    """The names of listed objects."""
    return [each.name for each in found]


def test_one_of_many_creators_wins(bucket: Any) -> None:
    """The others are told that it exists, and the winner's content is there."""
    together = threading.Barrier(CREATORS)

    def create(number: int) -> int | None:
        together.wait()
        try:
            put(bucket, "raced", b"%d" % number, if_generation_match=0)
        except PreconditionFailed:
            return None
        return number

    with ThreadPoolExecutor(CREATORS) as creators:
        winners = [each for each in creators.map(create, range(CREATORS)) if each is not None]

    assert [b"%d" % winner for winner in winners] == [bucket.blob("raced").download_as_bytes()]


def test_one_of_many_writers_replaces_a_generation(bucket: Any) -> None:
    """Whoever knows the generation may replace it, once."""
    first = put(bucket, "raced")

    def replace(number: int) -> str:
        try:
            put(bucket, "raced", b"%d" % number, if_generation_match=first)
        except PreconditionFailed:
            return "lost"
        return "won"

    with ThreadPoolExecutor(8) as writers:
        outcomes = Counter(writers.map(replace, range(20)))

    assert outcomes == {"won": 1, "lost": 19}


def test_every_operation_has_preconditions(bucket: Any) -> None:
    """The wrong generation is refused, the right one is not."""
    generation = put(bucket, "a")
    blob = bucket.blob("a")
    wrong = generation - 1
    refused = [
        lambda: put(bucket, "a", if_generation_match=wrong),
        lambda: put(bucket, "a", if_generation_not_match=generation),
        lambda: put(bucket, "a", if_metageneration_match=2),
        lambda: blob.download_as_bytes(if_generation_match=wrong),
        lambda: blob.reload(if_metageneration_match=2),
        lambda: blob.patch(if_generation_match=wrong),
        lambda: blob.delete(if_generation_match=wrong),
        lambda: blob.compose([blob], if_generation_match=wrong),
        lambda: bucket.blob("b").rewrite(blob, if_source_generation_match=wrong),
        lambda: blob.rewrite(blob, if_generation_match=0),
        lambda: bucket.copy_blob(blob, bucket, "b", if_source_metageneration_match=2),
    ]
    for operation in refused:
        with pytest.raises(PreconditionFailed):
            operation()

    assert bucket.get_blob("a").generation == generation
    assert not bucket.blob("b").exists()
    blob.patch(if_generation_match=generation, if_metageneration_match=1)
    blob.delete(if_generation_match=generation, if_metageneration_match=2)
    assert not blob.exists()


def test_generations_rise(bucket: Any) -> None:
    """Also from one object to another, and when one is deleted in between."""
    first = put(bucket, "a")
    bucket.blob("a").delete()
    later = [put(bucket, "a"), put(bucket, "b"), put(bucket, "a")]

    assert [first, *later] == sorted({first, *later})


def test_metadata_is_patched(bucket: Any) -> None:
    """Null takes a key away, what is not named stays, and the generation does too."""
    blob = bucket.blob("a")
    blob.metadata = {"keep": "1", "drop": "2"}
    blob.upload_from_string(b"1", content_type="application/dicom")
    generation = blob.generation
    blob.metadata = {"drop": None, "new": "3"}
    blob.cache_control = "no-store"
    blob.patch()
    found = bucket.get_blob("a")

    assert found.metadata == {"keep": "1", "new": "3"}
    assert (found.content_type, found.cache_control) == ("application/dicom", "no-store")
    assert (found.generation, found.metageneration) == (generation, 2)


def test_old_generations_are_kept_where_that_is_asked_for(bucket: Any) -> None:
    """A replaced and a deleted generation can be read, listed, restored and deleted for good."""
    bucket.versioning_enabled = True
    bucket.patch()
    first, second = put(bucket, "a", b"first"), put(bucket, "a", b"second")
    bucket.blob("a").delete()
    archived = list(bucket.list_blobs(versions=True))

    assert not bucket.blob("a").exists()
    assert [(each.generation, each.time_deleted is not None) for each in archived] == [
        (first, True),
        (second, True),
    ]
    assert bucket.blob("a", generation=first).download_as_bytes() == b"first"
    bucket.copy_blob(bucket.blob("a"), bucket, "a", source_generation=first)
    assert bucket.blob("a").download_as_bytes() == b"first"
    bucket.blob("a", generation=second).delete()
    assert bucket.get_blob("a", generation=second) is None


def test_without_versions_an_old_generation_is_gone(bucket: Any) -> None:
    """What was replaced cannot be read."""
    first = put(bucket, "a", b"first")
    put(bucket, "a", b"second")

    with pytest.raises(NotFound):
        bucket.blob("a", generation=first).download_as_bytes()


def test_objects_are_composed(bucket: Any) -> None:
    """Contents are joined; components are counted, an MD5 is not made."""
    put(bucket, "1", b"one ")
    put(bucket, "2", b"two ")
    both = bucket.blob("both")
    both.content_type = "text/plain"
    both.compose([bucket.blob("1"), bucket.blob("2")])
    more = bucket.blob("more")
    more.compose([both, bucket.blob("1")])
    more.reload()

    assert more.download_as_bytes() == b"one two one "
    assert (more.component_count, more.md5_hash, bucket.get_blob("both").content_type) == (
        3,
        None,
        "text/plain",
    )


def test_objects_are_copied_and_moved(storage_client: Any, bucket: Any) -> None:
    """Content and metadata go along, and a moved one is gone from where it was."""
    other = storage_client.create_bucket("released")
    blob = bucket.blob("a")
    blob.metadata = {"k": "v"}
    blob.upload_from_string(b"content", content_type="application/dicom")
    token, rewritten, total = other.blob("rewritten").rewrite(blob)
    bucket.copy_blob(blob, other, "copied")
    bucket.move_blob(blob, "moved")
    bucket.rename_blob(bucket.blob("moved"), "renamed")
    copied = other.get_blob("copied")

    assert (token, rewritten, total) == (None, 7, 7)
    assert (copied.content_type, copied.metadata) == ("application/dicom", {"k": "v"})
    assert names(bucket.list_blobs()) == ["renamed"]
    assert {bucket.blob("renamed").download_as_bytes(), other.blob("rewritten").download_as_bytes()} == {
        b"content"
    }


def test_objects_are_deleted_in_a_batch(storage_client: Any, bucket: Any) -> None:
    """Each by itself: one that is not there does not keep the others."""
    for name in ("a", "b/c", "d"):
        put(bucket, name)
    with storage_client.batch():
        bucket.blob("a").delete()
        bucket.blob("b/c").delete()
    with storage_client.batch(raise_exception=False) as batch:
        bucket.blob("missing").delete()
        bucket.blob("d").delete()

    assert [response.status_code for response in batch._responses] == [404, 204]
    assert names(bucket.list_blobs()) == []


def test_objects_are_listed(bucket: Any) -> None:
    """By prefix, delimiter, offsets and glob, in the order of UTF-8."""
    every = ["a", "b/1", "b/2/x", "b/2/y", "b/3", "c", "\u00fc", "\U0001f600"]
    for name in reversed(every):
        put(bucket, name)
    folders = bucket.list_blobs(prefix="b/", delimiter="/")

    assert names(bucket.list_blobs()) == every
    assert names(folders) == ["b/1", "b/3"]
    assert folders.prefixes == {"b/2/"}
    assert names(bucket.list_blobs(start_offset="b/2", end_offset="c")) == ["b/2/x", "b/2/y", "b/3"]
    assert names(bucket.list_blobs(match_glob="b/*")) == ["b/1", "b/3"]
    assert names(bucket.list_blobs(match_glob="**/{x,y}")) == ["b/2/x", "b/2/y"]


def test_lists_come_in_pages(bucket: Any) -> None:
    """No object and no prefix is in two pages or in none."""
    for number in range(7):
        put(bucket, f"folder{number % 3}/{number}")
        put(bucket, f"object{number}")
    pages = list(bucket.list_blobs(delimiter="/", page_size=2).pages)
    found = [name for page in pages for name in (*page.prefixes, *names(page))]

    assert found == [*(f"folder{n}/" for n in range(3)), *(f"object{n}" for n in range(7))]
    assert len(pages) == 5
    assert len(names(bucket.list_blobs(page_size=3))) == 14
