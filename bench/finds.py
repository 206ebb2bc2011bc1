"""S7: how long a search takes among many messages, asked as the search page asks: words common and rare, operators, a slip of the hand."""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncIterator, Iterator
from random import Random

from bench.desk import Desk, percentile
from bench.row import Row
from bench.talks import MESSAGES, VOCABULARY
from tillside import stores
from tillside.agents import workspace as workspaces
from tillside.agents.workspace import Workspace
from tillside.base.settings import load
from tillside.search import asked, finding, meaning
from tillside.storage.database import Database

ROUNDS = 40


def search(desk: Desk, count: int, kind: str) -> list[Row]:
    """S7 on a filled desk with so many conversations."""
    told = asyncio.run(_asked(desk))
    everything = sorted(took for took_all in told.values() for took in took_all)
    slowest = max(told, key=lambda name: statistics.median(told[name]))
    remark = f"p50 {percentile(everything, 0.5):.1f} ms; slowest {slowest}: p50 {percentile(sorted(told[slowest]), 0.5):.1f} ms"
    what = f"search p99, {count * MESSAGES:,} messages, {kind}"
    return [Row("S7", what, percentile(everything, 0.99), "ms", 200, 50, higher=False, remark=remark)]


def questions() -> dict[str, Iterator[str]]:
    """Kinds of questions, each without an end; words of every frequency."""
    dice = Random(3)

    def some(first: int, last: int, form: str) -> Iterator[str]:
        while True:
            yield form.format(VOCABULARY[dice.randrange(first, last)], VOCABULARY[dice.randrange(first, last)], VOCABULARY[last][:4])

    return {
        "a common word": some(0, 5, "{0}"),
        "a word between": some(200, 1000, "{0}"),
        "a rare word": some(15_000, 16_000, "{0}"),
        "two letters": some(0, 900, "{0:.2}"),
        "two words": some(0, 500, "{0} {1}"),
        "a phrase": some(0, 40, '"{0} {1}"'),
        "a number said once": some(0, 9, "100000"),
        "a word nobody said": some(0, 9, "zzyzzyva"),
        "a slip of the hand": some(8_000, 9_000, "{0}x"),
        "a state": some(0, 100, "{0} status:open"),
        "a tag few have": some(0, 500, "{0} tag:wholesale"),
        "somebody's words": some(0, 100, "{0} from:greta.moreau"),
        "long ago": some(0, 1000, "{0} before:2025-06"),
        "operators alone": some(0, 9, "status:open assignee:me"),
    }


async def _asked(desk: Desk) -> dict[str, list[float]]:
    """Kind → seconds of each question, messages and conversations found and read as the page does."""
    told: dict[str, list[float]] = {}
    async with _opened(desk) as store:
        place = await workspaces.chosen(store, None)
        rows = await store.read("select id from agent order by created_at limit 1")
        for name, texts in questions().items():
            await _find(store, place, rows[0][0], next(texts))
            for _ in range(ROUNDS):
                text = next(texts)
                begun = time.perf_counter()
                await _find(store, place, rows[0][0], text)
                told.setdefault(name, []).append(time.perf_counter() - begun)
    return told


async def _find(store: Database, place: Workspace, agent_id: str, text: str) -> None:
    meant = await meaning.of(store, place, agent_id, asked.read(text))
    assert not meant.problems, meant.problems
    if not (meant.every or meant.who):
        await finding.listed(store, place.id, meant)
        return
    found = await finding.messages(store, place.id, meant, count=20)
    await finding.said(store, found.positions)
    talks = await finding.talks(store, place.id, meant, count=5)
    await finding.conversations_at(store, place.id, talks.positions)


@contextlib.asynccontextmanager
async def _opened(desk: Desk) -> AsyncIterator[Database]:
    store, entries = await stores.open_stores(load({}, data=desk.folder, database=desk.database or None))
    try:
        yield store
    finally:
        await store.close()
        if entries is not store:
            await entries.close()
