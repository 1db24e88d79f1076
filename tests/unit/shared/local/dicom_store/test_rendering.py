"""Pictures of frames."""

from typing import Any

import httpx
import imagecodecs
import numpy as np
import pytest
from pydicom.uid import ExplicitVRLittleEndian, JPEGBaseline8Bit, RLELossless

from shared.deid.pixels import rle
from shared.local.dicom_store.refusal import Refusal
from shared.local.dicom_store.rendering import Window, parse_window
from tests.dicomweb import instance, instance_path, stow
from tests.images import ct_image, encapsulated, part10

RAMP = np.arange(16, dtype="<u2").reshape(4, 4)
EIGHT_BITS = {"BitsAllocated": 8, "BitsStored": 8, "HighBit": 7}
COLOURS = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)


def picture(client: httpx.Client, path: str = "rendered", **parameters: str) -> Any:
    """The PNG that is rendered, as an array."""
    answer = client.get(f"{instance_path()}/{path}", params=parameters, headers={"Accept": "image/png"})

    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/png")
    return imagecodecs.png_decode(answer.content)


def grey(values: Any, center: float, width: float) -> Any:
    """PS3.3 C.11.2.1.2.1, written down as the Standard has it."""
    scaled = ((values - (center - 0.5)) / (width - 1) + 0.5) * 255
    return np.floor(np.clip(scaled, 0, 255) + 0.5).astype(np.uint8)


def test_the_stored_window_is_applied(client: httpx.Client) -> None:
    """To the values of the modality, after slope and intercept."""
    window = {"WindowCenter": ["-10", "0"], "WindowWidth": ["12", "1"]}
    stow(client, instance(PixelData=RAMP.tobytes(), RescaleSlope="2", RescaleIntercept="-24", **window))

    assert np.array_equal(picture(client), grey(RAMP * 2.0 - 24, -10, 12))


def test_a_window_may_be_asked_for(client: httpx.Client) -> None:
    """It takes the place of the stored one."""
    stow(client, instance(PixelData=RAMP.tobytes(), WindowCenter="100", WindowWidth="1"))

    assert np.array_equal(picture(client, window="8,7,linear"), grey(RAMP.astype(float), 8, 7))
    assert picture(client, window="8,8,linear-exact")[0, 0] == 0
    assert picture(client, window="8,4,sigmoid")[2, 0] == 128


def test_without_a_window_the_whole_range_is_seen(client: httpx.Client) -> None:
    """The lowest value is black, the highest is white."""
    stow(client, instance(PixelData=(RAMP * 100).tobytes()))
    found = picture(client)

    assert (found.min(), found.max(), found[0, 0], found[3, 3]) == (0, 255, 0, 255)


def test_the_lowest_value_may_be_white(client: httpx.Client) -> None:
    """MONOCHROME1 is the other way round."""
    stow(client, instance(PixelData=RAMP.tobytes(), PhotometricInterpretation="MONOCHROME1"))
    found = picture(client)

    assert (found[0, 0], found[3, 3]) == (255, 0)


def test_values_have_their_sign(client: httpx.Client) -> None:
    """And only the bits that are stored."""
    signed = (np.arange(-8, 8, dtype="<i2") & 0x0FFF) | 0x5000
    bits = {"BitsStored": 12, "HighBit": 11, "PixelRepresentation": 1}
    stow(client, instance(PixelData=signed.astype("<u2").tobytes(), **bits))
    found = picture(client).ravel()

    assert list(found) == sorted(found)
    assert (found[0], found[-1]) == (0, 255)


@pytest.mark.parametrize("planar", [0, 1])
def test_colours_are_colours(client: httpx.Client, planar: int) -> None:
    """By pixel or by plane."""
    stored = np.moveaxis(COLOURS, -1, 0) if planar else COLOURS
    colour = {"SamplesPerPixel": 3, "PhotometricInterpretation": "RGB", "PlanarConfiguration": planar}
    stow(client, instance(PixelData=stored.tobytes(), **colour, **EIGHT_BITS))

    assert np.array_equal(picture(client), COLOURS)


