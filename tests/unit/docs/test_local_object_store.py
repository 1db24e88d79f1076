"""docs/reference/local-object-store.md against the store."""

import msgspec

from shared.local.object_store.__main__ import _parser
from shared.local.object_store.application import OPERATIONS
from shared.local.object_store.faults import Fault
from tests.unit.docs.pages import bare, inline_code, reference, sections, table

SECTIONS = sections(reference("local-object-store"), 2)


def test_every_operation_can_be_found() -> None:
    """The operations that a fault can be set for, in the order of the code."""
    assert tuple(inline_code(SECTIONS["Faults"].partition("Operations:")[2])) == OPERATIONS


def test_every_field_of_a_fault_is_documented() -> None:
    """Operation, kind, times and seconds, and each kind."""
    rows = {bare(row[0]): row[1] for row in table(SECTIONS["Faults"])}
    kinds = next(field for field in msgspec.structs.fields(Fault) if field.name == "kind").type.__args__

    assert tuple(rows) == Fault.__struct_fields__
    assert {kind for kind in kinds if f"`{kind}`" in rows["kind"]} == set(kinds)


def test_every_option_is_documented() -> None:
    """Those of the command, and no others."""
    options = {each.option_strings[-1] for each in _parser()._actions} - {"--help"}

    assert {bare(row[0]) for row in table(SECTIONS["Start it"])} == options
