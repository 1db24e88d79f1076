"""What the double demands of a package."""

from collections.abc import Callable
from pathlib import Path

import pytest
from pydicom import Dataset
from pydicom.uid import SecondaryCaptureImageStorage

from shared.errors import (
    AirlockError,
    ArchiveUnreadable,
    NotDicom,
    PatientInconsistent,
    RulesetInvalid,
    SopClassUnsupported,
    ValueInvalid,
)
from shared.local.autosegmentation.package import read_package
from tests.contracts.destination import TEMPLATE, ct_series, package_of

NAME = "autosegmentation_template.yml"


def written(tmp_path: Path, content: bytes) -> Path:
    """The package as a file."""
    path = tmp_path / "package.zip"
    path.write_bytes(content)
    return path


def test_a_package_in_order_is_read(tmp_path: Path) -> None:
    """A package has its template, its instances in the order of the archive, and its modality."""
    extra = {NAME: TEMPLATE, "manifest.json": b"{}"}
    series = read_package(written(tmp_path, package_of(ct_series(2), extra)))

    assert [instance.sop_instance_uid[-4:] for instance in series.instances] == [".3.1", ".3.2"]
    assert (series.modality, series.template.protocol) == ("CT", "DRAW")
    assert all("PixelData" in dataset for _, dataset in series.datasets())
    assert not any("PixelData" in instance.header for instance in series.instances)


@pytest.mark.parametrize(
    ("extra", "error"),
    [
        ({}, ArchiveUnreadable),
        ({NAME: TEMPLATE, f"again/{NAME}": TEMPLATE}, ArchiveUnreadable),
        ({NAME: b"name: x"}, RulesetInvalid),
        ({NAME: b"\x00"}, RulesetInvalid),
        ({NAME: TEMPLATE, "readme.txt": b"hello"}, NotDicom),
    ],
)
def test_other_members_are_refused(
    tmp_path: Path, extra: dict[str, bytes], error: type[AirlockError]
) -> None:
    """Beside the instances there is exactly one template that can be read, and at most a manifest."""
    with pytest.raises(error):
        read_package(written(tmp_path, package_of(ct_series(1), extra)))


@pytest.mark.parametrize("content", [b"", b"PK", b"no archive at all"])
def test_what_is_no_archive_is_refused(tmp_path: Path, content: bytes) -> None:
    """A package is a ZIP archive."""
    with pytest.raises(ArchiveUnreadable):
        read_package(written(tmp_path, content))


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    """A member whose bytes do not have their checksum makes the package unreadable."""
    content = package_of(ct_series(1))
    damaged = content.replace(b"Pseudonym^One", b"Pseudonym^Two", 1)

    with pytest.raises(AirlockError):
        read_package(written(tmp_path, damaged))


def test_a_package_without_instances_is_refused(tmp_path: Path) -> None:
    """There is nothing to do for an empty series."""
    with pytest.raises(ArchiveUnreadable):
        read_package(written(tmp_path, package_of([])))


def change(**values: object) -> Callable[[Dataset], None]:
    """Sets attributes of a dataset."""

    def apply(dataset: Dataset) -> None:
        for keyword, value in values.items():
            setattr(dataset, keyword, value)

    return apply


@pytest.mark.parametrize(
    ("make_wrong", "error"),
    [
        (change(PatientIdentityRemoved="NO"), ValueInvalid),
        (change(PatientIdentityRemoved=None), ValueInvalid),
        (change(SOPClassUID=SecondaryCaptureImageStorage), SopClassUnsupported),
        (change(SeriesInstanceUID="1.2.3"), ValueInvalid),
        (change(StudyInstanceUID="1.2.3"), ValueInvalid),
        (change(SOPInstanceUID="1.2.826.0.1.3680043.8.498.1.3.1"), ValueInvalid),
        (change(Modality=""), ValueInvalid),
        (change(Modality="MR"), ValueInvalid),
        (change(PatientID="P-0002"), PatientInconsistent),
    ],
)
def test_one_instance_spoils_the_package(
    tmp_path: Path, make_wrong: Callable[[Dataset], None], error: type[AirlockError]
) -> None:
    """Every instance is de-identified, of an accepted SOP Class, and of the one series and patient."""
    datasets = ct_series(3)
    make_wrong(datasets[1])

    with pytest.raises(error):
        read_package(written(tmp_path, package_of(datasets)))
