"""An ordinary day: what comes in, goes out once, comes back, and is counted."""

import hashlib
import json
import zipfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from pydicom import dcmread

from shared.deid.rules.editions import EDITIONS
from shared.destinations.settings import load_templates
from tests.acceptance.flow import MINUTE, RULESETS, Flow, opened
from tests.acceptance.hospital import FAILURES, PACKAGES, SETTLED

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


def packages(flow: Flow) -> list[zipfile.ZipFile]:
    """The packages that the destination holds, the small ones first."""
    files = sorted((flow.received / "packages").glob("*.zip"))
    return sorted(
        (zipfile.ZipFile(BytesIO(path.read_bytes())) for path in files), key=lambda z: len(z.namelist())
    )


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
    """Beside the instances a manifest names profile, template and editions of the Standard, nothing else."""
    manifests = [json.loads(package.read(MANIFEST)) for package in packages(sent)]
    expected = {(series.profile, series.template) for series in sent.series if series.matched}

    assert {(each["profile"], each["template"]) for each in manifests} == expected
    assert {frozenset(each) for each in manifests} == {
        frozenset({"profile", "template", "editions", "instance_count", "instances"})
    }
    assert {tuple(each["editions"]) for each in manifests} == {tuple(sorted(EDITIONS))}


def test_package_has_the_checksum_that_the_job_remembers(sent: Flow) -> None:
    """The bytes that the destination has are those that the released ledger knows."""
    received = {
        hashlib.sha256(path.read_bytes()).hexdigest() for path in (sent.received / "packages").glob("*.zip")
    }

    assert received == {job.package_sha256 for job in sent.wiring.jobs.jobs()}


def test_released_pixels_are_the_original_ones(sent: Flow, drop: Path) -> None:
    """Pixel Data goes through unchanged, bit by bit."""
    ct_package = packages(sent)[-1]
    released = [dcmread(BytesIO(ct_package.read(name))) for name in instances(ct_package)]
    pixels = {image.InstanceNumber: image.PixelData for image in released}
    originals = [dcmread(path) for path in sorted((drop / "CT").glob("IM000*.dcm"))]

    assert pixels == {image.InstanceNumber: image.PixelData for image in originals}


def test_package_lies_nowhere(sent: Flow) -> None:
    """The released bucket has the shards as the record of what went out, and no second copy."""
    names = sorted(name.rpartition("/")[2] for name in sent.objects("released"))

    assert names == ["shard-0000.zip"] * 3


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
