"""The command `airlock cost`, and how its answer looks."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from functions.cli.options import JsonOption, output, print_json

if TYPE_CHECKING:
    from functions.cli.cost.model import Estimate


def cost(
    instances: Annotated[int, typer.Option("--instances", min=1, help="How many instances.")] = 1_000_000,
    instance_bytes: Annotated[
        int, typer.Option("--bytes", min=1, help="The size of an instance in bytes.")
    ] = 535_000,
    series_instances: Annotated[
        int, typer.Option("--per-series", min=1, help="How many instances make a series.")
    ] = 300,
    mode: Annotated[
        str, typer.Option("--mode", help="event-per-instance, series-batch (a ZIP a series) or dicom-store.")
    ] = "event-per-instance",
    store_months: Annotated[
        float, typer.Option("--store-months", min=0, help="Count storage for so many months, too.")
    ] = 0,
    prices: Annotated[
        Path | None, typer.Option("--prices", help="Your prices and assumptions instead of the shipped ones.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Reckon what instances cost in Google Cloud, by counted operations and measured CPU.

    Example: airlock cost --mode series-batch --per-series 200
    """
    from functions.cli.cost.model import Load, estimate, mode_of
    from functions.cli.cost.prices import SHIPPED, load_prices

    load = Load(
        mode=mode_of(mode),
        instances=instances,
        instance_bytes=instance_bytes,
        series_instances=series_instances,
        store_months=store_months,
    )
    answer = estimate(load, load_prices(prices or SHIPPED))
    if as_json:
        print_json(answer)
    else:
        draw(answer)


def draw(answer: "Estimate") -> None:
    """Two tables, by what is charged and by who causes it, and the sums."""
    from rich.table import Table

    console = output()
    for heading, dollars in (("Charged for", answer.components), ("Caused by", answer.steps)):
        table = Table(heading, "$", box=None, header_style="bold", pad_edge=False)
        for name, each in dollars.items():
            table.add_row(name, f"{each:,.2f}")
        console.print(table, "", sep="\n")
    console.print(
        f"${answer.total:,.2f} for {answer.load.instances:,} instances, "
        f"${answer.per_million:,.2f} a million ({answer.region}, prices of {answer.prices_of}).",
        f"Without the hospital's own uploads it is ${answer.per_million_received:,.2f} a million.",
        f"Ticks cost ${answer.month_of_ticks:,.2f} a month besides, whatever arrives.",
        sep="\n",
        highlight=False,
        soft_wrap=True,
    )
