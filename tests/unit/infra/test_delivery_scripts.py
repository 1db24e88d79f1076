"""The scripts of builds, run with stand-ins for gcloud, docker and terraform."""

import json
from pathlib import Path

import pytest

from tests.unit.infra.stubs import Answer, Stubs, environ

IMAGE = f"registry.test/p/airlock/airlock@sha256:{'a' * 64}"


@pytest.fixture
def stubs(tmp_path: Path) -> Stubs:
    """Stand-ins for all three programs."""
    made = Stubs(tmp_path)
    made.program("gcloud", "docker", "terraform")
    return made


def test_a_build_that_only_checks_leaves_scripts_out(stubs: Stubs) -> None:
    """Without DEPLOY=true nothing is run, and the log says what was left out."""
    left_out = stubs.run("when_deploying.sh", ["infra/scripts/keep.sh"], **environ(DEPLOY="false"))

    assert (left_out.code, stubs.calls) == (0, [])
    assert "infra/scripts/keep.sh" in left_out.printed


def test_a_build_that_deploys_runs_them(stubs: Stubs) -> None:
    """With DEPLOY=true the script is run, and its failure is the step's."""
    stubs.write("delivery/dev.plan", "")
    stubs.answer(Answer(("storage cp",), code=7))

    done = stubs.run("when_deploying.sh", ["infra/scripts/keep.sh"], **environ(DEPLOY="true"))

    assert done.code == 7
    assert stubs.calls == ["gcloud storage cp delivery/dev.plan gs://p-terraform/builds/build-1/"]


@pytest.mark.parametrize("missing", ["gcloud", "java", "terraform"])
def test_checks_are_not_run_by_halves(tmp_path: Path, missing: str) -> None:
    """Where a program is missing whose tests would be skipped, the step fails and names it."""
    stubs = Stubs(tmp_path)
    stubs.program("command-line-of-nothing", *({"gcloud", "java", "terraform"} - {missing}))
    (stubs.folder / "dirname").symlink_to("/usr/bin/dirname")

    done = stubs.run("check.sh", PATH=str(stubs.folder))

    assert done.code == 1
    assert f"{missing} is missing" in done.complained


def test_the_image_is_built_on_a_base_by_its_digest(stubs: Stubs) -> None:
    """The build gets the base, the commit as a label, and the build's id as its only tag."""
    done = stubs.run("build_image.sh", **environ())
    (built,) = [call for call in stubs.calls if call.startswith("docker build")]

    assert done.code == 0
    assert f"--build-arg BASE={environ()['BASE']}" in built
    assert "revision=c0ffee --tag registry.test/p/airlock/airlock:build-1" in built


def test_a_base_without_a_digest_is_refused(stubs: Stubs) -> None:
    """A tag may be something else tomorrow."""
    done = stubs.run("build_image.sh", **environ(BASE="registry.test/p/airlock/base:1"))

    assert (done.code, stubs.calls) == (1, [])


@pytest.mark.parametrize("script", ["build_image.sh", "scan_image.sh", "push_image.sh", "keep.sh"])
def test_a_script_without_its_settings_stops(stubs: Stubs, script: str) -> None:
    """Nothing is done with half of an environment."""
    done = stubs.run(script)

    assert done.code != 0
    assert stubs.calls == []


@pytest.mark.parametrize(
    ("severity", "refused", "code"),
    [("CRITICAL", "CRITICAL", 1), ("HIGH", "CRITICAL", 0), ("HIGH", "CRITICAL,HIGH", 1), ("LOW", "WORST", 2)],
)
def test_a_vulnerability_ends_the_build_by_its_severity(
    stubs: Stubs, severity: str, refused: str, code: int
) -> None:
    """One as severe as the build says, and no other; a severity that does not exist is no setting."""
    finding = {"noteName": "notes/CVE-2026-1", "vulnerability": {"effectiveSeverity": severity}}
    stubs.answer(
        Answer(("images scan",), "projects/p/locations/us/scans/1\n"),
        Answer(("list-vulnerabilities projects/p/locations/us/scans/1",), json.dumps([finding])),
    )

    done = stubs.run("scan_image.sh", **environ(SEVERITIES=refused))

    assert done.code == code
    assert json.loads(stubs.read("delivery/vulnerabilities.json")) == [finding]


def test_a_scan_that_fails_is_no_clean_scan(stubs: Stubs) -> None:
    """If the scanner cannot be asked, the build ends."""
    stubs.answer(Answer(("images scan",), code=1))

    assert stubs.run("scan_image.sh", **environ()).code == 1


