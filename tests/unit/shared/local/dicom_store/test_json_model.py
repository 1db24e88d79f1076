"""The JSON model, judged by pydicom."""

import json
from base64 import b64encode
from typing import Any

import pytest
from pydicom import Dataset
from pydicom.uid import ImplicitVRLittleEndian

from shared.dicom.dataset import DataSet
from shared.dicom.read import Header
from shared.local.dicom_store.json_model import json_of, json_values
from tests import corpus
from tests.images import NATIVE_SYNTAXES, ct_image, header_of, item, part10, read


def link(path: str) -> str:
    """A link that shows its path."""
    return f"/{path}"


def model_of(header: Header) -> dict[str, Any]:
    """The model of a file's header."""
    return dict(json_of(DataSet.of(header), link))


def judged(content: bytes) -> dict[str, Any]:
    """The model by pydicom, without what has a link; null for empty values, nothing for empty sequences."""
    model = read(content).to_json_dict(bulk_data_threshold=1024, bulk_data_element_handler=lambda _: "")
    return {
        tag: plain(each) for tag, each in model.items() if "BulkDataURI" not in each and tag != "7FE00010"
    }


def plain(attribute: dict[str, Any]) -> dict[str, Any]:
    """An attribute of pydicom's as the Standard writes it."""
    kept = {name: value for name, value in attribute.items() if value != []}
    if kept["vr"] == "SQ" and "Value" in kept:
        kept["Value"] = [{tag: plain(each) for tag, each in one.items()} for one in kept["Value"]]
    elif "Value" in kept:
        kept["Value"] = [None if value == "" else value for value in kept["Value"]]
    return json.loads(json.dumps(kept))


def rich_image(lookup_table: bytes = bytes(range(8))) -> Dataset:
    """An image with values of many kinds, nested ones among them."""
    inner = item(CodeValue="1", CodeMeaning="Größe", ReferencedFrameNumber=[1, 2])
    return ct_image(
        SpecificCharacterSet="ISO_IR 192",
        PatientName="Yamada^Tarou=山田^太郎=やまだ^たろう",
        OtherPatientNames=["A^B", "C^D"],
        ImageType=["ORIGINAL", "", "AXIAL"],
        PixelSpacing=["0.5", "0.25"],
        PixelRepresentation=1,
        SmallestImagePixelValue=-7,
        FrameIncrementPointer=[0x00181063, 0x00181065],
        RequestAttributesSequence=[
            item(ScheduledProcedureStepID="1"),
            item(RequestedProcedureCodeSequence=[inner]),
        ],
        RedPaletteColorLookupTableData=lookup_table,
        WindowCenter="",
        RealWorldValueMappingSequence=[item(DoubleFloatRealWorldValueFirstValueMapped=0.1)],
    )


@pytest.mark.parametrize("syntax", NATIVE_SYNTAXES.values(), ids=NATIVE_SYNTAXES)
def test_the_model_is_that_of_pydicom(syntax: str) -> None:
    """Text, names, numbers, tags, sequences and short binary values, in every native transfer syntax."""
    is_big = syntax == NATIVE_SYNTAXES["big endian"]
    content = part10(rich_image(b"\1\0\3\2\5\4\7\6") if is_big else rich_image(), syntax)
    model = model_of(header_of(content))
    if is_big:
        # pydicom leaves the bytes as they are, where the model is little endian.
        assert model["00281201"]["InlineBinary"] == b64encode(bytes(range(8))).decode()
        model["00281201"] = judged(content)["00281201"]

    assert model == judged(content)


def test_long_binary_values_are_links() -> None:
    """A link tells the way to the value, through the items of sequences."""
    content = part10(
        ct_image(IconImageSequence=[item(Rows=1, BitsAllocated=8, PixelData=bytes(2000))]),
        ImplicitVRLittleEndian,
    )
    icon = model_of(header_of(content))["00880200"]["Value"][0]

    assert icon["7FE00010"] == {"vr": "OW", "BulkDataURI": "/00880200/0/7FE00010"}


@pytest.mark.parametrize(
    ("vr", "value", "expected"),
    [
        ("DS", "1.9.10", "1.9.10"),
        ("IS", "1A", "1A"),
        ("FD", "nan", "NaN"),
        ("FD", "-inf", "-inf"),
        ("IS", "+7", 7),
    ],
)
def test_numbers_that_json_has_not_are_text(vr: str, value: str, expected: Any) -> None:
    """What is no number stays what it is, so that nobody takes it for another."""
    assert json_values(vr, (value,)) == [expected]


@pytest.mark.parametrize(
    "each",
    [
        pytest.param(file, id=file.name, marks=corpus.MARKS)
        for file in corpus.files()
        if file.folder == "charset"
        and file.name.endswith(("chrArab.dcm", "chrGerm.dcm", "chrRuss.dcm", "chrH32.dcm"))
    ],
)
def test_character_sets_are_decoded(each: corpus.CorpusFile) -> None:
    """Names in the character sets of the corpus read as pydicom reads them."""
    content = each.read()

    assert model_of(header_of(content))["00100010"] == judged(content)["00100010"]
