"""How SQLite walks: no list, page or batch may read every row of a workspace to find a few. Plans are the same however much is stored."""

import re
from pathlib import Path
from typing import Any

import pytest

from tillside.base.errors import Unknown
from tillside.customers import listing as people
from tillside.customers import person, story, timeline
from tillside.customers.people import People
from tillside.customers.timeline import Sieve
from tillside.orders import figures
from tillside.orders import listing as orders
from tillside.orders.book import Book
from tillside.storage import migrate
from tillside.storage.database import Row
from tillside.storage.sqlite import SqliteDatabase

pytestmark = pytest.mark.anyio
STEP = re.compile(r"^(?P<how>SEARCH|SCAN) (?P<table>event|orders|profile|identifier|merge|profile_word|shipment)\b(?P<by>.*)")
ONE = "cus_one"


class Explained(SqliteDatabase):
    """A store that explains each query before it answers."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.plans: list[tuple[str, list[Row]]] = []

    async def read(self, sql: str, **given: Any) -> list[Row]:
        if re.match(r"\s*(select|with)\b", sql):
            self.plans.append((sql, await super().read(f"explain query plan {sql}", **given)))
        return await super().read(sql, **given)


async def test_nothing_reads_a_whole_workspace_to_find_a_few_rows(tmp_path: Path) -> None:
    store = Explained(tmp_path / "desk.db")
    await migrate.bring_up(store, "desk")
    store.plans.clear()
    await _pages(store)
    await _batch(store)
    found = [f"{' '.join(sql.split())[:120]}: {step}" for sql, plan in store.plans for step in _wide(plan)]
    await store.close()
    assert len(store.plans) > 30
    assert not found, "\n".join(found)


async def test_this_rule_sees_what_it_forbids(tmp_path: Path) -> None:
    store = Explained(tmp_path / "desk.db")
    await migrate.bring_up(store, "desk")
    store.plans.clear()
    await store.read("select id from event where workspace_id = :workspace_id and dedup in {list:keys}", workspace_id=1, keys=["a"])
    await store.read("select id from orders where workspace_id = :workspace_id order by id limit 5", workspace_id=1)
    await store.close()
    assert all(_wide(plan) for _, plan in store.plans)


async def _pages(store: Explained) -> None:
    """Everything the lists and pages of the desk ask."""
    await people.page(store, 1)
    await people.page(store, 1, show="customers")
    await people.find(store, 1, "ada example", region="US")
    await people.found_page(store, 1, [ONE])
    await people.whole(store, 1, [ONE])
    await people.names(store, 1, [ONE])
    await people.newer(store, 1, 5)
    for asked in (person.root_of, person.read):
        with pytest.raises(Unknown):
            await asked(store, 1, ONE)
    await figures.of_people(store, 1, [ONE])
    await story.read(store, 1, [ONE])
    await story.new(store, 1, [ONE], 5)
    await story.latest(store, 1, [ONE])
    await story.firsts(store, 1, ["ord_one"])
    await story.received(store, 1, [5])
    for narrowed in (orders.Sieve(), orders.Sieve("failed"), orders.Sieve("failed", ["ord_one"], [ONE])):
        await orders.page(store, 1, narrowed)
        await orders.newer(store, 1, narrowed, 5)
    await orders.find(store, 1, "#4711")
    await orders.owners(store, 1, ["ord_one"])
    await orders.tally(store, 1, [ONE])
    await orders.by_ids(store, 1, ["ord_one"])
    for sieve in (Sieve(), Sieve(verdict=2), Sieve("con_one", 1), Sieve(said="ada", profile_ids=[ONE], order_ids=["ord_one"])):
        await timeline.stream(store, 1, sieve)
    await timeline.of_order(store, 1, "ord_one")


async def _batch(store: Any) -> None:
    """What the projector asks before it works a batch in."""
    await timeline.same(store, 1, "con_one", ["key"])
    await People(1).load(store, [("ada@example.com", "email", "", 1)], [ONE])
    await Book(1).load(store, {("con_one", "order", "1")}, {("con_one", "order", "2")})


def _wide(plan: list[Row]) -> list[str]:
    """The steps that are narrowed by the workspace alone. The greatest id of all is one step to the end of an index."""
    said = {step: detail for step, _, _, detail in plan}
    return [
        detail
        for _, parent, _, detail in plan
        if (match := STEP.match(detail))
        and (match["how"] == "SCAN" or match["by"].endswith("(workspace_id=?)"))
        and not said.get(parent, "").startswith("SCALAR SUBQUERY")
    ]
