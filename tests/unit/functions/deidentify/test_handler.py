"""`deidentify`: a shard is de-identified and released as one object, and the same again."""

import io
import zipfile
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydicom import dcmread

from shared.adapters.clock import FakeClock
from shared.adapters.files import FileKeys
from shared.archive import INDEX_NAME, Index
from shared.deid.crosswalk import Crosswalk, unseal
from shared.deid.rules.editions import EDITIONS
from shared.deid.rules.profile import Profile
from shared.errors import (
    PreconditionFailed,
    StorageUnavailable,
)
from shared.events import SeriesDeidentified
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.doubles import FailingOnce, Journal, RecordingLedger
from tests.factories import series_ref, uid
from tests.instances import PATIENT_ID, ct_image
from tests.unit.functions.deidentify.harness import (
    archive_at,
    cut,
    names,
    prepare,
    released_to,
    run,
    stored,
)
from tests.unit.functions.steps import arrive, claim_for_ruleset, complete
from tests.unit.functions.validate.harness import run as validate
from tests.watched_blobs import WatchedBlobs

# -- one shard


def test_releases_a_shard_as_one_archive(wiring: EmbeddedWiring) -> None:
    """The archive holds each instance under its new UID, readable and clean, and an index of them all."""
    prepare(wiring)
    (event,) = run(wiring)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)
    images = [dcmread(archive.open(name)) for name in archive.namelist()[:-1]]

    assert isinstance(event, SeriesDeidentified)
    assert archive.namelist()[-1] == INDEX_NAME
    assert archive.namelist()[:-1] == [f"{image.SOPInstanceUID}.dcm" for image in images]
    assert {uid(1), uid(2)}.isdisjoint(image.SOPInstanceUID for image in images)
    assert all(image.PatientID not in {PATIENT_ID, ""} for image in images)
    assert [image.InstanceNumber for image in images] == [1, 2]
    index = msgspec.json.decode(archive.read(INDEX_NAME), type=Index)
    assert index.editions == EDITIONS
    assert [(each.name, each.size) for each in index.instances] == [
        (name, archive.getinfo(name).file_size) for name in archive.namelist()[:-1]
    ]


def test_says_that_the_series_is_deidentified(wiring: EmbeddedWiring) -> None:
    """The event tells the released side all that it may know, under an opaque job id."""
    prepare(wiring)
    events = run(wiring)
    job_id = stored(wiring).job_id

    assert events == [
        SeriesDeidentified(
            job_id=job_id or "",
            destination="autosegmentation",
            template="thorax",
            profile="basic",
            shards=tuple(each for each in released_to(wiring) if each),
            instance_count=2,
        )
    ]
    assert stored(wiring).state is SeriesState.DEIDENTIFIED
    assert job_id is not None
    assert len(job_id) == 32
    assert names(wiring) == ([f"jobs/{job_id}/shard-0000.zip"], [f"crosswalks/{job_id}/0000"])


def test_keeps_the_way_back(wiring: EmbeddedWiring) -> None:
    """The crosswalk leads from each released UID to its original, and knows the patient."""
    prepare(wiring)
    run(wiring)
    (stat,) = wiring.clinical.list("crosswalks/")
    crosswalk = unseal(get(wiring.clinical, stat.ref), wiring.keys)
    (ref,) = released_to(wiring)
    sent = tuple(name.removesuffix(".dcm") for name in archive_at(wiring, ref).namelist()[:-1])

    assert crosswalk == Crosswalk(
        job_id=stored(wiring).job_id or "",
        series=series_ref(),
        generation=1,
        uids=crosswalk.uids,
        sop_instance_uids=sent,
        shift_days=crosswalk.shift_days,
        identity={
            "PatientID": PATIENT_ID,
            "PatientName": "Zylberquist^Ottokar",
            "StudyDate": "20240229",
        },
    )
    assert [crosswalk.uids[each] for each in sent] == [uid(1), uid(2)]
    assert set(crosswalk.uids.values()) == {
        uid(1),
        uid(2),
        series_ref().study_instance_uid,
        series_ref().series_instance_uid,
    }


def test_writes_the_crosswalk_before_the_shard(wiring: EmbeddedWiring) -> None:
    """Nothing goes out that could not come back: first the crosswalk, then the shard, then the records."""
    prepare(wiring)
    journal: Journal = []
    run(
        wiring,
        clinical=WatchedBlobs(wiring.clinical, journal),
        released=WatchedBlobs(wiring.released, journal),
        ledger=RecordingLedger(wiring.ledger, journal),
    )
    job_id = stored(wiring).job_id

    assert [each for each in journal if each[1] != "open"] == [
        ("clinical", "create", f"crosswalks/{job_id}/0000"),
        ("released", "create", f"jobs/{job_id}/shard-0000.zip"),
        ("ledger", "release_shard", ""),
        ("ledger", "replace_generation", ""),
    ]


# -- several shards


def test_only_the_last_shard_announces_the_series(wiring: EmbeddedWiring) -> None:
    """In whatever order the shards are done, one event names all of them in their order."""
    prepare(wiring, 3, shard_size=1)

    assert (run(wiring, 2), run(wiring, 0)) == ([], [])
    assert stored(wiring).state is SeriesState.MATCHED
    (event,) = run(wiring, 1)
    assert isinstance(event, SeriesDeidentified)
    assert list(event.shards) == released_to(wiring)
    assert [ref.name.rpartition("/")[2] for ref in event.shards] == [
        "shard-0000.zip",
        "shard-0001.zip",
        "shard-0002.zip",
    ]
    assert event.instance_count == 3


