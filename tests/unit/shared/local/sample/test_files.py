"""The whole sample: its bytes, its planted identifiers and its bad files."""

import subprocess
import sys
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import pydicom
import pytest
from pydicom.errors import InvalidDicomError

from shared.local.sample import Sample, make_sample
from shared.local.sample.patients import GENSOU, NEBYLITSK, QUIRINSFELD, Patient


def bytes_below(folder: Path) -> dict[str, bytes]:
    """Every file by its path below the folder."""
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def instances(contents: dict[str, bytes]) -> list[str]:
    """The names of the instances that are meant to be good."""
    return [name for name in contents if name.endswith(".dcm") and not name.startswith("bad/")]


def test_the_same_seed_gives_the_same_bytes(sample: Sample, tmp_path: Path) -> None:
    """A second run writes the same files, the archive included, and names the same identifiers."""
    again = make_sample(tmp_path)

    assert bytes_below(tmp_path) == bytes_below(sample.folder)
    assert again.identifiers == sample.identifiers


def test_another_seed_gives_other_uids_and_images(sample: Sample, tmp_path: Path) -> None:
    """Nothing but pydicom's own files and the letter stays the same under another seed."""
    make_sample(tmp_path, seed=7)
    first, other = bytes_below(sample.folder), bytes_below(tmp_path)
    same = {name for name in first if first[name] == other[name]}

    assert first.keys() == other.keys()
    assert same == {name for name in first if name.startswith("pydicom")} | {"bad/not_dicom.dcm"}


def test_counts_are_those_of_the_files(sample: Sample, contents: dict[str, bytes]) -> None:
    """The counts that the sample states are the counts of its folder and archive."""
    bad = [name for name in contents if name.startswith("bad/")]
    others = [n for n in contents if n.startswith("archive.zip/") and not n.endswith(".dcm")]

    assert sample.instance_count == len(instances(contents)) == 58
    assert sample.bad_count == len(bad) == 3
    assert sample.other_count == len(others) == 2


def test_every_good_instance_is_readable(contents: dict[str, bytes]) -> None:
    """The oracle reads each good instance without force, and each names its study, series and instance."""
    for name in instances(contents):
        image = pydicom.dcmread(BytesIO(contents[name]))

        assert all((image.StudyInstanceUID, image.SeriesInstanceUID, image.SOPInstanceUID))


def test_base_names_repeat_within_the_archive(sample: Sample) -> None:
    """Two folders of the archive hold different instances under the same base names."""
    with ZipFile(sample.folder / "archive.zip") as archive:
        names = [name for name in archive.namelist() if name.endswith(".dcm")]
        distinct = {archive.read(name) for name in names}

    assert sorted(name.rsplit("/", 1)[1] for name in names) == sorted(
        ["IM0001.dcm", "IM0001.dcm", "IM0002.dcm", "IM0002.dcm", "IM0003.dcm"]
    )
    assert len(distinct) == 5


def test_the_archive_carries_a_real_dicomdir(contents: dict[str, bytes]) -> None:
    """The DICOMDIR is a Media Storage Directory (PS3.3 F), no image."""
    directory = pydicom.dcmread(BytesIO(contents[f"archive.zip/{NEBYLITSK.patient_id}/DICOMDIR"]))

    assert directory.file_meta.MediaStorageSOPClassUID == "1.2.840.10008.1.3.10"


@pytest.mark.parametrize("patient", [QUIRINSFELD, GENSOU, NEBYLITSK])
def test_identifiers_occur_in_their_own_encoding(patient: Patient, contents: dict[str, bytes]) -> None:
    """Every identifier of a patient is found in the files, as bytes of the patient's own character set."""
    everything = b"\n".join(contents.values())
    missing = [text for text in patient.identifiers if patient.encoded(text) not in everything]

    assert missing == []


def test_all_identifiers_have_an_encoded_form_that_occurs(sample: Sample, contents: dict[str, bytes]) -> None:
    """No identifier is promised that was not planted, the UIDs included."""
    everything = b"\n".join(contents.values())
    encodings = ("utf-8", "iso2022_jp", "iso8859_5")
    forms = {
        text: {text.encode(e, errors="replace") for e in encodings} & sample.encoded_identifiers
        for text in sample.identifiers
    }
    missing = [text for text, encoded in forms.items() if not any(form in everything for form in encoded)]

    assert missing == []


def test_japanese_names_are_searched_without_escape_sequences_too(sample: Sample) -> None:
    """The bytes of a name within a longer Japanese text have no escape sequences around them."""
    assert "龍之介郎".encode("iso2022_jp")[3:-3] in sample.encoded_identifiers


def test_identifiers_do_not_appear_by_chance(sample: Sample, contents: dict[str, bytes]) -> None:
    """No form is short, and none occurs in the files that are not ours."""
    foreign = b"\n".join(content for name, content in contents.items() if name.startswith("pydicom/"))

    assert min(len(form) for form in sample.encoded_identifiers) >= 6
    assert [form for form in sample.encoded_identifiers if form in foreign] == []


def test_every_form_but_uids_and_ascii_differs_between_encodings() -> None:
    """A Cyrillic name has other bytes in its own character set than in UTF-8, and both are listed."""
    text = "Подорожников"

    assert {text.encode("iso8859_5"), text.encode("utf-8")} <= NEBYLITSK.encoded_identifiers


def test_the_truncated_file_ends_within_pixel_data(contents: dict[str, bytes]) -> None:
    """Pixel Data announces twice as many bytes as there are."""
    content = contents["bad/truncated.dcm"]
    header = pydicom.dcmread(BytesIO(content), stop_before_pixels=True)
    start = content.index(b"\xe0\x7f\x10\x00OW\x00\x00") + 8
    announced = int.from_bytes(content[start : start + 4], "little")

    assert announced == header.Rows * header.Columns * 2
    assert len(content) - start - 4 == announced // 2


def test_the_other_file_is_not_dicom(contents: dict[str, bytes]) -> None:
    """There is no DICOM prefix, and pydicom refuses it."""
    with pytest.raises(InvalidDicomError):
        pydicom.dcmread(BytesIO(contents["bad/not_dicom.dcm"]))


def test_the_nameless_file_lacks_two_uids_alone(contents: dict[str, bytes]) -> None:
    """Study and Series Instance UID are absent; the rest is a complete CT image."""
    image = pydicom.dcmread(BytesIO(contents["bad/missing_uids.dcm"]))

    assert "StudyInstanceUID" not in image
    assert "SeriesInstanceUID" not in image
    assert image.pixel_array.shape == (64, 64)


def test_the_command_prints_counts_and_no_identifier(tmp_path: Path) -> None:
    """`python -m shared.local.sample FOLDER` writes the sample and prints counts alone."""
    run = subprocess.run(
        [sys.executable, "-W", "error", "-m", "shared.local.sample", str(tmp_path / "out")],
        check=True,
        capture_output=True,
        text=True,
    )

    assert run.stdout.startswith("58 instances, 3 bad files, 2 other archive members, ")
    assert not run.stderr
    assert (tmp_path / "out" / "archive.zip").is_file()
