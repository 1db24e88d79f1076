"""Moves the traffic of all services to what was deployed last, step by step, and back when errors rise.

    roll_out.py hold     lets traffic stay where it is, whatever is deployed next
    roll_out.py shift    moves it; ends with 1 if it went back, or if a service did not start

From the environment: `PREFIX`, `REGION`, `STEPS` (shares in a hundred, with commas), `WATCH_SECONDS`,
`MOST_ERRORS` (in a hundred requests).
"""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

#: so many lines of a revision are enough to judge it
_LINES = 10_000
#: with so few requests one that failed says nothing of all
_FEWEST = 20

Wait = Callable[[float], None]


class Move(NamedTuple):
    """A service whose traffic is to go from one revision to another."""

    service: str
    old: str
    new: str


class Settings(NamedTuple):
    """How traffic is moved."""

    prefix: str
    region: str
    steps: tuple[int, ...]
    watch_seconds: float
    most_errors: float

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> "Settings":
        """Read them; a `ValueError` tells what is not as it must be."""
        steps = tuple(int(step) for step in environ["STEPS"].split(","))
        if list(steps) != sorted({*steps}) or steps[0] < 1 or steps[-1] != 100:
            raise ValueError("STEPS are shares that rise to 100")
        watch, most = float(environ["WATCH_SECONDS"]), float(environ["MOST_ERRORS"])
        return cls(environ["PREFIX"], environ["REGION"], steps, watch, most)


def gcloud(*arguments: str) -> str:
    """What gcloud prints; ends the program if it fails."""
    done = subprocess.run(["gcloud", *arguments], stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603, S607
    if done.returncode:
        raise SystemExit(f"gcloud {' '.join(arguments[:4])} failed")
    return done.stdout


def services(settings: Settings) -> list[dict[str, Any]]:
    """The installation's services as Cloud Run describes them.

    Ends the program if there is none: nothing done is no success.
    """
    found = gcloud(
        "run", "services", "list", f"--region={settings.region}",
        f"--filter=metadata.labels.installation={settings.prefix}", "--format=json",
    )  # fmt: skip
    described: list[dict[str, Any]] = json.loads(found)
    if not described:
        raise SystemExit(f"no service of the installation {settings.prefix}")
    return described


def serving(described: Mapping[str, Any]) -> str:
    """The revision that serves most requests."""
    traffic = described["status"]["traffic"]
    return str(max(traffic, key=lambda each: each.get("percent", 0))["revisionName"])


def name_of(described: Mapping[str, Any]) -> str:
    """A service's name."""
    return str(described["metadata"]["name"])


def direct(settings: Settings, service: str, shares: Mapping[str, int]) -> None:
    """Give revisions their shares of a service's traffic."""
    text = ",".join(f"{revision}={share}" for revision, share in shares.items() if share)
    gcloud(
        "run", "services", "update-traffic", service, f"--region={settings.region}",
        f"--to-revisions={text}", "--quiet",
    )  # fmt: skip
    sys.stdout.write(f"{service}: {text}\n")


def hold(settings: Settings) -> int:
    """Let traffic stay where it is: a service that serves its latest revision is told which one that is."""
    for described in services(settings):
        if any(each.get("latestRevision") for each in described["status"]["traffic"]):
            direct(settings, name_of(described), {serving(described): 100})
    return 0


def moves(described: Sequence[Mapping[str, Any]]) -> Iterator[Move]:
    """What has to be moved; ends the program if a revision did not start."""
    for each in described:
        new, old = each["status"]["latestReadyRevisionName"], serving(each)
        if new != each["status"]["latestCreatedRevisionName"]:
            raise SystemExit(f"{name_of(each)}: the revision that was deployed does not start; traffic stays")
        if new != old:
            yield Move(name_of(each), old, new)


def errors(move: Move, since: str) -> tuple[int, int]:
    """How many requests of the new revision failed, and how many there were.

    A request fails by its status; a message that failed for good was answered well and counts as failed, too.
    """
    wanted = (
        f'resource.type="cloud_run_revision" AND resource.labels.revision_name="{move.new}" AND '
        f'timestamp>="{since}" AND (httpRequest.status>0 OR jsonPayload.message="failed")'
    )
    found = gcloud(
        "logging", "read", wanted, f"--limit={_LINES}",
        "--format=csv[no-heading](httpRequest.status,jsonPayload.message)",
    )  # fmt: skip
    lines = [line.partition(",") for line in found.splitlines()]
    statuses = [int(status) for status, _, _ in lines if status]
    failed = sum(message == "failed" for _, _, message in lines)
    return sum(status >= 400 for status in statuses) + failed, len(statuses)


def is_bad(settings: Settings, move: Move, since: str) -> bool:
    """Whether too many requests failed; says how many, and if there were too few to judge."""
    wrong, asked = errors(move, since)
    bad = asked >= _FEWEST and wrong * 100 > asked * settings.most_errors
    judged = "too many" if bad else "few enough" if asked >= _FEWEST else "too few requests to judge"
    sys.stdout.write(f"{move.new}: {wrong} of {asked} failed: {judged}\n")
    return bad


def shift(settings: Settings, wait: Wait) -> int:
    """Move the traffic step by step, and watch each; back at once if too much fails, or cannot be told."""
    planned = list(moves(services(settings)))
    if not planned:
        sys.stdout.write("every service serves its latest revision already\n")
        return 0
    try:
        bad = any(is_bad_step(settings, planned, step, wait) for step in settings.steps)
    except SystemExit:
        back(settings, planned)
        raise
    if bad:
        back(settings, planned)
    return 1 if bad else 0


def is_bad_step(settings: Settings, planned: Sequence[Move], step: int, wait: Wait) -> bool:
    """Give the new revisions their share, watch them, and say whether any of them fails too much."""
    since = datetime.now(UTC).isoformat(timespec="seconds")
    for move in planned:
        direct(settings, move.service, {move.new: step, move.old: 100 - step})
    wait(settings.watch_seconds)
    judged = [is_bad(settings, move, since) for move in planned]
    return any(judged)


def back(settings: Settings, planned: Sequence[Move]) -> None:
    """Send all traffic where it was; a service that cannot be reached does not keep the others from it."""
    sys.stderr.write("all traffic goes back\n")
    for move in planned:
        try:
            direct(settings, move.service, {move.old: 100})
        except SystemExit as error:
            sys.stderr.write(f"{move.service} is NOT back: {error}\n")


def main(arguments: Sequence[str], environ: Mapping[str, str], wait: Wait = time.sleep) -> int:
    """Do what the one argument says."""
    try:
        settings = Settings.of({"STEPS": "100", "WATCH_SECONDS": "0", "MOST_ERRORS": "0", **environ})
    except (KeyError, ValueError) as error:
        sys.stderr.write(f"the environment is not as it must be: {error}\n")
        return 2
    if list(arguments) == ["hold"]:
        return hold(settings)
    if list(arguments) == ["shift"]:
        return shift(settings, wait)
    sys.stderr.write("say `hold` or `shift`\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
