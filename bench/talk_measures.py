"""The measurements of conversations on a desk with many of them: S6 lists, S7 search (finds.py), S15 REST by id, S16 agents' pages."""

import re
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager

import httpx
import uvloop

from bench import finds, talk_fill
from bench.desk import Desk, fire, percentile
from bench.row import Plan, Row, middle
from tillside import stores
from tillside.base.settings import load
from tillside.conversations import inbox
from tillside.conversations.inbox import Filters, Sort
from tillside.storage.database import Database

FEW = 10_000
PAGE = 50
DEEP = 1000
_ROUNDS = 40
_AGENT = ("ada@shop.example", "correct horse battery")
_SORTS: tuple[Sort, ...] = ("waiting", "newest")
Times = list[float]


def conversations(plan: Plan) -> list[Row]:
    """S6, S7, S15 and S16 on both stores, all of them on one filled desk each, which serves: what stood in the middle of the rounds."""
    rows = []
    for kind in plan.stores:
        with talk_fill.filled(plan, FEW, kind) as desk:
            few = uvloop.run(_all_lists(desk))
        with talk_fill.filled(plan, plan.talks, kind) as desk, desk:
            rows += middle([_round(desk, plan, kind, few) for _ in range(plan.runs)])
    return rows


def _round(desk: Desk, plan: Plan, kind: str, few: dict[str, Times]) -> list[Row]:
    return [
        *lists(uvloop.run(_all_lists(desk)), few, f"{plan.talks:,}, {kind}"),
        *finds.search(desk, plan.talks, kind),
        *by_id(desk, plan, kind),
        *pages(desk, kind),
    ]


def lists(many: dict[str, Times], few: dict[str, Times], where: str) -> list[Row]:
    """S6: every standard view in the orders it is shown in: its counts, its first page and its page 1,000, read as the inbox reads them."""
    rows = []
    for what in ("first page", f"page {DEEP:,}", "live counts"):
        slowest = max(many[what])
        remark = f"the slowest list; {slowest / max(few[what]):.1f} times that of {FEW:,}" if max(few[what]) else ""
        rows.append(Row("S6", f"inbox, {what}, p99 with {where}", slowest * 1000, "ms", 50, 15, higher=False, remark=remark))
    return rows


async def _all_lists(desk: Desk) -> dict[str, Times]:
    """What is asked → the 99th percentile of each list, in seconds."""
    store, entries = await stores.open_stores(load({}, data=desk.folder, database=desk.database or None))
    try:
        row = await store.one("select workspace_id, id from agent order by created_at limit 1")
        assert row is not None
        w, me = int(row[0]), str(row[1])
        tags = [str(one[0]) for one in await store.read("select id from tag where workspace_id = :w order by id limit 9", w=w)]
        teams = [str(one[0]) for one in await store.read("select id from team where workspace_id = :w order by id limit 9", w=w)]
        views = [filters.of(me) for filters in inbox.STANDARD.values()]
        views += [Filters(states=["open"], tag_ids=[tag]) for tag in tags] + [Filters(states=["open"], team_id=team) for team in teams]
        found: dict[str, Times] = {"first page": [], f"page {DEEP:,}": [], "live counts": [await _p99(lambda: inbox.badges(store, w, me))]}
        for filters in views:
            for sort in _SORTS:
                found["first page"].append(await _p99(_page(store, w, filters, sort, None)))
                deep = await _place(store, w, filters, sort)
                if deep is not None:
                    found[f"page {DEEP:,}"].append(await _p99(_page(store, w, filters, sort, deep)))
        found[f"page {DEEP:,}"] = found[f"page {DEEP:,}"] or [0.0]
        return found
    finally:
        await store.close()
        if entries is not store:
            await entries.close()


def _page(store: Database, w: int, filters: Filters, sort: Sort, after: tuple[int, str] | None) -> Callable[[], Awaitable[object]]:
    return lambda: inbox.page(store, w, filters, sort=sort, after=after, count=PAGE + 1)


async def _place(store: Database, w: int, filters: Filters, sort: Sort) -> tuple[int, str] | None:
    """Where page 1,000 begins; None where a list is shorter."""
    found = await inbox.page(store, w, filters, sort=sort, count=1, skip=PAGE * (DEEP - 1))
    return inbox.place(found[0], sort) if found else None


async def _p99(ask: Callable[[], Awaitable[object]]) -> float:
    times = []
    for _ in range(_ROUNDS):
        begun = time.perf_counter()
        await ask()
        times.append(time.perf_counter() - begun)
    return sorted(times)[int(len(times) * 0.99)]


def by_id(desk: Desk, plan: Plan, kind: str) -> list[Row]:
    """S15: tickets by id over HTTP, 500 a second begun at their times whatever the answers take."""
    key = desk.added_key()
    with httpx.Client(base_url=desk.process.url, headers={"x-richpanel-key": key}, trust_env=False, timeout=30) as client:
        found = [str(one["id"]) for one in client.get("/v1/tickets?per_page=50").raise_for_status().json()["ticket"]]
    asked = [f"GET /v1/tickets/{one} HTTP/1.1\r\nHost: 127.0.0.1\r\nx-richpanel-key: {key}\r\n\r\n" for one in found]
    load = fire(desk, "given", seconds=plan.seconds, rate=500, requests=asked)
    remark = f"{load['cpu'] / load['count'] * 1e6:.0f} µs of processor each"
    what = f"ticket by id at 500/s, p99 with {plan.talks:,}, {kind}"
    return [Row("S15", what, percentile(load["latencies"], 0.99), "ms", 20, 10, higher=False, remark=remark)]


def pages(desk: Desk, kind: str) -> list[Row]:
    """S16: an agent's pages one after the other over HTTP: the inbox, a conversation, its customer."""
    rows = []
    with signed_in(desk) as browser:
        shown = browser.get("/inbox?view=open").raise_for_status().text
        talks = re.findall(r'href="(/conversations/cnv_[^"?]+)', shown)[:20]
        people = re.findall(r'href="(/customers/[a-z]+_[^"?]+)', "".join(browser.get(path).text for path in talks))[:20]
        views = [f"/inbox?view={view}&sort={sort}" for view in ("open", "mine", "unassigned", "waiting", "closed") for sort in _SORTS]
        for what, paths in (("inbox", views), ("conversation", talks), ("customer", people)):
            times = []
            for number in range(max(200, len(paths) * 10)):
                begun = time.perf_counter()
                browser.get(paths[number % len(paths)]).raise_for_status()
                times.append(time.perf_counter() - begun)
            rows.append(Row("S16", f"agent's {what}, p99, {kind}", percentile(sorted(times), 0.99), "ms", 100, 40, higher=False))
    return rows


@contextmanager
def signed_in(desk: Desk) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=desk.process.url.replace("127.0.0.1", "localhost"), trust_env=False, timeout=60) as browser:
        token = re.search(r'name="form_token" value="([^"]+)"', browser.get("/sign-in").text)
        assert token is not None
        sent = {"email": _AGENT[0], "password": _AGENT[1], "form_token": token[1]}
        crumbs = "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)
        answer = browser.post("/sign-in", data=sent, headers={"Cookie": crumbs})
        assert answer.status_code == 303, answer.text[:500]
        browser.headers["Cookie"] = "; ".join(f"{one.name}={one.value}" for one in browser.cookies.jar)
        browser.cookies.clear()
        yield browser
