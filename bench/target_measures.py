"""S9: calls of external apps. How many a second go out to a hundred targets, what hanging ones do to the others, and the delivery log."""

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvloop

from bench import call_fill
from bench.desk import Desk
from bench.row import Plan, Row, middle
from tests.support.process import ROOT
from tillside import stores
from tillside.base.settings import load
from tillside.storage.database import Database
from tillside.targets import log
from tillside.targets.log import Filter

TARGETS = 100
HANGING = 10
RECEIVER_MS = 20
_ROUNDS = 20
_PAGE = 50


def calling(plan: Plan) -> list[Row]:
    """S9: a backlog for a hundred targets is sent by a served desk; then the same for ninety of them, with and without ten that hang."""
    count = int(plan.seconds * 1000)
    rates, alone, beside = [], [], []
    for _ in range(plan.runs):
        rates.append(_sent(count, TARGETS, 0)[0])
        alone.append(_sent(count, TARGETS - HANGING, 0)[0])
        beside.append(_sent(count, TARGETS - HANGING, HANGING)[0])
    slower = statistics.median(alone) / statistics.median(beside)
    what = f"calls to {TARGETS} targets that answer in {RECEIVER_MS} ms, settled"
    return [
        Row("S9", what, statistics.median(rates), "/s", 300, 1000),
        Row("S9", f"the others are slower by, with {HANGING} % hanging targets", slower, "×", 1.1, 1.1, higher=False),
    ]


def delivery_log(plan: Plan) -> list[Row]:
    """S9b: the delivery log with a million calls, every filter alone and together, the first page and one far back."""
    rows = []
    for kind in plan.stores:
        with call_fill.filled(plan.talks, kind) as desk:
            rows += middle([_log_rows(desk, f"{plan.talks:,}, {kind}") for _ in range(plan.runs)])
    return rows


def _log_rows(desk: Desk, where: str) -> list[Row]:
    name, slowest, searched = uvloop.run(_filters(desk))
    return [
        Row("S9b", f"log by any filter, p99 with {where}", slowest * 1000, "ms", 100, 100, higher=False, remark=f"the slowest: {name}"),
        Row("S9b", f"log by a word, p99 with {where}", searched * 1000, "ms", 100, 100, higher=False),
    ]


def _sent(count: int, quick: int, hanging: int) -> tuple[float, int]:
    """Calls a second that quick targets settled, and how many."""
    with _receivers(quick, hanging) as ports, tempfile.TemporaryDirectory(prefix="tillside-bench-") as folder:
        desk = Desk(folder=Path(folder), words=("--outbound-allow", "127.0.0.0/8", "--outbound-ports", ",".join(map(str, ports))))
        desk.set_up()
        quick_ids = uvloop.run(call_fill.backlog(desk, ports, count=count, quick=quick))
        with desk:
            return uvloop.run(_drained(desk, quick_ids, count))


async def _drained(desk: Desk, target_ids: list[str], count: int) -> tuple[float, int]:
    store, entries = await stores.open_stores(load({}, data=desk.folder))
    try:
        sql = "select count(*), min(settled_at), max(settled_at) from call where state = 'done' and target_id in {list:ids}"
        until = time.monotonic() + 300
        while time.monotonic() < until:
            done, first, last = (await store.read(sql, ids=target_ids))[0]
            if done >= count:
                return done / ((last - first) / 1e6), done
            await asyncio.sleep(0.5)
        raise AssertionError(f"only {done} of {count} calls were settled")
    finally:
        await store.close()
        await entries.close()


@contextmanager
def _receivers(quick: int, hanging: int) -> Iterator[list[int]]:
    words = [sys.executable, "-m", "bench.receivers", str(quick), str(hanging), str(RECEIVER_MS)]
    running = subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert running.stdout is not None
        yield json.loads(running.stdout.readline())
    finally:
        running.terminate()
        running.wait(10)


async def _filters(desk: Desk) -> tuple[str, float, float]:
    """The slowest filter and its 99th percentile in seconds; the same of the searches."""
    store, entries = await stores.open_stores(load({}, data=desk.folder, database=desk.database or None))
    try:
        row = await store.one(
            "select workspace_id, target_id, conversation_id from call where conversation_id is not null order by position limit 1"
        )
        times = await store.one("select min(created_at), max(created_at), max(position) from call")
        assert row is not None and times is not None
        found: dict[str, float] = {}
        searches: dict[str, float] = {}
        for name, asked in call_fill.filters(row[1], row[2], times[0], times[1]).items():
            for before in (None, times[2] // 3):
                took = await _p99(store, row[0], asked, before)
                kept = searches if asked.text else found
                kept[name] = max(took, kept.get(name, 0))
        slowest = max(found, key=lambda name: found[name])
        return slowest, found[slowest], max(searches.values())
    finally:
        await store.close()
        if entries is not store:
            await entries.close()


async def _p99(store: Database, workspace_id: int, asked: Filter, before: int | None) -> float:
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        await log.page(store, workspace_id, asked, before=before, count=_PAGE)
        times.append(time.perf_counter() - begun)
    return sorted(times)[int(len(times) * 0.99)]
