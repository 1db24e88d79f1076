"""The corpus of public DICOM files through the whole flow, under the rulesets as shipped."""

from collections.abc import Iterator

import pytest

from shared.states import EXPORTED_STATES
from tests import corpus
from tests.acceptance.flow import Flow, opened

pytestmark = corpus.MARKS

#: what is refused on arrival: files by the code of their exception
REFUSED = {
    "attribute_missing": {
        "charset/pydicom__chrJapMulti.dcm",
        "charset/pydicom__chrKoreanMulti.dcm",
        "charset/pydicom__chrSQEncoding.dcm",
        "charset/pydicom__chrSQEncoding1.dcm",
        "charset/pydicom__empty_charset_LEI.dcm",
        "documents/dicomParser__report_dfl",
        "documents/dwv__sr-rectangle.dcm",
        "documents/fo-dicom__GH178.dcm",
        "documents/fo-dicom__GH223.dcm",
        "documents/fo-dicom__Issue1097_FailToOpenDeflatedFileWithSQ.dcm",
        "documents/pydicom__pet.dcm",
        "documents/pydicom__reportsi.dcm",
        "documents/pydicom__test-SR.dcm",
        "documents/weasis-dicom-tools__NeurosurgeryPlan.dcm",
        "images/dcm4che__NM-MONO2-16-13x-heart",
        "images/dcm4che__will-jxl.dcm",
        "images/dwv__osirix-goudurix.dcm",
        "images/fo-dicom__GH1728.dcm",
        "images/fo-dicom__genFile.dcm",
        "images/fo-dicom__multiframe.dcm",
        "images/pydicom-data__HTJ2K_08_RGB.dcm",
        "images/pydicom__ExplVR_BigEnd.dcm",
        "images/pydicom__GDCMJ2K_TextGBR.dcm",
        "images/pydicom__JPEGLSNearLossless_16.dcm",
        "images/pydicom__image_dfl.dcm",
        "images/visual-nlp-workshop__John_Stiles.dcm",
        "malformed_or_odd/dcmjs__no-meta-length-test.dcm",
        "malformed_or_odd/dwv__dwv-test_no-number-rows.dcm",
        "malformed_or_odd/pydicom__UN_sequence.dcm",
        "malformed_or_odd/pydicom__no_meta_group_length.dcm",
        "malformed_or_odd/pydicom__priv_SQ.dcm",
    },
    # Several encodings of one image under one SOP Instance UID; the first to arrive stays.
    "conflict": {
        "images/pydicom__MR_small_bigendian.dcm",
        "images/pydicom__MR_small_implicit.dcm",
        "images/pydicom__MR_small_jpeg_ls_lossless.dcm",
        "malformed_or_odd/pynetdicom__CTImageStorage_bad_meta.dcm",
        "series_ct_rtstruct_rtutils/non_existent_reference_rt.dcm",
    },
    "file_meta_missing": {
        "malformed_or_odd/RdmpDicom__FileWithLotsOfTags.dcm",
        "malformed_or_odd/dcm4che__no_preamble_dicm_in_data",
        "malformed_or_odd/fo-dicom__GH340.dcm",
        "malformed_or_odd/pydicom__ExplVR_LitEndNoMeta.dcm",
        "malformed_or_odd/pydicom__rtstruct.dcm",
    },
    "malformed": {
        "documents/dcm4che__Tag-0040-A170-VR-CS.dcm",
        "documents/fo-dicom__GH626.dcm",
        "malformed_or_odd/fo-dicom__DIRW0007",
        "malformed_or_odd/fo-dicom__FreezePattern.dcm",
        "malformed_or_odd/fo-dicom__GH1376.dcm",
        "malformed_or_odd/fo-dicom__GH364.dcm",
        "malformed_or_odd/pydicom__nested_priv_SQ.dcm",
    },
    "not_dicom": {
        "malformed_or_odd/deid__deid.dicom",
        "malformed_or_odd/dicom_parser__not_dcm.dcm",
        "malformed_or_odd/pydicom__no_meta.dcm",
        # What the corpus says of itself.
        "README.md",
        "check_inventory.py",
        "manifest.csv",
        "phi_inventory.json",
    },
    # The same series as another file of the corpus, and a name in other characters.
    "patient_inconsistent": {"charset/pydicom__chrX2.dcm"},
    "pixel_data_length": {
        "images/PIXL__987654321_AA12345601_include123.dcm",
        "images/PIXL__DX000000.dcm",
        "images/PIXL__MR000000.dcm",
        "images/fo-dicom__GH1146.dcm",
        "images/pydicom__MR_small_padded.dcm",
    },
    "transfer_syntax_unknown": {"malformed_or_odd/pydicom__meta_missing_tsyntax.dcm"},
    "truncated": {
        "malformed_or_odd/dcm4che__3gb-bulk-data-truncated",
        "malformed_or_odd/pydicom__MR_truncated.dcm",
        "malformed_or_odd/pydicom__rtplan_truncated.dcm",
    },
    "uid_invalid": {
        "images/fo-dicom__CR-ModalitySequenceLUT.dcm",
        "images/weasis-dicom-tools__jpeg2000-multiframe-multifragments.dcm",
    },
    "value_invalid": {
        "images/fo-dicom__GH133.dcm",
        "malformed_or_odd/pydicom__badVR.dcm",
    },
}
IGNORED = {"documents/pydicom__DICOMDIR": "dicomdir"}

