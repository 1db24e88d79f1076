"""`airlock deid`: files without the pipeline, what happens to them, and any tool's output."""

import csv
import io
import json
from hashlib import sha256
from pathlib import Path

import pytest
from pydicom import dcmread
from rich.console import Console

from functions.cli.batch import Batch, deidentify_all
from functions.cli.workspace import default_rulesets
from shared.deid.rules.editions import EDITIONS
from tests.images import ENCAPSULATED_SYNTAX, PROFILES, ct_image, encapsulated, part10
from tests.integration.cli.harness import airlock

NAME = "Quarrington^Zebulon"
PIXELS_WITH_NAME = encapsulated([b"\xff\xd8 of Quarrington \xff\xd9"])


def series(folder: Path, count: int = 3) -> Path:
    """A folder with a small series in a folder of its own."""
    inside = folder / "scans" / "Quarrington"
    inside.mkdir(parents=True)
    for number in range(1, count + 1):
        image = ct_image(SOPInstanceUID=f"1.3.6.1.4.1.99999.1.1{number}", InstanceNumber=str(number))
        (inside / f"Quarrington {number}.dcm").write_bytes(part10(image))
    return folder / "scans"


def outputs(folder: Path) -> dict[str, bytes]:
    """The files that were released, by their names."""
    return {path.name: path.read_bytes() for path in sorted(folder.glob("*.dcm"))}


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    """Where the key is kept."""
    return tmp_path / "workspace"


def test_a_folder_is_released_under_new_uids(tmp_path: Path, workspace: Path) -> None:
    """Every file comes out, named by its new SOP Instance UID; a manifest tells digests and editions."""
    target = tmp_path / "out"
    answer = airlock("deid", "run", series(tmp_path), target, "-w", workspace)
    released = outputs(target)
    manifest = json.loads((target / "manifest.json").read_bytes())

    assert answer.code == 0
    assert len(released) == 3
    assert {f"{dcmread(target / name).SOPInstanceUID}.dcm" for name in released} == released.keys()
    assert {each["name"]: each["sha256"] for each in manifest["instances"]} == {
        name: sha256(content).hexdigest() for name, content in released.items()
    }
    assert tuple(manifest["editions"]) == EDITIONS
    assert b"quarrington" not in b"".join(released.values()).lower()
    assert "uarrington" not in answer.out + answer.err + (target / "manifest.json").read_text()


def test_several_processes_give_the_same_files(tmp_path: Path, workspace: Path) -> None:
    """The number of jobs changes nothing."""
    scans = series(tmp_path, 5)
    airlock("deid", "run", scans, tmp_path / "one", "-w", workspace)
    answer = airlock("deid", "run", scans, tmp_path / "two", "-w", workspace, "--jobs", "2")

    assert answer.code == 0
    assert outputs(tmp_path / "one") == outputs(tmp_path / "two")


def test_a_second_run_changes_nothing(tmp_path: Path, workspace: Path) -> None:
    """The same files again are no conflict."""
    scans, target = series(tmp_path), tmp_path / "out"
    airlock("deid", "run", scans, target, "-w", workspace)
    before = outputs(target)
    answer = airlock("deid", "run", scans, target, "-w", workspace)

    assert answer.code == 0
    assert outputs(target) == before


def test_another_key_gives_other_identities(tmp_path: Path, workspace: Path) -> None:
    """The key is the workspace's unless another is given."""
    scans, key = series(tmp_path), tmp_path / "key"
    key.write_bytes(bytes(range(32)))
    key.chmod(0o600)
    airlock("deid", "run", scans, tmp_path / "one", "-w", workspace)
    answer = airlock("deid", "run", scans, tmp_path / "two", "--key-file", key)

    assert answer.code == 0
    assert outputs(tmp_path / "one").keys() & outputs(tmp_path / "two").keys() == set()


