"""Pixel rules from a folder, with the codecs and the reader of text that are installed here."""

from pathlib import Path

from shared.deid.pixels.cleaner import Imaging
from shared.deid.pixels.codec import FrameCodec
from shared.deid.pixels.policy import load_policies
from shared.deid.pixels.text import TextFinder


def imaging_from(folder: Path) -> Imaging:
    """Load the rules; codecs and the reader of text are looked for when they are needed.

    Raises:
        RulesetInvalid: a file of the folder is invalid.
    """
    return Imaging(load_policies(folder), _codec, _finder)


def _codec() -> FrameCodec | None:
    # Only here: the codecs take some 0.1 s to import.
    from shared.adapters.imagecodecs import frames_if_installed

    return frames_if_installed()


def _finder() -> TextFinder:
    from shared.adapters.tesseract import Tesseract

    return Tesseract()
