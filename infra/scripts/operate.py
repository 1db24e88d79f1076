"""What a person does with a deployed installation from a shell: the balance, and exceptions.

    python -m infra.scripts.operate balance
    python -m infra.scripts.operate list [--code CODE]
    python -m infra.scripts.operate retry (ID | --code CODE) --by WHO
    python -m infra.scripts.operate archive ID --by WHO --why REASON

The installation is the one that the environment describes (docs/reference/settings.md); the rights are those
of whoever is logged in. An id may be cut to its first characters. What is printed is masked.

Ends with 0; with 1 if exceptions are open or the balance is; with 2 if it cannot be done.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

import msgspec

from functions.cli.report import exception_report
from shared import review
from shared.balance import balance
from shared.errors import AirlockError
from shared.wiring import EmbeddedWiring, wiring_from_environment
from shared.wiring.cloud import CloudWiring

Installation = EmbeddedWiring | CloudWiring


def show_balance(wiring: Installation, _: argparse.Namespace) -> int:
    """Print the balance of everything that was ever received."""
    counts = balance(wiring.ledger, wiring.jobs, wiring.clinical)
    sys.stdout.write(f"{counts}\n{'closed' if counts.closed else 'OPEN: instances are missing'}\n")
    return 0 if counts.closed else 1


def list_open(wiring: Installation, given: argparse.Namespace) -> int:
    """Print the open exceptions, one a line, as JSON."""
    records = [each for each in wiring.ledger.exceptions("open") if given.code in {None, each.code}]
    for record in records:
        line = msgspec.json.encode(exception_report(record, names=False))
        sys.stdout.write(f"{line.decode()}\n")
    return 1 if records else 0


def retry(wiring: Installation, given: argparse.Namespace) -> int:
    """Publish the messages that failed once more."""
    for record in review.chosen(given.id, given.code, wiring.ledger):
        review.retry(
            record, ledger=wiring.ledger, jobs=wiring.jobs, bus=wiring.bus, clock=wiring.clock, who=given.by
        )
        sys.stdout.write(f"{record.exception_id}: retried\n")
    return 0


def archive(wiring: Installation, given: argparse.Namespace) -> int:
    """Close one exception for good."""
    record = review.named(given.id, wiring.ledger)
    review.archive(
        record, ledger=wiring.ledger, jobs=wiring.jobs, clock=wiring.clock, who=given.by, why=given.why
    )
    sys.stdout.write(f"{record.exception_id}: archived\n")
    return 0


_COMMANDS: Mapping[str, Callable[[Installation, argparse.Namespace], int]] = {
    "balance": show_balance,
    "list": list_open,
    "retry": retry,
    "archive": archive,
}


def options(arguments: Sequence[str]) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m infra.scripts.operate")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("balance")
    commands.add_parser("list").add_argument("--code")
    again = commands.add_parser("retry")
    which = again.add_mutually_exclusive_group(required=True)
    which.add_argument("id", nargs="?")
    which.add_argument("--code")
    closing = commands.add_parser("archive")
    closing.add_argument("id")
    closing.add_argument("--why", required=True)
    for each in (again, closing):
        each.add_argument("--by", required=True, help="who decides")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str]) -> int:
    """Do what the command line says."""
    given = options(arguments)
    try:
        wiring = wiring_from_environment()
        try:
            return _COMMANDS[given.command](wiring, given)
        finally:
            wiring.close()
    except AirlockError as error:
        sys.stderr.write(f"{error.code}: {error.cause}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