def test_the_mapping_leads_from_old_to_new(tmp_path: Path, workspace: Path) -> None:
    """UIDs and patient ids stand in it, and only its owner may read it."""
    mapping, target = tmp_path / "mapping.csv", tmp_path / "out"
    airlock("deid", "run", series(tmp_path), target, "-w", workspace, "--mapping", mapping)
    with mapping.open(encoding="utf-8", newline="") as file:
        ids = {row["id_old"]: row["id_new"] for row in csv.DictReader(file)}
    released = [dcmread(path) for path in target.glob("*.dcm")]

    assert {each.PatientID for each in released} == {ids["MRN-4711-0815"]}
    assert {each.StudyInstanceUID for each in released} == {ids["1.3.6.1.4.1.99999.1"]}
    assert len(ids) == len(["patient", "study", "series", "frame of reference"]) + 3
    assert mapping.stat().st_mode & 0o077 == 0


def test_what_the_profile_leaves_out_is_not_held(tmp_path: Path, workspace: Path) -> None:
    """An object that PS3.3 does not define is left out by research, and held by basic."""
    scans = series(tmp_path)
    (scans / "unknown.dcm").write_bytes(part10(ct_image(SOPClassUID="1.2.3.4", SOPInstanceUID="1.2.3.5")))
    research = airlock("deid", "run", scans, tmp_path / "a", "-p", "research", "-w", workspace, "--json")
    basic = airlock("deid", "run", scans, tmp_path / "b", "-w", workspace, "--json")
    shown = airlock("deid", "run", scans, tmp_path / "a", "-p", "research", "-w", workspace)

    assert (research.code, research.json["left_out"], research.json["held"]) == (0, 1, [])
    assert (basic.code, basic.json["left_out"], basic.json["codes"]) == (1, 0, {"sop_class_unsupported": 1})
    assert "Left out, for PS3.3 defines no such object: 1" in shown.out


def test_a_bar_shows_how_far_it_is(tmp_path: Path) -> None:
    """On a terminal it moves with each handful of files; else nothing is drawn."""
    shown, piped = io.StringIO(), io.StringIO()
    rulesets = default_rulesets()
    batch = Batch(
        source=series(tmp_path, 40),
        target=tmp_path / "out",
        profile=PROFILES["basic"],
        pixel_rules=rulesets / "pixels",
        key_file=None,
        workspace=tmp_path / "workspace",
        jobs=1,
        mapping=None,
    )
    for console in (Console(file=piped), Console(file=shown, force_terminal=True, width=100)):
        assert len(list(deidentify_all(batch, console))) == 40

    assert piped.getvalue() == ""
    assert "De-identified" in shown.getvalue()
    assert "40/40" in shown.getvalue()


def test_patients_without_an_id_are_not_taken_for_one(tmp_path: Path, workspace: Path) -> None:
    """Each study is somebody's of its own, and nobody stands in the mapping under no name."""
    scans, target, mapping = tmp_path / "scans", tmp_path / "out", tmp_path / "mapping.csv"
    scans.mkdir()
    for number, patient_id in enumerate(["", "", None]):
        image = ct_image(
            PatientID=patient_id, StudyInstanceUID=f"1.2.{number}", SOPInstanceUID=f"1.3.{number}"
        )
        (scans / f"{number}.dcm").write_bytes(part10(image))
    airlock("deid", "run", scans, target, "-w", workspace, "--mapping", mapping)
    released = [dcmread(path) for path in target.glob("*.dcm")]

    assert len({str(each.PatientName) for each in released}) == 3
    assert not [row for row in mapping.read_text().splitlines() if row.startswith((",", '"'))]


def test_what_is_held_is_told_with_its_reason_and_leaves_nothing(tmp_path: Path, workspace: Path) -> None:
    """Exit code 1, a code and a number a file; names only where somebody asks for them."""
    scans, target = series(tmp_path), tmp_path / "out"
    (scans / "letter Quarrington.txt").write_text("Dear Mr Quarrington")
    (scans / "residue.dcm").write_bytes(part10(ct_image(StackID="Zebulon")))
    answer = airlock("deid", "run", scans, target, "-w", workspace, "--json")
    named = airlock("deid", "run", scans, target, "-w", workspace, "--json", "--show-names")
    screen = airlock("deid", "run", scans, target, "-w", workspace)

    assert (answer.code, screen.code) == (1, 1)
    assert answer.json["codes"] == {"not_dicom": 1, "residue": 1}
    assert answer.json["released"] == len(outputs(target)) == 3
    assert "uarrington" not in answer.out + screen.out
    assert any("letter Quarrington.txt" in each["path"] for each in named.json["held"])
    assert not list(target.glob(".*"))


