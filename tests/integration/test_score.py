"""The score of the shipped profiles on invented studies, per class of actions: all of them, every time."""

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from tests.score.beyond import beyond
from tests.score.judging import judged
from tests.score.key import Kind
from tests.score.keys import parts, same_again, unlinkable
from tests.score.outcomes import Outcome, Outcomes, by_airlock, outcomes
from tests.score.returns import RESULTS, ways_back
from tests.score.studies import Collection, generate
from tests.score.tally import failures

profiles = pytest.mark.parametrize("profile", ["basic", "extended"])
#: how `airlock deid run` ends where it holds a file, as documents are
_SOME_ARE_HELD = 1
#: the four ways in which a structure set references its images (PS3.3 sections C.8.8.5 and C.8.8.6)
_FRAME = ("ReferencedFrameOfReferenceSequence", "0")
_STUDY = (*_FRAME, "RTReferencedStudySequence", "0")
_SERIES = (*_STUDY, "RTReferencedSeriesSequence", "0")
REFERENCES = {
    (*_FRAME, "FrameOfReferenceUID"): "FrameOfReferenceUID",
    (*_STUDY, "ReferencedSOPInstanceUID"): "StudyInstanceUID",
    (*_SERIES, "SeriesInstanceUID"): "SeriesInstanceUID",
    (*_SERIES, "ContourImageSequence", "0", "ReferencedSOPInstanceUID"): "SOPInstanceUID",
}


@cache
def collection(seed: int) -> Collection:
    """Studies of patients of every script."""
    return generate(seed)


@cache
def released(seed: int, profile: str, secret: str = "one") -> Outcomes:
    """What one worker makes of them."""
    return outcomes(collection(seed), by_airlock(profile, secret))


@pytest.mark.parametrize("seed", [1, 2])
def test_every_action_of_the_key_is_done(seed: int) -> None:
    """What identifies is gone or mapped, and everything else stays, in each of the ten classes."""
    score = judged(collection(seed), released(seed, "extended"))

    assert failures(score) == {}
    assert set(score) == set(Kind)
    assert min(tally.total for tally in score.values()) >= 50


@profiles
def test_what_the_benchmark_does_not_check_is_right_as_well(profile: str) -> None:
    """Intervals, one UID for one, references, markers, file meta, and no identifier in any byte."""
    score = beyond(collection(1), released(1, profile), profile)

    assert failures(score) == {}
    assert len(score) == (7 if profile == "extended" else 6)


@profiles
def test_a_structure_set_references_its_images(profile: str) -> None:
    """Frame of reference, study, series and instance: four of four."""
    after = released(1, profile)
    structures, image = (after[f"patient0/study0/{kind}"].values for kind in ("rtstruct", "ct0"))

    assert len(REFERENCES) == 4
    assert {own: structures[place] for place, own in REFERENCES.items()} == {
        own: image[own,] for own in REFERENCES.values()
    }


@profiles
def test_a_worker_gives_the_same_in_any_order(profile: str) -> None:
    """Nothing depends on what it has seen before."""
    assert failures(same_again(collection(2), released(2, profile), profile)) == {}


@profiles
def test_nothing_links_two_keys(profile: str) -> None:
    """Of all pseudonyms of a collection not one, nor a part of one, comes again under another key."""
    score = unlinkable(collection(2), released(2, profile), released(2, profile, "another key"))

    assert failures(score) == {}


@profiles
def test_results_of_every_kind_lead_back(profile: str) -> None:
    """What was made of the scans, de-identified with them, points at the originals again."""
    score = ways_back(collection(1), profile)

    assert failures(score) == {}
    assert score["way back"].total > len(RESULTS) * len(collection(1).files) / 9


def run(folder: Path, key: bytes, name: str, hash_seed: str) -> Outcomes:
    """De-identify the files of a folder in a process of its own."""
    key_file = folder / f"{name}.key"
    key_file.write_bytes(key)
    key_file.chmod(0o600)
    airlock = str(Path(sys.executable).with_name("airlock"))
    command = [airlock, "deid", "run", str(folder / "scans"), str(folder / name)]
    options = ["--profile", "extended", "--key-file", str(key_file)]
    environ = {**os.environ, "PYTHONHASHSEED": hash_seed}
    done = subprocess.run([*command, *options], env=environ, check=False, capture_output=True)

    assert done.returncode == _SOME_ARE_HELD
    return {path.name: Outcome(path.read_bytes()) for path in sorted((folder / name).glob("*.dcm"))}


def test_processes_agree_and_keys_do_not(tmp_path: Path) -> None:
    """One key gives the same bytes in every process; another one gives nothing that was there before."""
    files = generate(4, ("japanese",)).files
    for number, file in enumerate(files.values()):
        (tmp_path / "scans").mkdir(exist_ok=True)
        (tmp_path / "scans" / f"{number}.dcm").write_bytes(file.content)
    one, again = (
        run(tmp_path, bytes(range(32)), name, seed) for name, seed in (("one", "1"), ("again", "2"))
    )
    other = run(tmp_path, bytes(range(1, 33)), "other", "1")

    assert len(one) == len(other) == sum(file.kind != "doc" for file in files.values())
    assert {name: outcome.content for name, outcome in one.items()} == {
        name: outcome.content for name, outcome in again.items()
    }
    known = {part for outcome in one.values() for part in parts(outcome)}
    assert all(known.isdisjoint(parts(outcome)) for outcome in other.values())
