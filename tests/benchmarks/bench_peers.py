"""What other de-identifiers cost an instance, beside `airlock deid run` on the same files.

They are measured where they are: `gdcmanon` and `openssl` on the path, the Python ones in a virtual
environment that the variable AIRLOCK_PEERS names, with the packages `dicom-anonymizer` and `deid`. Their
profiles differ from ours, and from each other: what they leave in the files is the score's business.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import pytest
from rich.table import Table

from tests.benchmarks.bench_batch import Used, deidentified, marginal, used
from tests.benchmarks.harness import draw

#: so many slices are enough for the slow ones
_SLICES = 60
_DEID = """
import os, sys
from deid.dicom import get_identifiers, replace_identifiers
files = [f"{folder}/{name}" for folder in sys.argv[2:] for name in sorted(os.listdir(folder))]
replace_identifiers(
    dicom_files=files, ids=get_identifiers(files), save=True, output_folder=sys.argv[1], overwrite=True
)
"""
#: about seventy attributes, new UIDs and no private elements: what many a laboratory has
_SCRIPT = """
import os, sys
from pydicom import dcmread
from pydicom.uid import generate_uid
EMPTIED = [
    "AccessionNumber", "AdmissionID", "AdditionalPatientHistory", "BranchOfService", "CountryOfResidence",
    "CurrentPatientLocation", "DeviceSerialNumber", "EthnicGroup", "FillerOrderNumberImagingServiceRequest",
    "ImageComments", "InstitutionAddress", "InstitutionName", "InstitutionalDepartmentName",
    "IssuerOfPatientID", "MedicalRecordLocator", "MilitaryRank", "NameOfPhysiciansReadingStudy", "Occupation",
    "OperatorsName", "OtherPatientIDs", "OtherPatientNames", "PatientAddress", "PatientAge",
    "PatientBirthDate",
    "PatientBirthName", "PatientBirthTime", "PatientComments", "PatientID", "PatientMotherBirthName",
    "PatientName", "PatientReligiousPreference", "PatientSex", "PatientSize", "PatientTelephoneNumbers",
    "PatientWeight", "PerformedProcedureStepDescription", "PerformedProcedureStepID",
    "PerformingPhysicianName", "PhysiciansOfRecord", "PlacerOrderNumberImagingServiceRequest",
    "PregnancyStatus", "ProtocolName", "ReferringPhysicianAddress", "ReferringPhysicianName",
    "ReferringPhysicianTelephoneNumbers", "RegionOfResidence", "RequestedProcedureDescription",
    "RequestingPhysician", "ScheduledPerformingPhysicianName", "SeriesDescription", "StationName",
    "StudyDescription", "StudyID",
]
DATES = ["StudyDate", "SeriesDate", "AcquisitionDate", "ContentDate"]
TIMES = ["StudyTime", "SeriesTime", "ContentTime"]
UIDS = ["SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID"]
new = {}

def clean(data_set, element):
    if element.keyword in UIDS or element.keyword.startswith("ReferencedSOPInstance"):
        element.value = new.setdefault(element.value, generate_uid())
    elif element.keyword in EMPTIED:
        element.value = ""
    elif element.keyword in DATES:
        element.value = "20000101"
    elif element.keyword in TIMES:
        element.value = "000000"

for folder in sys.argv[2:]:
    for name in sorted(os.listdir(folder)):
        data_set = dcmread(f"{folder}/{name}")
        data_set.remove_private_tags()
        data_set.walk(clean)
        data_set.file_meta.MediaStorageSOPInstanceUID = data_set.SOPInstanceUID
        data_set.save_as(f"{sys.argv[1]}/{data_set.SOPInstanceUID}.dcm")
"""

Job = Callable[[Sequence[Path], Path], Used]


def by_script(script: str, python: Path, folders: Sequence[Path], target: Path) -> Used:
    """A script that takes the target and the folders."""
    target.mkdir()
    return used([python, "-c", script, target, *folders])


def by_kitware(python: Path, folders: Sequence[Path], target: Path) -> Used:
    """Kitware's dicom-anonymizer, which takes one folder: the default dictionary."""
    target.mkdir()
    return used([python.with_name("dicom-anonymizer"), _flat(folders), target])


def by_gdcm(certificate: Path, folders: Sequence[Path], target: Path) -> Used:
    """Gdcmanon with the basic profile, whose way back is a certificate's."""
    target.mkdir()
    return used(["gdcmanon", "-e", "-c", certificate, "-r", "-i", _flat(folders), "-o", target])


def _flat(folders: Sequence[Path]) -> Path:
    """All files in one folder, without copying them."""
    flat = folders[0].parent.with_name(f"{folders[0].parent.name}-flat")
    flat.mkdir()
    for folder in folders:
        for file in folder.iterdir():
            os.link(file, flat / f"{folder.name}-{file.name}")
    return flat


#: how a tool is run, and how much more CPU than ours the project wants it to take
PEERS: Mapping[str, tuple[Callable[[Path, Sequence[Path], Path], Used], float]] = {
    "deid": (partial(by_script, _DEID), 50.0),
    "dicom-anonymizer": (by_kitware, 25.0),
    "pydicom": (partial(by_script, _SCRIPT), 15.0),
}


@pytest.fixture
def some(slices: Path, tmp_path: Path) -> Path:
    """The first slices of the series."""
    folder = tmp_path / "some"
    folder.mkdir()
    for file in sorted(slices.iterdir())[:_SLICES]:
        shutil.copy(file, folder)
    return folder


@pytest.fixture
def python() -> Path:
    """The interpreter beside which the other tools are installed."""
    if "AIRLOCK_PEERS" not in os.environ:
        pytest.skip("AIRLOCK_PEERS names no virtual environment with dicom-anonymizer and deid")
    return Path(os.environ["AIRLOCK_PEERS"]) / "bin" / "python"


@pytest.mark.parametrize("peer", PEERS)
def test_peers(peer: str, some: Path, rounds: int, python: Path) -> None:
    """What another tool in Python takes."""
    job, target = PEERS[peer]
    compare(peer, partial(job, python), target, some, rounds)


@pytest.mark.skipif(not shutil.which("gdcmanon"), reason="gdcmanon is not on the path")
def test_peers_gdcmanon(slices: Path, rounds: int, tmp_path: Path) -> None:
    """What a program in C++ takes, which keeps dates and private elements."""
    certificate = tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=benchmark"]
    key = tmp_path / "key.pem"
    subprocess.run([*command, "-keyout", key, "-out", certificate], check=True, capture_output=True)
    compare("gdcmanon -e", partial(by_gdcm, certificate), 1.5, slices, rounds)


def compare(peer: str, job: Job, target: float, source: Path, rounds: int) -> None:
    """Measure it and ourselves in turns; print how much more it takes."""
    count = len(list(source.iterdir()))
    pairs = [(marginal(job, source)[0], marginal(deidentified, source)[0]) for _ in range(rounds)]

    theirs, ours = (median(each[side] for each in pairs) / count * 1e3 for side in (0, 1))
    ratio = median(each[0] / each[1] for each in pairs)
    table = Table("Tool", "ms of CPU an instance", "airlock", "x airlock", "target")
    outcome = "met" if ratio >= target else "NOT met"
    table.add_row(peer, f"{theirs:.2f}", f"{ours:.2f}", f"{ratio:.1f}", f"at least {target:g}: {outcome}")
    draw(table)
    assert min(min(pair) for pair in pairs) > 0
