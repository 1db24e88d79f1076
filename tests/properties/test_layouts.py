"""Layouts: what is proved by comparison is the same as what is worked out anew, and as pydicom sees it."""

import io
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset

from shared.deid.instance import Deidentifier
from shared.deid.rules.profile import Profile
from shared.dicom.source import MemorySource
from shared.errors import AirlockError
from tests import corpus
from tests.images import IMAGING, NATIVE_SYNTAXES, FixedKeys, ct_image, deidentifier, item, part10, written
from tests.planted import SCRIPTS, planted

KEPT = ("Rows", "Columns", "PixelSpacing", "InstanceNumber", "ImageType", "Modality", "Manufacturer", "KVP")

texts = st.text("ABCDEFGHIJKLMNOP 0123456789", max_size=10)
lengths = st.integers(0, 3)


@st.composite
def images(draw: st.DrawFn) -> Dataset:
    """A CT image whose optional parts come and go, so that layouts differ in few places."""
    nested = [
        item(StackID=draw(texts), ReferencedSOPInstanceUID=f"1.2.3.4.5.{draw(st.integers(1, 999))}")
        for _ in range(draw(lengths))
    ]
    image = ct_image(
        InstanceNumber=str(draw(st.integers(1, 9999))),
        KVP=draw(st.sampled_from(["80", "120", "140.5"])),
        ContributingEquipmentSequence=nested or None,
        SOPInstanceUID=f"1.3.6.1.4.1.99999.{draw(st.integers(1, 10**6))}",
        StationName=draw(texts),
        ContentTime=draw(st.sampled_from(["101530", "101530.5", ""])),
    )
    if draw(st.booleans()):
        image.private_block(0x0019, draw(st.sampled_from(["ONE", "TWO"])), create=True).add_new(
            1, "LO", draw(texts)
        )
    return image


@settings(max_examples=60, deadline=None)
@given(st.lists(images(), min_size=2, max_size=6), st.sampled_from(sorted(NATIVE_SYNTAXES.values())))
def test_a_known_layout_gives_the_same_bytes_as_a_new_one(series: list[Dataset], syntax: str) -> None:
    """Whatever was seen before, an instance comes out as if it were the first one."""
    contents = [part10(image, syntax) for image in series]
    seasoned = deidentifier("modified_dates")

    for content in contents * 2:
        first = deidentifier("modified_dates").deidentify(MemorySource(content))
        assert written(seasoned.deidentify(MemorySource(content))) == written(first)


@settings(max_examples=40, deadline=None)
@given(st.lists(images(), min_size=2, max_size=4))
def test_pydicom_sees_in_the_output_what_the_original_had(series: list[Dataset]) -> None:
    """Attributes that stay have their values, in every instance of a known layout."""
    worker = deidentifier()
    for content in map(part10, series):
        image = dcmread(io.BytesIO(content))
        output = dcmread(io.BytesIO(written(worker.deidentify(MemorySource(content)))))
        assert {key: output.get(key) for key in KEPT} == {key: image.get(key) for key in KEPT}
        assert output.PixelData == image.PixelData
        before = [each.StackID for each in image.get("ContributingEquipmentSequence", ())]
        assert [each.StackID for each in output.get("ContributingEquipmentSequence", ())] == before


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_known_layout_is_held_at_the_gate_like_a_new_one(script: str) -> None:
    """Identifiers of a later patient are not forgotten where the layout is an earlier one's."""
    worker = deidentifier()
    for seed in range(4):
        original = planted(seed, script)
        output = written(worker.deidentify(MemorySource(original.content)))
        assert original.surviving(output) == {}


def outcomes(worker: Deidentifier, content: bytes) -> Iterator[bytes | str]:
    """What comes out of a file, twice."""
    for _ in range(2):
        try:
            yield written(worker.deidentify(MemorySource(content)))
        except AirlockError as error:
            yield error.code


OPTIONS = [
    (),
    ("modified_dates", "clean_descriptors", "clean_structured_content", "clean_graphics"),
    ("full_dates", "uids", "device_identity", "institution_identity", "patient_characteristics"),
    ("safe_private", "modified_dates"),
]


@pytest.mark.corpus
@pytest.mark.skipif(not corpus.files(), reason="there is no corpus of DICOM files")
@pytest.mark.parametrize("options", OPTIONS, ids=lambda options: "+".join(options) or "basic")
def test_the_corpus_comes_out_the_same_from_a_seasoned_worker(options: tuple[str, ...]) -> None:
    """One worker for all files gives what a worker for each gives, the first time and the second."""
    profile = Profile(name="corpus", description="", options=options)  # type: ignore[arg-type]
    seasoned = Deidentifier(profile, FixedKeys(), IMAGING)
    for each in corpus.files():
        content = each.read()
        first, second = outcomes(seasoned, content)
        (fresh, _) = outcomes(Deidentifier(profile, FixedKeys(), IMAGING), content)
        assert (first, second) == (fresh, fresh), each.name
