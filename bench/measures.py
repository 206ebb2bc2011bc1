"""The measurements of docs/speed.md, one function each: S1 to S5, S8, S10, S11, S13, PostgreSQL. Each returns rows for the table.
S6, S7, S15 and S16 stand in talk_measures.py, S9 in target_measures.py."""

import asyncio
import contextlib
import gzip
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import uvloop

from bench import chat, fill, machine, postgres, samples, talk_measures, target_measures
from bench.desk import Desk, fire, percentile
from bench.row import Plan, Row
from tests.support.source import ROOT
from tillside import app as house
from tillside import stores
from tillside.base import collector, stamps
from tillside.base.settings import load
from tillside.connectors import connector as connectors
from tillside.feeds.log import Entry, Wire
from tillside.projector.ahead import Ahead


def intake(plan: Plan) -> list[Row]:
    """S1 and S3: single events as fast as answered, then at 70 % of the hold."""
    rates, drains, late, cpu = [], [], [], []
    for _ in range(plan.runs):
        with Desk(words=("--projector", plan.projector)) as desk:
            found = fire(desk, "single", seconds=plan.seconds)
            rates.append(found["count"] / found["took"])
            cpu.append(found["cpu"] / found["count"] * 1e6)
            drains.append(desk.drained(within=plan.seconds * 6) / found["took"])
            steady = fire(desk, "single", seconds=plan.seconds, rate=0.7 * 4000, first=10**7)
            late.append(percentile(steady["latencies"], 0.99))
    with machine.Bare() as bare:
        found = fire(Reached(bare.port), "single", seconds=3)
    limit = found["count"] / found["took"]
    remark = f"{statistics.median(cpu):.0f} µs of processor an event, projection included"
    return [
        Row("S1", "durable single events", statistics.median(rates), "/s", 4000, 7000, limit=limit, remark=remark),
        Row("S1", "backlog drained, as a share of the load's time", statistics.median(drains), "×", 1, 1, higher=False),
        Row("S3", "acknowledgement p99 at 2,800/s", statistics.median(late), "ms", 40, 20, higher=False),
    ]


def batches(plan: Plan) -> list[Row]:
    """S2: batches of 25, a burst of 20 s at full length."""
    rates = []
    for _ in range(plan.runs):
        with Desk(words=("--projector", plan.projector)) as desk:
            found = fire(desk, "batch", seconds=plan.seconds * 2)
            rates.append(found["count"] * 25 / found["took"])
    return [Row("S2", "durable events in batches of 25", statistics.median(rates), "/s", 20_000, 40_000, limit=machine.appends(group=100))]


def visible(plan: Plan) -> list[Row]:
    """S4: from the moment an event is due until its line can be read in the desk's store, at 500 events a second."""
    with Desk() as desk:
        waits = asyncio.run(_watch(desk, plan.seconds))
    return [Row("S4", "event → line in the timeline, p99 at 500/s", percentile(sorted(waits), 0.99), "ms", 1000, 250, higher=False)]


async def _watch(desk: Desk, seconds: float) -> list[float]:
    settings = load({}, data=desk.folder)
    store, entries = await stores.open_stores(settings)
    loading = asyncio.create_task(asyncio.to_thread(fire, desk, "single", seconds=seconds, rate=500))
    waits, last = [], 0
    try:
        while not loading.done():
            rows = await store.read("select id, received_at from event where id > :last order by id limit 1000", last=last)
            now = stamps.now()
            waits += [(now - received_at) / 1e6 for _, received_at in rows]
            last = rows[-1][0] if rows else last
            await asyncio.sleep(0.005)
    finally:
        await store.close()
        await entries.close()
    return waits


def projection(plan: Plan) -> list[Row]:
    """S5: whole orders out of the log, with nothing and with many orders stored."""
    holds = {0: (8000, 12_000), 1_000_000: (3000, 6000), 5_000_000: (2000, 5000)}
    rows = []
    for stored in plan.orders:
        rates = list(_among(plan, stored)) if stored else [_from_nothing() for _ in range(plan.runs)]
        hold, aim = holds.get(stored, (0, 0))
        rows.append(Row("S5", f"orders projected, {stored:,} stored", statistics.median(rates), "/s", hold, aim))
    return rows


