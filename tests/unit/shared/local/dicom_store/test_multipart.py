"""Bodies of several parts, cut anywhere."""

import io
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.local.dicom_store.multipart import MultipartReader, multipart_body
from shared.local.dicom_store.refusal import Refusal

#: contents that resemble what surrounds them
_ODD = st.lists(
    st.sampled_from(
        [b"\r", b"\n", b"-", b"--", b"\r\n--cut", b"\r\n--cu", b"cut", b"\r\n\r\n", b"x" * 70, b"\0"]
    )
).map(b"".join)
#: a content may hold the boundary only if it goes on as a longer line
_CONTENTS = st.lists(_ODD.filter(lambda content: b"--cut" not in content), max_size=4)


def by(size: int, body: bytes) -> Callable[[int], bytes]:
    """A function that reads a body in pieces of so many bytes."""
    stream = io.BytesIO(body)
    return lambda length: stream.read(min(size, length))


def parts_of(body: bytes, size: int = 1 << 20) -> list[tuple[dict[str, str], bytes]]:
    """The parts of a body that is read in pieces."""
    reader = MultipartReader(by(size, body), b"cut")
    return [(dict(part.headers), b"".join(part.chunks)) for part in reader]


@given(contents=_CONTENTS, size=st.integers(1, 80))
def test_what_is_written_is_read(contents: list[bytes], size: int) -> None:
    """Every part comes back, wherever the pieces of the body end."""
    body = b"".join(multipart_body([("application/dicom", [content]) for content in contents], "cut"))

    assert parts_of(body, size) == [({"content-type": "application/dicom"}, content) for content in contents]


@pytest.mark.parametrize("size", range(1, 20))
def test_a_longer_line_is_no_boundary(size: int) -> None:
    """A line that begins like the boundary and goes on belongs to the content."""
    content = b"a\r\n--cutter\r\n--cut-\r\n--cut \tx"
    body = b"--cut\r\n\r\n" + content + b"\r\n--cut--"

    assert parts_of(body, size) == [({}, content)]


@pytest.mark.parametrize("size", range(1, 20))
def test_spaces_behind_a_boundary_are_padding(size: int) -> None:
    """RFC 2046 lets white space follow a boundary, and text follow the last one."""
    body = b"--cut \t\r\nA: b\r\n\r\none\r\n--cut  \r\n\r\ntwo\r\n--cut--\r\nepilogue"

    assert parts_of(body, size) == [({"a": "b"}, b"one"), ({}, b"two")]


def test_parts_may_be_left_unread() -> None:
    """The next part is found, though nobody read this one."""
    body = b"".join(multipart_body([("a/b", [b"one" * 100]), ("c/d", [b"two"])], "cut"))

    assert [part.headers["content-type"] for part in MultipartReader(by(7, body), b"cut")] == ["a/b", "c/d"]


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"nothing of the kind",
        b"--cut\r\n\r\nno end",
        b"--cut\r\nno header end",
        b"--cut\r\n\r\nends\r\n--cut",
        b"--cut\r\n\r\nends\r\n--cut-",
        b"--cut\r\nno colon\r\n\r\n\r\n--cut--",
        b"x" * 5000 + b"\r\n--cut\r\n\r\n\r\n--cut--",
        b"--cut\r\nlong: " + b"x" * 20_000 + b"\r\n\r\n\r\n--cut--",
    ],
)
def test_a_broken_body_is_refused(body: bytes) -> None:
    """A body that is cut off, or is something else, is a bad request, never an empty one."""
    with pytest.raises(Refusal) as refused:
        parts_of(body, 100)

    assert refused.value.status == 400


@pytest.mark.parametrize("boundary", [b"", b"x" * 201, b"a\r\nb", b"ends in space "])
def test_a_broken_boundary_is_refused(boundary: bytes) -> None:
    """RFC 2046 says what a boundary is made of."""
    with pytest.raises(Refusal):
        MultipartReader(by(1, b""), boundary)
