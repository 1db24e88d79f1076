"""`deidentify`: a shard is de-identified, held at the gate, and released as one object."""

import io
import random
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest
from pydicom import dcmread
from pydicom.uid import UID

from functions.deidentify.handler import deidentify
from shared.adapters.clock import FakeClock
from shared.adapters.files import FileKeys
from shared.archive import INDEX_NAME, Member
from shared.deid.crosswalk import Crosswalk, unseal
from shared.deid.profile import Profile
from shared.errors import (
    AirlockError,
    ConfigurationError,
    PixelsIdentifying,
    PreconditionFailed,
    RecordConflict,
    Residue,
    SopClassUnsupported,
    StorageUnavailable,
)
from shared.events import DeidentifyShard, Event, SeriesDeidentified
from shared.identifiers import BlobRef
from shared.ports.records import GenerationRecord
from shared.states import SeriesState
from shared.wiring import EmbeddedWiring
from tests.contracts.blob_reading import get
from tests.doubles import FailingOnce, Journal, RecordingLedger, WatchedBlobs
from tests.factories import series_ref, uid
from tests.instances import PATIENT_ID, ct_image, without_meta
from tests.unit.functions.steps import accept, claim_for_ruleset, complete

PROFILE = Profile(name="basic", description="The Basic Profile.")
PROFILES = {"basic": PROFILE}
MIB = 1 << 20


def run(
    wiring: EmbeddedWiring,
    shard: int = 0,
    *,
    generation: int = 1,
    profiles: Mapping[str, Profile] = PROFILES,
    **ports: Any,
) -> list[Event]:
    """Handle one shard of series 1; other ports may be given by name."""
    event = DeidentifyShard(series=series_ref(), generation=generation, shard=shard, shard_count=1)
    bound = {
        "clinical": wiring.clinical,
        "released": wiring.released,
        "ledger": wiring.ledger,
        "keys": wiring.keys,
        **ports,
    }
    return list(deidentify(event, profiles=profiles, **bound))


def prepare(wiring: EmbeddedWiring, count: int = 2, *, shard_size: int = 100, profile: str = "basic") -> None:
    """Let a ruleset claim a series of some images."""
    for number in range(1, count + 1):
        accept(wiring, number)
    claim_for_ruleset(wiring, complete(wiring), shard_size=shard_size, profile=profile)


def prepare_one(wiring: EmbeddedWiring, content: bytes) -> None:
    """Let a ruleset claim a series of one image with these bytes."""
    accept(wiring, 1, content=content)
    claim_for_ruleset(wiring, complete(wiring))


def stored(wiring: EmbeddedWiring) -> GenerationRecord:
    """The latest generation of series 1."""
    record = wiring.ledger.generation(series_ref())
    assert record is not None
    return record


def released_to(wiring: EmbeddedWiring) -> Sequence[BlobRef | None]:
    """Where each shard of generation 1 was released to."""
    return [each.released for each in wiring.ledger.shards(series_ref(), 1)]


def archive_at(wiring: EmbeddedWiring, ref: BlobRef | None) -> zipfile.ZipFile:
    """A released shard."""
    assert ref is not None
    return zipfile.ZipFile(io.BytesIO(get(wiring.released, ref)))