def _from_nothing() -> float:
    with tempfile.TemporaryDirectory(prefix="tillside-bench-") as folder:
        Desk(folder=Path(folder)).set_up()
        return uvloop.run(project(Path(folder), count=20_000))


def _among(plan: Plan, stored: int) -> Iterator[float]:
    """Run after run in one filled folder, each with orders of its own. A folder that is kept from before is used again."""
    with tempfile.TemporaryDirectory(prefix="tillside-bench-") as made:
        folder = Path(plan.kept) / str(stored) if plan.kept else Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        filled = folder / "filled"
        if not filled.exists():
            desk = Desk(folder=folder)
            desk.set_up()
            fill.fill(desk, stored)
            filled.touch()
        begin = stamps.now() // 1000 % 10**9 * 1000
        for run in range(plan.runs):
            yield uvloop.run(project(folder, count=20_000, first=begin + run * 20_000))


async def project(folder: Path, *, count: int, first: int = 0, database: str | None = None) -> float:
    """Orders a second, from a log that holds `count` of them until the projector has passed the last: as its own process does it, on
    SQLite with the process that reads ahead for it already there."""
    await _take_in(folder, range(first, first + count), database)
    desk = await stores.open_desk(load({}, data=folder, database=database), serving=True, projecting=True)
    ahead = None if database else Ahead(folder / stores.LOG_FILE)
    try:
        follower = house.projector(desk, ahead)
        assert await follower.claim(), "the server that filled this folder has not given its lease back"
        if ahead is not None:
            await ahead.start()
        collector.calm()
        begun = time.perf_counter()
        while await follower.step():
            pass
        took = time.perf_counter() - begun
        await follower.release()
        return count / took
    finally:
        if ahead is not None:
            await ahead.end()
        await desk.close()


async def _take_in(folder: Path, numbers: range, database: str | None) -> None:
    """The orders of these numbers, in the log."""
    desk = await stores.open_desk(load({}, data=folder, database=database), serving=True)
    try:
        (shop,) = await connectors.all_of_installation(desk.store, desk.vault)
        wire = Wire(charset="utf-8", currency="USD", region="US")
        for place in range(0, len(numbers), 1000):
            entries = [
                Entry(shop.workspace_id, shop.id, "events", stamps.now(), "server", 3, wire, samples.event(number).encode())
                for number in numbers[place : place + 1000]
            ]
            await asyncio.gather(*[desk.log.append(entry) for entry in entries])
    finally:
        await desk.close()


def sizes(plan: Plan) -> list[Row]:
    """S10: what a shop's page loads."""
    script = ROOT / "tillside" / "edges" / "capture" / "static" / "tracker.js"
    size = len(gzip.compress(script.read_bytes(), 9, mtime=0)) / 1024
    return [Row("S10", "tracker script, gzip", size, "KB", 4, 3, higher=False)]


def start(plan: Plan) -> list[Row]:
    """S13: idle memory, and from nothing to the first durable event, on a desk with many orders."""
    with tempfile.TemporaryDirectory(prefix="tillside-bench-") as folder:
        desk = Desk(folder=Path(folder))
        desk.set_up()
        fill.fill(desk, min(200_000, max(plan.orders)) or 1000)
        begun = time.perf_counter()
        with Desk(folder=Path(folder)) as served:
            fire(served, "single", seconds=0, lines=1, first=10**8)
            took = time.perf_counter() - begun
            time.sleep(3)
            memory = served.resident_mb()
            served.process.kill9()
        again = _first_answer(Path(folder))
    return [
        Row("S13", "idle memory", memory, "MB", 200, 120, higher=False),
        Row("S13", "restart after kill -9 to the first answer", again, "s", 2, 1, higher=False),
        Row("S13", "start to first durable event (generator's own start included)", took, "s", 3, 1, higher=False),
    ]


