"""A package as an HTTP form."""

from collections.abc import Iterator
from email.message import Message
from email.parser import BytesParser

from hypothesis import given
from hypothesis import strategies as st

from shared.adapters.multipart_form import PackageForm
from tests.contracts.destination import MemoryReader


def parts_of(form: PackageForm) -> list[Message]:
    """The parts of a form as the standard library's parser of MIME messages sees them."""
    content_type = f"Content-Type: {form.headers['Content-Type']}\r\n\r\n".encode()
    return list(BytesParser().parsebytes(content_type + b"".join(form)).walk())[1:]


@given(content=st.binary(max_size=300), chunk=st.integers(min_value=1, max_value=100))
def test_the_announced_length_is_the_length(content: bytes, chunk: int) -> None:
    """Content-Length is exact for every package, however it is read."""
    form = PackageForm(MemoryReader(content, chunk=chunk), [("checksum", "ab")])
    body = b"".join(form)

    assert len(body) == int(form.headers["Content-Length"])
    assert body == b"".join(form)


def test_another_parser_finds_the_parts() -> None:
    """The form is well-formed for a parser that is not ours."""
    form = PackageForm(MemoryReader(b"PK\x03\x04"), [("checksum", "ab"), ("client_id", "c")])
    found = [
        (part.get_param("name", header="Content-Disposition"), part.get_filename(), part.get_payload())
        for part in parts_of(form)
    ]

    assert found == [
        ("checksum", None, "ab"),
        ("client_id", None, "c"),
        ("file", "package.zip", "PK\x03\x04"),
    ]


def test_the_package_is_read_while_it_is_sent() -> None:
    """No chunk of the package is read before it is asked for, and nothing counts as begun before that."""
    read = []

    class Watched(MemoryReader):
        def stream(self, offset: int = 0, length: int | None = None) -> Iterator[bytes]:
            for chunk in super().stream(offset, length):
                read.append(len(chunk))
                yield chunk

    form = PackageForm(Watched(bytes(30), chunk=10), [])
    body = iter(form)
    before = (form.begun, list(read))
    next(body)
    with_head = (form.begun, list(read))
    next(body)

    assert (before, with_head, read) == ((False, []), (True, []), [10])
