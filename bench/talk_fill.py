"""A desk with many conversations already in it: put in without a journal on SQLite, by COPY on PostgreSQL. SQLite is not told to analyze
its tables, since no desk does: what it would know of an empty search index makes it walk all of it for each deletion later.

The search index is built by `tillside reindex`, as after any loss of it.
"""

import asyncio
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import apsw
import asyncpg

from bench import postgres, talks
from bench.desk import Desk
from bench.row import Plan
from bench.talks import APART, MESSAGES, TAGS, TEAMS, Ground, Talks
from tillside import stores
from tillside.base import stamps
from tillside.conversations import conversation as conversations

BYTES_PER_TALK = 5_000
_BLOCKS = 20_000
_AGENTS = 24

Row = tuple[object, ...]
Rows = dict[str, list[Row]]

COLUMNS: dict[str, tuple[str, ...]] = {
    "agent": ("workspace_id", "id", "email", "name", "role", "password_hash", "created_at", "disabled_at"),
    "team": ("workspace_id", "id", "name", "folded", "created_at", "updated_at"),
    "tag": ("workspace_id", "id", "name", "folded", "color", "description", "archived_at", "created_at", "updated_at"),
    "channel": ("workspace_id", "id", "connector_id", "type", "name", "created_at", "updated_at"),
    "profile": ("workspace_id", "id", "into_id", "kind", "name", "email", "phone", "place", "first_seen_at", "last_seen_at", "doc"),
    "profile_word": ("workspace_id", "word", "profile_id"),
    "conversation": conversations.NAMES,
    "conversation_tag": ("workspace_id", "conversation_id", "tag_id", "state", "sort_at", "given", "at"),
    "message": tuple(Talks(Ground(1, "", (("", ""),), (), ()), 1, stamps.now()).message(0, 0)),
    "conversation_count": ("workspace_id", "state", "assignee_id", "team_id", "channel", "count"),
    "counter": ("workspace_id", "name", "value"),
}


@contextmanager
def filled(plan: Plan, count: int, kind: str) -> Iterator[Desk]:
    """A desk with so many conversations, indexed, not served yet. SQLite: a folder that is kept from before is used again."""
    words = ("--rest-requests-per-second", "0")
    with tempfile.TemporaryDirectory(prefix="tillside-bench-") as made:
        if kind == "postgres":
            with postgres.cluster() as running:
                desk = Desk(folder=Path(made), database=running.url(running.create()), words=words)
                desk.set_up()
                on_postgres(desk.database, count)
                desk.run("reindex")
                yield desk
            return
        folder = Path(plan.kept) / f"talks-{count}" if plan.kept else Path(made)
        folder.mkdir(parents=True, exist_ok=True)
        desk = Desk(folder=folder, words=words)
        if not (folder / "filled").exists():
            desk.set_up()
            on_sqlite(folder, count)
            desk.run("reindex")
            (folder / "filled").touch()
        yield desk


def on_sqlite(folder: Path, count: int) -> Talks:
    """Fill the set-up desk of a data folder; nobody serves it meanwhile."""
    free = shutil.disk_usage(folder).free
    assert free > count * BYTES_PER_TALK * 1.3, (
        f"{count:,} conversations need about {count * BYTES_PER_TALK >> 30} GB; {free >> 30} GB are free"
    )
    connection = apsw.Connection(str(folder / stores.DESK_FILE))
    connection.pragma("journal_mode", "off")  # see fill.py
    connection.pragma("synchronous", "off")
    connection.pragma("cache_size", -(256 << 10))
    filling = _talks(connection.execute(_CONNECTOR).fetchall(), connection.execute(_PEOPLE).fetchall(), count)
    with connection:
        tables = ", ".join(f"'{name}'" for name in COLUMNS)
        listed = f"select name, sql from sqlite_master where type = 'index' and sql is not null and tbl_name in ({tables})"
        indexes = connection.execute(listed).fetchall()
        for name, _ in indexes:
            connection.execute(f"drop index {name}")
        for portion in rows(filling):
            for table, lines in portion.items():
                names = COLUMNS[table]
                places = ", ".join("?" * len(names))
                connection.executemany(f"insert or ignore into {table} ({', '.join(names)}) values ({places})", lines)
        for _, made in indexes:
            connection.execute(str(made))
    connection.pragma("journal_mode", "wal")
    connection.close()
    return filling


def on_postgres(url: str, count: int) -> Talks:
    """The same into a set-up database."""
    return asyncio.run(_copied(url, count))


