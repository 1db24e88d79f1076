"""Clean Pixel Data on every image of the corpus: blanked, as others' decoders prove, or held for a reason."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray
from pydicom.uid import DeflatedExplicitVRLittleEndian, JPEGBaseline8Bit, JPEGExtended12Bit

from shared.adapters.tesseract import Tesseract
from shared.deid.pixels.decision import Blank, Hold, Keep, decide
from shared.deid.pixels.facts import layout_of
from shared.deid.pixels.geometry import Rectangle
from shared.deid.pixels.text import search_text
from shared.dicom.read import read_accepted
from shared.dicom.source import MemorySource
from shared.errors import AirlockError, PixelsUncleanable
from tests import corpus
from tests.pixels import DEFAULT, cleaned, codec, decoded, inside, job_of, policy

pytestmark = [*corpus.MARKS, pytest.mark.filterwarnings("ignore::UserWarning")]

#: what is held when one rectangle is to be blanked, and the reason
HELD = {
    "images/PIXL__987654321_AA12345601_include123.dcm": "Pixel Data of another length than the header's",
    "images/PIXL__DX000000.dcm": "Pixel Data of another length than the header's",
    "images/PIXL__MR000000.dcm": "Pixel Data of another length than the header's",
    "images/dcm4che__will-jxl.dcm": "a transfer syntax that cannot be cleaned",
    "images/dcmjs__sample-op.dcm": "a JPEG process that is not the transfer syntax's",
    "images/fo-dicom__GH1146.dcm": "Pixel Data of another length than the header's",
    "images/fo-dicom__genFile.dcm": "a damaged frame",
    "images/fo-dicom__multiframe.dcm": "a frame of another size than the header's",
    "images/pydicom__J2K_pixelrep_mismatch.dcm": "a sign that frame and header tell differently",
    "images/pydicom__JPEG2000-embedded-sequence-delimiter.dcm": "a frame of another size than the header's",
    "images/pydicom__MR_small_padded.dcm": "Pixel Data of another length than the header's",
    "malformed_or_odd/RdmpDicom__FileWithLotsOfTags.dcm": "Pixel Data of another length than the header's",
    "malformed_or_odd/dwv__dwv-test_no-number-rows.dcm": "no usable Rows",
    "malformed_or_odd/fo-dicom__GH340.dcm": "no usable SamplesPerPixel",
    "malformed_or_odd/pydicom__badVR.dcm": "no usable NumberOfFrames",
    "malformed_or_odd/pydicom__nested_priv_SQ.dcm": "no usable BitsAllocated",
}
#: originals that pydicom with GDCM cannot decode, so that our decoder speaks for them: 12 bits, HTJ2K
OURS = {
    "images/dicom-test-files__MR4_JPLY": "jpeg",
    "images/dicom-test-files__RG3_JPLY": "jpeg",
    "images/pydicom__JPEG-lossy.dcm": "jpeg",
    "images/DICOMHTJ2K__NM1_JPH": "htj2k",
    "images/pydicom-data__HTJ2K_08_RGB.dcm": "htj2k",
}
#: originals that pydicom cannot read: two File Meta Informations, byte order that changes within the file
UNREADABLE = {
    "malformed_or_odd/fo-dicom__GH1376.dcm",
    "malformed_or_odd/fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm",
}
#: their colours become RGB
LOSSY = {JPEGBaseline8Bit, JPEGExtended12Bit}
#: files whose pixels show text, by the inventory, and what the shipped rules do with them
BURNED_IN = {
    "images/dicom-test-files__US1_RLE": "hold",
    "images/fo-dicom__CR-ModalitySequenceLUT.dcm": "hold",
    "images/fo-dicom__GH195.dcm": "hold",
    "images/fo-dicom__GH538-jpeg1.dcm": "hold",
    "images/pydicom__GDCMJ2K_TextGBR.dcm": "hold",
    "images/pydicom__examples_overlay.dcm": "hold",
    "images/pydicom__examples_ybr_color.dcm": "blank",
    "images/visual-nlp-workshop__John_Stiles.dcm": "hold",
}


class Image(NamedTuple):
    """A file with pixels, and a rectangle in it."""

    name: str
    content: bytes
    rectangle: Rectangle


@cache
def images() -> tuple[Image, ...]:
    """Every file of the corpus that can be read and has pixels."""
    return tuple(_images())


def _images() -> Iterator[Image]:
    for each in corpus.files():
        content = each.read()
        try:
            header = read_accepted(MemorySource(content))
        except AirlockError:
            continue
        if header.pixel_data is not None:
            yield Image(each.name, content, _rectangle(content))


def _rectangle(content: bytes) -> Rectangle:
    """A third of the columns and a quarter of the rows, off the edges."""
    try:
        layout = layout_of(job_of(content).image)
    except PixelsUncleanable:
        return Rectangle(0, 0, 1, 1)
    columns, rows = layout.columns, layout.rows
    return Rectangle(columns // 5, rows // 6, max(columns // 3, 1), max(rows // 4, 1))


@cache
def outcome(image: Image) -> bytes | str:
    """The blanked file, or why it is held."""
    try:
        return cleaned(image.content, image.rectangle)
    except PixelsUncleanable as error:
        return str(error.details["reason"])


def samples(content: bytes, family: str | None) -> NDArray[np.generic]:
    """All frames of a file."""
    if family is None:
        return decoded(content, rgb=job_of(content).transfer_syntax_uid in LOSSY)
    job = job_of(content)
    frame = b"".join(job.source.read(*each) for each in job.pixel_data.fragments[1:])
    array = codec().decode(family, frame)[None]
    # A lossy codec may give more than Bits Stored can hold, and pydicom cuts that off.
    return array & layout_of(job.image).stored_mask if family == "jpeg" else array


def test_the_corpus_has_images_enough() -> None:
    """Of many transfer syntaxes."""
    assert len(images()) > 150
    assert len({job_of(image.content).transfer_syntax_uid for image in images()}) > 12


def test_every_image_is_blanked_or_held_as_listed() -> None:
    """No other error than a coded one, and no other reason than that of the table."""
    outcomes = {image.name: outcome(image) for image in images()}

    assert {name: reason for name, reason in outcomes.items() if isinstance(reason, str)} == HELD


def test_inside_is_one_value_and_outside_is_as_it_was() -> None:
    """By pydicom, sample for sample."""
    wrong, judged = [], 0
    for image in images():
        result = outcome(image)
        if isinstance(result, str) or image.name in UNREADABLE:
            continue
        family = OURS.get(image.name)
        before = samples(image.content, family)
        after = samples(result, "htj2k" if family == "htj2k" else None)
        mask = inside(before.shape, image.rectangle)
        judged += 1
        black = after[0, image.rectangle.y, image.rectangle.x]
        if not np.array_equal(before[:, ~mask], after[:, ~mask]) or (after[:, mask] != black).any():
            wrong.append(image.name)

    assert wrong == []
    assert judged > 130


def errors_of(path: Path) -> set[str]:
    """What dciodvfy finds wrong with a data set; the File Meta Information is written by the test."""
    done = subprocess.run(["dciodvfy", path], capture_output=True, check=False)
    lines = (done.stdout + done.stderr).decode("utf-8", "replace").splitlines()
    return {line for line in lines if line.startswith("Error") and "(0x0002," not in line}


@pytest.mark.skipif(shutil.which("dciodvfy") is None, reason="dciodvfy is not installed")
def test_no_new_error_is_found_by_dciodvfy(tmp_path: Path) -> None:
    """A blanked image is as valid as its original."""
    found = {}
    before, after = tmp_path / "before.dcm", tmp_path / "after.dcm"
    for image in images():
        result = outcome(image)
        # Of each series one slice will do, and deflated originals are more than dciodvfy can read.
        deflated = job_of(image.content).transfer_syntax_uid == DeflatedExplicitVRLittleEndian
        skipped = deflated or image.name in UNREADABLE or image.name.startswith("series_ct_rtstruct_ibsi")
        if isinstance(result, bytes) and not skipped:
            before.write_bytes(image.content)
            after.write_bytes(result)
            if new := errors_of(after) - errors_of(before):
                found[image.name] = new

    assert found == {}


def burned_in() -> dict[str, list[tuple[int, int, int, int]]]:
    """The files that show text and the corners of its boxes, by the inventory."""
    records = json.loads((corpus.ROOT / "phi_inventory.json").read_text(encoding="utf-8"))
    return {each["file"]: each["burned_in"]["boxes"] for each in records if "burned_in" in each}


def decision_of(image: Image) -> str:
    """What the shipped rules say."""
    kinds = {Keep: "keep", Blank: "blank", Hold: "hold"}
    return kinds[type(decide(job_of(image.content).image, DEFAULT))]


def test_nothing_that_shows_text_is_kept() -> None:
    """The shipped rules hold or blank every file whose pixels somebody found text in."""
    shown = burned_in()
    decisions = {image.name: decision_of(image) for image in images() if image.name in shown}

    assert decisions == BURNED_IN


def test_what_is_blanked_covers_the_boxes() -> None:
    """Where the inventory says that the patient's data stand."""
    shown = burned_in()
    for image in images():
        job = job_of(image.content)
        decision = decide(job.image, DEFAULT)
        if image.name in shown and isinstance(decision, Blank):
            mask = np.zeros(layout_of(job.image)[:2], bool)
            for each in decision.areas.everywhere:
                mask[each.y : each.bottom, each.x : each.right] = True
            assert all(mask[top:bottom, left:right].all() for left, top, right, bottom in shown[image.name])