def test_every_shard_has_the_way_back_of_its_own_instances(wiring: EmbeddedWiring) -> None:
    """The crosswalks of a series are one a shard, all under one job."""
    prepare(wiring, 2, shard_size=1)
    run(wiring, 0)
    run(wiring, 1)
    crosswalks = [unseal(get(wiring.clinical, stat.ref), wiring.keys) for stat in wiring.clinical.list("cro")]

    assert [[each.uids[new] for new in each.sop_instance_uids] for each in crosswalks] == [[uid(1)], [uid(2)]]
    assert {each.job_id for each in crosswalks} == {stored(wiring).job_id}


# -- where the originals lie


class Looked:
    """Passes everything on to a ledger and keeps the instances that were looked up."""

    def __init__(self, ledger: Any) -> None:
        self._ledger = ledger
        self.uids: list[str] = []

    def __getattr__(self, method: str) -> Any:
        return getattr(self._ledger, method)

    def instance(self, sop_instance_uid: str) -> Any:
        """Look one up."""
        self.uids.append(sop_instance_uid)
        return self._ledger.instance(sop_instance_uid)


def test_looks_no_instance_up(wiring: EmbeddedWiring) -> None:
    """The shard says where its instances lie."""
    prepare(wiring, 3)
    ledger = Looked(wiring.ledger)
    run(wiring, ledger=ledger)

    assert ledger.uids == []


def test_follows_an_original_that_was_uploaded_again(wiring: EmbeddedWiring) -> None:
    """The same bytes overwrote an original after its shard was cut: it is looked up, and found."""
    for number in (1, 2):
        validate(wiring, arrive(wiring.clinical, ct_image(number), f"intake/{number}.dcm"))
    claim_for_ruleset(wiring, complete(wiring))
    shard = cut(wiring)[0]
    validate(wiring, arrive(wiring.clinical, ct_image(2), "intake/2.dcm"))
    ledger = Looked(wiring.ledger)
    (event,) = run(wiring, ledger=ledger)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)
    images = [dcmread(archive.open(name)) for name in archive.namelist()[:-1]]

    assert isinstance(event, SeriesDeidentified)
    assert ledger.uids == [uid(2)]
    assert [image.InstanceNumber for image in images] == [1, 2]
    assert cut(wiring)[0].instances == shard.instances


# -- the same again


def test_says_the_same_again_without_work(wiring: EmbeddedWiring) -> None:
    """A second delivery of the last shard reads and writes no object and gives the same event."""
    prepare(wiring)
    first = run(wiring)
    journal: Journal = []

    assert (
        run(
            wiring,
            clinical=WatchedBlobs(wiring.clinical, journal),
            released=WatchedBlobs(wiring.released, journal),
            ledger=RecordingLedger(wiring.ledger, journal),
        )
        == first
    )
    assert journal == []


def test_gives_the_same_bytes_after_a_crash(wiring: EmbeddedWiring) -> None:
    """A shard that was released but not recorded is found again: same bytes, same generation."""
    prepare(wiring)
    ledger = FailingOnce(wiring.ledger, "release_shard", StorageUnavailable())
    with pytest.raises(StorageUnavailable):
        run(wiring, ledger=ledger)
    before = list(wiring.released.list()), list(wiring.clinical.list())

    assert released_to(wiring) == [None]
    (event,) = run(wiring, ledger=ledger)
    assert isinstance(event, SeriesDeidentified)
    assert (list(wiring.released.list()), list(wiring.clinical.list())) == before


def test_gives_the_same_bytes_in_any_worker(wiring: EmbeddedWiring, tmp_path: Path) -> None:
    """Another installation with the same key makes the same shard; with another key nothing is alike."""
    shards = []
    for number, key in enumerate([b"a" * 32, b"a" * 32, b"b" * 32]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "key").write_bytes(key)
        (folder / "key").chmod(0o600)
        clock = FakeClock(1_800_000_000.0 + 86_400 * number)
        other = EmbeddedWiring(folder / "workspace", folder, clock=clock, environ={})
        prepare(other)
        (event,) = run(other, keys=FileKeys(folder / "key"))
        assert isinstance(event, SeriesDeidentified)
        shards.append((event.job_id, get(other.released, event.shards[0])))
        other.close()

    assert shards[0] == shards[1]
    assert shards[0][0] != shards[2][0]
    with zipfile.ZipFile(io.BytesIO(shards[0][1])) as one, zipfile.ZipFile(io.BytesIO(shards[2][1])) as two:
        assert set(one.namelist()) & set(two.namelist()) == {INDEX_NAME}


def test_refuses_to_release_a_second_version(wiring: EmbeddedWiring) -> None:
    """Where another profile would give other bytes under a released name, nothing is replaced."""
    prepare(wiring)
    ledger = FailingOnce(wiring.ledger, "release_shard", StorageUnavailable())
    with pytest.raises(StorageUnavailable):
        run(wiring, ledger=ledger)
    before = list(wiring.released.list())
    other = Profile(
        name="basic", description="Another one.", mask=("InstitutionName",), options=("modified_dates",)
    )
    with pytest.raises(PreconditionFailed):
        run(wiring, profiles={"basic": other})

    assert (list(wiring.released.list()), released_to(wiring)) == (before, [None])
