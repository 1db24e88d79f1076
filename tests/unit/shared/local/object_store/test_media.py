"""Downloads: ranges, headers and decompressive transcoding."""

import gzip
import zlib

import pytest

from shared.local.object_store.media import gunzipped, wanted_range
from shared.local.object_store.refusals import Refused
from tests.unit.shared.local.object_store.conftest import Api


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-3", (0, 4)),
        ("bytes=3-", (3, 7)),
        ("bytes=8-99", (8, 2)),
        ("bytes=-3", (7, 3)),
        ("bytes=-99", (0, 10)),
        ("bytes=-", None),
        ("bytes=1-2,4-5", None),
        ("lines=1-2", None),
    ],
)
def test_a_range_of_ten_bytes(header: str | None, expected: tuple[int, int] | None) -> None:
    """One range is understood; what is none is answered with everything."""
    assert wanted_range(header, 10) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=0-", 0), ("bytes=-0", 10), ("bytes=5-2", 10)]
)
def test_a_range_without_a_byte(header: str, size: int) -> None:
    """It is refused, and the answer says how large the object is."""
    with pytest.raises(Refused) as raised:
        wanted_range(header, size)

    assert (raised.value.status, raised.value.headers) == (416, {"Content-Range": f"bytes */{size}"})


def test_a_bomb_is_decompressed_in_small_pieces() -> None:
    """However well something was compressed, no piece is larger than 1 MiB."""
    pieces = list(gunzipped(iter([gzip.compress(bytes(20 << 20))])))

    assert max(map(len, pieces)) <= 1 << 20
    assert sum(map(len, pieces)) == 20 << 20


def test_what_is_no_gzip_is_an_error() -> None:
    """Its answer ends in the middle, rather than well."""
    with pytest.raises(zlib.error):
        list(gunzipped(iter([b"no gzip"])))


def test_headers_say_which_generation_it_is(api: Api) -> None:
    """A whole object and a part of it have the checksums of the whole."""
    resource = api.upload("a", b"0123456789")
    whole = api.http.get("/download/storage/v1/b/clinical/o/a?alt=media")
    part = api.http.get("/storage/v1/b/clinical/o/a?alt=media", headers={"Range": "bytes=2-4"})
    expected = {
        "X-Goog-Hash": f"crc32c={resource['crc32c']},md5={resource['md5Hash']}",
        "X-Goog-Generation": resource["generation"],
        "X-Goog-Metageneration": "1",
        "X-Goog-Stored-Content-Length": "10",
        "X-Goog-Stored-Content-Encoding": "identity",
        "X-Goog-Storage-Class": "STANDARD",
        "ETag": resource["etag"],
    }

    assert {name: whole.headers[name] for name in expected} == expected
    assert {name: part.headers[name] for name in expected} == expected
    assert (whole.status_code, whole.content) == (200, b"0123456789")
    assert (part.status_code, part.content, part.headers["Content-Range"]) == (206, b"234", "bytes 2-4/10")


def test_a_head_has_no_body(api: Api) -> None:
    """Only the headers, and the connection goes on."""
    api.upload("a", b"0123456789")
    head = api.http.head("/storage/v1/b/clinical/o/a?alt=media")

    assert (head.status_code, head.content, head.headers["Content-Length"]) == (200, b"", "10")
    assert api.get("/o/a", alt="media").content == b"0123456789"


def test_a_reader_that_has_it_gets_nothing(api: Api) -> None:
    """304 without a body; the connection goes on."""
    generation = api.upload("a")["generation"]
    answer = api.get("/o/a", alt="media", ifGenerationNotMatch=generation)

    assert (answer.status_code, answer.content) == (304, b"")
    assert api.get("/o/a", alt="media").content == b"content"


def test_fields_become_headers(api: Api) -> None:
    """What a browser goes by."""
    api.upload("a")
    api.http.patch("/storage/v1/b/clinical/o/a", json={"cacheControl": "no-store", "contentLanguage": "de"})
    headers = api.get("/o/a", alt="media").headers

    assert (headers["Cache-Control"], headers["Content-Language"]) == ("no-store", "de")
