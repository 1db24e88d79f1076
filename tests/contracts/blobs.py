"""What every bucket must hold, whatever it keeps its objects in."""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import google_crc32c
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shared.errors import ObjectNotFound, PreconditionFailed, StorageError
from shared.ports.blobs import Blobs, BlobStat
from tests.contracts.blob_names import HOSTILE_NAMES, NAMES
from tests.contracts.blob_reading import MIB, Notifications, ReadingContract, get, put
from tests.contracts.races import at_once

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BlobsContract(ReadingContract):
    """Subclass it and override `blobs` and `notifications`.

    Attributes:
        unstorable: names that this kind of bucket refuses.
    """

    unstorable: frozenset[str] = frozenset()

    # -- generations and preconditions

    def test_generations_rise(self, blobs: Blobs) -> None:
        """Every write of the bucket has a higher generation, also after a deletion."""
        stats = [put(blobs, "a", b"1"), put(blobs, "b", b"1"), put(blobs, "a", b"1")]
        blobs.delete(stats[-1].ref)
        stats.append(put(blobs, "a", b"1"))

        generations = [stat.ref.generation for stat in stats]
        assert generations == sorted(set(generations))

    def test_a_pinned_generation_ends_with_its_overwriting(self, blobs: Blobs) -> None:
        """Opening gives the generation that was asked for, or nothing."""
        old, new = put(blobs, "a", b"old"), put(blobs, "a", b"new")

        assert get(blobs, new.ref) == b"new"
        with pytest.raises(ObjectNotFound):
            blobs.open(old.ref)

    def test_zero_means_that_there_must_be_none(self, blobs: Blobs) -> None:
        """With `if_generation_match=0` the first write wins and the object stays as it is."""
        first = put(blobs, "a", b"first", if_generation_match=0)
        with pytest.raises(PreconditionFailed):
            put(blobs, "a", b"other", if_generation_match=0)

        assert blobs.stat("a") == first
        assert get(blobs, first.ref) == b"first"

    def test_the_same_upload_again_succeeds(self, blobs: Blobs, notifications: Notifications) -> None:
        """With `if_generation_match=0` identical bytes are an earlier upload: no write, nobody told."""
        first = put(blobs, "a", b"same", if_generation_match=0)
        again = put(blobs, "a", b"same", if_generation_match=0)

        assert again == first
        assert len(notifications()) == 1

    def test_zero_holds_again_after_a_deletion(self, blobs: Blobs) -> None:
        """What was deleted does not exist."""
        blobs.delete(put(blobs, "a", b"first").ref)

        assert get(blobs, put(blobs, "a", b"second", if_generation_match=0).ref) == b"second"

    def test_replaces_the_expected_generation_only(self, blobs: Blobs) -> None:
        """With `if_generation_match=N` only generation N is replaced, also by identical bytes."""
        first = put(blobs, "a", b"first")
        second = put(blobs, "a", b"first", if_generation_match=first.ref.generation)
        for name, wrong in (("a", first), ("missing", second)):
            with pytest.raises(PreconditionFailed):
                put(blobs, name, b"third", if_generation_match=wrong.ref.generation)

        assert second.ref.generation > first.ref.generation
        assert list(blobs.list()) == [second]

    # -- errors inside, deletion

    def test_an_error_inside_leaves_nothing(self, blobs: Blobs, notifications: Notifications) -> None:
        """An object whose writing failed does not exist, and one that was to be replaced stays."""
        old = put(blobs, "old", b"old")
        for name in ("old", "new"):
            with suppress(LookupError), blobs.create(name) as writer:
                writer.write(b"half")
                raise LookupError

        assert list(blobs.list()) == [old]
        assert get(blobs, old.ref) == b"old"
        assert len(notifications()) == 1

    def test_nobody_sees_an_unfinished_object(self, blobs: Blobs) -> None:
        """Until the context ends the object does not exist."""
        with blobs.create("a") as writer:
            writer.write(b"half")
            seen = list(blobs.list())

        assert seen == []
        assert blobs.stat("a") == writer.stat

    def test_deletes_exactly_one_generation(self, blobs: Blobs) -> None:
        """A deletion takes the named generation and no later one; what is gone already is no error."""
        old, new = put(blobs, "a", b"old"), put(blobs, "a", b"new")
        blobs.delete(old.ref)
        kept = get(blobs, new.ref)
        blobs.delete(new.ref)
        blobs.delete(new.ref)

        assert kept == b"new"
        assert list(blobs.list()) == []

    def test_an_open_generation_outlives_its_deletion(self, blobs: Blobs) -> None:
        """Whoever opened a generation reads it to its end, whatever becomes of the object."""
        content = bytes(3 * MIB)
        stat = put(blobs, "a", content)
        with blobs.open(stat.ref) as reader:
            chunks = reader.stream()
            first = next(chunks)
            put(blobs, "a", b"other")

            assert first + b"".join(chunks) == content

    # -- notifications

    def test_notifies_with_the_attributes_of_cloud_storage(
        self, blobs: Blobs, notifications: Notifications
    ) -> None:
        """A notification has exactly the attributes of OBJECT_FINALIZE."""
        stat = put(blobs, "a/b c.dcm", b"content")
        time = EPOCH + timedelta(microseconds=round(stat.finalized_at * 1_000_000))

        assert notifications() == [
            {
                "notificationConfig": f"projects/_/buckets/{blobs.bucket}/notificationConfigs/1",
                "eventType": "OBJECT_FINALIZE",
                "payloadFormat": "JSON_API_V1",
                "bucketId": blobs.bucket,
                "objectId": "a/b c.dcm",
                "objectGeneration": str(stat.ref.generation),
                "eventTime": f"{time:%Y-%m-%dT%H:%M:%S.%fZ}",
            }
        ]

    def test_notifies_of_what_was_overwritten(self, blobs: Blobs, notifications: Notifications) -> None:
        """`overwroteGeneration` names the generation that was replaced, and only then is there."""
        first = put(blobs, "a", b"1")
        put(blobs, "a", b"2")

        overwrote = [attributes.get("overwroteGeneration") for attributes in notifications()]
        assert overwrote == [None, str(first.ref.generation)]

    # -- races

    def test_one_of_many_creators_wins(self, blobs: Blobs, notifications: Notifications) -> None:
        """Of 16 writers of different bytes with `if_generation_match=0` exactly one wins."""
        results = at_once(16, lambda n: put(blobs, "a", b"writer %d" % n, if_generation_match=0))

        won = [n for n, result in enumerate(results) if isinstance(result, BlobStat)]
        lost = [result for result in results if isinstance(result, PreconditionFailed)]
        assert (len(won), len(lost)) == (1, 15)
        assert get(blobs, blobs.stat("a").ref) == b"writer %d" % won[0]
        assert len(notifications()) == 1

    def test_many_identical_creators_make_one_generation(
        self, blobs: Blobs, notifications: Notifications
    ) -> None:
        """16 deliveries of one upload at once all succeed and make one generation."""
        results = at_once(16, lambda _: put(blobs, "a", b"same", if_generation_match=0))

        assert results == [blobs.stat("a")] * 16
        assert len(notifications()) == 1

    def test_readers_never_see_another_generation(self, blobs: Blobs) -> None:
        """While 8 writers overwrite an object, readers get their generation's bytes or none."""
        put(blobs, "a", b"start")

        def overwrite_and_read(n: int) -> list[tuple[str, str]]:
            seen = []
            for turn in range(8):
                put(blobs, "a", b"%02d" % (n * 8 + turn))
                stat = blobs.stat("a")
                with suppress(ObjectNotFound):
                    seen.append((f"{google_crc32c.value(get(blobs, stat.ref)):08x}", stat.crc32c))
            return seen

        seen = [
            pair for result in at_once(8, overwrite_and_read) if isinstance(result, list) for pair in result
        ]
        assert len(seen) > 0
        assert [read for read, _ in seen] == [expected for _, expected in seen]

    # -- names

    def test_hostile_names_live_together(self, blobs: Blobs) -> None:
        """All hostile names are different objects of one bucket, whatever order they come in."""
        names = [name for name in HOSTILE_NAMES if name not in self.unstorable]
        stats = [put(blobs, name, name.encode()) for name in names]

        assert [get(blobs, stat.ref).decode() for stat in stats] == names
        assert [stat.ref.name for stat in blobs.list()] == sorted(names, key=str.encode)

    def test_refuses_the_names_that_it_cannot_hold(self, blobs: Blobs) -> None:
        """A name that no such bucket holds is an error, and leaves nothing."""
        for name in self.unstorable:
            with pytest.raises(StorageError):
                put(blobs, name, b"x")

        assert list(blobs.list()) == []

    @settings(
        max_examples=40,
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors],
    )
    @given(names=st.lists(NAMES, min_size=1, max_size=5, unique=True))
    def test_any_name_is_an_object_of_its_own(self, blobs: Blobs, names: list[str]) -> None:
        """Objects of any names are written, listed, read and deleted without touching each other."""
        names = [name for name in names if name not in self.unstorable and not self.unstorable & set(name)]
        stats = [put(blobs, name, name.encode()) for name in names]
        contents = [get(blobs, stat.ref).decode() for stat in stats]
        listed = [stat.ref.name for stat in blobs.list()]
        for stat in stats:
            blobs.delete(stat.ref)

        assert contents == names
        assert listed == sorted(names, key=str.encode)
        assert list(blobs.list()) == []
