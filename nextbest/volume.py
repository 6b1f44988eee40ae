"""`nextbest volume`: what may leave today, what has left, and where warm-ups stand."""

import asyncio
from typing import TYPE_CHECKING, Annotated, Any

from nextbest.output import Json, print_json, print_table

if TYPE_CHECKING:
    from runtime.settings import Settings

_COLUMNS = ("budget", "cap", "released", "used", "waiting", "step", "next_step")


def volume(as_json: Annotated[bool, Json] = False) -> None:
    """Show today's volume (UTC) of the sender's domain, by budget.

    Used is what senders have counted, of which up to 20 for each of them may be still to leave.

    Example: nextbest volume
    """
    from runtime.settings import load_settings

    settings = load_settings()
    found = asyncio.run(_look(settings))
    if as_json:
        print_json(found)
        return
    print(
        f"{found['domain']}: {found['today']:,} mails today; {found['week_mean']:,.1f} a day in "
        "the seven days before"
    )
    print_table("Budgets", _COLUMNS, [[row[name] for name in _COLUMNS] for row in found["budgets"]])
    streams = [[name, count] for name, count in found["streams"].items()]
    print_table("Streams", ("stream", "today"), streams)


async def _look(settings: "Settings") -> dict[str, Any]:
    from nextbest.connections import open_ledger, open_state
    from senders.clock import pipeline_clock
    from senders.guardrails.counts import day_of
    from senders.guardrails.limits import rules_of
    from senders.guardrails.watch import look
    from senders.volume.allowance import EVERY, WEEK, every_budget, released, why_no_step
    from senders.volume.planning import make_plan
    from senders.volume.store import VolumeStore

    domain = settings.sender.from_address.rpartition("@")[2]
    async with open_ledger(settings) as ledger, open_state(settings) as state:
        now_ms = await pipeline_clock(settings, state).now_ms()
        rules = rules_of(settings.guardrails)
        report = await look(ledger, settings.namespace, rules, now_ms)
        store = VolumeStore(ledger, settings.namespace, domain)
        plan = await make_plan(store, settings.volume, day_of(now_ms), report.holds, step=False)
        used = await store.used(plan.day)
        budgets = every_budget(settings.volume, plan)
        waiting = await store.waiting(budgets)
    rows = []
    for budget in budgets:
        row = {
            "budget": budget.name,
            "cap": budget.cap,
            "released": released(budget, now_ms),
            "used": used.get(budget.counter, 0),
            "waiting": waiting[budget.name],
            "step": None,
            "next_step": None,
            "held": False,
        }
        if budget.name.startswith("warmup:"):
            stream = budget.counter
            why = why_no_step(settings.volume, plan, stream, used.get(stream, 0))
            row["step"] = plan.steps[stream].number
            row["next_step"] = why or "tomorrow"
            row["held"] = stream in plan.held
        rows.append(row)
    return {
        "domain": domain or "(no sender)",
        "today": used.get(EVERY, 0),
        "week_mean": plan.week,
        "budgets": rows,
        "streams": {name: used[name] for name in sorted(used) if name not in (EVERY, WEEK)},
    }