def test_what_is_kept_is_of_the_modalities_that_reconstruct() -> None:
    """By the shipped rules: images of CT, MR, PT and NM, what is computed, and what says NO."""
    kept = [image for image in images() if decision_of(image) == "keep"]
    facts = [job_of(image.content).image for image in kept]
    others = [
        image.name
        for image, each in zip(kept, facts, strict=True)
        if each.text(0x00080060) not in {"CT", "MR", "PT", "NM", "SEG", "RTDOSE"}
        and each.text(0x00280301) != "NO"
    ]

    assert len(kept) > 90
    assert others == []


#: images with text, and others in which Tesseract once saw words: vessels, ribs, noise, teeth, stitches
WITH_TEXT = [
    "images/dicom-test-files__US1_RLE",
    "images/fo-dicom__GH538-jpeg1.dcm",
    "images/pydicom__GDCMJ2K_TextGBR.dcm",
    "images/pydicom__examples_ybr_color.dcm",
    "images/visual-nlp-workshop__John_Stiles.dcm",
]
WITHOUT_TEXT = [
    "images/RdmpDicom__IM-0001-0013.dcm",
    "images/fo-dicom__GH195.dcm",
    "images/fo-dicom__GH342.dcm",
    "images/fo-dicom__GH610.dcm",
    "images/fo-dicom__JPEGwithIcon.dcm",
    "images/highdicom__dx_image.dcm",
    "images/pydicom__JPEG-lossy.dcm",
    "images/pydicom__image_dfl.dcm",
    "series_ct_seg_dcmqi/03.dcm",
]


@pytest.mark.skipif(shutil.which("tesseract") is None, reason="tesseract is not installed")
@pytest.mark.parametrize("name", WITH_TEXT + WITHOUT_TEXT)
def test_text_is_found_where_there_is_some(name: str) -> None:
    """And nowhere else."""
    searching = policy(
        "when: {attribute: Rows, exists: true}\naction: keep", text="{search: true, frames: 2}"
    )
    decision = search_text(job_of(corpus.file(name).read()), Keep("all"), searching, Tesseract())

    assert isinstance(decision, Hold) == (name in WITH_TEXT)
