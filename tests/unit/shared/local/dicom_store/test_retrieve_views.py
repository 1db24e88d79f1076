"""The Retrieve transaction."""

import io
import struct

import httpx
import pytest
from pydicom.uid import (
    UID,
    DeflatedExplicitVRLittleEndian,
    ExplicitVRBigEndian,
    ExplicitVRLittleEndian,
    ImplicitVRLittleEndian,
    JPEGBaseline8Bit,
)

from shared.local.dicom_store.multipart import MultipartReader
from tests.dicomweb import AS_STORED, DICOM, SERIES, STUDY, instance, instance_path, stow, values
from tests.images import FRAGMENTS, PIXELS, ct_image, encapsulated, item, part10, read

JPEG_IMAGE = part10(
    ct_image(NumberOfFrames=2, BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=encapsulated(FRAGMENTS)),
    JPEGBaseline8Bit,
)
FRAMES = tuple(fragment + b"\0" * (len(fragment) % 2) for fragment in FRAGMENTS)


def parts_of(answer: httpx.Response) -> list[tuple[str, bytes]]:
    """Content type and content of each part of an answer."""
    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("multipart/related; type=")
    boundary = answer.headers["Content-Type"].rpartition("boundary=")[2].encode()
    stream = io.BytesIO(answer.content)
    reader = MultipartReader(stream.read, boundary)
    return [(part.headers["content-type"], b"".join(part.chunks)) for part in reader]


def multipart_of(media_type: str, syntax: str = "") -> dict[str, str]:
    """The header that accepts parts of a media type."""
    return {
        "Accept": f'multipart/related; type="{media_type}"'
        + (f"; transfer-syntax={syntax}" if syntax else "")
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [(f"studies/{STUDY}", [1, 2, 3]), (f"studies/{STUDY}/series/{SERIES}", [1, 2]), (instance_path(2), [2])],
)
def test_files_come_back_as_they_were(client: httpx.Client, path: str, expected: list[int]) -> None:
    """Each in a part of its own, byte by byte."""
    contents = {
        1: instance(1),
        2: instance(2, ImplicitVRLittleEndian),
        3: instance(3, SeriesInstanceUID="1.2"),
    }
    stow(client, *contents.values())
    parts = parts_of(client.get(path, headers=multipart_of(DICOM, "*")))

    assert [content for _, content in parts] == [contents[number] for number in expected]


def test_one_instance_needs_no_multipart(client: httpx.Client) -> None:
    """With its length, so that a client can tell a whole file from a part of it."""
    stow(client, instance())
    answer = client.get(instance_path(), headers=AS_STORED)

    assert (answer.content, answer.headers["Content-Length"]) == (instance(), str(len(instance())))
    assert answer.headers["Content-Type"] == f"{DICOM}; transfer-syntax={ExplicitVRLittleEndian}"


def test_a_study_needs_multipart(client: httpx.Client) -> None:
    """A single part cannot hold it."""
    stow(client, instance())

    assert client.get(f"studies/{STUDY}", headers=AS_STORED).status_code == 406


@pytest.mark.parametrize("syntax", [ImplicitVRLittleEndian, DeflatedExplicitVRLittleEndian])
@pytest.mark.parametrize("wanted", ["", f"; transfer-syntax={ExplicitVRLittleEndian}"])
def test_native_images_come_in_explicit_vr(client: httpx.Client, syntax: str, wanted: str) -> None:
    """It is what a client gets that names no transfer syntax; the data set is the same."""
    content = instance(
        1,
        syntax,
        PixelRepresentation=1,
        SmallestImagePixelValue=-7,
        RequestAttributesSequence=[item(ScheduledProcedureStepID="1"), item()],
    )
    stow(client, content)
    answer = client.get(instance_path(), headers={"Accept": DICOM + wanted})
    converted = read(answer.content)

    assert converted.file_meta.TransferSyntaxUID == ExplicitVRLittleEndian
    assert (converted, converted.SmallestImagePixelValue) == (read(content), -7)