#: CT, MR and PT image storage (PS3.6 Table A-1), which the default ruleset claims
CLAIMED_CLASSES = {
    f"1.2.840.10008.5.1.4.1.1.{arc}" for arc in ("2", "2.1", "2.2", "4", "4.1", "4.4", "128", "128.1", "130")
}
#: a CT whose class the manifest does not say, because its author could not read it
CLASSIFIED_HERE = {"malformed_or_odd/fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm"}
#: what every ruleset leaves out
LOCALIZERS = {"images/fo-dicom__GH342.dcm", "images/pydicom__6293"}
#: secondary images, which the shipped rules for pixels hold
HELD = frozenset(
    {
        "images/pydicom__MR_small_RLE.dcm",
        "images/pydicom__examples_overlay.dcm",
        "malformed_or_odd/fo-dicom__GH177_D_CLUNIE_CT1_IVRLE_BigEndian_undefined_length.dcm",
    }
)
#: what the double takes and cannot segment, with its own words
NOT_SEGMENTED = {
    # Lossy JPEG of 12 bits, which GDCM does not decode; it is there for the tests of pixel cleaning.
    "images/dicom-test-files__MR4_JPLY": "Failed: pixel data cannot be decoded",
    # Several frames, whose geometry stands in functional groups.
    "images/dcmqi__mf.dcm": "Failed: geometry is missing",
    "images/fo-dicom__mr_brucker.dcm": "Failed: geometry is missing",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """An installation that has run every file of the corpus to the end."""
    with opened(tmp_path_factory.mktemp("corpus")) as flow:
        flow.run(corpus.ROOT)
        yield flow


def path_of(name: str) -> str:
    """The path of a file in the corpus by the name of its object, `intake/<upload>/<path>`."""
    return name.split("/", 2)[2]


def all_paths() -> set[str]:
    """Every file that was taken in."""
    return {path.relative_to(corpus.ROOT).as_posix() for path in corpus.ROOT.rglob("*") if path.is_file()}


def exported(flow: Flow) -> set[str]:
    """The files of the instances whose transfer the destination confirmed."""
    jobs = {job.job_id for state in EXPORTED_STATES for job in flow.wiring.jobs.jobs(state)}
    return {
        path
        for series in flow.series
        if series.job_id in jobs
        for path in members(flow, series.sop_instance_uids)
    }


def members(flow: Flow, sop_instance_uids: tuple[str, ...]) -> Iterator[str]:
    """The files of instances."""
    for uid in sop_instance_uids:
        record = flow.wiring.ledger.instance(uid)
        if record is not None:
            yield path_of(record.blob.name)


def test_balance_closes(run: Flow) -> None:
    """Every file of the corpus is counted, in one account."""
    assert run.balance.received == len(all_paths())
    assert run.balance.in_flight == 0
    assert run.balance.closed


def test_every_bad_file_is_an_exception_with_its_code(run: Flow) -> None:
    """What cannot be accepted is refused for what is wrong with it, and nothing else is refused."""
    refused: dict[str, set[str]] = {}
    for record in run.exceptions("open"):
        if record.blob is not None:
            refused.setdefault(record.code, set()).add(path_of(record.blob.name))

    assert refused == REFUSED


def test_only_media_directories_are_ignored(run: Flow) -> None:
    """No file of the corpus is passed over but the DICOMDIR."""
    assert {path_of(each.blob.name): each.reason for each in run.wiring.ledger.ignored()} == IGNORED


def test_every_good_image_that_a_ruleset_claims_is_exported(run: Flow) -> None:
    """All CT, MR and PT images that nobody holds reach the destination, whatever their syntax or age."""
    images = {each.name for each in corpus.files() if each.sop_class_uid in CLAIMED_CLASSES}
    bad = set[str]().union(*REFUSED.values())

    assert exported(run) == (images | CLASSIFIED_HERE) - bad - LOCALIZERS - HELD


def test_series_that_fail_behind_the_intake_fail_for_a_known_reason(run: Flow) -> None:
    """Pixels hold some in de-identification; the destination fails the known ones."""
    stages = sorted((each.stage, each.code) for each in run.exceptions("open") if each.blob is None)

    held = [("deidentify", "pixels_identifying")] * len(HELD)
    assert stages == [*held, *[("retrieve", "destination_failed")] * len(NOT_SEGMENTED)]


def test_destination_says_why_it_makes_no_result(run: Flow) -> None:
    """Every exported series has a result, or the destination's own words why not."""
    jobs = {series.job_id: series for series in run.series}
    failed = {
        path: job.destination_status
        for job in run.wiring.jobs.jobs()
        if job.state == "result_invalid"
        for path in members(run, jobs[job.job_id].sop_instance_uids)
    }
    closed = {job.job_id for job in run.wiring.jobs.jobs() if job.state == "closed"}

    assert failed == NOT_SEGMENTED
    assert {name.split("/")[1] for name in run.objects("clinical", "results/")} == closed
    assert len(closed) == len(run.uploads) - len(NOT_SEGMENTED)
