"""An ordinary day: what comes in, goes out once, comes back, and is counted."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import Dataset, dcmread

from shared.balance import Balance
from shared.destinations.settings import load_templates
from shared.local.sample.patients import GENSOU, NEBYLITSK, QUIRINSFELD, Patient
from shared.local.sample.series import file_of
from tests.acceptance.flow import MINUTE, RULESETS, Flow, opened
from tests.acceptance.hospital import FAILURES, PACKAGES, SETTLED
from tests.acceptance.samples import ct, mr, write

TEMPLATE = "autosegmentation_template.yml"
MANIFEST = "manifest.json"


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory, drop: Path) -> Iterator[Flow]:
    """An installation that has exported the drop and waits for the results."""
    with opened(tmp_path_factory.mktemp("sent")) as flow:
        flow.double.faults.polls_before_result = 1_000_000
        flow.take_in(drop)
        flow.settle(20 * MINUTE)
        yield flow


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory, drop: Path) -> Iterator[Flow]:
    """An installation that has run the drop to the end."""
    with opened(tmp_path_factory.mktemp("done")) as flow:
        flow.run(drop)
        yield flow


def packages(flow: Flow) -> list[zipfile.ZipFile]:
    """The packages that the destination holds, the small ones first."""
    files = sorted((flow.received / "packages").glob("*.zip"))
    return sorted((zipfile.ZipFile(BytesIO(path.read_bytes())) for path in files), key=lambda z: len(z.namelist()))


def instances(package: zipfile.ZipFile) -> list[str]:
    """The names of the instances in a package."""
    return [name for name in package.namelist() if name.endswith(".dcm")]


def test_every_instance_is_counted_in_one_account(done: Flow) -> None:
    """The balance closes, with every number as the drop implies."""
    assert done.balance == SETTLED
    assert done.balance.closed


def test_what_is_wrong_is_recorded_and_nothing_else(done: Flow) -> None:
    """Every bad file is one open exception."""
    assert done.failures == FAILURES


def test_each_matched_series_is_uploaded_once(done: Flow) -> None:
    """The destination made one task a series, got each package once, and each is closed."""
    assert [(task.status, task.received) for task in done.uploads] == [("Transfer Completed", 1)] * 3


def test_package_holds_the_template_the_instances_and_the_manifest_in_this_order(sent: Flow) -> None:
    """A package starts with the template, ends with the manifest, and holds only instances in between."""
    names = [package.namelist() for package in packages(sent)]

    assert [len(each) - 2 for each in names] == PACKAGES
    assert [(each[0], each[-1]) for each in names] == [(TEMPLATE, MANIFEST)] * 3
    assert all(name.endswith(".dcm") for each in names for name in each[1:-1])


def test_package_holds_the_template_of_the_ruleset(sent: Flow) -> None:
    """The template in a package is the one that the ruleset names, byte for byte."""
    template = load_templates(RULESETS / "templates")["head_and_neck"].to_yaml()

    assert [package.read(TEMPLATE) for package in packages(sent)] == [template] * 3


def test_manifest_says_what_every_instance_hashes_to(sent: Flow) -> None:
    """Name, size and SHA-256 in the manifest are those of the instances in the package."""
    for package in packages(sent):
        manifest = json.loads(package.read(MANIFEST))
        contents = {name: package.read(name) for name in instances(package)}
        expected = [
            {"name": name, "size": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            for name, content in contents.items()
        ]

        assert manifest["instances"] == expected
        assert manifest["instance_count"] == len(expected)


def test_manifest_names_the_policy_and_no_patient(sent: Flow) -> None:
    """Beside the instances a manifest names the profile and the template of the ruleset, nothing else."""
    manifests = [json.loads(package.read(MANIFEST)) for package in packages(sent)]
    expected = {(series.profile, series.template) for series in sent.series if series.matched}

    assert {(each["profile"], each["template"]) for each in manifests} == expected
    assert {frozenset(each) for each in manifests} == {
        frozenset({"profile", "template", "instance_count", "instances"})
    }


def test_package_has_the_checksum_that_the_job_remembers(sent: Flow) -> None:
    """The bytes that the destination has are those that the released ledger knows."""
    received = {
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (sent.received / "packages").glob("*.zip")
    }

    assert received == {job.package_sha256 for job in sent.wiring.jobs.jobs()}


def test_released_pixels_are_the_original_ones(sent: Flow, drop: Path) -> None:
    """Pixel Data goes through unchanged, bit by bit."""
    ct_package = packages(sent)[-1]
    released = [dcmread(BytesIO(ct_package.read(name))) for name in instances(ct_package)]
    pixels = {image.InstanceNumber: image.PixelData for image in released}
    originals = [dcmread(path) for path in sorted((drop / "CT").glob("IM000*.dcm"))]

    assert pixels == {image.InstanceNumber: image.PixelData for image in originals}


def test_package_is_removed_after_the_confirmed_transfer(sent: Flow) -> None:
    """The released bucket keeps the shards as the record of what went out, and no second copy."""
    names = sorted(name.rpartition("/")[2] for name in sent.objects("released"))

    assert names == ["shard-0000.zip"] * 3


def results(flow: Flow) -> dict[str, Dataset]:
    """The delivered results by Patient ID."""
    delivered = (dcmread(BytesIO(content)) for content in flow.objects("clinical", "results/").values())
    return {str(result.PatientID): result for result in delivered}


ORIGINALS = {
    QUIRINSFELD.patient_id: (QUIRINSFELD, ct("ct", 4)),
    GENSOU.patient_id: (GENSOU, mr("mr", 2)),
    NEBYLITSK.patient_id: (NEBYLITSK, ct("disks", 2, patient=NEBYLITSK)),
}


def test_every_patient_gets_a_result(done: Flow) -> None:
    """One RT Structure Set lies beside each series that was exported."""
    assert results(done).keys() == ORIGINALS.keys()


@pytest.mark.parametrize("patient_id", ORIGINALS)
def test_result_carries_the_identity_of_its_patient(done: Flow, patient_id: str) -> None:
    """Name, birth date, accession number, study date and description are the original ones, in any script."""
    result, (patient, images) = results(done)[patient_id], ORIGINALS[patient_id]

    assert identity(result) == identity(images[0])
    assert identity(result)[:3] == (patient.name, patient.birth_date, patient.accession_number)
    assert "PatientIdentityRemoved" not in result


def identity(dataset: Dataset) -> tuple[str, ...]:
    """What a person recognises a patient and a study by."""
    keywords = (
        "PatientName",
        "PatientBirthDate",
        "AccessionNumber",
        "PatientSex",
        "StudyInstanceUID",
        "StudyDate",
        "StudyTime",
        "StudyID",
        "StudyDescription",
        "ReferringPhysicianName",
    )
    return tuple(str(dataset[keyword].value) for keyword in keywords)


@pytest.mark.parametrize("patient_id", ORIGINALS)
def test_result_references_the_original_series(done: Flow, patient_id: str) -> None:
    """Study, series, frame of reference and all instances are referenced by their original UIDs."""
    result, (_, images) = results(done)[patient_id], ORIGINALS[patient_id]
    (frame,) = result.ReferencedFrameOfReferenceSequence
    (study,) = frame.RTReferencedStudySequence
    (series,) = study.RTReferencedSeriesSequence

    assert frame.FrameOfReferenceUID == images[0].FrameOfReferenceUID
    assert study.ReferencedSOPInstanceUID == images[0].StudyInstanceUID
    assert series.SeriesInstanceUID == images[0].SeriesInstanceUID
    assert {item.ReferencedSOPInstanceUID for item in series.ContourImageSequence} == sop_uids(images)


@pytest.mark.parametrize("patient_id", ORIGINALS)
def test_contours_reference_the_original_instances(done: Flow, patient_id: str) -> None:
    """Every contour lies on an original instance, and there are contours."""
    result, (_, images) = results(done)[patient_id], ORIGINALS[patient_id]
    referenced = {
        contour.ContourImageSequence[0].ReferencedSOPInstanceUID
        for roi in result.ROIContourSequence
        for contour in roi.get("ContourSequence", ())
    }

    assert referenced == sop_uids(images)


@pytest.mark.parametrize("patient_id", ORIGINALS)
def test_result_keeps_its_own_uids(done: Flow, patient_id: str) -> None:
    """SOP and Series Instance UID of the result are new ones, none of the original series'."""
    result, (_, images) = results(done)[patient_id], ORIGINALS[patient_id]
    originals = {images[0].SeriesInstanceUID, images[0].StudyInstanceUID, *sop_uids(images)}

    assert originals.isdisjoint({result.SOPInstanceUID, result.SeriesInstanceUID})


