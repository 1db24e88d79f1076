"""The scanner against pydicom on the corpus."""

import pytest

from shared.errors import AirlockError
from tests import corpus
from tests.unit.shared.dicom import oracle

pytestmark = corpus.MARKS

#: what pydicom reads leniently and the scanner refuses
REFUSED = {
    "documents/dcm4che__Tag-0040-A170-VR-CS.dcm": "malformed",
    "documents/fo-dicom__GH626.dcm": "malformed",
    "malformed_or_odd/dcm4che__3gb-bulk-data-truncated": "truncated",
    "malformed_or_odd/deid__deid.dicom": "not_dicom",
    "malformed_or_odd/dicom_parser__not_dcm.dcm": "not_dicom",
    "malformed_or_odd/fo-dicom__DIRW0007": "malformed",
    "malformed_or_odd/fo-dicom__FreezePattern.dcm": "malformed",
    "malformed_or_odd/fo-dicom__GH364.dcm": "malformed",
    "malformed_or_odd/pydicom__MR_truncated.dcm": "truncated",
    "malformed_or_odd/pydicom__meta_missing_tsyntax.dcm": "transfer_syntax_unknown",
    "malformed_or_odd/pydicom__no_meta.dcm": "not_dicom",
    "malformed_or_odd/pydicom__rtplan_truncated.dcm": "truncated",
}
#: what pydicom reads otherwise, and why
DIFFERENT = {
    # `DICM` stands in the Station Name of a data set without preamble; pydicom starts to read behind it.
    "malformed_or_odd/dcm4che__no_preamble_dicm_in_data",
    # Items within VR UN are little endian also in a big endian file (PS3.5 section 6.2.2); pydicom stops.
    "malformed_or_odd/fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm",
}
COMPARED = [each.name for each in corpus.files() if each.name not in {*REFUSED, *DIFFERENT}]


@pytest.mark.parametrize("name", COMPARED)
def test_the_scanner_finds_what_pydicom_finds(name: str) -> None:
    """Tags, VRs, lengths and values are pydicom's, at every depth, Pixel Data and trailer included."""
    content = corpus.file(name).read()

    assert oracle.found_by_scanner(content) == oracle.found_by_pydicom(content)


@pytest.mark.parametrize("name", COMPARED)
def test_walking_finds_what_the_scanner_finds(name: str) -> None:
    """A walk through a small window comes to the same elements as a scan of the whole header."""
    content = corpus.file(name).read()

    found = [each._replace(undefined=False) for each in oracle.found_by_scanner(content)]
    assert oracle.found_by_walk(content) == found


@pytest.mark.parametrize("name", COMPARED)
def test_the_scanner_finds_the_same_file_meta_information(name: str) -> None:
    """The elements of the File Meta Information are pydicom's; the first ones where it comes twice."""
    content = corpus.file(name).read()
    ours, theirs = oracle.meta_found_by_scanner(content), oracle.meta_found_by_pydicom(content)
    twice = len(ours) != len({found.path for found in ours})

    assert twice is (name == "malformed_or_odd/fo-dicom__GH1376.dcm")
    assert twice or ours == theirs


@pytest.mark.parametrize(("name", "code"), REFUSED.items())
def test_what_pydicom_reads_leniently_is_refused(name: str, code: str) -> None:
    """Files that pydicom mends, guesses or reads in part are refused."""
    with pytest.raises(AirlockError) as raised:
        oracle.found_by_scanner(corpus.file(name).read())

    assert raised.value.code == code


def test_a_sequence_of_vr_un_in_big_endian() -> None:
    """In a real big endian file the items of a sequence of VR UN are found in implicit little endian."""
    name = "malformed_or_odd/fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm"

    found = oracle.found_by_scanner(corpus.file(name).read())
    inside = [each.path for each in found if each.path[0] == 0x00082112]
    assert inside == [
        (0x00082112,),
        (0x00082112, 0, 0x00081150),
        (0x00082112, 0, 0x00081155),
    ]