@pytest.mark.parametrize(
    "content", [JPEG_IMAGE, instance(1, ExplicitVRBigEndian)], ids=["compressed", "big endian"]
)
def test_what_cannot_be_converted_is_406(client: httpx.Client, content: bytes) -> None:
    """Whoever does not ask for it as it is stored is told so, and gets no other bytes than asked for."""
    stow(client, content)
    answer = client.get(instance_path(), headers={"Accept": DICOM})

    assert (answer.status_code, answer.json()["error"]["code"]) == (406, 406)
    assert client.get(instance_path(), headers=AS_STORED).content == content
    assert parts_of(client.get(instance_path()))[0][1] == content


@pytest.mark.parametrize("syntax", ["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2"])
def test_another_transfer_syntax_is_406(client: httpx.Client, syntax: str) -> None:
    """Nothing is compressed, or made implicit, for a client."""
    stow(client, instance())

    assert (
        client.get(instance_path(), headers={"Accept": f"{DICOM}; transfer-syntax={syntax}"}).status_code
        == 406
    )


def test_the_next_best_is_taken(client: httpx.Client) -> None:
    """Of several types the first that is possible."""
    stow(client, JPEG_IMAGE)
    accept = f"{DICOM}; transfer-syntax=1.2.840.10008.1.2.4.90, {DICOM}; transfer-syntax=*;q=0.5"

    assert client.get(instance_path(), headers={"Accept": accept}).content == JPEG_IMAGE


@pytest.mark.parametrize("path", [f"studies/{STUDY}", f"studies/{STUDY}/series/{SERIES}", instance_path()])
def test_metadata_is_all_but_bulk_data(client: httpx.Client, path: str) -> None:
    """At every level; what is linked to is there."""
    stow(client, instance(IconImageSequence=[item(Rows=1, BitsAllocated=8, PixelData=bytes(3000))]))
    (found,) = client.get(f"{path}/metadata").json()
    links = [found["7FE00010"]["BulkDataURI"], found["00880200"]["Value"][0]["7FE00010"]["BulkDataURI"]]
    accept = {"Accept": "application/octet-stream"}

    assert values(found, "00100020") == ["MRN-4711-0815"]
    assert [client.get(link, headers=accept).content for link in links] == [PIXELS, bytes(3000)]


def test_bulk_data_comes_in_parts_by_itself(client: httpx.Client) -> None:
    """As PS3.18 has it, unless a single part is asked for."""
    stow(client, instance())

    assert parts_of(client.get(f"{instance_path()}/bulkdata/7FE00010")) == [
        ("application/octet-stream", PIXELS)
    ]


def test_bulk_data_of_compressed_pixels_is_their_frames(client: httpx.Client) -> None:
    """Without the items around them."""
    stow(client, JPEG_IMAGE)
    parts = parts_of(client.get(f"{instance_path()}/bulkdata/7FE00010"))

    assert parts == [(f"image/jpeg; transfer-syntax={JPEGBaseline8Bit}", frame) for frame in FRAMES]


@pytest.mark.parametrize(
    "path",
    ["00100010/0/00100020", "7FE00011", "x", "0040A730/7/00100010", "7FE00010/0", "00080005/a/00080005"],
)
def test_bulk_data_that_is_not_there_is_404(client: httpx.Client, path: str) -> None:
    """Whatever the path says."""
    stow(client, instance())

    assert client.get(f"{instance_path()}/bulkdata/{path}").status_code == 404


def test_native_frames_come_in_the_order_of_the_list(client: httpx.Client) -> None:
    """As pixel cells in little endian."""
    stow(client, instance(NumberOfFrames=2, Rows=2))
    parts = parts_of(client.get(f"{instance_path()}/frames/2,1"))

    assert parts == [
        (f"application/octet-stream; transfer-syntax={ExplicitVRLittleEndian}", PIXELS[16:]),
        (f"application/octet-stream; transfer-syntax={ExplicitVRLittleEndian}", PIXELS[:16]),
    ]


@pytest.mark.parametrize("media_type", ["application/octet-stream", "*/*"])
def test_big_endian_frames_are_swapped(client: httpx.Client, media_type: str) -> None:
    """Frames are little endian however they are stored."""
    big = struct.pack(">16H", *range(16))
    stow(client, instance(1, ExplicitVRBigEndian, PixelData=big))
    ((_, frame),) = parts_of(client.get(f"{instance_path()}/frames/1", headers=multipart_of(media_type)))

    bulk_data = client.get(
        f"{instance_path()}/bulkdata/7FE00010", headers={"Accept": "application/octet-stream"}
    )

    assert frame == struct.pack("<16H", *range(16))
    assert bulk_data.content == frame