def sop_uids(images: list[Dataset]) -> set[str]:
    """The SOP Instance UIDs of images."""
    return {image.SOPInstanceUID for image in images}


def test_second_run_of_the_same_drop_changes_nothing(flow: Flow, drop: Path) -> None:
    """What is taken in again is neither counted nor exported again."""
    flow.run(drop)
    before = flow.outcome()
    flow.run(drop)

    assert flow.outcome() == before


def test_results_are_fetched_once_they_are_ready(flow: Flow, drop: Path) -> None:
    """While the destination works a job waits, exported; afterwards its result is delivered."""
    flow.double.faults.polls_before_result = 30
    flow.take_in(drop)
    settled = flow.settle(15 * MINUTE), flow.settle()

    assert settled == (False, True)
    assert flow.outcome().jobs.keys() == {name.split("/")[1] for name in flow.objects("clinical", "results/")}


def write_series(folder: Path, label: str, count: int, *, patient: Patient = QUIRINSFELD) -> list[Path]:
    """Write the axial CT of a study; return its files."""
    contents = {f"{label}/{n}.dcm": file_of(image) for n, image in enumerate(ct(label, count, patient=patient))}
    write(folder, contents)
    return [folder / name for name in contents]


def test_series_is_complete_after_the_quiet_period_and_not_before(flow: Flow, tmp_path: Path) -> None:
    """With nothing new for 600 seconds a series is complete; a second earlier it still waits."""
    flow.take_in(*write_series(tmp_path, "quiet", 2))
    flow.engine.drain()
    flow.clock.advance(599)
    flow.tick()
    before = flow.series
    flow.clock.advance(1)
    flow.tick()

    assert before == []
    assert [(each.reason, len(each.sop_instance_uids)) for each in flow.series] == [("quiet_period", 2)]


