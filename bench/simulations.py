"""What it takes to simulate a rule over 20,000 conversations of the last thirty days, on both stores.

    python -m bench.simulations [COUNT] [sqlite|postgres]

Each row is one simulation as the page asks for it: the median and the longest of five, how many conversations it came to within its time,
the longest the event loop was held meanwhile, which everybody else at the desk would have waited; and what looking at all of them takes of
the processor, which a busy machine does not change.
"""

import asyncio
import statistics
import sys
import time
from functools import partial

import uvloop

from bench import machine, talk_fill, talks
from bench.row import Plan
from tillside import stores
from tillside.agents import workspace
from tillside.automations import rule as rules
from tillside.automations import simulate
from tillside.automations.conditions import Condition
from tillside.automations.rule import Rule, Terms, Trigger
from tillside.base import collector, stamps
from tillside.base.settings import load
from tillside.macros import step
from tillside.projector import reading
from tillside.storage.database import Database

RUNS = 5
RULES: dict[str, list[Condition]] = {
    "text alone": [Condition("lastMessage.text", "contains", ["refund", "parcel"])],
    "nothing asked": [],
    "customer and orders": [Condition("customer.ordersCount", "at_least", 0)],
    "nothing matches": [Condition("ticket.channel", "is", ["sms"]), Condition("customer.ltv", "more", 10)],
}


async def measured(store: Database, entries: Database, draft: Rule) -> tuple[list[float], simulate.Outlook, float, float]:
    """Seconds of each run, what the last one told, the longest wait of everybody else, and processor seconds without a bound."""
    home = await workspace.by_id(store, draft.workspace_id)
    by_log = simulate.Reading(partial(reading.properties, entries))
    spent = time.process_time()
    await simulate.outlook(store, home, draft, at=stamps.now(), count=5, reading=simulate.Reading(by_log.properties, seconds=600))
    spent = time.process_time() - spent
    times, worst = [], 0.0
    for _ in range(RUNS):
        waits: list[float] = []
        watching = asyncio.create_task(_watch(waits))
        begun = time.perf_counter()
        found = await simulate.outlook(store, home, draft, at=stamps.now(), count=5, reading=by_log)
        times.append(time.perf_counter() - begun)
        watching.cancel()
        worst = max(worst, *waits)
    return times, found, worst, spent


async def _watch(waits: list[float]) -> None:
    """How much longer than its millisecond somebody else had to wait, again and again."""
    while True:
        begun = time.perf_counter()
        await asyncio.sleep(0.001)
        waits.append(time.perf_counter() - begun - 0.001)


async def told(store: Database, entries: Database, kind: str) -> None:
    row = await store.one("select id from workspace order by id limit 1")
    assert row is not None
    rival = Terms([Trigger("customer_wrote")], [[Condition("customer.ordersCount", "less", 1)]], [step.Priority(-1)])
    async with store.write() as tx:
        await rules.add(tx, row[0], "tagging", "Nothing is urgent", rival, live=True)
    for name, asked in RULES.items():
        terms = Terms([Trigger("customer_wrote")], [asked] if asked else [], [step.Priority(1)])
        times, found, worst, spent = await measured(store, entries, rules.drafted(row[0], "tagging", name, terms))
        print(
            f"{kind:8} {name:20} median {statistics.median(times):5.2f} s  longest {max(times):5.2f} s  looked at {found.looked_at:,}"
            f"  matched {found.matched:,}  {f'back to {found.since}' if found.since else 'all of them'}  loop held {worst * 1000:.0f} ms"
            f"  all of them: {spent:.2f} s of processor",
            flush=True,
        )


async def run(folder: object, database: str, kind: str) -> None:
    store, entries = await stores.open_stores(load({}, data=folder, database=database or None))
    collector.calm()
    try:
        await told(store, entries, kind)
    finally:
        await store.close()
        if entries is not store:
            await entries.close()


def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
    kinds = sys.argv[2:] or ["sqlite", "postgres"]
    talks.SPAN = simulate.DAYS * stamps.DAY - stamps.HOUR
    print("  ".join(f"{name} {value}" for name, value in machine.facts().items()), flush=True)
    for kind in kinds:
        with talk_fill.filled(Plan(), count, kind) as desk:
            uvloop.run(run(desk.folder, desk.database, kind))


if __name__ == "__main__":
    main()