def test_the_bill_of_materials_lists_both_kinds_of_packages(stubs: Stubs) -> None:
    """Debian's and Python's, each with a package URL, of the image that was built."""
    stubs.answer(
        Answer(("dpkg-query",), "libc6\t2.36-9\nzlib1g\t1:1.2.13\n"),
        Answer(("importlib.metadata",), "airlock-dicom\t0.1.0\nPyYAML\t6.0\n"),
    )

    done = stubs.run("bill_of_materials.py", **environ())
    bill = json.loads(stubs.read("delivery/sbom.json"))

    assert done.code == 0
    assert all("--network none" in call and "airlock:build-1" in call for call in stubs.calls)
    assert [each["purl"] for each in bill["components"]] == [
        "pkg:deb/debian/libc6@2.36-9",
        "pkg:deb/debian/zlib1g@1:1.2.13",
        "pkg:pypi/pyyaml@6.0",
        "pkg:pypi/airlock-dicom@0.1.0",
    ]
    assert (bill["bomFormat"], bill["metadata"]["component"]["version"]) == ("CycloneDX", "c0ffee")


def test_a_bill_of_another_image_is_refused(stubs: Stubs) -> None:
    """An image without Airlock in it was not built here."""
    stubs.answer(Answer(("dpkg-query",), "libc6\t2.36-9\n"))

    assert stubs.run("bill_of_materials.py", **environ()).code == 1


def test_what_is_pushed_is_known_by_its_digest(stubs: Stubs) -> None:
    """The digest in our own repository is written down, whatever other names the image has."""
    stubs.answer(Answer(("image inspect",), f"elsewhere.test/airlock@sha256:{'f' * 64}\n{IMAGE}\n\n"))

    done = stubs.run("push_image.sh", **environ())

    assert done.code == 0
    assert stubs.calls[0] == "docker push registry.test/p/airlock/airlock:build-1"
    assert stubs.read("delivery/image.txt") == f"{IMAGE}\n"


def test_a_push_without_a_digest_fails(stubs: Stubs) -> None:
    """Nothing goes on without knowing what was pushed."""
    assert stubs.run("push_image.sh", **environ()).code == 1


def test_production_is_asked_with_image_and_commit(stubs: Stubs) -> None:
    """The message names the digest, the source and the build, and goes to the topic that was given."""
    stubs.write("delivery/image.txt", f"{IMAGE}\n")

    done = stubs.run("promote.sh", **environ(PROMOTIONS="projects/prod/topics/promotions"))
    (asked,) = stubs.calls

    assert done.code == 0
    assert "topics publish projects/prod/topics/promotions" in asked
    assert asked.endswith(f"--attribute=image={IMAGE},commit=c0ffee,build=build-1")


def test_nobody_is_asked_without_a_topic(stubs: Stubs) -> None:
    """An installation without production ends well, and says so."""
    done = stubs.run("promote.sh", **environ(PROMOTIONS=""))

    assert (done.code, stubs.calls) == (0, [])
    assert "nobody is asked" in done.printed


def test_production_takes_what_was_tested(stubs: Stubs) -> None:
    """An image of our repository by its digest, with the source that it was tested with."""
    done = stubs.run("accept.sh", **environ(IMAGE=IMAGE, TESTED_COMMIT="c0ffee"))

    assert done.code == 0
    assert stubs.read("delivery/image.txt") == f"{IMAGE}\n"


@pytest.mark.parametrize(
    "changes",
    [
        {"IMAGE": "registry.test/p/airlock/airlock:latest"},
        {"IMAGE": f"elsewhere.test/airlock@sha256:{'a' * 64}"},
        {"IMAGE": f"{IMAGE}; curl"},
        {"IMAGE": IMAGE[:-1]},
        {"TESTED_COMMIT": "0dd"},
        {"TESTED_COMMIT": ""},
    ],
    ids=["tag", "elsewhere", "more", "short", "other source", "no source"],
)
def test_production_takes_nothing_else(stubs: Stubs, changes: dict[str, str]) -> None:
    """Whatever the message says: no tag, no other repository, no other source."""
    done = stubs.run("accept.sh", **environ(**{"IMAGE": IMAGE, "TESTED_COMMIT": "c0ffee", **changes}))

    assert done.code == 1
    assert not (stubs.work / "delivery" / "image.txt").exists()


def test_the_toolbox_is_built_from_digests_alone(stubs: Stubs) -> None:
    """A tool by its tag is refused before anything is built."""
    digest = f"tool.test/x@sha256:{'1' * 64}"

    done = stubs.run("build_toolbox.sh", ["registry.test/p/airlock", digest, "terraform:1", digest, digest])

    assert (done.code, stubs.calls) == (1, [])


def test_the_toolbox_and_the_base_are_printed_by_digest(stubs: Stubs) -> None:
    """The two lines are what cloudbuild.yaml's substitutions need."""
    digest = f"tool.test/x@sha256:{'1' * 64}"
    named = [f"registry.test/p/airlock/{name}@sha256:{'2' * 64}" for name in ("toolbox", "base")]
    stubs.answer(
        *(
            Answer(("image inspect", f"airlock/{name}:"), f"{line}\n")
            for name, line in zip(("toolbox", "base"), named, strict=True)
        )
    )

    done = stubs.run("build_toolbox.sh", ["registry.test/p/airlock", digest, digest, digest, digest])

    assert (done.code, done.printed.split()) == (0, named)