def test_links_are_not_followed(tmp_path: Path, workspace: Path) -> None:
    """Each file comes once, and nothing from elsewhere."""
    scans = series(tmp_path)
    elsewhere = series(tmp_path / "elsewhere", 5)
    (scans / "file.dcm").symlink_to(next(elsewhere.rglob("*.dcm")))
    (scans / "folder").symlink_to(elsewhere)
    answer = airlock("deid", "run", scans, tmp_path / "out", "-w", workspace, "--json")

    assert json.loads(answer.out)["files"] == 3


@pytest.mark.parametrize("profile", ["basic", "clean_pixel_data"])
def test_what_is_held_holds_up_nothing_else(tmp_path: Path, workspace: Path, profile: str) -> None:
    """Files are worked on some at a time; one may be held for its header or only while it is written."""
    scans, target = series(tmp_path, 40), tmp_path / "out"
    airlock("deid", "run", scans, tmp_path / "alone", "-w", workspace, "-p", profile)
    inside = scans / "Quarrington"
    (inside / "Quarrington 15 header.dcm").write_bytes(part10(ct_image(StackID="Zebulon")))
    (inside / "Quarrington 15 pixels.dcm").write_bytes(
        part10(ct_image(PixelData=PIXELS_WITH_NAME), ENCAPSULATED_SYNTAX)
    )
    answer = airlock("deid", "run", scans, target, "-w", workspace, "-p", profile, "--json")
    report = json.loads(answer.out)

    assert answer.code == 1
    assert (report["files"], report["released"], len(report["held"])) == (42, 40, 2)
    assert outputs(target) == outputs(tmp_path / "alone")
    assert {path.name for path in target.iterdir()} == {*outputs(target), "manifest.json"}


@pytest.mark.parametrize("target", ["scans", "scans/out", ".", "scans/Quarrington"])
def test_outputs_do_not_lie_among_the_originals(tmp_path: Path, workspace: Path, target: str) -> None:
    """Whoever is given the folder would get both."""
    scans = series(tmp_path)
    answer = airlock("deid", "run", scans, tmp_path / target, "-w", workspace)

    assert answer.code == 2
    assert "source" in answer.err
    assert not list(tmp_path.rglob("2.25.*"))


@pytest.mark.parametrize("option", ["--mapping", "--key-file", "--workspace"])
def test_the_way_back_does_not_lie_among_the_outputs(tmp_path: Path, workspace: Path, option: str) -> None:
    """Table and key undo everything."""
    scans, target = series(tmp_path), tmp_path / "out"
    answer = airlock("deid", "run", scans, target, "-w", workspace, option, target / "inner")

    assert answer.code == 2
    assert option in answer.err
    assert not target.exists()


def test_two_instances_with_one_uid_are_a_conflict(tmp_path: Path, workspace: Path) -> None:
    """The first one stays; the other is held, not lost."""
    scans = tmp_path / "scans"
    scans.mkdir()
    (scans / "a.dcm").write_bytes(part10(ct_image()))
    (scans / "b.dcm").write_bytes(part10(ct_image(InstanceNumber="2")))
    (scans / "c.dcm").write_bytes(part10(ct_image()))
    answer = airlock("deid", "run", scans, tmp_path / "out", "-w", workspace, "--json")

    assert answer.json["codes"] == {"conflict": 1}
    assert (answer.json["released"], answer.json["duplicates"]) == (1, 1)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["run", "missing", "out"], "input_missing"),
        (["explain", "missing"], "input_missing"),
        (["verify", "missing", "missing"], "input_missing"),
    ],
)
def test_a_path_that_is_not_there_gets_a_sentence(words: list[str], code: str) -> None:
    """No traceback for a user's mistake."""
    answer = airlock("deid", *words)

    assert answer.code == 2
    assert code in answer.err


def test_an_unknown_profile_gets_the_known_ones(tmp_path: Path) -> None:
    """The error lists what can be chosen."""
    answer = airlock("deid", "run", series(tmp_path), tmp_path / "out", "--profile", "nonsense")

    assert answer.code == 2
    assert "basic" in answer.err
    assert not (tmp_path / "out").exists()
