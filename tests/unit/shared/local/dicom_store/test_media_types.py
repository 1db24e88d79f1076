"""What clients accept."""

import pytest

from shared.local.dicom_store.media_types import MediaRange, accepted, accepts_json


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", [MediaRange("*/*")]),
        ("*/*", [MediaRange("*/*")]),
        ("application/dicom; transfer-syntax=*", [MediaRange("application/dicom", False, "*")]),
        (
            'multipart/related; type="application/dicom"; transfer-syntax=1.2',
            [MediaRange("application/dicom", True, "1.2")],
        ),
        ("multipart/related; type=application/octet-stream", [MediaRange("application/octet-stream", True)]),
        ("image/png;q=0.5, image/jpeg", [MediaRange("image/jpeg"), MediaRange("image/png")]),
        ("image/png;q=0, image/jpeg", [MediaRange("image/jpeg")]),
        ("multipart/related", [MediaRange("*/*", True)]),
    ],
)
def test_accept_is_read(header: str, expected: list[MediaRange]) -> None:
    """Each entry tells the type of what is sent, whether in parts, and in which transfer syntax."""
    assert accepted(header) == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("", True),
        ("application/dicom+json", True),
        ("application/json", True),
        ("application/*", True),
        ("text/html", False),
        ('multipart/related; type="application/dicom+xml"', False),
    ],
)
def test_json_is_accepted_by_any_of_its_names(header: str, *, expected: bool) -> None:
    """The JSON model may be called JSON; XML is not sent."""
    assert accepts_json(header) is expected
