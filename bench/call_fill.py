"""Filling a desk with calls of external apps: a backlog to be sent, or a log of a million that were."""

import asyncio
import itertools
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random

import apsw
import asyncpg

from bench import postgres
from bench.desk import Desk
from tillside import stores
from tillside.agents.actor import DESK
from tillside.base import stamps
from tillside.base.settings import load
from tillside.base.vault import Vault
from tillside.storage.database import Row
from tillside.targets import calls
from tillside.targets import target as targets
from tillside.targets.calls import Cause
from tillside.targets.log import Filter
from tillside.targets.request import Request
from tillside.targets.target import Draft

_PORTION = 500
_HANGING = 50
_TARGETS = 100
_TALKS = 100_000
_SPAN = 90 * stamps.DAY
_BODY = '{{"ticket": "cnv_{0}", "subject": "Where is my parcel {0}?", "customer": {{"name": "Ada Berg", "email": "ada{0}@example.com"}}, '
_TEXT = '"text": "Hello, I ordered a notebook last week and it has not come yet. Could you look where it is? Thanks, Ada {0}"}}'
_CAUSES = ("rule", "rule", "rule", "rule", "webhook", "webhook", "macro", "action", "button", "hand")
_NAMES = calls.COLUMNS.split(", ")[1:]


async def backlog(desk: Desk, ports: list[int], *, count: int, quick: int) -> list[str]:
    """Targets at these ports, and calls that wait: `count` for the first `quick` of them, fifty for each of the others. Ids of the quick."""
    store, entries = await stores.open_stores(load({}, data=desk.folder))
    row = await store.one("select id from workspace order by id limit 1")
    assert row is not None
    made = []
    async with store.write() as tx:
        for number, port in enumerate(ports):
            draft = Draft(name=f"Target {number}", url=f"http://127.0.0.1:{port}/hook", body="{}")
            saved = await targets.add(tx, Vault.open(desk.folder), row[0], draft, check_url=lambda url: url)
            made.append(saved.target)
    whose = [made[number % quick] for number in range(count)]
    whose = [slow for slow in made[quick:] for _ in range(_HANGING)] + whose
    for first in range(0, len(whose), _PORTION):
        async with store.write() as tx:
            for target in whose[first : first + _PORTION]:
                body = _BODY.format(first) + _TEXT.format(first)
                await calls.put(
                    tx, target, Request("POST", target.url, [("content-type", "application/json")], body), cause=Cause("rule"), by=DESK
                )
    await store.close()
    await entries.close()
    return [one.id for one in made[:quick]]


@contextmanager
def filled(count: int, kind: str) -> Iterator[Desk]:
    """A desk with so many calls in its log, not served."""
    with tempfile.TemporaryDirectory(prefix="tillside-bench-") as made:
        if kind == "postgres":
            with postgres.cluster() as running:
                desk = Desk(folder=Path(made), database=running.url(running.create()))
                desk.set_up()
                asyncio.run(_copied(desk.database, count))
                yield desk
            return
        desk = Desk(folder=Path(made))
        desk.set_up()
        _on_sqlite(Path(made), count)
        yield desk


def filters(target_id: str, conversation_id: str, oldest: int, newest: int) -> dict[str, Filter]:
    """What people ask of the log: each condition alone, pairs, and combinations that hold for nothing."""
    middle = (oldest + newest) // 2
    parts: dict[str, dict[str, object]] = {
        "target": {"target_id": target_id},
        "done": {"state": "done"},
        "dead": {"state": "dead"},
        "waiting": {"state": "waiting"},
        "2xx": {"answered": 2},
        "5xx": {"answered": 5},
        "no answer": {"answered": 0},
        "rule": {"cause": "rule"},
        "by hand": {"cause": "hand"},
        "never": {"cause": "test"},
        "conversation": {"conversation_id": conversation_id},
        "since": {"since": middle},
        "until": {"until": middle},
    }
    asked = {"everything": Filter(), **{name: Filter(**given) for name, given in parts.items()}}  # type: ignore[arg-type]  # by name
    for (one, first), (other, second) in itertools.combinations(parts.items(), 2):
        if not first.keys() & second.keys():
            asked[f"{one}, {other}"] = Filter(**first, **second)  # type: ignore[arg-type]  # by name
    words = {"found": "parcel", "rare": "ada123450@", "nothing": "no such word", "by id": "dlv_none"}
    asked |= {f"text {name}": Filter(text=text) for name, text in words.items()}
    asked |= {f"text {name}, target": Filter(text=text, target_id=target_id) for name, text in words.items()}
    asked |= {f"text {name}, dead": Filter(text=text, state="dead") for name, text in words.items()}
    return asked


