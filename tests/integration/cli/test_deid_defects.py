"""`airlock deid run` where something fails that never should."""

import os
from pathlib import Path
from typing import Any

import pytest

from shared.deid.look import look
from tests.images import ct_image, part10
from tests.integration.cli.harness import airlock, process
from tests.integration.cli.test_deid import series


def test_a_defect_costs_one_file_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails where nothing should fail is held like any other, and what it says is not told."""
    seen = iter([0, 1, 2])

    def failing(*arguments: Any) -> Any:
        if next(seen) == 1:
            raise RuntimeError("Quarrington")
        return look(*arguments)

    monkeypatch.setattr("shared.deid.instance.look", failing)
    answer = airlock("deid", "run", series(tmp_path), tmp_path / "out", "-w", tmp_path / "key", "--json")
    (held,) = answer.json["held"]

    assert (answer.code, answer.json["released"]) == (1, 2)
    assert (held["number"], held["code"]) == (2, "unexpected")
    assert "RuntimeError" in held["cause"]
    assert "quarrington" not in (answer.out + answer.err).lower()


def test_the_mapping_is_written_in_utf_8(tmp_path: Path) -> None:
    """Whatever the language of the machine is."""
    (tmp_path / "in").mkdir()
    image = ct_image(SpecificCharacterSet="ISO_IR 192", PatientID="Ä-4711")
    (tmp_path / "in" / "1.dcm").write_bytes(part10(image))
    mapping = tmp_path / "mapping.csv"
    arguments = "deid", "run", tmp_path / "in", tmp_path / "out", "-w", tmp_path / "key", "--mapping", mapping
    environ = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}
    with process(*arguments, env=environ) as command:
        command.communicate()

    assert command.returncode == 0
    assert "Ä-4711," in mapping.read_text(encoding="utf-8")
