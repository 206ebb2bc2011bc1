"""Databases used again: making one costs PostgreSQL some six hundred files, emptying one only what a test wrote into it."""

import asyncio
from collections.abc import Sequence

import asyncpg

MUCH = 20_000  # rows: whoever wrote more leaves dead ones behind that would slow the next
OTHERS = "from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'"
TABLES = "select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1"
HELD = "select md5(coalesce(string_agg(said, ' ' order by said), '')) from (select row(held.*)::text as said from {} held) told"
CATALOGUES = (
    "pg_class",
    "pg_attribute",
    "pg_attrdef",
    "pg_constraint",
    "pg_index",
    "pg_trigger",
    "pg_proc",
    "pg_type",
    "pg_namespace",
    "pg_extension",
)
# A copy keeps who wrote each row of its catalogues, and whoever changes a table, an index or a trigger writes a row of them anew.
SHAPE = (
    "select concat_ws(' ', "
    + ", ".join(f"(select concat(count(*), '/', sum(xmin::text::bigint)) from {name})" for name in CATALOGUES)
    + ", (select string_agg(setconfig::text, ' ') from pg_db_role_setting join pg_database on pg_database.oid = setdatabase"
    + " where datname = current_database()))"
)


class Template:
    """What the template says and holds, so that a used database can be told to be like it again."""

    def __init__(self, shape: str, held: dict[str, str]) -> None:
        self._shape = shape
        self._held = held

    @classmethod
    async def read(cls, connection: asyncpg.Connection) -> "Template":
        filled = await _filled(connection, [row[0] for row in await connection.fetch(TABLES)])
        return cls(await connection.fetchval(SHAPE), {table: await connection.fetchval(HELD.format(table)) for table in filled})

    async def restore(self, connection: asyncpg.Connection) -> bool:
        """Empty what the test filled; false when the database cannot be made like its template and is to be dropped."""
        while await connection.fetch(f"select pg_terminate_backend(pid) {OTHERS}"):
            await asyncio.sleep(0.002)
        if await connection.fetchval(SHAPE) != self._shape:
            return False
        tables = [row[0] for row in await connection.fetch(TABLES)]
        await connection.execute("set session_replication_role = replica")  # no trigger speaks, no order among the tables matters
        gone = 0
        for table in await _filled(connection, [one for one in tables if one not in self._held]):
            gone += int((await connection.execute(f"delete from {table}")).split()[-1])
        await connection.execute("select setval(seqrelid, seqstart, false) from pg_sequence where pg_sequence_last_value(seqrelid) is not null")
        same = [await connection.fetchval(HELD.format(table)) == held for table, held in self._held.items()]
        return all(same) and gone < MUCH


async def _filled(connection: asyncpg.Connection, tables: Sequence[str]) -> list[str]:
    asked = " union all ".join(f"select '{table}' where exists (select from {table})" for table in tables)
    return [row[0] for row in await connection.fetch(asked)] if asked else []
