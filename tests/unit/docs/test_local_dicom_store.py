"""The page about the local DICOM store names all that it has."""

import pytest

from shared.local.dicom_store.__main__ import _parser
from shared.local.dicom_store.faults import OPERATIONS
from shared.local.dicom_store.store_response import _STATUS
from shared.local.dicom_store.storing import FailureReason
from tests.unit.docs.pages import reference

PAGE = reference("local-dicom-store")
OPTIONS = [name for action in _parser()._actions for name in action.option_strings if name.startswith("--")]


@pytest.mark.parametrize("option", [option for option in OPTIONS if option != "--help"])
def test_every_option_is_described(option: str) -> None:
    """Each has a row."""
    assert f"| `{option}` |" in PAGE


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_every_operation_is_named(operation: str) -> None:
    """Faults can be asked for by all of these."""
    assert f"`{operation}`" in PAGE


@pytest.mark.parametrize("reason", FailureReason)
def test_every_failure_reason_is_described(reason: FailureReason) -> None:
    """With the status that it leads to."""
    (row,) = [line for line in PAGE.splitlines() if f"`{reason:04X}`" in line]

    assert row.startswith(f"| {int(_STATUS.get(reason, 409))} |")
