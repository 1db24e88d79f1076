"""docs/reference/ports.md against the protocols and the pipeline."""

import inspect
import re

import pytest

from functions.pipeline import PIPELINE
from shared.ports import blobs, bus, clock, destination, keys, ledger
from shared.runtime import Handler, Stage, handled_events, required_ports
from tests.unit.docs.pages import ROOT, bare, inline_code, reference, sections, table

PAGE = reference("ports")
PORTS = {
    name: port
    for module in (blobs, bus, clock, destination, keys, ledger)
    for name, port in vars(module).items()
    if inspect.isclass(port) and port.__module__ == module.__name__ and getattr(port, "_is_protocol", False)
}
SECTIONS = {**sections(PAGE, 3), **sections(PAGE, 2)}
HANDLERS = [(stage, handler) for stage in PIPELINE for handler in stage.handlers]


def methods(port: type) -> set[str]:
    """The methods and properties that a port has itself."""
    return {name for name in vars(port) if not name.startswith("_")}


@pytest.mark.parametrize("name", PORTS)
def test_every_port_has_its_methods(name: str) -> None:
    """Each method stands in the port's table, with its parameters."""
    own = SECTIONS[name].partition("\n### ")[0]
    listed = {row[0].strip("`").partition("(")[0].partition(" ")[0]: row[0] for row in table(own)}
    listed.pop("", None)

    assert set(listed) == methods(PORTS[name])
    for method in methods(PORTS[name]):
        member = inspect.getattr_static(PORTS[name], method)
        function = member.fget if isinstance(member, property) else member
        parameters = [each for each in inspect.signature(function).parameters if each != "self"]
        assert all(f"{parameter}: " in listed[method] for parameter in parameters)


@pytest.mark.parametrize(("stage", "handler"), HANDLERS)
def test_every_handler_is_listed(stage: Stage, handler: Handler) -> None:
    """With what it takes and what it may touch."""
    rows = {bare(row[1]): row for row in table(PAGE.partition("\n## ")[0]) if len(row) == 5}
    row = rows[handler.__name__]

    assert bare(row[0]) == stage.name
    assert inline_code(row[2]) == [event.__name__ for event in handled_events(handler)]
    assert inline_code(row[3]) == list(required_ports(handler))
    assert bare(row[4]) == stage.claims


def test_every_name_that_a_handler_takes_is_explained() -> None:
    """The second table has every port and policy."""
    rows = [row for row in table(PAGE.partition("\n## ")[0]) if len(row) == 3]
    explained = {name for row in rows for name in inline_code(row[0])}

    assert explained == {port for _, handler in HANDLERS for port in required_ports(handler)}


def test_every_adapter_that_is_named_exists() -> None:
    """Files of the page are files of the repository."""
    named = re.findall(r"`((?:shared|functions|tests)/[\w/]+(?:\.py)?)", PAGE)

    assert [name for name in named if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("stage", ["export", "retrieve"])
def test_the_outer_door_reaches_nothing_clinical(stage: str) -> None:
    """As the page and SECURITY.md promise: neither bucket, ledger nor key of the clinical side."""
    ports = {port for each, handler in HANDLERS if each.name == stage for port in required_ports(handler)}

    assert ports & {"clinical", "ledger", "keys"} == set()
    assert ports


def test_only_the_inner_door_reads_originals_and_writes_released_data() -> None:
    """Of all stages, `deidentify` and, on the way back, `reidentify` reach both sides."""
    both = {
        each.name for each, handler in HANDLERS if {"clinical", "released"} <= set(required_ports(handler))
    }

    assert both == {"deidentify", "reidentify"}