def _first_answer(folder: Path) -> float:
    """Seconds from the start of the command until the desk says it is well."""
    begun = time.perf_counter()
    with Desk(folder=folder) as desk:
        httpx.get(f"{desk.process.url}/healthz").raise_for_status()
        return time.perf_counter() - begun


def beside_copy(plan: Plan) -> list[Row]:
    """The same on PostgreSQL, as shares of its own COPY."""
    with postgres.cluster() as running:
        limit = asyncio.run(postgres.copied(running.url(running.create())))
        singles: list[float] = []
        batches: list[float] = []
        orders: list[float] = []
        for _ in range(plan.runs):
            for kind, rates, size in (("single", singles, 1), ("batch", batches, 25)):
                with Desk(database=running.url(running.create()), words=("--projector", plan.projector)) as desk:
                    found = fire(desk, kind, seconds=plan.seconds)
                    rates.append(found["count"] * size / found["took"])
            with tempfile.TemporaryDirectory(prefix="tillside-bench-") as folder:
                url = running.url(running.create())
                Desk(folder=Path(folder), database=url).set_up()
                orders.append(uvloop.run(project(Path(folder), count=10_000, database=url)))
    named = {"durable single events": singles, "durable events in batches of 25": batches, "orders projected, nothing stored": orders}
    return [Row("PG", f"{what}, beside COPY", statistics.median(rates), "/s", 0, 0, limit=limit) for what, rates in named.items()]


class Reached(Desk):
    """Something that listens on a port and is no desk of ours."""

    def __init__(self, port: int) -> None:
        self._port = port

    @property
    def port(self) -> int:
        return self._port

    def cpu_seconds(self) -> float:
        return 0


def messenger_sizes(plan: Plan) -> list[Row]:
    """S11: what a shop's page loads of the messenger, and what a click on it loads more."""
    folder = ROOT / "tillside" / "edges" / "messenger" / "static"

    def packed(*names: str) -> float:
        return sum(len(gzip.compress((folder / name).read_bytes(), 9, mtime=0)) for name in names) / 1024

    return [
        Row("S11", "messenger launcher, gzip", packed("launcher.js"), "KB", 10, 6, higher=False),
        Row("S11", "messenger panel on click, gzip", packed("panel.js", "panel.css"), "KB", 90, 60, higher=False),
    ]


def chatting(plan: Plan) -> list[Row]:
    """S8: from a shopper's message to an agent's stream, while a thousand streams are open."""
    rows = []
    for kind in plan.stores:
        with postgres.cluster() if kind == "postgres" else contextlib.nullcontext() as running:
            runs = [chat.measured(max(plan.seconds, 5), running.url(running.create()) if running else "") for _ in range(plan.runs)]
        for share, hold, aim in ((0.5, 0, 0), (0.99, 100, 25)):
            value = statistics.median(percentile(run["latencies"], share) for run in runs)
            remark = f"{chat.AGENTS} agents, {chat.SHOPPERS} shoppers, {chat.RATE} messages/s"
            what = f"message to agent's stream, p{share * 100:.0f}, {kind}"
            rows.append(Row("S8", what, value, "ms", hold, aim, higher=False, remark=remark))
        for run in runs:
            assert len(run["latencies"]) == run["sent"] * chat.AGENTS, "a message was not told, or told twice"
        stream = statistics.median(run["kilobytes"] for run in runs)
        rows.append(Row("S8", f"memory of an open stream, {kind}", stream, "KB", 0, 0, higher=False))
    return rows


ALL: dict[str, Callable[[Plan], list[Row]]] = {
    "S1": intake,
    "S2": batches,
    "S3": intake,
    "S4": visible,
    "S5": projection,
    "S6": talk_measures.conversations,
    "S7": talk_measures.conversations,
    "S8": chatting,
    "S9": target_measures.calling,
    "S9b": target_measures.delivery_log,
    "S10": sizes,
    "S11": messenger_sizes,
    "S13": start,
    "S15": talk_measures.conversations,
    "S16": talk_measures.conversations,
    "PG": beside_copy,
}
