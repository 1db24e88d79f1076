"""What becomes of what a person has archived: it is ended, and no tick comes back to it."""

from pathlib import Path

from shared.balance import Balance
from shared.local.sample.series import file_of
from shared.wiring import EmbeddedWiring
from tests.acceptance.flow import Flow
from tests.acceptance.recorder import Published, Recorder
from tests.acceptance.samples import SECOND_OPINION, ct, write, write_series
from tests.acceptance.transfers import EXPORTED, delivered, job, received


def archive_ambiguous_series(flow: Flow, folder: Path) -> None:
    """Let two rulesets claim a series, and a person archive that."""
    (flow.policy / "match" / "second_opinion.yaml").write_text(SECOND_OPINION)
    flow.run(write_series(folder, "claimed"))
    flow.archive(flow.exception(), "not wanted outside")


def told_by_a_tick(flow: Flow) -> list[str]:
    """The types of the events that a minute brings with it."""
    messages: list[Published] = []

    def record(wiring: EmbeddedWiring) -> None:
        vars(wiring)["bus"] = Recorder(wiring.bus, messages)

    flow.restart(record)
    flow.minute()
    return [each.attributes["type"] for each in messages]


def test_archived_series_is_announced_no_more(flow: Flow, tmp_path: Path) -> None:
    """It is rejected, and the tick is the only event of a minute."""
    archive_ambiguous_series(flow, tmp_path)

    assert told_by_a_tick(flow) == ["TickElapsed"]
    assert flow.balance == Balance(2, 0, 0, 0, 2, 0, 0)


def test_late_image_of_an_archived_series_makes_a_new_generation(flow: Flow, tmp_path: Path) -> None:
    """The rules are asked again, about the whole series."""
    archive_ambiguous_series(flow, tmp_path)
    (flow.policy / "match" / "second_opinion.yaml").unlink()
    flow.restart()
    flow.run(write(tmp_path / "late", {"late.dcm": file_of(ct("claimed", 3)[2])}))

    assert [(each.generation, each.state) for each in flow.series] == [(2, "result_delivered")]
    assert flow.balance == Balance(3, 3, 0, 0, 0, 0, 0)


def test_archived_result_is_asked_for_no_more(flow: Flow, series: Path) -> None:
    """Its job is abandoned: nothing is delivered or confirmed, and its instances stay exported."""
    flow.double.faults.foreign_result = True
    flow.run(series)
    flow.archive(flow.exception(), "the vendor knows")

    assert told_by_a_tick(flow) == ["TickElapsed"]
    assert (job(flow).state, delivered(flow)) == ("abandoned", 0)
    assert received(flow) == [(1, "Delivered to Client")]
    assert flow.balance == EXPORTED
