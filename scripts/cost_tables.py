"""The tables of docs/reference/cost.md."""

from collections.abc import Iterable, Sequence

import msgspec

from functions.cli.cost.model import STEPS, Load, Mode, estimate
from functions.cli.cost.operations import Operations, Step
from functions.cli.cost.prices import load_prices

_UNITS = {
    "instance": "an instance",
    "shard": "a shard",
    "shard_pairs": "a shard, times the shards",
    "series": "a series",
    "lookup": "a lookup",
    "open_minute": "a minute open",
    "away_minute": "a minute away",
}
_KINDS = {
    "class_a": "class A",
    "class_b": "class B",
    "reads": "reads",
    "writes": "writes",
    "deletes": "deletes",
    "published": "published",
    "delivered": "delivered",
    "audited": "audited",
    "requests": "requests",
    "store_requests": "DICOM store",
}


def cost_operations() -> str:
    """A section for each mode: its steps by what they ask for."""
    return "\n\n".join(f"**{mode.value}**\n\n{_operations(STEPS[mode])}" for mode in Mode)


def _operations(steps: Iterable[Step]) -> str:
    rows = [
        (f"{step.name}, {label}", *map(_number, msgspec.structs.astuple(getattr(step, unit))))
        for step in steps
        for unit, label in _UNITS.items()
        if getattr(step, unit) != Operations()
    ]
    return _table(("step", *_KINDS.values()), rows)


def cost_estimates() -> str:
    """Dollars a million instances by what is charged, and by who causes it."""
    found = [estimate(Load(mode=mode), load_prices()) for mode in Mode]
    parts = [name for name in found[0].components if name != "storage"]
    steps = dict.fromkeys(name for each in found for name in each.steps)
    charged = [(name, *(_dollars(each.components[name]) for each in found)) for name in parts]
    caused = [(name, *(_dollars(each.steps.get(name, 0)) for each in found)) for name in steps]
    total = ("**all**", *(f"**{_dollars(each.per_million)}**" for each in found))
    modes = [mode.value for mode in Mode]
    return "\n\n".join(
        (_table(("charged for", *modes), [*charged, total]), _table(("caused by", *modes), caused))
    )


def _number(value: float) -> str:
    return f"{value:g}" if value else "-"


def _dollars(value: float) -> str:
    return f"{value:.2f}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
