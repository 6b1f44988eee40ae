"""`nextbest show decision`: why this person got this mail, or none."""

import asyncio
from typing import Annotated, Any

import typer

from nextbest.output import Json, iso_time, print_json, print_table, readable_cell


def decision(
    decision_id: Annotated[
        str,
        typer.Argument(
            metavar="ID", help="The whole id, 32 hex digits: a mail's X-Nextbest-Decision."
        ),
    ],
    as_json: Annotated[bool, Json] = False,
) -> None:
    """Show a decision: what it saw, what was ruled out and why, what was chosen, what became of it.

    Reads the decisions topic whole, and decides once more from the record: the outcome must be the
    same to the byte.

    Example: nextbest show decision 5d1c8a36e0f74b29a1d2c3b4f5e60718
    """
    from nextbest.decision_finder import find_decision, ledger_state, replayed
    from runtime.settings import load_settings

    settings = load_settings()
    found = find_decision(settings, decision_id)
    if found is None:
        typer.echo(
            f"no decision {decision_id!r} in the decisions topic. It takes the whole id, as in a "
            "mail's X-Nextbest-Decision header; the topic may also have let go of old ones.",
            err=True,
        )
        raise typer.Exit(1)
    shown: dict[str, Any] = dict(found.record)
    shown.pop("replay")
    shown["replayed"] = replayed(settings, found)
    shown["ledger"] = asyncio.run(ledger_state(settings, decision_id))
    shown["stands_at"] = found.places
    if as_json:
        print_json(shown)
    else:
        _print(shown)


def _print(shown: dict[str, Any]) -> None:
    tables = {"candidates", "slots", "features"}
    rows = []
    for name, value in shown.items():
        if name == "trigger":
            rows.append((name, f"{value['kind']} {value['id']} at {iso_time(value['at'])}"))
        elif name not in tables:
            rows.append((name, readable_cell(name, value)))
    print_table(f"decision {shown['decision_id']}", ("decision", ""), rows)
    print_table(
        "candidates",
        ("chosen", "candidate", "ruled out by", "score", "propensity"),
        [
            (
                "→" if candidate["arm"] == shown["arm"] else "",
                candidate["arm"],
                candidate["fence"],
                f"{candidate['score']:.4f}",
                f"{candidate['propensity']:.4f}",
            )
            for candidate in shown["candidates"]
        ],
    )
    if shown["slots"]:
        print_table(
            "slots, given the candidate",
            ("chosen", "slot", "variant", "propensity", "needs"),
            [
                (
                    *("→" if variant == slot["variant"] else "", slot["slot"], variant),
                    f"{share:.4f}",
                    " ".join(slot["needs"]) if variant == slot["variant"] else "",
                )
                for slot in shown["slots"]
                for variant, share in slot["variants"].items()
            ],
        )
    print_table("features", ("feature", "value"), sorted(shown["features"].items()))
