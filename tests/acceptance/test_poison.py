"""Files, archives and series that can never succeed: recorded with their code, and nothing else stops."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shared.balance import Balance
from shared.local.sample.patients import QUIRINSFELD
from shared.local.sample.series import file_of
from tests.acceptance.flow import Flow, opened
from tests.acceptance.samples import (
    SECOND_OPINION,
    archive,
    changed,
    ct,
    damaged,
    encrypted,
    replaced,
    without_meta,
    write,
    write_series,
)

#: a SOP Class that PS3.3 has no IOD for any more
RETIRED_NUCLEAR_MEDICINE = "1.2.840.10008.5.1.4.1.1.5"


def good(label: str) -> dict[str, bytes]:
    """Two files that no exception may hold up."""
    return {f"{label}/{number}.dcm": file_of(image) for number, image in enumerate(ct(label, 2))}


# -- files


FIRST = ct("bad", 2)[0]
WHOLE = file_of(FIRST)
STUDY = FIRST.StudyInstanceUID.encode()
BOMB = {"Rows": 65535, "Columns": 65535, "NumberOfFrames": 9}

#: what a file holds, by its name, and the code of its exception
BAD_FILES: dict[str, tuple[bytes, str]] = {
    "letter.dcm": (b"Dear colleague,\n" * 40, "not_dicom"),
    "empty.dcm": (b"", "not_dicom"),
    "bare.dcm": (without_meta(WHOLE), "file_meta_missing"),
    "cut_in_the_pixels.dcm": (WHOLE[:-100], "truncated"),
    "cut_in_the_header.dcm": (WHOLE[:1500], "truncated"),
    "cut_in_the_meta.dcm": (WHOLE[:200], "truncated"),
    "twice.dcm": (replaced(WHOLE, b"\x08\0\x20\0DA", b"\x08\0\x16\0UI"), "malformed"),
    "syntax.dcm": (
        replaced(WHOLE, b"1.2.840.10008.1.2.1\0", b"1.2.840.10008.1.2.7\0"),
        "transfer_syntax_unknown",
    ),
    "no_series.dcm": (changed(FIRST, SeriesInstanceUID=None), "attribute_missing"),
    "no_patient_id.dcm": (changed(FIRST, PatientID=""), "attribute_missing"),
    "uid.dcm": (WHOLE.replace(STUDY, b"2.05" + STUDY[4:]), "uid_invalid"),
    "date.dcm": (WHOLE.replace(b"20190317", b"20191317"), "value_invalid"),
    "bits.dcm": (changed(FIRST, HighBit=3), "image_inconsistent"),
    "rows.dcm": (changed(FIRST, Rows=31), "pixel_data_length"),
    "bomb.dcm": (changed(FIRST, **BOMB), "limit_exceeded"),
    "broken.zip": (b"PK\3\4" + b"no archive " * 20, "archive_unreadable"),
}


@pytest.fixture(scope="module")
def poisoned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flow]:
    """An installation that has run all bad files and two good ones."""
    contents = {name: content for name, (content, _) in BAD_FILES.items()} | good("good")
    files = write(tmp_path_factory.mktemp("bad"), contents)
    with opened(tmp_path_factory.mktemp("poisoned")) as flow:
        flow.run(files)
        yield flow


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_file_is_an_exception_with_its_code(poisoned: Flow, name: str) -> None:
    """Every file that cannot be accepted is one open exception, with the code of what is wrong."""
    codes = [
        each.code for each in poisoned.exceptions("open") if each.blob and each.blob.name.endswith(f"/{name}")
    ]

    assert codes == [BAD_FILES[name][1]]


def test_bad_files_hold_up_no_good_one(poisoned: Flow) -> None:
    """The good files among the bad ones are exported, and every bad one is counted."""
    assert poisoned.balance == Balance(len(BAD_FILES) + 2, 2, 0, 0, 0, 0, len(BAD_FILES))


def test_bad_file_is_tried_once(poisoned: Flow) -> None:
    """What cannot get better is not tried again."""
    assert {each.attempts for each in poisoned.exceptions()} == {1}


def test_instance_of_another_patient_is_kept_out_of_the_series(flow: Flow, tmp_path: Path) -> None:
    """An instance whose series belongs to somebody else waits for a person; the others go on."""
    images = ct("mixed", 3)
    others = {"z.dcm": changed(images[2], PatientID="SOMEBODY-ELSE")}
    flow.run(write(tmp_path, {f"{n}.dcm": file_of(image) for n, image in enumerate(images[:2])} | others))

    assert flow.failures == [("validate", "patient_inconsistent")]
    assert flow.balance == Balance(3, 2, 0, 0, 0, 0, 1)


# -- archives


def outside() -> bytes:
    """An archive with a member that would leave its folder."""
    return archive({"../outside.dcm": WHOLE, **good("archived")})


def locked() -> bytes:
    """An archive with an encrypted member."""
    return encrypted(archive({"locked.dcm": WHOLE, **good("archived")}), "locked.dcm")


def spoilt() -> bytes:
    """An archive with a member that cannot be inflated."""
    return damaged(archive({"spoilt.dcm": WHOLE, **good("archived")}), "spoilt.dcm")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (outside, "archive_member_unsafe"),
        (locked, "archive_member_encrypted"),
        (spoilt, "archive_member_unreadable"),
    ],
)
def test_bad_member_holds_up_no_other_member(
    flow: Flow, tmp_path: Path, make: Callable[[], bytes], code: str
) -> None:
    """A member that cannot be unpacked is one exception; the other members are exported."""
    flow.run(write(tmp_path, {"archive.zip": make()}))

    assert flow.failures == [("unpack", code)]
    assert flow.balance == Balance(3, 2, 0, 0, 0, 0, 1)


def test_archives_within_archives_are_unpacked_as_deep_as_allowed(flow: Flow, tmp_path: Path) -> None:
    """An archive in an archive is unpacked; one more level is refused and counted as one."""
    two_deep = archive({"inner.zip": archive(good("two deep"))})
    three_deep = archive({"inner.zip": archive({"inmost.zip": archive(good("three deep"))})})
    flow.run(write(tmp_path, {"two.zip": two_deep, "three.zip": three_deep}))

    assert flow.failures == [("unpack", "archive_member_unsafe")]
    assert flow.balance == Balance(3, 2, 0, 0, 0, 0, 1)


# -- series


RETIRED_CLASS = f"""\
name: retired
description: Secondary captures, which no de-identification rule covers.
priority: 20
when: {{attribute: SOPClassUID, equals: {RETIRED_NUCLEAR_MEDICINE}}}
profile: basic
destination: autosegmentation
template: head_and_neck
"""


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"BurnedInAnnotation": "YES"}, "pixels_identifying"),
        ({"ConvolutionKernel": QUIRINSFELD.patient_id}, "residue"),
        ({"SOPClassUID": RETIRED_NUCLEAR_MEDICINE}, "sop_class_unsupported"),
    ],
)
def test_series_that_cannot_be_deidentified_is_held_as_a_whole(
    flow: Flow, tmp_path: Path, values: dict[str, object], code: str
) -> None:
    """Nothing of the series is released; another series goes on."""
    (flow.policy / "match" / "retired.yaml").write_text(RETIRED_CLASS)
    flow.run(write_series(tmp_path, "held", **values), write_series(tmp_path, "good"))

    assert flow.failures == [("deidentify", code)]
    assert len(flow.objects("released", "jobs/")) == len(["shard", "result"])
    assert flow.balance == Balance(4, 2, 0, 0, 0, 0, 2)


def test_series_that_several_rulesets_claim_is_held(flow: Flow, tmp_path: Path) -> None:
    """Rulesets of the same priority that claim one series are an exception of that series."""
    (flow.policy / "match" / "second_opinion.yaml").write_text(SECOND_OPINION)
    flow.run(write_series(tmp_path, "claimed"))

    assert flow.failures == [("match", "rulesets_ambiguous")]
    assert flow.balance == Balance(2, 0, 0, 0, 0, 0, 2)
