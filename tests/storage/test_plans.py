"""How SQLite walks: no list, page or batch may read every row of a workspace to find a few. Plans are the same however much is stored."""

import re
from pathlib import Path
from typing import Any

import pytest

from tillside.base.errors import Unknown
from tillside.conversations import (
    answering,
    attachments,
    conversation,
    drafts,
    editing,
    inbox,
    indexing,
    message,
    participants,
    states,
    tags,
    trail,
)
from tillside.conversations.inbox import Filters
from tillside.customers import listing as people
from tillside.customers import person, story, timeline
from tillside.customers.people import People
from tillside.customers.timeline import Sieve
from tillside.orders import figures
from tillside.orders import listing as orders
from tillside.orders.book import Book
from tillside.search import asked as questions
from tillside.search import finding, known
from tillside.search.meaning import Meaning
from tillside.storage import migrate
from tillside.storage.database import Row
from tillside.storage.full_text import Phrase
from tillside.storage.sqlite import SqliteDatabase

pytestmark = pytest.mark.anyio
TABLES = (
    r"event|orders|profile|identifier|merge|profile_word|shipment|message|conversation|conversation_tag|conversation_order"
    r"|attachment|trail|draft|mention|follower_of_conversation|search_entry|search_word"
)
STEP = re.compile(rf"^(?P<how>SEARCH|SCAN) (?P<table>{TABLES})(?= |$)(?P<by>.*)")
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
    await _inbox(store)
    await _search(store)
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
    await person.of_many(store, 1, [ONE])
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


async def _inbox(store: Explained) -> None:
    """Everything the lists of conversations and one conversation ask."""
    for filters in inbox.STANDARD.values():
        for sort in ("newest", "waiting"):
            await inbox.page(store, 1, filters.of(ONE), sort=sort, after=(5, "x"))
        await inbox.newer(store, 1, filters.of(ONE), 5)
    narrowed = (
        Filters(states=["open"], team_id="tea_one"),
        Filters(states=["open"], channel="email"),
        Filters(states=["open"], tag_ids=["tag_one", "tag_two"]),
        Filters(profile_ids=[ONE]),
        Filters(order_id="ord_one"),
    )
    for filters in narrowed:
        await inbox.page(store, 1, filters, after=(5, "x"))
    for made in ("created", "updated", "created_first", "updated_first"):
        await inbox.page(store, 1, Filters(created_from=5, updated_from=5), sort=made)
        await inbox.page(store, 1, Filters(states=["closed"], assignee_id=ONE), sort=made)
    await inbox.badges(store, 1, ONE)
    await message.page(store, 1, ONE)
    await message.after(store, 1, ONE, 5)
    await message.of_many(store, 1, [ONE])
    await message.by_external_id(store, 1, "<x@y>")
    await attachments.of_messages(store, 1, [ONE])
    await tags.worn(store, 1, [ONE])
    await editing.orders(store, 1, [ONE])
    await drafts.of_conversation(store, 1, ONE)
    await participants.open_mentions(store, 1, ONE, ONE)
    await trail.last_of(store, 1, ONE, since=5)
    await conversation.known_as(store, 1, ONE)
    await conversation.by_number(store, 1, 5)
    await states.wake_due(store, at=5)
    await answering.send_due(store, at=5)
    await attachments.tidy(store, data=Path("/nowhere"), at=5)


async def _search(store: Explained) -> None:
    """Everything a search asks of one entry."""
    async with store.write() as tx:
        for space in (indexing.MESSAGES, indexing.CONVERSATIONS):
            await indexing.add(tx, indexing.Entry(1, space, 1, 5, "parcel", "ada"))
    filters = Filters(states=["open", "closed"], tag_ids=["tag_one"], assignee_id=ONE)
    spellings = [await known.spellings(store, 1, Phrase((word,))) for word in ("parc", "parcle")]
    for order_ids in (None, ["ord_one"]):
        meant = Meaning(questions.read("x"), spellings, (), filters, order_ids, since=1, until=9)
        for find in (finding.messages, finding.talks):
            await find(store, 1, meant)
    await finding.said(store, [1])
    await finding.conversations_at(store, 1, [2])


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