def _rows(workspace_id: int, count: int) -> Iterator[Row]:
    dice, begun = Random(4), stamps.now() - _SPAN
    for number in range(count):
        at = begun + number * _SPAN // count
        state, status = _end(dice)
        over = state not in ("waiting",)
        talk = f"cnv_{number % _TALKS:026}" if number % 10 else None
        call_id = f"dlv_{number:026}"
        cause = _CAUSES[dice.randrange(10)]
        values = {
            "workspace_id": workspace_id,
            "id": call_id,
            "target_id": f"tgt_{dice.randrange(_TARGETS) ** 2 // _TARGETS:026}",
            "conversation_id": talk,
            "order_key": talk or call_id,
            "cause_kind": cause,
            "cause_id": "rul_one",
            "cause_name": "Late parcels",
            "by_kind": "rule",
            "by_id": "rul_one",
            "by_name": "Late parcels",
            "run_id": "",
            "tries": "schedule",
            "state": state,
            "due_at": None if over else stamps.now() + stamps.DAY,
            "holder": "",
            "attempts": 1,
            "earlier": 0,
            "since": at,
            "created_at": at,
            "settled_at": at + stamps.SECOND if over else None,
            "status": status,
            "answered": status // 100,
            "reason": "",
            "method": "POST",
            "url": f"https://cart.example/orders/{number}",
            "headers": '[["content-type","application/json"]]',
            "body": _BODY.format(number) + _TEXT.format(number),
        }
        yield tuple(values[name] for name in _NAMES)


def _end(dice: Random) -> tuple[str, int]:
    """Of a hundred calls ninety-six went well."""
    place = dice.randrange(1000)
    if place < 960:
        return "done", 200
    if place < 985:
        return "dead", (500, 404, 422, 0)[place % 4]
    return ("failed", 500) if place < 990 else ("cancelled", 503) if place < 995 else ("waiting", 503)


def _on_sqlite(folder: Path, count: int) -> None:
    connection = apsw.Connection(str(folder / stores.DESK_FILE))
    connection.pragma("journal_mode", "off")  # see fill.py
    connection.pragma("synchronous", "off")
    connection.pragma("cache_size", -(256 << 10))
    workspace_id = int(str(connection.execute("select id from workspace limit 1").fetchall()[0][0]))
    with connection:
        indexes = connection.execute(
            "select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name = 'call'"
        ).fetchall()
        for name, _ in indexes:
            connection.execute(f"drop index {name}")
        connection.executemany(f"insert into call ({', '.join(_NAMES)}) values ({', '.join('?' * len(_NAMES))})", _rows(workspace_id, count))
        for _, made in indexes:
            connection.execute(str(made))
    connection.pragma("journal_mode", "wal")
    connection.close()


async def _copied(url: str, count: int) -> None:
    connection = await asyncpg.connect(url)
    try:
        workspace_id = await connection.fetchval("select id from workspace limit 1")
        rows = _rows(workspace_id, count)
        while portion := list(itertools.islice(rows, 20_000)):
            await connection.copy_records_to_table("call", records=portion, columns=_NAMES)
        await connection.execute("analyze")
    finally:
        await connection.close()