def test_arrival_starts_the_quiet_period_again(flow: Flow, tmp_path: Path) -> None:
    """Whatever arrives in a waiting series makes all of it wait for another quiet period."""
    first, second = write_series(tmp_path, "again", 2)
    flow.take_in(first)
    flow.engine.drain()
    flow.clock.advance(599)
    flow.take_in(second)
    flow.engine.drain()
    flow.clock.advance(599)
    flow.tick()
    before = flow.series
    flow.clock.advance(1)
    flow.tick()

    assert before == []
    assert [len(each.sop_instance_uids) for each in flow.series] == [2]


def test_expected_count_completes_a_series_at_once(flow: Flow, tmp_path: Path) -> None:
    """A series whose header says how many instances it has does not wait once they are there."""
    images = ct("expected", 2)
    for image in images:
        image.NumberOfSeriesRelatedInstances = 2
    write(tmp_path, {f"{number}.dcm": file_of(image) for number, image in enumerate(images)})
    flow.take_in(tmp_path / "0.dcm")
    flow.minute()
    before = flow.series
    flow.take_in(tmp_path / "1.dcm")
    flow.minute()

    assert before == []
    assert [(each.reason, len(each.sop_instance_uids)) for each in flow.series] == [("expected_count", 2)]


def test_series_waits_no_longer_than_the_maximum(flow: Flow, tmp_path: Path) -> None:
    """With an arrival every five minutes a series is complete after an hour, with the reason recorded."""
    files = write_series(tmp_path, "endless", 13)
    for file in files[:12]:
        flow.take_in(file)
        flow.engine.drain()
        flow.tick()
        flow.clock.advance(300)
    before = flow.series
    flow.take_in(files[12])
    flow.engine.drain()
    flow.tick()

    assert before == []
    assert [(each.reason, len(each.sop_instance_uids)) for each in flow.series] == [("maximum_wait", 13)]