def names(wiring: EmbeddedWiring) -> tuple[list[str], list[str]]:
    """The objects that were released, and the crosswalks."""
    released = [stat.ref.name for stat in wiring.released.list()]
    return released, [stat.ref.name for stat in wiring.clinical.list("crosswalks/")]


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
    index = msgspec.json.decode(archive.read(INDEX_NAME), type=tuple[Member, ...])
    assert [(each.name, each.size) for each in index] == [
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
    other = Profile(name="basic", description="Another one.", mask=("PatientBirthDate",), dates="shift")
    with pytest.raises(PreconditionFailed):
        run(wiring, profiles={"basic": other})

    assert (list(wiring.released.list()), released_to(wiring)) == (before, [None])


# -- nothing is released


@pytest.mark.parametrize(
    ("attributes", "error"),
    [
        ({"ManufacturerModelName": "Zylberquist 3000"}, Residue),
        ({"BurnedInAnnotation": "YES"}, PixelsIdentifying),
        ({"SOPClassUID": UID("1.2.840.10008.5.1.4.1.1.7")}, SopClassUnsupported),
    ],
    ids=["residue", "burned in", "class"],
)
def test_releases_nothing_of_a_shard_that_is_held(
    wiring: EmbeddedWiring, attributes: dict[str, Any], error: type[AirlockError]
) -> None:
    """One instance that cannot be released holds its shard: no object, no crosswalk, no record."""
    accept(wiring, 1)
    accept(wiring, 2, content=ct_image(2, **attributes))
    claim_for_ruleset(wiring, complete(wiring))
    with pytest.raises(error):
        run(wiring)

    assert names(wiring) == ([], [])
    assert (released_to(wiring), stored(wiring).state) == ([None], SeriesState.MATCHED)


def test_a_held_shard_does_not_hold_the_others(wiring: EmbeddedWiring) -> None:
    """The other shards are released, but the series is not announced."""
    accept(wiring, 1)
    accept(wiring, 2, content=ct_image(2, BurnedInAnnotation="YES"))
    claim_for_ruleset(wiring, complete(wiring), shard_size=1)
    with pytest.raises(PixelsIdentifying):
        run(wiring, 1)

    assert run(wiring, 0) == []
    assert [ref is not None for ref in released_to(wiring)] == [True, False]


# -- what is dropped or refused


def test_drops_a_superseded_generation(wiring: EmbeddedWiring) -> None:
    """A later generation makes the shards of the earlier one void."""
    prepare(wiring)
    accept(wiring, 3)
    complete(wiring, generation=2)

    assert run(wiring) == []
    assert names(wiring) == ([], [])


def test_drops_a_generation_that_nobody_knows(wiring: EmbeddedWiring) -> None:
    """An order about a generation that is not in the ledger does nothing."""
    assert run(wiring, generation=7) == []


class SupersedingLedger(RecordingLedger):
    """A ledger in which a late instance makes a new generation while a shard is being released."""

    def release_shard(self, *arguments: Any) -> None:
        """Release, and be late."""
        self._ledger.release_shard(*arguments)
        latest = self._ledger.generation(series_ref())
        self._ledger.add_generation(
            GenerationRecord(
                series=series_ref(),
                generation=2,
                sop_instance_uids=latest.sop_instance_uids,
                reason="quiet_period",
                completed_at=0.0,
            )
        )


def test_does_not_announce_what_is_superseded_meanwhile(wiring: EmbeddedWiring) -> None:
    """Superseded between its release and its record, a series is dropped by the next delivery."""
    prepare(wiring)
    with pytest.raises(RecordConflict):
        run(wiring, ledger=SupersedingLedger(wiring.ledger, []))

    assert run(wiring) == []


@pytest.mark.parametrize("profile", ["unknown", ""])
def test_refuses_a_profile_that_is_missing(wiring: EmbeddedWiring, profile: str) -> None:
    """Without its profile nothing is de-identified."""
    prepare(wiring, profile=profile)
    with pytest.raises(ConfigurationError) as caught:
        run(wiring)

    assert caught.value.details == {"missing_profile": profile or "none"}
    assert names(wiring) == ([], [])


def test_refuses_a_generation_that_no_ruleset_claimed(wiring: EmbeddedWiring) -> None:
    """A generation without a profile cannot be de-identified."""
    accept(wiring, 1)
    complete(wiring)

    with pytest.raises(ConfigurationError):
        run(wiring)


def test_refuses_an_instance_that_is_not_in_the_ledger(wiring: EmbeddedWiring) -> None:
    """A shard that names an unknown instance is not released in part."""
    accept(wiring, 1)
    generation = complete(wiring)
    claim_for_ruleset(
        wiring, msgspec.structs.replace(generation, sop_instance_uids=(uid(1), uid(2))), shard_size=2
    )
    with pytest.raises(ConfigurationError) as caught:
        run(wiring)

    assert caught.value.details == {"reason": "an instance of the shard is not in the ledger"}
    assert names(wiring) == ([], [])


# -- the pixels and what surrounds them


def test_passes_pixels_through_untouched(wiring: EmbeddedWiring) -> None:
    """Three mebibytes of pixels come out bit for bit, in pieces of at most one."""
    pixels = random.Random(1).randbytes(3 * MIB)
    prepare_one(wiring, ct_image(1, pixels=pixels))
    released = WatchedBlobs(wiring.released)
    run(wiring, released=released)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)

    assert dcmread(archive.open(archive.namelist()[0])).PixelData == pixels
    assert released.largest_write <= MIB


def test_keeps_what_stands_behind_the_pixels(wiring: EmbeddedWiring) -> None:
    """Elements behind Pixel Data are de-identified and released as well."""
    prepare_one(wiring, ct_image(1, CoefficientsSDVN=b"\1\2\3\4"))
    run(wiring)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)

    assert dcmread(archive.open(archive.namelist()[0])).CoefficientsSDVN == b"\1\2\3\4"


def test_releases_an_instance_without_pixels(wiring: EmbeddedWiring) -> None:
    """A header alone is an instance, too."""
    prepare_one(wiring, ct_image(1, PixelData=None))
    run(wiring)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)

    assert "PixelData" not in dcmread(archive.open(archive.namelist()[0]))


def test_releases_what_was_accepted_without_file_meta_information(wiring: EmbeddedWiring) -> None:
    """A data set alone that `validate` accepted by force is released as a proper file."""
    prepare_one(wiring, without_meta(ct_image(1)))
    run(wiring)
    (ref,) = released_to(wiring)
    archive = archive_at(wiring, ref)

    assert dcmread(archive.open(archive.namelist()[0])).file_meta.TransferSyntaxUID == "1.2.840.10008.1.2.1"
