"""Moving traffic step by step, with a stand-in for gcloud that knows three services."""

import json
from pathlib import Path

import pytest

from infra.scripts.roll_out import main
from tests.unit.infra.stubs import Answer, Stubs

SETTINGS = {
    "PREFIX": "airlock",
    "REGION": "r",
    "STEPS": "10,50,100",
    "WATCH_SECONDS": "600",
    "MOST_ERRORS": "5",
}


class Waits(list[float]):
    """How long was waited, each time."""

    def __call__(self, seconds: float) -> None:
        """Do not wait."""
        self.append(seconds)


def service(
    name: str, *traffic: dict[str, object], created: str = "2", ready: str = "2"
) -> dict[str, object]:
    """A service as Cloud Run describes it."""
    return {
        "metadata": {"name": name},
        "status": {
            "latestCreatedRevisionName": f"{name}-{created}",
            "latestReadyRevisionName": f"{name}-{ready}",
            "traffic": list(traffic),
        },
    }


OLD = {"revisionName": "airlock-match-1", "percent": 100}
NEW = {"revisionName": "airlock-match-2", "percent": 100}
LATEST = {**NEW, "latestRevision": True}


@pytest.fixture
def stubs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stubs:
    """A gcloud of our own in front of any other."""
    made = Stubs(tmp_path)
    made.program("gcloud")
    monkeypatch.setenv("PATH", made.path)
    return made


def answers(stubs: Stubs, *services: dict[str, object], log: str = "200,\n" * 20) -> None:
    """Let gcloud know these services, and these lines of every revision."""
    stubs.answer(Answer(("services list",), json.dumps(services)), Answer(("logging read",), log))


def directed(stubs: Stubs) -> list[str]:
    """Where traffic was sent."""
    return [call.split("--to-revisions=")[1].split()[0] for call in stubs.calls if "--to-revisions" in call]


def test_traffic_is_held_where_it_is(stubs: Stubs) -> None:
    """Only a service that serves its latest revision has to be told which that is."""
    answers(stubs, service("airlock-match", LATEST), service("airlock-export", OLD))

    assert main(["hold"], SETTINGS) == 0
    assert directed(stubs) == ["airlock-match-2=100"]


def test_traffic_moves_in_steps(stubs: Stubs) -> None:
    """Each step is watched, and the last gives all to the new revision."""
    answers(stubs, service("airlock-match", OLD))
    waits = Waits()

    assert main(["shift"], SETTINGS, waits) == 0
    assert directed(stubs) == [
        "airlock-match-2=10,airlock-match-1=90",
        "airlock-match-2=50,airlock-match-1=50",
        "airlock-match-2=100",
    ]
    assert waits == [600.0] * 3


@pytest.mark.parametrize(
    "bad", ["503,\n" * 2, ",failed\n" * 2, "401,\n,failed\n"], ids=["5xx", "failed", "both"]
)
def test_traffic_goes_back_when_too_much_fails(stubs: Stubs, bad: str) -> None:
    """Above five in a hundred: all services go back at once, also those that are well."""
    well, other = (
        service("airlock-match", OLD),
        service("airlock-export", {**OLD, "revisionName": "airlock-export-1"}),
    )
    stubs.answer(
        Answer(("services list",), json.dumps([well, other])),
        Answer(("logging read", "airlock-match-2"), "200,\n" * 30 + bad),
        Answer(("logging read",), "200,\n" * 30),
    )

    assert main(["shift"], SETTINGS, Waits()) == 1
    assert directed(stubs)[-2:] == ["airlock-match-1=100", "airlock-export-1=100"]
    assert len(directed(stubs)) == 4


def test_traffic_goes_back_when_nothing_can_be_told(stubs: Stubs) -> None:
    """If the log cannot be read, the step was not watched: it is undone, and the roll-out fails."""
    stubs.answer(
        Answer(("services list",), json.dumps([service("airlock-match", OLD)])),
        Answer(("logging read",), code=1),
    )

    with pytest.raises(SystemExit, match="logging read"):
        main(["shift"], SETTINGS, Waits())
    assert directed(stubs) == ["airlock-match-2=10,airlock-match-1=90", "airlock-match-1=100"]


