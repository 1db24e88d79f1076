"""Terraform in tests: the program of `TERRAFORM`, or the stand-in that may lie beside the repository."""

import os
import tempfile
from functools import cache
from pathlib import Path

from infra.scripts.terraform import TerraformFailed, program, terraform

STAND_IN = Path(__file__).resolve().parents[2] / "shared" / "tools" / "tf-offline" / "tf-offline"
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
