"""Terraform in tests: the program of `TERRAFORM`, or the stand-in that may lie beside the repository."""

import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from infra.scripts.check_mutations import MUTATIONS, Mutation, survives
from infra.scripts.terraform import (
    Plan,
    TerraformFailed,
    environments,
    folders,
    plan,
    program,
    resources,
    run_tests,
    terraform,
)

STAND_IN = Path(__file__).resolve().parents[2] / "shared" / "tools" / "tf-offline" / "tf-offline"
#: what a test waits for, by its kind and its subject
Later = Callable[..., Any]
#: the breakages that every run tries; the others are for `make infra`
TRIED = [
    "no dead letter",
    "no grant to forward",
    "dead letters expire",
    "export is given a clinical right",
    "export is given a clinical role",
]
_PROVIDERS = """
terraform {
  required_providers {
    google = { source = "hashicorp/google", version = "~> 6.50" }
  }
}
"""


@cache
def unusable() -> str:
    """Why Terraform cannot be run here; empty if it can."""
    if "TERRAFORM" not in os.environ and STAND_IN.is_file():
        os.environ["TERRAFORM"] = str(STAND_IN)
    os.environ.setdefault("TF_OFFLINE_QUIET", "1")
    with tempfile.TemporaryDirectory() as scratch:
        (Path(scratch) / "versions.tf").write_text(_PROVIDERS, encoding="utf-8")
        try:
            terraform(Path(scratch), "init", "-input=false", "-no-color")
        except OSError:
            return f"there is no {program()}"
        except TerraformFailed:
            return f"{program()} cannot get the Google provider; TERRAFORM may name another program"
    return ""


def tried() -> list[Mutation]:
    """The breakages that are tried here."""
    return [each for each in MUTATIONS if each.name in TRIED]


@contextmanager
def side_by_side() -> Iterator[Later]:
    """Begin all of Terraform's work; a test waits for what it needs."""
    pool = ThreadPoolExecutor(os.cpu_count())
    work: dict[tuple[str, Any], Future[Any]] = {}
    work.update({("plan", each.name): pool.submit(plan, each) for each in environments()})
    work.update({("test", each): pool.submit(run_tests, each) for each in folders()})
    work.update({("mutate", each): pool.submit(survives, each) for each in tried()})
    yield lambda *what: work[what].result()
    pool.shutdown(cancel_futures=True)


def made(planned: Plan, kind: str) -> dict[str, dict[str, Any]]:
    """The values of all resources of a type by address."""
    return {each["address"]: each["values"] for each in resources(planned) if each["type"] == kind}