def test_one_service_that_cannot_go_back_does_not_keep_others(
    stubs: Stubs, capfd: pytest.CaptureFixture[str]
) -> None:
    """It is named, and every other one is sent back."""
    other = service("airlock-export", {**OLD, "revisionName": "airlock-export-1"})
    stubs.answer(
        Answer(("services list",), json.dumps([service("airlock-match", OLD), other])),
        Answer(("--to-revisions=airlock-match-1=100",), code=1),
        Answer(("logging read",), "503,\n" * 20),
    )

    assert main(["shift"], SETTINGS, Waits()) == 1
    assert directed(stubs)[-1] == "airlock-export-1=100"
    assert "airlock-match is NOT back" in capfd.readouterr().err


def test_few_failures_are_borne(stubs: Stubs) -> None:
    """Five in a hundred are not more than five."""
    answers(stubs, service("airlock-match", OLD), log="200,\n" * 95 + "503,\n" * 5)

    assert main(["shift"], SETTINGS, Waits()) == 0


def test_too_few_requests_are_called_so(stubs: Stubs, capfd: pytest.CaptureFixture[str]) -> None:
    """A quiet night is no proof: traffic moves on, and the log says that nothing could be judged."""
    answers(stubs, service("airlock-match", OLD), log="503,\n" * 3)

    assert main(["shift"], SETTINGS, Waits()) == 0
    assert "airlock-match-2: 3 of 3 failed: too few requests to judge" in capfd.readouterr().out


def test_only_lines_since_the_step_count(stubs: Stubs) -> None:
    """Each step asks for the new revision's lines from its own beginning on."""
    answers(stubs, service("airlock-match", OLD))
    main(["shift"], SETTINGS, Waits())
    asked = [call for call in stubs.calls if "logging read" in call]

    assert len(asked) == 3
    assert all('revision_name="airlock-match-2"' in call and 'timestamp>="20' in call for call in asked)


def test_a_revision_that_does_not_start_gets_no_traffic(stubs: Stubs) -> None:
    """The roll-out fails before anything is moved."""
    answers(stubs, service("airlock-match", OLD, created="3"))

    with pytest.raises(SystemExit, match="does not start"):
        main(["shift"], SETTINGS, Waits())
    assert directed(stubs) == []


def test_nothing_to_move_is_said(stubs: Stubs, capfd: pytest.CaptureFixture[str]) -> None:
    """Where the latest revision serves already, nothing is watched."""
    answers(stubs, service("airlock-match", NEW))
    waits = Waits()

    assert (main(["shift"], SETTINGS, waits), waits) == (0, [])
    assert "already" in capfd.readouterr().out


def test_no_service_is_no_success(stubs: Stubs) -> None:
    """A wrong prefix or region finds nothing, which is an error."""
    answers(stubs)

    with pytest.raises(SystemExit, match="no service of the installation airlock"):
        main(["hold"], SETTINGS)


def test_gcloud_that_fails_ends_the_roll_out(stubs: Stubs) -> None:
    """What could not be asked is not guessed."""
    stubs.answer(Answer(("services list",), code=1))

    with pytest.raises(SystemExit, match="failed"):
        main(["shift"], SETTINGS, Waits())


@pytest.mark.parametrize("steps", ["", "50", "50,10,100", "0,100", "10,10,100", "ten"])
def test_steps_rise_to_all(stubs: Stubs, steps: str) -> None:
    """Other steps are refused before anything is asked."""
    assert main(["shift"], {**SETTINGS, "STEPS": steps}, Waits()) == 2
    assert stubs.calls == []


@pytest.mark.parametrize("arguments", [[], ["back"], ["hold", "shift"]])
def test_an_unknown_word_is_refused(arguments: list[str]) -> None:
    """It says `hold` or `shift`."""
    assert main(arguments, SETTINGS) == 2


def test_the_script_runs_alone(stubs: Stubs) -> None:
    """As a build starts it: a program with the environment, without this repository on its path."""
    answers(stubs, service("airlock-match", NEW))

    assert stubs.run("roll_out.py", ["shift"], **SETTINGS).code == 0