def test_frames_of_single_bits_are_cut_at_bits(client: httpx.Client) -> None:
    """The second of two frames of nine bits begins in the middle of a byte."""
    bits = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0, "Rows": 3, "Columns": 3, "NumberOfFrames": 2}
    stow(client, instance(PixelData=(0b1_0101_0101 | 0b0_1111_0000 << 9).to_bytes(4, "little"), **bits))
    parts = parts_of(client.get(f"{instance_path()}/frames/1,2"))

    assert [int.from_bytes(frame, "little") for _, frame in parts] == [0b1_0101_0101, 0b0_1111_0000]


@pytest.mark.parametrize(
    ("accept", "content_type"),
    [
        ("*/*", "image/jpeg"),
        ('multipart/related; type="image/jpeg"', "image/jpeg"),
        (f'multipart/related; type="image/jpeg"; transfer-syntax={JPEGBaseline8Bit}', "image/jpeg"),
        ('multipart/related; type="application/octet-stream"; transfer-syntax=*', "application/octet-stream"),
    ],
)
def test_compressed_frames_come_as_they_are_stored(
    client: httpx.Client, accept: str, content_type: str
) -> None:
    """As what they are, or as octets with the transfer syntax beside them."""
    stow(client, JPEG_IMAGE)
    parts = parts_of(client.get(f"{instance_path()}/frames/1,2", headers={"Accept": accept}))

    assert parts == [(f"{content_type}; transfer-syntax={JPEGBaseline8Bit}", frame) for frame in FRAMES]


def test_one_frame_needs_no_multipart(client: httpx.Client) -> None:
    """Several do."""
    stow(client, JPEG_IMAGE)
    one, both = (
        client.get(f"{instance_path()}/frames/{each}", headers={"Accept": "image/jpeg"})
        for each in ("2", "1,2")
    )

    assert (one.content, both.status_code) == (FRAMES[1], 406)


@pytest.mark.parametrize(
    ("content", "accept"),
    [
        (JPEG_IMAGE, 'multipart/related; type="application/octet-stream"'),
        (JPEG_IMAGE, 'multipart/related; type="image/jp2"'),
        (instance(), 'multipart/related; type="image/jpeg"'),
    ],
)
def test_frames_in_another_form_are_406(client: httpx.Client, content: bytes, accept: str) -> None:
    """No frame is decoded or encoded for a client."""
    stow(client, content)

    assert client.get(f"{instance_path()}/frames/1", headers={"Accept": accept}).status_code == 406


@pytest.mark.parametrize(
    ("numbers", "status"), [("3", 404), ("0", 404), ("1,3", 404), ("one", 400), ("1,,2", 400)]
)
def test_frames_that_are_not_there(client: httpx.Client, numbers: str, status: int) -> None:
    """The first frame is 1."""
    stow(client, JPEG_IMAGE)

    assert client.get(f"{instance_path()}/frames/{numbers}").status_code == status


def test_an_instance_without_pixels_has_no_frames(client: httpx.Client) -> None:
    """Neither as they are nor rendered."""
    stow(client, instance(PixelData=None, SOPClassUID=UID("1.2.840.10008.5.1.4.1.1.88.11")))
    statuses = [client.get(f"{instance_path()}/{each}").status_code for each in ("frames/1", "rendered")]

    assert statuses == [404, 404]


@pytest.mark.parametrize("path", ["", "/metadata", "/frames/1", "/rendered", "/bulkdata/7FE00010"])
def test_an_instance_that_is_not_there_is_404(client: httpx.Client, path: str) -> None:
    """With the API's error."""
    answer = client.get(instance_path() + path)

    assert (answer.status_code, answer.json()["error"]["status"]) == (404, "NOT_FOUND")


def test_head_tells_without_a_body(client: httpx.Client) -> None:
    """A client may ask whether an instance is there."""
    stow(client, instance())
    answer = client.head(instance_path(), headers=AS_STORED)

    assert (answer.status_code, answer.content) == (200, b"")
    assert client.get(instance_path(), headers=AS_STORED).content == instance()
