"""`unpack` on archives of instances that are there already: their copies are told, with few requests."""

from shared.events import ArchiveUnpacked
from shared.wiring import EmbeddedWiring
from tests.archives import zipped
from tests.instances import ct_image
from tests.unit.functions.unpack.harness import ONE, TWO, failures, instances, run, stored
from tests.watched_blobs import WatchedBlobs


def test_an_instance_that_moves_is_there_for_its_copy(wiring: EmbeddedWiring) -> None:
    """In an archive that was sent again, a copy beside an instance is one still: the former one is gone."""
    archive = zipped([("1.dcm", ONE), ("again.dcm", ONE)])
    run(wiring, stored(wiring, archive))
    again = stored(wiring, archive)

    assert run(wiring, again) == [ArchiveUnpacked(blob=again, accepted=1, extracted=0, ignored=1, failed=0)]
    assert instances(wiring, again) == {0: ONE}


def test_an_archive_that_came_under_another_name_is_opened_once(wiring: EmbeddedWiring) -> None:
    """Not once for each of its copies: each opening is a few requests, and reads its directory."""
    archive = zipped([(f"{n}.dcm", ct_image(n, series=n % 3 + 1)) for n in range(1, 9)])
    blob, again = stored(wiring, archive), stored(wiring, archive, "intake/again.zip")
    run(wiring, blob)
    clinical = WatchedBlobs(wiring.clinical)

    assert run(wiring, again, clinical=clinical) == [
        ArchiveUnpacked(blob=again, accepted=0, extracted=0, ignored=8, failed=0)
    ]
    assert clinical.journal == [("clinical", "open", name) for name in (again.name, blob.name, again.name)]
    assert clinical.reading == 0


def test_what_is_sent_again_takes_the_place_of_what_is_gone(wiring: EmbeddedWiring) -> None:
    """Beside copies of what is there; so sending it again mends what was lost."""
    one, two = stored(wiring, zipped([("1.dcm", ONE)])), stored(wiring, zipped([("2.dcm", TWO)]), "intake/2")
    three = stored(wiring, zipped([("3.dcm", ct_image(3))]), "intake/3")
    for blob in (one, two, three):
        run(wiring, blob)
    wiring.clinical.delete(two)
    order = [("3.dcm", ct_image(3)), ("2.dcm", TWO), ("3.dcm", ct_image(3)), ("1.dcm", ONE)]
    again = stored(wiring, zipped(order), "intake/all.zip")

    assert failures(run(wiring, again)) == {}
    assert instances(wiring, again) == {1: TWO}
    assert [each.reason for each in wiring.ledger.ignored()] == ["duplicate"] * 3


def test_instances_move_to_an_archive_that_has_more(wiring: EmbeddedWiring) -> None:
    """An export that grows is overwritten: what was in it lies elsewhere in it now, and nowhere else."""
    run(wiring, stored(wiring, zipped([("1.dcm", ONE), ("2.dcm", TWO)])))
    grown = [("0.dcm", ct_image(3)), ("1.dcm", ONE), ("again.dcm", ONE), ("2.dcm", TWO)]
    again = stored(wiring, zipped(grown))

    for _ in range(2):
        assert run(wiring, again) == [
            ArchiveUnpacked(blob=again, accepted=3, extracted=0, ignored=1, failed=0)
        ]
        assert instances(wiring, again) == {0: ct_image(3), 1: ONE, 3: TWO}