async def _copied(url: str, count: int) -> Talks:
    connection = await asyncpg.connect(url)
    try:
        filling = _talks(
            [tuple(row) for row in await connection.fetch(_CONNECTOR)], [tuple(row) for row in await connection.fetch(_PEOPLE)], count
        )
        indexes = await connection.fetch(
            "select indexname, indexdef from pg_indexes where tablename = any($1::text[]) and indexname not like '%pkey'"
            " and not exists (select 1 from pg_constraint where conname = indexname)",
            list(COLUMNS),
        )
        for name, _ in indexes:
            await connection.execute(f"drop index {name}")
        for portion in rows(filling):
            for table, lines in portion.items():
                await connection.copy_records_to_table(table, records=lines, columns=list(COLUMNS[table]))
        for _, made in indexes:
            await connection.execute(made)
        await connection.execute("analyze")
        return filling
    finally:
        await connection.close()


_CONNECTOR = "select workspace_id, id from connector order by created_at limit 1"
_PEOPLE = "select id, name from agent order by created_at limit 1"


def _talks(connectors: list[Row], people: list[Row], count: int) -> Talks:
    (workspace_id, connector_id), own = connectors[0], people[0]
    others = [(f"agt_{'0' * 22}{number:04d}", talks.FIRST[number % 16] + " " + talks.LAST[number // 16]) for number in range(_AGENTS - 1)]
    ground = Ground(
        int(str(workspace_id)),
        str(connector_id),
        ((str(own[0]), str(own[1])), *others),
        tuple(f"tea_{'0' * 25}{place}" for place in range(len(TEAMS))),
        tuple(f"tag_{'0' * 25}{place}" for place in range(len(TAGS))),
    )
    return Talks(ground, count, stamps.now())


def rows(filling: Talks) -> Iterator[Rows]:
    """Everything, in portions, messages in the order of time: table → rows in the order of `COLUMNS`."""
    counts: Counter[Row] = Counter()
    yield _firm(filling)
    for first in range(0, filling.blocks, _BLOCKS):
        portion: Rows = {name: [] for name in ("profile", "profile_word", "conversation", "conversation_tag", "message")}
        for block in range(first, min(first + _BLOCKS, filling.blocks)):
            if block < filling.count:
                _begin(portion, counts, filling, block)
            portion["message"] += [tuple(filling.message(number, place).values()) for number, place in filling.said(block)]
        yield portion
    w = filling.ground.workspace_id
    yield {"conversation_count": [(w, *cell, count) for cell, count in sorted(counts.items())], "counter": [(w, "conversation", filling.count)]}


def _firm(filling: Talks) -> Rows:
    """Agents but the first, who is there; teams, tags, channels."""
    ground, at = filling.ground, filling.at(0)
    w, shop = ground.workspace_id, ground.connector_id
    return {
        "agent": [(w, agent_id, f"{agent_id}@desk.example", name, "agent", "", at, None) for agent_id, name in ground.agents[1:]],
        "team": [(w, team_id, name, name.casefold(), at, at) for team_id, name in zip(ground.teams, TEAMS, strict=True)],
        "tag": [(w, tag_id, name, name, "", "", None, at, at) for tag_id, (name, _) in zip(ground.tags, TAGS, strict=True)],
        "channel": [(w, f"cha_{'0' * 25}{place}", shop, channel, channel, at, at) for place, channel in enumerate(sorted(set(talks.CHANNELS)))],
    }


def _begin(portion: Rows, counts: Counter[Row], filling: Talks, number: int) -> None:
    """One conversation, and its person when they write for the first time."""
    w = filling.ground.workspace_id
    talk = filling.conversation(number)
    portion["conversation"].append(tuple(talk[name] for name in conversations.NAMES))
    named = zip(filling.ground.tags, TAGS, strict=True)
    names = {tag_id: name for tag_id, (name, _) in named}
    portion["conversation_tag"] += [
        (w, talk["id"], tag_id, talk["state"], talk["sort_at"], names[tag_id], talk["created_at"]) for tag_id in filling.tags(number)
    ]
    counts[talk["state"], talk["assignee_id"], talk["team_id"], talk["channel"]] += 1
    if number % 4 == 0:
        name, email = filling.person(number)
        profile_id, at = talk["profile_id"], talk["created_at"]
        last = filling.at(number + APART * (MESSAGES - 1), MESSAGES - 1)
        portion["profile"].append((w, profile_id, None, 1, name, email, "", "", at, last, "{}"))
        portion["profile_word"] += [(w, word, profile_id) for word in (*name.lower().split(), email)]
