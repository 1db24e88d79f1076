"""The de-identifier against a second one that is slow and simple, element by element."""

from io import BytesIO

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.uid import CTImageStorage

from shared.deid.rules.left_out import LEFT_OUT
from shared.dicom.dictionary import tag_for_keyword, vr_of
from shared.dicom.source import MemorySource
from shared.errors import AirlockError
from tests import corpus
from tests.images import HEADERS_ALONE, PROFILES, ct_image, deidentifier, item, part10, read, written
from tests.properties.data_sets import SOP_CLASSES, data_sets
from tests.properties.oracle import Difference, Fate, Oracle

#: those whose options keep or move, and clean next to nothing
KEEPING = [
    "basic",
    "device_identity",
    "full_dates",
    "institution_identity",
    "modified_dates",
    "patient_characteristics",
    "uids",
]
#: what is larger has more pixels, not more elements of other kinds
_CORPUS_BYTES = 100_000
#: originals that pydicom cannot read
_UNREADABLE = frozenset(
    {"malformed_or_odd/fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm"}
)
#: makes a word of a number, so that no two attributes say the same
_LETTERS = str.maketrans("0123456789", "ghijklmnop")


def released_headers(content: bytes, profile: str) -> bytes:
    """De-identify a file whose pixels nobody judges."""
    return written(deidentifier(profile, imaging=HEADERS_ALONE).deidentify(MemorySource(content)))


def image_with(content: Dataset, sop_class_uid: str) -> Dataset:
    """A complete image with further attributes."""
    image = ct_image(SOPClassUID=sop_class_uid)
    image.update(content)
    return image


@given(data_sets(), st.sampled_from(SOP_CLASSES), st.sampled_from(KEEPING))
@settings(deadline=None)
def test_every_attribute_of_the_dictionary_fares_as_the_table_wants(
    content: Dataset, sop_class_uid: str, profile: str
) -> None:
    """At any depth and in objects of many kinds: gone, empty, a dummy, kept, mapped, moved, as it has to."""
    original = part10(image_with(content, sop_class_uid))
    oracle = Oracle(sop_class_uid, PROFILES[profile].options)

    assert oracle.differences(read(original), read(released_headers(original, profile))) == []
    assert oracle.is_one_to_one
    assert len(oracle.pseudonyms) == 1
    assert len(oracle.shifts) == (profile == "modified_dates")


@pytest.mark.parametrize("profile", KEEPING)
def test_what_the_table_leaves_out_fares_as_its_options_want(profile: str) -> None:
    """Text that Table E.1-1 ought to list stays, or not, by the option of its kind."""
    content = Dataset()
    for tag in filter(None, map(tag_for_keyword, LEFT_OUT)):
        if vr_of(tag) in {"LO", "LT", "SH", "ST", "UC", "UT"}:
            content.add_new(tag, vr_of(tag), f"zq{tag:08x}".translate(_LETTERS))
    original = part10(image_with(content, CTImageStorage))

    oracle = Oracle(CTImageStorage, PROFILES[profile].options)
    assert len(content) > 20
    assert oracle.differences(read(original), read(released_headers(original, profile))) == []


@pytest.mark.corpus
@pytest.mark.skipif(not corpus.files(), reason=f"there is no corpus of DICOM files in {corpus.ROOT}")
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize("profile", ["basic", "modified_dates"])
def test_every_element_of_the_corpus_fares_as_the_table_wants(profile: str) -> None:
    """Files of many makers lose and keep what the oracle says, and nothing else."""
    differences: dict[str, list[Difference]] = {}
    for each in corpus.files():
        content = each.read()
        if len(content) > _CORPUS_BYTES or each.name in _UNREADABLE:
            continue
        try:
            output = released_headers(content, profile)
        except AirlockError:
            continue
        before, after = (dcmread(BytesIO(file), force=True) for file in (content, output))
        oracle = Oracle(str(after.SOPClassUID), PROFILES[profile].options)
        differences[each.name] = oracle.differences(before, after)
        assert oracle.is_one_to_one, each.name
        assert len(oracle.shifts) <= 1, each.name

    assert len(differences) > 80
    assert {name: found for name, found in differences.items() if found} == {}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"Modality": "MR"}, Difference("Modality", Fate.KEPT)),
        ({"Rows": None}, Difference("Rows", Fate.KEPT)),
        ({"StudyDate": "20200315"}, Difference("StudyDate", Fate.EMPTY)),
        ({"StudyDate": None}, Difference("StudyDate", Fate.EMPTY)),
        ({"StationName": "CONSOLE7"}, Difference("StationName", Fate.GONE)),
        ({"OperatorsName": "Nobody"}, Difference("OperatorsName", Fate.GONE)),
        ({"StudyInstanceUID": "1.3.6.1.4.1.99999.1"}, Difference("StudyInstanceUID", Fate.MAPPED)),
        ({"StudyInstanceUID": ""}, Difference("StudyInstanceUID", Fate.MAPPED)),
        ({"SOPClassUID": "2.25.1"}, Difference("SOPClassUID", Fate.MAPPED)),
        ({"PatientID": "MRN-4711-0815"}, Difference("PatientID", Fate.PSEUDONYM)),
        (
            {"ContributingEquipmentSequence": [item(StationName="CONSOLE7")]},
            Difference("StationName", Fate.GONE),
        ),
        ({"ContributingEquipmentSequence": []}, Difference("ContributingEquipmentSequence", Fate.INSIDE)),
    ],
)
def test_the_oracle_is_strict(changes: dict[str, object], expected: Difference) -> None:
    """What a wrong output differs in is seen, and only that."""
    equipment = [item(Manufacturer="Acme", StationName="CONSOLE7")]
    original = part10(ct_image(StationName="CONSOLE7", ContributingEquipmentSequence=equipment))
    right, wrong = (read(released_headers(original, "basic")) for _ in range(2))
    for keyword, value in changes.items():
        if value is None:
            delattr(wrong, keyword)
        else:
            setattr(wrong, keyword, value)

    assert Oracle(CTImageStorage).differences(read(original), right) == []
    assert expected in Oracle(CTImageStorage).differences(read(original), wrong)


def test_the_oracle_sees_uids_that_become_one() -> None:
    """Two instances under one new UID could no longer be told apart."""
    original = part10(ct_image())
    wrong = read(released_headers(original, "basic"))
    wrong.SeriesInstanceUID = wrong.StudyInstanceUID
    oracle = Oracle(CTImageStorage)

    assert oracle.differences(read(original), wrong) == []
    assert not oracle.is_one_to_one
