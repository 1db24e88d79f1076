"""`airlock deid verify`: the release gate alone, on what any tool has made."""

from pathlib import Path

import pytest

from tests.images import ct_image, part10
from tests.integration.cli.harness import airlock
from tests.integration.cli.test_deid import series

NEW_UIDS = {
    "SOPInstanceUID": "2.25.1",
    "StudyInstanceUID": "2.25.2",
    "SeriesInstanceUID": "2.25.3",
    "FrameOfReferenceUID": "2.25.4",
}


def test_verify_finds_what_another_tool_left(tmp_path: Path) -> None:
    """The keyword is told, never the value; a clean output passes."""
    original, clean, dirty = (tmp_path / name for name in ("original.dcm", "clean.dcm", "dirty.dcm"))
    original.write_bytes(part10(ct_image()))
    clean.write_bytes(part10(ct_image(PatientName="A", PatientID="1", PatientBirthDate="", **NEW_UIDS)))
    dirty.write_bytes(part10(ct_image(PatientID="1", PatientBirthDate="", **NEW_UIDS)))
    good, bad = airlock("deid", "verify", original, clean), airlock("deid", "verify", original, dirty)

    assert (good.code, bad.code) == (0, 1)
    assert "PatientName" in bad.out
    assert "uarrington" not in bad.out


def test_verify_judges_what_run_released(tmp_path: Path, workspace: Path) -> None:
    """Outputs have new names; the mapping tells whose they are, and without it nothing is called clean."""
    scans, target, mapping = series(tmp_path), tmp_path / "out", tmp_path / "mapping.csv"
    airlock("deid", "run", scans, target, "-w", workspace, "--mapping", mapping)
    answer = airlock("deid", "verify", scans, target, "--mapping", mapping, "--json")
    alone = airlock("deid", "verify", scans, target)

    assert answer.code == 0
    assert len(answer.json) == 3
    assert alone.code == 2
    assert "--mapping" in alone.err


@pytest.mark.parametrize("content", [b"uid,new\n1.2,1.3\n", b"\xff\xfe"])
def test_verify_refuses_what_is_no_mapping(tmp_path: Path, content: bytes) -> None:
    """With a sentence, and nothing of what stands in it."""
    scans, mapping = series(tmp_path), tmp_path / "mapping.csv"
    mapping.write_bytes(content)
    answer = airlock("deid", "verify", scans, tmp_path, "--mapping", mapping)

    assert answer.code == 2
    assert "id_old,id_new" in answer.err
    assert "1.2" not in answer.err


def test_verify_calls_nothing_clean_that_has_no_original(tmp_path: Path) -> None:
    """A file that was added or renamed may be an original that nobody touched."""
    scans, target = tmp_path / "scans", tmp_path / "out"
    for folder in (scans, target):
        folder.mkdir()
    (scans / "1.dcm").write_bytes(part10(ct_image()))
    (target / "1.dcm").write_bytes(
        part10(ct_image(PatientName="A", PatientID="1", PatientBirthDate="", **NEW_UIDS))
    )
    (target / "2.dcm").write_bytes(part10(ct_image()))
    answer = airlock("deid", "verify", scans, target, "--json")

    assert answer.code == 1
    assert [each["code"] for each in answer.json] == ["", "input_missing"]


def test_verify_compares_folders_by_names(tmp_path: Path) -> None:
    """Files in the same place are a pair; no common place is a mistake."""
    scans = series(tmp_path)
    answer = airlock("deid", "verify", scans, scans, "--json")
    other = airlock("deid", "verify", scans, tmp_path / "scans" / "Quarrington")

    assert answer.code == 1
    assert len(answer.json) == 3
    assert all("PatientName" in each["residue"] for each in answer.json)
    assert other.code == 2
