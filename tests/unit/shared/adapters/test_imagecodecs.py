"""The image codecs, where the tests of blanking do not reach."""

import sys

import numpy as np
import pytest

from shared.adapters.imagecodecs import ImagecodecsFrames, frames_if_installed
from shared.deid.pixels.codec import Samples
from shared.errors import ConfigurationError, PixelsUncleanable


def test_a_missing_package_is_a_matter_of_configuration(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asks for cleaned JPEGs is told which extra to install."""
    monkeypatch.setitem(sys.modules, "imagecodecs", None)

    with pytest.raises(ConfigurationError, match="extra=pixels"):
        ImagecodecsFrames()
    assert frames_if_installed() is None


def test_an_installed_package_is_used() -> None:
    """It is there in development."""
    assert isinstance(frames_if_installed(), ImagecodecsFrames)


@pytest.mark.parametrize("family", ["jpeg-ls", "jpeg2000", "htj2k"])
def test_what_cannot_be_decoded_is_uncleanable(family: str) -> None:
    """The libraries' own errors do not come out."""
    with pytest.raises(PixelsUncleanable, match="cannot be decoded"):
        ImagecodecsFrames().decode(family, b"Doe^Jane")


@pytest.mark.parametrize("family", ["jpeg", "jpeg-ls", "jpeg2000"])
def test_what_cannot_be_encoded_is_uncleanable(family: str) -> None:
    """Such as numbers with a fraction."""
    with pytest.raises(PixelsUncleanable, match="cannot be encoded"):
        ImagecodecsFrames().encode(family, Samples(np.zeros((4, 4)), 8))
