"""`nextbest show product`: what workers know of a product, and what it cost before."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nextbest.output import Json, iso_time, print_json, print_table, readable_cell

if TYPE_CHECKING:
    from nextbest.catalog_finder import Told

_TIMES = frozenset({"since", "ends_at", "updated_at", "priced_at"})
SHOWN = 50
"""Records shown in the table, the last ones; JSON has them all."""


def product(
    product_id: Annotated[
        str, typer.Argument(metavar="ID", help="A product's id; a category's is category:NAME.")
    ],
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Show a product as a worker sees it: its record, its prices, the lowest of the last 30 days.

    Reads the catalog topic whole. Records that workers put aside are shown with the reason.

    Example: nextbest show product P0001
    """
    from nextbest.catalog_finder import find_product
    from runtime.settings import load_settings

    found = find_product(load_settings(), product_id)
    if found is None:
        typer.echo(
            f"the catalog topic says nothing of {product_id!r}. Ids are taken to the letter; a "
            "category's is category: and its name.",
            err=True,
        )
        raise typer.Exit(1)
    if as_json:
        print_json(asdict(found))
        return
    fields: dict[str, Any] = {
        **(found.record or {}),
        "priced_at": found.priced_at,
        "lowest_price": "not known" if found.lowest_price is None else found.lowest_price,
        "lies_in": list(found.lies_in),
    }
    rows = [(name, _cell(name, value)) for name, value in fields.items()]
    title = product_id if found.record else f"{product_id}: not in the catalog"
    print_table(title, ("product", ""), rows if found.record else [])
    told = [_told(record) for record in found.told[-SHOWN:]]
    columns = ("written", "price", "stock", "put aside", "place")
    print_table(f"the last {len(told)} of {len(found.told)} records", columns, told)


def _told(record: "Told") -> tuple[str, ...]:
    price = "deleted" if not record.price and not record.aside else record.price
    return iso_time(record.written_at), price, record.stock, record.aside, record.place


def _cell(name: str, value: Any) -> str:
    if name in _TIMES:
        return iso_time(value) if value else ""
    return readable_cell(name, value)