def test_late_instance_makes_a_second_generation_of_all_instances(flow: Flow, tmp_path: Path) -> None:
    """What arrives after the export makes an amendment: everything is exported once more, and counted once."""
    *early, late = write_series(tmp_path, "late", 3)
    flow.run(*early)
    flow.clock.advance(MINUTE)
    flow.run(late)
    (series,) = flow.series
    superseded = flow.wiring.ledger.generation(series.series, 1)

    assert (series.generation, series.state, len(series.sop_instance_uids)) == (2, "result_delivered", 3)
    assert superseded is not None
    assert superseded.state == "superseded"
    assert [job.instance_count for job in flow.wiring.jobs.jobs()] == [2, 3]
    assert [(task.received, task.status) for task in flow.uploads] == [(1, "Transfer Completed")] * 2
    assert flow.balance == Balance(3, 3, 0, 0, 0, 0, 0)


def test_late_instance_is_in_flight_until_its_generation_is_complete(flow: Flow, tmp_path: Path) -> None:
    """Until the amendment is made, the late instance alone is in flight; the others stay exported."""
    *early, late = write_series(tmp_path, "waiting", 3)
    flow.run(*early)
    flow.take_in(late)
    flow.minute()

    assert flow.balance == Balance(3, 2, 0, 0, 0, 1, 0)


def test_generation_that_was_not_sent_yet_gives_way_to_the_amendment(flow: Flow, tmp_path: Path) -> None:
    """An amendment that overtakes its predecessor in the export is counted once, and both are sent once."""
    *early, late = write_series(tmp_path, "overtaken", 3)
    flow.double.faults.answer("health", 503, times=8)
    flow.take_in(*early)
    for _ in range(11):
        flow.minute()
    flow.take_in(late)

    assert flow.settle()
    assert [task.received for task in flow.uploads] == [1, 1]
    assert flow.balance == Balance(3, 3, 0, 0, 0, 0, 0)


def test_same_bytes_under_another_name_are_ignored_and_counted(flow: Flow, tmp_path: Path) -> None:
    """A duplicate changes nothing in its series."""
    first, second = write_series(tmp_path, "twice", 2)
    copy = tmp_path / "copy.dcm"
    copy.write_bytes(first.read_bytes())
    flow.run(first, second, copy)

    assert [each.reason for each in flow.wiring.ledger.ignored()] == ["duplicate"]
    assert flow.balance == Balance(3, 2, 0, 1, 0, 0, 0)


def test_other_bytes_under_the_same_uid_are_a_conflict(flow: Flow, tmp_path: Path) -> None:
    """Of two different files under one SOP Instance UID the first is kept and the second waits for a person."""
    first, second = write_series(tmp_path, "twice", 2)
    other = tmp_path / "other.dcm"
    other.write_bytes(first.read_bytes()[:-2] + b"\1\1")
    flow.run(first, second, other)

    assert flow.failures == [("validate", "conflict")]
    assert flow.balance == Balance(3, 2, 0, 0, 0, 0, 1)


def test_duplicate_of_an_exported_instance_makes_no_amendment(flow: Flow, tmp_path: Path) -> None:
    """The same bytes sent once more after the export are ignored: no generation, no second upload."""
    first, second = write_series(tmp_path, "twice", 2)
    flow.run(first, second)
    copy = tmp_path / "copy.dcm"
    copy.write_bytes(first.read_bytes())
    flow.run(copy)

    assert [each.generation for each in flow.series] == [1]
    assert len(flow.uploads) == 1
    assert flow.balance == Balance(3, 2, 0, 1, 0, 0, 0)
