"""What `deidentify` releases of an instance: its pixels, and what surrounds them."""

import random

from pydicom import dcmread

from shared.wiring import EmbeddedWiring
from tests.instances import ct_image, without_meta
from tests.unit.functions.deidentify.harness import (
    MIB,
    archive_at,
    prepare_one,
    released_to,
    run,
)
from tests.watched_blobs import WatchedBlobs


def test_passes_pixels_through_untouched(wiring: EmbeddedWiring) -> None:
    """Three mebibytes of pixels come out bit for bit, in pieces of at most one."""
    pixels = random.Random(1).randbytes(3 * MIB)
    prepare_one(wiring, ct_image(1, pixels=pixels))
    released = WatchedBlobs(wiring.released)
    run(wiring, released=released)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)

    assert dcmread(archive.open(archive.namelist()[0])).PixelData == pixels
    assert released.largest_write <= MIB


def test_keeps_what_stands_behind_the_pixels(wiring: EmbeddedWiring) -> None:
    """Elements behind Pixel Data are de-identified and released as well."""
    prepare_one(wiring, ct_image(1, CoefficientsSDVN=b"\1\2\3\4"))
    run(wiring)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)

    assert dcmread(archive.open(archive.namelist()[0])).CoefficientsSDVN == b"\1\2\3\4"


def test_releases_an_instance_without_pixels(wiring: EmbeddedWiring) -> None:
    """A header alone is an instance, too."""
    prepare_one(wiring, ct_image(1, PixelData=None))
    run(wiring)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)

    assert "PixelData" not in dcmread(archive.open(archive.namelist()[0]))


def test_releases_what_was_accepted_without_file_meta_information(wiring: EmbeddedWiring) -> None:
    """A data set alone that `validate` accepted by force is released as a proper file."""
    prepare_one(wiring, without_meta(ct_image(1)))
    run(wiring)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)

    assert dcmread(archive.open(archive.namelist()[0])).file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