def test_a_palette_is_applied(client: httpx.Client) -> None:
    """Numbers become the colours that the image tells."""
    reds = np.arange(16, dtype="<u2") * 0x1100
    palette: dict[str, Any] = {"PhotometricInterpretation": "PALETTE COLOR"}
    for name, values in (("Red", reds), ("Green", reds[::-1]), ("Blue", reds * 0)):
        palette[f"{name}PaletteColorLookupTableDescriptor"] = [16, 0, 16]
        palette[f"{name}PaletteColorLookupTableData"] = values.tobytes()
    stow(client, instance(PixelData=RAMP.tobytes(), **palette))
    found = picture(client)

    assert (list(found[0, 0]), list(found[3, 3])) == ([0, 255, 0], [255, 0, 0])


def test_one_frame_of_many_is_rendered(client: httpx.Client) -> None:
    """The one that the path names; without a number the first."""
    second = {"NumberOfFrames": 2, "WindowCenter": "8", "WindowWidth": "16"}
    stow(client, instance(PixelData=RAMP.tobytes() + RAMP[::-1].tobytes(), **second))

    assert np.array_equal(picture(client, "frames/2/rendered"), picture(client)[::-1])


def test_single_bits_are_black_and_white(client: httpx.Client) -> None:
    """A segmentation is a picture, too."""
    bits = {"BitsAllocated": 1, "BitsStored": 1, "HighBit": 0}
    stow(client, instance(PixelData=b"\x0f\xf0", **bits))

    assert picture(client).ravel().tolist() == [255] * 4 + [0] * 8 + [255] * 4


def test_rle_and_jpeg_are_decoded(client: httpx.Client) -> None:
    """Compressed frames are rendered as what they show."""
    flat = np.full((4, 4), 77, np.uint8)
    window = {"WindowCenter": "128", "WindowWidth": "256"}
    jpeg = encapsulated([bytes(imagecodecs.jpeg8_encode(flat))])
    for content, syntax in ((jpeg, JPEGBaseline8Bit), (encapsulated([rle.encode(flat)]), RLELossless)):
        stow(client, part10(ct_image(PixelData=content, **EIGHT_BITS, **window), syntax))

        assert np.unique(picture(client)).tolist() == [77]
        client.delete(instance_path())


def test_jpeg_is_what_comes_by_itself(client: httpx.Client) -> None:
    """As PS3.18 has it."""
    stow(client, instance(PixelData=RAMP.tobytes()))
    answer = client.get(f"{instance_path()}/rendered")

    assert answer.headers["Content-Type"] == "image/jpeg"
    assert imagecodecs.jpeg8_decode(answer.content).shape == (4, 4)


@pytest.mark.parametrize(
    ("path", "accept", "status"),
    [
        ("rendered", "image/gif", 406),
        ("frames/2/rendered", "*/*", 404),
        ("frames/1,1/rendered", "*/*", 400),
        ("rendered?window=1", "*/*", 400),
    ],
)
def test_what_cannot_be_rendered_is_refused(
    client: httpx.Client, path: str, accept: str, status: int
) -> None:
    """Other formats, frames that are not there, several at once, a window that is none."""
    stow(client, instance())

    assert client.get(f"{instance_path()}/{path}", headers={"Accept": accept}).status_code == status


@pytest.mark.parametrize(
    ("syntax", "changes"),
    [
        (JPEGBaseline8Bit, {"PixelData": encapsulated([b"\xff\xd8 nothing"]), **EIGHT_BITS}),
        ("1.2.840.10008.1.2.4.100", {"PixelData": encapsulated([b"\0\0"]), **EIGHT_BITS}),
        (ExplicitVRLittleEndian, {"Rows": 40}),
        (ExplicitVRLittleEndian, {"Rows": None}),
    ],
)
def test_pixels_that_are_none_are_406(client: httpx.Client, syntax: str, changes: dict[str, Any]) -> None:
    """They are stored and retrieved, but nobody can look at them."""
    stow(client, part10(ct_image(**changes), syntax))
    answer = client.get(f"{instance_path()}/rendered")

    assert (answer.status_code, answer.json()["error"]["code"]) == (406, 406)


@pytest.mark.parametrize("text", ["1", "1,two", "1,0.5", "1,2,cubic", "1,2,linear,more"])
def test_a_window_that_is_none_is_refused(text: str) -> None:
    """A center, a width of at least 1, and a function."""
    with pytest.raises(Refusal):
        parse_window(text)


def test_a_window_is_read() -> None:
    """The function may be left out."""
    assert (parse_window("40,400"), parse_window("")) == (Window(40, 400), None)
